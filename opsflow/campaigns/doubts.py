"""Finds what may be a date or a year of the old campaign and must not be moved unless it is understood as a whole. Pure.

A part of a date that moves alone makes a wrong one: `2027-28` is no longer a season when only its first year goes up.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from opsflow.campaigns.launchmove import MONTHS, WEEKDAY, Move

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place where a date or year of the old campaign may stand."""

    span: Span
    many: bool = False
    """Several dates may make it up: a range."""
    by_itself: bool = True
    """False: it is one only where a date is a part of it; else it is a figure."""


NEAR = timedelta(days=120)
"""Two numbers alone (`26.02`, `2/26`) may be a date of the campaign so far from its launch; further off they are figures."""

_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_SHORT_DAY = r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?"
_NAMES = "|".join([*MONTHS, "Sept", *(name[:3] for name in MONTHS)])
_ANY_MONTH = rf"(?i:(?<![a-z])(?:{_NAMES})(?![a-z])\.?)"
"""In any case, and with figures beside it: `FEB`, `Feb2027`."""
_NO_VERB = r"(?!may\b|march\b)"

_ATOM = rf"(?:(?<![\d:])\d{{1,8}}(?:st|nd|rd|th)?(?!\d|:\d)(?:\s*[年月日号])?|{_ANY_MONTH}|\b[WQH]\d{{1,2}}\b)"
_GLUE = r"(?:\s*(?:[-–—~/至到…→>]+|\.{2,3})\s*|\.|(?<=[年月])\s*|\s+(?:to|until|till|through)\s+)"
CHAIN = re.compile(rf"{_ATOM}(?:{_GLUE}{_ATOM})+")
"""Numbers and months that dashes, dots, slashes and the like hold together: a date, a range, a figure, or all three."""
_PAIR = re.compile(r"(?<![\dA-Za-z.])(\d{1,2})([-./])(\d{1,2})(?!\d)")
_MONTH_DAYS = re.compile(r"(?<!\d)(\d\d)(\d\d)\s*[-–—~至到]\s*(\d\d)(\d\d)(?!\d)")
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})([-./])(\d{1,2})\2(\d{1,2})(?!\d)")

_CURRENCY = r"(?:\b(?:CNY|RMB|USD|EUR|HKD|GBP|JPY)|[¥￥$€£])"
_COUNTED = (
    r"(?:\s*(?:%|‰|per cent\b|percent\b|元(?![旦宵])|天(?!猫)|店(?!庆)|单(?!身)|万(?!圣)|[个块人名位份件张次套台瓶盒箱枚折倍亿分公千小]|CNY\b|RMB\b|yuan\b|km\b|kg\b|pcs\b)"
    r"|[A-Za-z]\w*|\s+(?:people|pieces|sets|days|bags|cups|kits|pins|fans"
    r"|(?!series\b)[a-z]{4,}(?<!s)(?<!u)(?<!i)s)\b)"
)
"""What stands behind a number of things, not behind a year; `this`, `across` and `versus` are no things."""
_COUNTS = re.compile(rf"(?:{_CURRENCY}\s*|№\s*|\bNo\.?\s*){_YEAR}|{_YEAR}{_COUNTED}")
_MONEY_BEFORE = re.compile(rf"(?:{_CURRENCY})\s*$")
_COUNTED_BEHIND = re.compile(_COUNTED)

_ZH_FIGURE = "〇零○一二三四五六七八九"
_TOGETHER: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?:{_SHORT_DAY}(?:\s+of)?[\s.]*)?{_ANY_MONTH}[.,]?\s*(?:{_SHORT_DAY},?\s+)?(?:of\s+)?{_YEAR}"),
    re.compile(
        rf"{_SHORT_DAY}(?:\.\s*[A-Za-zÀ-ÿ]{{3,}}|\s+[A-Za-z]*[À-ÿ][A-Za-zÀ-ÿ]*)\.?\s+{_YEAR}"
    ),  # 26 février 2027
    re.compile(rf"{_YEAR},?\s+{_ANY_MONTH}(?:\s+{_SHORT_DAY}(?![A-Za-z\d]))?"),
    re.compile(rf"{_YEAR}\s+\d{{1,2}}\s+\d{{1,2}}(?!\d)|(?<![\d./:-])\d{{1,2}}\s+\d{{1,2}}\s+{_YEAR}"),
    re.compile(rf"\b[QH][1-4](?:\s*of)?[\s/-]*{_YEAR}|{_YEAR}[\s/-]*(?:[QH][1-4]|W\d{{1,2}})\b"),
    re.compile(rf"(?i:\b(?:week|wk|cw|kw))\s*\d{{1,2}}(?:\s+of)?[\s,/-]*{_YEAR}"),
    re.compile(rf"{_YEAR}\s*年\s*第\s*[\d一二三四五六七八九十]{{1,3}}\s*\w{{1,2}}"),
)
"""Words that name a year together with more; they count where the year is near the launch."""
_UNREAD: tuple[re.Pattern[str], ...] = (
    re.compile(
        # One pattern, so that the day before a month is not looked for behind it once more.
        rf"{_SHORT_DAY}[.]?\s*{_NO_VERB}{_ANY_MONTH}(?!,?\s*(?:19|20)\d\d)"
        rf"|{_NO_VERB}{_ANY_MONTH}\s*{_SHORT_DAY}(?![A-Za-z\d]|[:.]\d|,?\s*(?:19|20)\d\d)"
    ),
    re.compile(
        rf"{WEEKDAY},?\s+{_SHORT_DAY}\s*(?:[-–—~&]|\b(?:to|until|till|through|and)\b)\s*{WEEKDAY},?\s+{_SHORT_DAY}"
        rf"(?:\s+(?:of\s+)?{_ANY_MONTH})?"
    ),
    re.compile(rf"(?:[一二][{_ZH_FIGURE}]{{3}}\s*年\s*)?[正一二三四五六七八九十冬腊]{{1,3}}月(?:[初廿一二三四五六七八九十]{{1,4}}[日号]?)?"),
)  # fmt: skip
"""Days and months in a spelling that only a part of is read, or nothing."""
_TWO_FIGURES: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?:{_SHORT_DAY}(?:\s+of)?\s+)?(?:{_ANY_MONTH}\s*)?(?<!\d)['’‘](?P<year>\d\d)(?![A-Za-z\d])"),
    re.compile(rf"{_SHORT_DAY}(?:\s+of)?\s+{_ANY_MONTH},?\s+(?P<year>\d\d)(?![\d:])"),
    re.compile(r"(?<![A-Za-z])(?!CNY|RMB|USD)[A-Z]{2,3}(?P<year>\d\d)(?![A-Za-z\d]|[.,:]\d)"),
    re.compile(r"(?<![\d.,])(?P<year>\d\d)\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号]?)?|[春夏秋冬])?"),
)
"""A year of which the century is left out."""
_CAPITAL_YEAR = re.compile(r"[壹贰][零〇壹贰叁肆伍陆柒捌玖]{3}年")
_DOTTED_DAY = re.compile(r"(?<![\d.,])(\d{1,2})\.(\d{1,2})\.(?!\d)")
_YEAR_AND_PAIR = re.compile(
    rf"{_YEAR},?\s+\d{{1,2}}[-./]\d{{1,2}}(?![-./]?\d)|(?<![\d./-])\d{{1,2}}[-./]\d{{1,2}},?\s+{_YEAR}"
)


def suspects(text: str, move: Move) -> Iterator[Suspect]:
    """Where something stands that may be an old date or year. `text`: with figures of the usual width."""
    for match in CHAIN.finditer(text):
        yield Suspect(match.span(), many=True, by_itself=_is_date_like(match, text, move))
    for pattern, counts in _LOOKED_FOR:
        for match in pattern.finditer(text):
            if counts is None or counts(match, move):
                yield Suspect(match.span())


def _near_year(match: re.Match[str], move: Move) -> bool:
    return any(move.speaks_of(int(year)) for year in re.findall(_YEAR, match[0]))


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
    (_YEAR_AND_PAIR, _near_year_and_day),
    (_DOTTED_DAY, lambda match, move: _near_day(int(match[1]), int(match[2]), move)),
)


def _is_date_like(match: re.Match[str], text: str, move: Move) -> bool:
    """Whether numbers and months that hold together may be a date of the old campaign."""
    chain = match[0]
    years = [int(year) for year in re.findall(_YEAR, chain)]
    if years:
        alone = not re.sub(rf"{_YEAR}|\W|[年至到]", "", chain)
        return any(map(move.speaks_of, years)) and bool(move.years or not alone)
    if re.search(_ANY_MONTH, chain) or re.search(r"月\s*\d{1,2}(?!\d)", chain):
        return True
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
    a, b, c = int(match[1]), int(match[3]), int(match[4])
    orders = ((c, b, a), (c, a, b), (a, b, c))
    return any(move.day(2000 + year, month, day) for year, month, day in orders)


def _is_day(match: re.Match[str], text: str, move: Move, at: int = 0) -> bool:
    """`26.02`, `2/26`, `02-26`: two numbers that are a day near the launch, in either order, and no figure or length."""
    first, gap, second = match.groups()
    if gap == "." and len(second) == 1 and not re.match(r"\s*[-–—~一-鿿]", text[at + match.end() :]):
        return False
    if gap == "-" and "0" not in (first[0], second[0]) and len(first + second) < 4:
        return False
    if _MONEY_BEFORE.search(text[: at + match.start()]) or _COUNTED_BEHIND.match(text, at + match.end()):
        return False
    return _near_day(int(first), int(second), move)


def _near_day(first: int, second: int, move: Move) -> bool:
    days = (move.day(None, first, second), move.day(None, second, first))
    return any(day is not None and abs(day - move.old) <= NEAR for day in days)
