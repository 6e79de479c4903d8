"""Finds what may be a date or a year of the old campaign and must not be moved unless it is understood as a whole. Pure.

A part of a date that moves alone makes a wrong one: `2027-28` is no longer a season when only its first year goes up.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from opsflow.campaigns.dateforms import AND, ENDS, run_together, short_days
from opsflow.campaigns.figures import COUNTED, CURRENCY
from opsflow.campaigns.launchmove import MONTHS, WEEKDAY, YEAR, Move
from opsflow.campaigns.spelling import DAY, ZH_NUMBER, value_of

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place where a date or year of the old campaign may stand."""

    span: Span
    many: bool = False
    """Several dates may make it up: a range."""
    by_itself: bool = True
    """False: it is one only where a date is a part of it; else it is a figure."""


_SHORT_DAY = r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?"
_NAMES = "|".join([*MONTHS, "Sept", *(name[:3] for name in MONTHS)])
_ANY_MONTH = rf"(?i:(?<![a-z])(?:{_NAMES})(?![a-z])\.?)"
"""In any case, and with figures beside it: `FEB`, `Feb2027`."""
_FOREIGN = (
    "janv|févr|fevr|mars|avri|mai|juin|juil|août|aout|octo|déce|dece|janu|febr|märz|juni|juli|okto|deze|ener|marz|abri|mayo|agos|septi|"
    "octu|dici|genn|apri|magg|giug|lugl|sette|otto|sete|outu|maio|maar|mrt"
)
"""How months begin in French, German, Spanish, Italian, Portuguese and Dutch, where that is no other English word."""
_NO_VERB = r"(?!may\b|march\b)"

_ATOM = rf"(?:(?<![\d:])\d{{1,8}}(?:st|nd|rd|th)?(?!\d|:\d)(?:\s*[年月日号])?|{_ANY_MONTH}|(?<![A-Za-z\d])[WQH]\d{{1,2}}(?![A-Za-z\d]))"
_GLUE = r"(?:\.?\s*(?:[-–—~/至到…→>]+|\.{2,3})\s*|\.|(?<=[年月])\s*|\s+(?:to|until|till|through)\s+)"
CHAIN = re.compile(rf"{_ATOM}(?:{_GLUE}{_ATOM})+")
"""Numbers and months that dashes, dots, slashes and the like hold together: a date, a range, a figure, or all three."""
_PAIR = re.compile(r"(?<![\dA-Za-z.])(\d{1,2})([-./])(\d{1,2})(?!\d)")
_DAY_BEHIND = re.compile(rf"\s*[-–—~一-鿿]|{ENDS}")
_MONTH_DAYS = re.compile(r"(?<!\d)(\d\d)(\d\d)\s*[-–—~至到]\s*(\d\d)(\d\d)(?!\d)")
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})([-./])(\d{1,2})\2(\d{1,2})(?!\d)")

_COUNTS = re.compile(rf"(?:{CURRENCY}\s*|№\s*|\bNo\.?\s*){YEAR}|{YEAR}{COUNTED}")
_COUNTED_BEHIND = re.compile(COUNTED)
_ON_BEFORE = re.compile(r"(?i:(?<![a-z])(?:on|since|until|till)\s+)$")
_FROM_BEFORE = re.compile(r"(?i:(?<![a-z])(?:from|by|before|after|starting)\s+)$")
"""Before a day more often than before a number of things."""
_BACK = 20
"""So many signs before figures are looked at."""

_TOGETHER: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?:{_SHORT_DAY}(?:\s+of)?[\s.]*)?{_ANY_MONTH}[.,]?\s*(?:{_SHORT_DAY},?\s+)?(?:of\s+)?{YEAR}"),
    re.compile(rf"{_SHORT_DAY}[.\s/-]+(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[.\s/-]+{YEAR}"),
    re.compile(rf"{YEAR},?\s+{_ANY_MONTH}(?:\s+{_SHORT_DAY}(?![A-Za-z\d]))?"),
    re.compile(rf"{YEAR}\s+\d{{1,2}}\s+\d{{1,2}}(?!\d)|(?<![\d./:-])\d{{1,2}}\s+\d{{1,2}}\s+{YEAR}"),
    re.compile(
        rf"{YEAR}\s*(?:\d{{1,2}}|{ZH_NUMBER})\s*月(?:\s*\d{{1,2}}\s*[日号]?)?|{YEAR}\s+{_SHORT_DAY}\s+(?:of\s+)?{_ANY_MONTH}"
    ),
    re.compile(rf"(?i:(?<![a-z\d])(?:week|wk|cw|kw))\s*\d{{1,2}}(?:\s+of)?[\s,/-]*{YEAR}"),
    re.compile(rf"{YEAR}\s*年\s*第\s*(?:\d{{1,2}}|{ZH_NUMBER})\s*(?:周|星期|季度?|旬)"),
)
"""Words that name a year together with more; they count where the year is near the launch."""
_UNREAD: tuple[re.Pattern[str], ...] = (
    re.compile(
        # One pattern, so that the day before a month is not looked for behind it once more.
        rf"{_SHORT_DAY}[.]?\s*{_NO_VERB}{_ANY_MONTH}(?!,?\s*(?:19|20)\d\d)"
        rf"|{_NO_VERB}{_ANY_MONTH}\s*{_SHORT_DAY}(?![A-Za-z\d]|[:.]\d|,?\s*(?:19|20)\d\d)"
    ),
    # 26 février, 26. Februar 2027
    re.compile(rf"{_SHORT_DAY}\.?\s*(?:de\s+)?(?<![A-Za-zÀ-ÿ])(?i:{_FOREIGN})[a-zÀ-ÿ]*\.?(?:\s+(?:de\s+)?{YEAR})?"),
    re.compile(rf"{WEEKDAY}(?:\s*,)?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)(?!\s+(?:of\s+)?{_ANY_MONTH})(?![a-z])"),
    re.compile(r"(?<![\d月、~–—-])(?<![\d月] )\d{1,2}\s*[日号]\s*[至到~–—-]\s*\d{1,2}\s*[日号](?!\s*[内后前])"),
    re.compile(rf"{WEEKDAY}(?:\s*,)?\s+(?:{_SHORT_DAY}\s+(?:of\s+)?{_ANY_MONTH}|{_ANY_MONTH}\s+{_SHORT_DAY})"),
    re.compile(
        rf"{WEEKDAY},?\s+{_SHORT_DAY}\s*(?:[-–—~&]|\b(?:to|until|till|through|and)\b)\s*{WEEKDAY},?\s+{_SHORT_DAY}"
        rf"(?:\s+(?:of\s+)?{_ANY_MONTH})?"
    ),
    # Without 日 or with 农历 it is a day of the moon, or half a range; `二月` alone names no day.
    re.compile(
        rf"[农阴旧]历\s*(?:{YEAR}\s*年\s*)?(?:\d{{1,2}}|[正冬腊]|{ZH_NUMBER})\s*月\s*(?:初|廿|\d|{ZH_NUMBER})+[日号]?"
        rf"|[正冬腊]月\s*(?:初|廿|{ZH_NUMBER})+[日号]?"
        rf"|(?<![一二三四五六七八九十]){ZH_NUMBER}月(?:初|廿|{ZH_NUMBER})+(?:[至到~–—-](?:{ZH_NUMBER}月)?{ZH_NUMBER}[日号]|[日号]|(?![次个回天人位月年]))"
    ),
)  # fmt: skip
"""Days and months in a spelling that only a part of is read, or nothing."""
_TWO_FIGURES: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?:{_SHORT_DAY}(?:\s+of)?\s+)?(?:{_ANY_MONTH}\s*)?(?<!\d)['’‘](?P<year>\d\d)(?![A-Za-z\d])"),
    re.compile(rf"{_SHORT_DAY}(?:\s+of)?\s+{_ANY_MONTH},?\s+(?P<year>\d\d)(?![\d:])"),
    re.compile(rf"(?<![A-Za-z\d])(?:[QH][1-4][\s/-]?|Y)(?P<year>\d\d)(?![A-Za-z\d]|[.,:/-]\d|{COUNTED})"),
    # A code with a year in it, or the code of a thing.
    re.compile(
        r"(?<![A-Za-z\d])(?!CNY|RMB|USD|EUR|HKD|GBP|JPY|USB|VIP|TOP|MP|PS|PM|AM)[A-Z]{2,3}(?P<year>\d\d)(?![A-Za-z\d]|[.,:]\d)"
    ),
    re.compile(r"(?<![\d.,])(?P<year>\d\d)\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号]?)?"),
)
"""A year of which the century is left out."""
_CAPITAL_YEAR = re.compile(r"[壹贰][零〇壹贰叁肆伍陆柒捌玖]{3}年")
_NUMERAL_YEAR = re.compile(r"(?<![〇零○一二三四五六七八九十])([一二三四五六七八九][〇零○一二三四五六七八九])年")
"""`二七年`; `三五年` are some years."""
_DOTTED_DAY = re.compile(r"(?<![\d.,])(\d{1,2})\.(\d{1,2})\.(?!\d)")
_WEEK = re.compile(
    r"(?<![A-Za-z\d-])(?:(?:CW|KW|Cw|Kw|cw|kw)\s*|W(?=\d\d))(?P<week>\d{1,2})(?:\s*[-–—~/至到]\s*(?:CW|KW|W)?\d{1,2})?(?![A-Za-z\d]|[.:]\d)"
)
"""A week of the calendar; `week 8` may as well be the eighth one of the campaign."""
_LONE_DAY = re.compile(
    rf"(?<![\dA-Za-z.,:/+#-])(?<!\d )(?<!№)(?<!No )(?<!No\. )(0[1-9]|1[0-2])([0-3]\d)(?![\dA-Za-z_+]|[.,:/-]\d| \d|{COUNTED})"
)
_RUN_TOGETHER = re.compile(
    rf"(?<![\dA-Za-z.,:/+_#-])(?:(?P<ymd>\d{{6}})|(?P<dmy>\d{{4}}20\d\d))(?![\dA-Za-z_+]|[.,:/-]\d|{COUNTED})"
)
"""`270226`, `26022027`: or a number of an order."""
_YEARS_OF_TWO = re.compile(rf"(?<![\dA-Za-z./:-])(?P<year>\d\d)([/-])(?P<last>\d\d)(?![\dA-Za-z]|[./:-]\d|{COUNTED})")
_TAIL = re.compile(rf"(?:{AND}{DAY}(?!\d))+{ENDS}")
"""A second day behind a date, without its month."""
_YEAR_AND_PAIR = re.compile(
    rf"{YEAR},?\s+\d{{1,2}}[-./]\d{{1,2}}(?![-./]?\d)|(?<![\d./-])\d{{1,2}}[-./]\d{{1,2}},?\s+{YEAR}"
)


def suspects(text: str, found: Iterable[Span], move: Move) -> Iterator[Suspect]:
    """Where something stands that may be an old date or year. `text`: with figures of the usual width and no plain figures."""
    for match in CHAIN.finditer(text):
        yield Suspect(match.span(), many=True, by_itself=_is_date_like(match, text, move))
    for start, end in found:
        if tail := _TAIL.match(text, end):
            yield Suspect((start, tail.end()), by_itself=False)
    for pattern, counts in _LOOKED_FOR:
        for match in pattern.finditer(text):
            if counts is None or counts(match, move):
                yield Suspect(match.span())


def _near_week(week: int, move: Move) -> bool:
    years = (move.old.year - 1, move.old.year, move.old.year + 1)
    return 1 <= week <= 52 and any(move.near(date.fromisocalendar(year, week, 4)) for year in years)


def _near_year(match: re.Match[str], move: Move) -> bool:
    return any(move.speaks_of(int(year)) for year in re.findall(YEAR, match[0]))


def _near_moved_year(match: re.Match[str], move: Move) -> bool:
    """A year that stands alone stays where the launch stays in it: then nothing old is left."""
    return bool(move.years) and _near_year(match, move)


def _near_two_figures(match: re.Match[str], move: Move) -> bool:
    return bool(move.years) and move.speaks_of(2000 + int(match["year"]))


def _near_year_and_day(match: re.Match[str], move: Move) -> bool:
    pair = re.search(r"(?<!\d)(\d{1,2})[-./](\d{1,2})(?!\d)", match[0])
    return pair is not None and _near_year(match, move) and _near_day(int(pair[1]), int(pair[2]), move)


_LOOKED_FOR: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Move], bool] | None], ...] = (
    *((pattern, _near_year) for pattern in _TOGETHER),
    *((pattern, None) for pattern in _UNREAD),
    *((pattern, _near_two_figures) for pattern in _TWO_FIGURES),
    (_COUNTS, _near_moved_year),
    (_CAPITAL_YEAR, None),
    (_NUMERAL_YEAR, lambda match, move: bool(move.years) and move.speaks_of(2000 + value_of(match[1]))),
    (_YEAR_AND_PAIR, _near_year_and_day),
    (_DOTTED_DAY, lambda match, move: _near_day(int(match[1]), int(match[2]), move)),
    (_LONE_DAY, lambda match, move: move.near(move.day(None, int(match[1]), int(match[2])))),
    (_RUN_TOGETHER, lambda match, move: any(move.near(day) for day, _ in run_together(match[0], move))),
    (_WEEK, lambda match, move: _near_week(int(match["week"]), move)),
    (
        _YEARS_OF_TWO,
        lambda match, move: _near_two_figures(match, move) and int(match["last"]) == int(match["year"]) + 1,
    ),
)


def _is_date_like(match: re.Match[str], text: str, move: Move) -> bool:
    """Whether numbers and months that hold together may be a date of the old campaign."""
    chain = match[0]
    years = [int(year) for year in re.findall(YEAR, chain)]
    if years:
        alone = not re.sub(rf"{YEAR}|\W|[年至到]", "", chain)
        return any(map(move.speaks_of, years)) and bool(move.years or not alone)
    if re.search(_ANY_MONTH, chain) or "月" in chain:
        # Months alone name no date: `10月-11月`.
        return re.search(r"\d", re.sub(r"(?:\d{1,2}\s*[-–—~/至到]\s*)?\d{1,2}\s*月(?!\s*\d)", "", chain)) is not None
    compact = re.search(r"(?<!\d)(20\d\d)[01]\d[0-3]\d(?!\d)", chain)
    if compact:
        return move.speaks_of(int(compact[1]))
    days = _MONTH_DAYS.fullmatch(chain)
    if days and _near_day(int(days[1]), int(days[2]), move) and _near_day(int(days[3]), int(days[4]), move):
        return True
    if any(_is_short_date(found, move) for found in _SHORT_DATE.finditer(chain)):
        return True
    return any(_is_day(pair, text, move, match.start()) for pair in _PAIR.finditer(chain))


def _is_short_date(match: re.Match[str], move: Move) -> bool:
    """`26.02.27`, `02/26/27`, `27-02-26`: a day in any order, with a year near the launch."""
    return bool(short_days(match[1], match[3], match[4], move))


def _is_day(match: re.Match[str], text: str, move: Move, at: int = 0) -> bool:
    """`26.02`, `2/26`, `02-26`: two numbers that are a day near the launch, in either order, and no figure or length."""
    first, gap, second = match.groups()
    start, end = at + match.start(), at + match.end()
    before = text[max(0, start - _BACK) : start]
    if _ON_BEFORE.search(before) or (gap == "/" and _FROM_BEFORE.search(before)):
        return _near_day(int(first), int(second), move)
    if gap == "." and len(second) == 1 and not _DAY_BEHIND.match(text, end):
        return False
    if gap == "-" and "0" not in (first[0], second[0]) and _is_length(before, text, end):
        return False
    return not _COUNTED_BEHIND.match(text, end) and _near_day(int(first), int(second), move)


_BEFORE_LENGTH = re.compile(
    r"(?:(?<![A-Za-z])(?:of|for|takes?|lasts?|top|between|the|a|an|in|best|won|lost|drew|is|are|than|over|under|up|per)\s+|[近每约前满送需共限内赠抽选的第])$"
)
_BEHIND_LENGTH = re.compile(
    r"\s+(?!(?:at|on|in|from|until|till|is|are|was|were|and|or|the|we|our|only|again)\b)[a-z]{2}|\s*[个名位人件层级号个题选成]"
)


def _is_length(before: str, text: str, end: int) -> bool:
    """Whether `3-10` counts things, by the words around it."""
    return bool(_BEFORE_LENGTH.search(before) or _BEHIND_LENGTH.match(text, end))


def _near_day(first: int, second: int, move: Move) -> bool:
    return any(move.near(day) for day in (move.day(None, first, second), move.day(None, second, first)))
