"""Every way of writing a day in figures or with a month's English name, and what it is after a move. Pure.

Each form is a pattern and what becomes of it; None: it is not that form after all, and another one is tried.
"""

import re
from collections.abc import Callable
from datetime import date

from opsflow.campaigns.figures import COUNTED
from opsflow.campaigns.launchmove import MONTH, MONTHS, WEEKDAY, WEEKDAYS, YEAR, Move, day_or_none, month_number
from opsflow.campaigns.spelling import DAY, each, filled, first_of, like, number, ordinal, titled, value_of

Form = tuple[re.Pattern[str], Callable[[re.Match[str], Move], str | None]]

_DAYS = rf"{DAY}(?:(?:\s*,\s*|\s*[-–—~/&]\s*|\s+(?:and|or|to|until|till|through)\s+|\s*,\s+and\s+){DAY}(?!\d|{COUNTED})){{0,30}}"
"""Not more than a month has, so that a long row of figures is not read to its end from each of them."""
_RANGE = r"(?:\s*[~–—至到]\s*|\s+-\s+)"
ENDS = r"(?=\s*(?:$|[;!?)\]}\"”’，。；！？）、日号]|[.,:](?!\s*\d(?!\d{3}))|(?:at|in|from|until|till|is|are|was|were|the|we)\b))"
"""Where a list of days ends and no things are counted: a stop, or a word that goes on after a date."""
AND = r"(?:\s*,\s*(?:and\s+)?|\s+(?:and|or)\s+|\s*[&、和与及]\s*)"


def _year_first(match: re.Match[str], move: Move) -> str | None:
    """`2027-02-26`, its range without a second year (`2027.2.26-3.9`, `2027/2/26~28`), its list (`2027-02-26 and 27`)."""
    gap, wide = match["gap"], all(len(part) == 2 for part in match.group("month", "day", "last_month", "last") if part)
    found = move.day(int(match["year"]), int(match["month"]), int(match["day"]))
    if found is None:
        return None
    new = found + move.by
    first = gap.join([f"{new.year}", number(new.month, wide=wide), number(new.day, wide=wide)])
    if match["last"] is None:
        return first
    last = end_of(found, match["last_month"], match["last"])
    if last is None:
        return None
    last += move.by
    month = match["last_month"] is not None or last.month != new.month
    parts = [number(last.month, wide=wide)] * month + [number(last.day, wide=wide)]
    return " ".join(f"{first}{match['to']}{gap.join(parts)}".split())


def _compact(match: re.Match[str], move: Move) -> str | None:
    """`20270226`, `20270226-0309`."""
    found = move.day(int(match["year"]), int(match["month"]), int(match["day"]))
    if found is None or match["last"] is None:
        return f"{found + move.by:%Y%m%d}" if found else None
    last = end_of(found, match["last_month"], match["last"])
    return f"{found + move.by:%Y%m%d}{match['to']}{last + move.by:%m%d}" if last else None


def end_of(first: date, month: str | None, day: str) -> date | None:
    """The last day of a range that names no second year: the first such day after its first one."""
    months = int(month) if month else first.month
    before = (months, int(day)) < (first.month, first.day)
    if before and month is None:
        months = months % 12 + 1
    return day_or_none(first.year + (before and months <= first.month), months, int(day))


def _blanks(match: re.Match[str], move: Move) -> str | None:
    """`2027 02 26`."""
    found = move.day(int(match["year"]), int(match["month"]), int(match["day"]))
    return f"{found + move.by:%Y %m %d}" if found else None


def _year_last(match: re.Match[str], move: Move) -> str | None:
    """`26.02.2027`, and with other gaps only what can be read in one way: not `05/06/2027`."""
    first, _, second, year = match.groups()
    gap = match[2].strip() or " "
    if gap != "." and int(first) <= 12 and int(second) <= 12 and int(first) != int(second):
        return None
    american = int(second) > 12
    day, month = (int(second), int(first)) if american else (int(first), int(second))
    found = move.day(int(year), month, day)
    if found is None:
        return None
    new, wide = found + move.by, len(first) == len(second) == 2
    if int(first) == int(second) and gap != "." and new.day <= 12 and new.day != new.month:
        # The new one would be read in two ways.
        return None
    parts = [number(new.day, wide=wide), number(new.month, wide=wide)]
    return gap.join([*(reversed(parts) if american else parts), str(new.year)])


def _short(match: re.Match[str], move: Move) -> str | None:
    """`26.02.27`, `02/26/27`, `27-02-26`, where one order alone gives a day near the launch."""
    near = [(day, order) for day, order in short_days(match[1], match[3], match[4], move) if move.near(day)]
    if len({day for day, _ in near}) != 1:
        return None
    new, order, old = near[0][0] + move.by, near[0][1], match.group(1, 3, 4)
    values = {"y": new.year, "m": new.month, "d": new.day}
    wide = all(len(part) == 2 for part in old)
    parts = [number(values[sign] % 100, wide=wide or sign == "y") for sign in order]
    return match[2].join(parts)


def short_days(first: str, second: str, third: str, move: Move) -> list[tuple[date, str]]:
    """The days of this campaign that three short numbers may be, each with the order in which they are read."""
    days = []
    for order in ("dmy", "mdy", "ymd"):
        read = dict(zip(order, (first, second, third), strict=True))
        if len(read["y"]) == 2 and (day := move.day(2000 + int(read["y"]), int(read["m"]), int(read["d"]))):
            days.append((day, order))
    return days


def run_together(words: str, move: Move) -> list[tuple[date, str]]:
    """The days of this campaign that `270226` or `26022027` may be, each with the format that writes it."""
    if len(words) == 6:
        parts = [(2000 + int(words[:2]), words[2:4], words[4:], "%y%m%d")]
    else:
        parts = [(int(words[4:]), words[2:4], words[:2], "%d%m%Y"), (int(words[4:]), words[:2], words[2:4], "%m%d%Y")]
    days = [(move.day(year, int(month), int(day)), order) for year, month, day, order in parts]
    return [(day, order) for day, order in days if day]


def _named_between(match: re.Match[str], move: Move) -> str | None:
    """`26-Feb-2027`, `26.Feb.27`."""
    day, gap, name, year = match["day"], match["gap"], match["month"], match["year"]
    found = move.day(value_of(year) + 2000 * (len(year) == 2), month_number(name), int(day))
    if found is None:
        return None
    new = found + move.by
    return gap.join([number(new.day, wide=len(day) == 2), titled(new, name), like(year, new.year)])


def _english(match: re.Match[str], move: Move) -> str | None:
    """`2, 10 and 20 November 2026`, `Fri, November 2, '26`: days before the month or after it, a weekday before all."""
    days, name, year = match["days"], match["month"], match["year"]
    new = moved_days(days, month_number(name), year, move)
    if new is None:
        return None
    weekday = _weekday(match["weekday"], new, move)
    if weekday is None:
        return None
    titles = [titled(day, name) for day in new]
    wide = first_of(days).startswith("0")
    numbers = [ordinal(day.day) if re.search("[a-z]", first_of(days)) else number(day.day, wide=wide) for day in new]
    gap = re.sub(r"\s+", " ", match["gap"] or "")
    years = [f"{gap}{like(year, day.year)}" if year else "" for day in new]
    first = match.start("month") < match.start("days")
    # A dot at the end may be the sentence's.
    stop = "." if name.endswith(".") and not (first or year) else ""
    if len({(day.year, day.month) for day in new}) == 1:
        line = each(days, numbers)
        whole = f"{titles[0]} {line}" if first else f"{line} {titles[0]}"
        return f"{weekday}{whole}{years[0]}{stop}"
    pairs = zip(titles, numbers, strict=True) if first else zip(numbers, titles, strict=True)
    whole_days = [" ".join(pair) for pair in pairs]
    return each(days, [f"{text}{end}" for text, end in zip(whole_days, years, strict=True)]) + stop


def _weekday(said: str | None, new: list[date], move: Move) -> str | None:
    """The weekday before a date, as it was written, with what follows it. None: it was another day's, or one of several."""
    if not said:
        return ""
    name, gap = re.match(r"([A-Za-z]+)(.*)", said, re.DOTALL).groups()  # type: ignore[union-attr]  # a WEEKDAY matches
    if len(new) != 1 or WEEKDAYS[(new[0] - move.by).weekday()][:3] != name[:3]:
        return None
    title = WEEKDAYS[new[0].weekday()]
    return f"{title if name.endswith('day') else title[:3]}{' '.join(gap.split())} "


def moved_days(days: str, month: int, year: str | None, move: Move) -> list[date] | None:
    """Where a list of days of one month moves to. None: one of them is no day of this campaign."""
    of_year = None if year is None else int(year) + 2000 * (len(year) == 2)
    found = [move.day(of_year, month, int(day)) for day in re.findall(r"\d+", days)]
    return None if None in found else [day + move.by for day in found if day]


def _any_case(match: re.Match[str], move: Move) -> str | None:
    """`26 FEB 2027`, `26. February 2027`, `26Feb2027`, `2027 Feb 26`, `february 26`: without a weekday, which is not moved with it."""
    year, name = match.groupdict().get("year"), match["month"]
    found = move.day(int(year) if year else None, month_number(name), int(re.sub(r"\D", "", match["day"])))
    if found is None or re.search(rf"(?i:{WEEKDAY}),?\s*$", match.string[max(0, match.start() - 20) : match.start()]):
        return None
    new = found + move.by
    day = ordinal(new.day) if re.search("[a-z]", match["day"]) else like(match["day"], new.day)
    words: dict[str, str | int] = {"day": day, "month": titled(new, name)}
    return filled(match, **(words | {"year": new.year} if year else words))


_Y = rf"(?P<year>{YEAR})"
_D = rf"(?<![\d:./-])(?P<day>{DAY})"
_NAMES = "|".join([*MONTHS, "Sept", *(name[:3] for name in MONTHS)])
_M = rf"(?<![A-Za-z])(?P<month>(?i:{_NAMES}))(?![A-Za-z])"
_NO_VERB = r"(?!(?:may|march)\b)"
_OTHER_YEAR = r"(?!,?\s+1\d{3}\b)"
_WEEKDAY_BEFORE = rf"(?:(?P<weekday>{WEEKDAY}(?:\s*,)?)\s+)?"
_NO_TIME = r"(?!\d|[:./]\d)"
DATES: tuple[Form, ...] = (
    (
        re.compile(
            rf"(?P<year>{YEAR})(?P<gap>[-/.])(?P<month>\d{{1,2}})(?P=gap)(?P<day>\d{{1,2}})(?!\d)"
            # A dash is the second half's where the first half has none.
            rf"(?:(?P<to>{_RANGE}|(?<!-\d)(?<!-\d\d)-|{AND}(?=\d\d?(?:(?P=gap)\d\d?)?{ENDS}))"
            r"(?:(?P<last_month>\d{1,2})(?P=gap))?(?P<last>\d{1,2})(?![\d:]|[-/.]\d))?"
        ),
        _year_first,
    ),
    (
        re.compile(
            r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)"
            r"(?:(?P<to>\s*[-~–—至到]\s*)(?P<last_month>\d\d)(?P<last>\d\d)(?!\d))?"
        ),
        _compact,
    ),
    (re.compile(rf"(?<![\d./:-])(?<!\d )(?P<year>{YEAR})\s+(?P<month>\d\d)\s+(?P<day>\d\d)(?!\d|[.,:]\d|\s\d|{COUNTED})"), _blanks),
    (re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2((?:19|20)\d\d)(?!\d)"), _year_last),
    (re.compile(rf"(?<![\d./:-])(?<!\d )(\d\d)(\s+)(\d\d)\s+({YEAR})(?!{COUNTED})"), _year_last),
    (re.compile(r"(?<![\dA-Za-z./-])(\d{1,2})([-./])(\d{1,2})\2(\d{1,2})(?![\d:A-Za-z]|[-./]\d)"), _short),
    (re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?P<gap>[-./])(?P<month>{MONTH})(?P=gap){_Y}"), _named_between),
    (re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?P<gap>[-./])(?P<month>{MONTH})(?P=gap)(?P<year>\d\d)(?![\d:])"), _named_between),
    (re.compile(rf"{_Y}[-/.,\s]+{_M}[-/.\s]+(?P<day>{DAY})(?![A-Za-z\d]|[:.]\d|{COUNTED})"), _any_case),
    (
        # First with a year of two figures; where that is no year near the launch, the next one reads it without.
        re.compile(
            rf"{_WEEKDAY_BEFORE}(?<![\d:])(?P<days>{_DAYS})\s+(?:of\s+)?(?<![A-Za-z])(?P<month>{MONTH})"
            rf"(?P<gap>,?\s+['’‘]|\s+)(?P<year>\d\d)(?![\d:%A-Za-z]|[.,/-]\d|{COUNTED})"
        ),
        _english,
    ),
    (
        re.compile(
            rf"{_WEEKDAY_BEFORE}(?<![\d:])(?P<days>{_DAYS})\s+(?:of\s+)?(?<![A-Za-z])(?P<month>{MONTH})(?:(?P<gap>,\s*|\s+){_Y}|{_OTHER_YEAR})"
        ),
        _english,
    ),
    (
        re.compile(
            rf"{_WEEKDAY_BEFORE}(?<![A-Za-z])(?P<month>{MONTH})\s+(?P<days>{_DAYS}){_NO_TIME}"
            rf"(?P<gap>,?\s+['’‘])(?P<year>\d\d)(?![\d:A-Za-z])"
        ),
        _english,
    ),
    (
        re.compile(
            rf"{_WEEKDAY_BEFORE}(?<![A-Za-z])(?P<month>{MONTH})\s+(?P<days>{_DAYS}){_NO_TIME}"
            rf"(?:(?P<gap>,\s*|\s+){_Y}|{_OTHER_YEAR})"
        ),
        _english,
    ),
    (re.compile(rf"{_D}[.\s]*{_M}[.,\s]*{_Y}"), _any_case),
    (re.compile(rf"(?<![A-Za-z]){_M}[-/.\s]*(?P<day>{DAY})[-/.,\s]+{_Y}"), _any_case),
    (re.compile(rf"{_D}\.?\s+{_NO_VERB}{_M}(?!,?\s*(?:['’‘]|\d\d))"), _any_case),
    (re.compile(rf"{_NO_VERB}{_M}\s+(?P<day>{DAY})(?![A-Za-z\d]|[:.]\d|,?\s*(?:['’‘]|\d\d))"), _any_case),
)  # fmt: skip
