"""What somebody who reads a doubtful date would most likely write in its place; never taken without being asked. Pure."""

import re
from collections.abc import Callable
from datetime import date

from opsflow.campaigns.dateforms import run_together, short_days
from opsflow.campaigns.launchmove import YEAR, Move
from opsflow.campaigns.periodforms import near_week
from opsflow.campaigns.spelling import column, filled, like, number

_PAIR = re.compile(r"(?<!\d)(\d{1,2})([-./]|\s*月\s*)(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d\d)(\d\d)(?!\d)")
LONGEST = 60
"""Longer rows of figures are no date or range of dates that has a likely reading."""


def guess(words: str, move: Move) -> str | None:
    """Other words for those that may be a date of the campaign. None: nothing is likelier than that they stay."""
    if len(words) > LONGEST:
        return None
    for pattern, likely in _LIKELY:
        if match := pattern.fullmatch(words):
            return likely(match, move)
    return None


def _year_last(match: re.Match[str], move: Move) -> str | None:
    """`05/06/2027`, in the order that is nearer to the launch."""
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    both = [(move.day(year, second, first), False), (move.day(year, first, second), True)]
    days = [(day, american) for day, american in both if day]
    if not days:
        return None
    day, american = min(days, key=lambda each: abs(each[0] - move.old))
    return match[2].join([*_two(day + move.by, match, american=american), str((day + move.by).year)])


def _year_first(match: re.Match[str], move: Move) -> str | None:
    """`2027年2月26`, `2027 2/26`, `2027 2 26`, `2027.02`."""
    day = move.day(int(match["year"]), int(match["month"]), int(match["day"] or 15))
    if day is None:
        return None
    new = day + move.by
    words: dict[str, str | int] = {"year": new.year, "month": like(match["month"], new.month)}
    return filled(match, **(words | {"day": like(match["day"], new.day)} if match["day"] else words))


def _short(match: re.Match[str], move: Move) -> str | None:
    """`02/03/27`, in the order that is nearest to the launch."""
    days = short_days(match[1], match[3], match[4], move)
    if not days:
        return None
    day, order = min(days, key=lambda each: abs(each[0] - move.old))
    new, wide = day + move.by, all(len(part) == 2 for part in match.group(1, 3, 4))
    values = {"y": new.year % 100, "m": new.month, "d": new.day}
    return match[2].join(number(values[sign], wide=wide or sign == "y") for sign in order)


def _run_together(match: re.Match[str], move: Move) -> str | None:
    """`270226`, `26022027`."""
    return next((format(day + move.by, order) for day, order in run_together(match[0], move) if move.near(day)), None)


def _week(match: re.Match[str], move: Move) -> str | None:
    """`W08`."""
    week = near_week(int(match["week"]), move)
    return filled(match, week=column(match["week"], week[1])) if week else None


def _season(match: re.Match[str], move: Move) -> str | None:
    """`26/27`; other figures of this form are a day."""
    first, last = int(match["year"]), int(match["last"])
    if not move.speaks_of(2000 + first) or last != first + 1:
        return _days(match, move)
    return filled(match, year=f"{first + move.years:02d}", last=f"{last + move.years:02d}")


def _days(match: re.Match[str], move: Move) -> str | None:
    """`26.02`, `2/26-3/9`, `26.02 to 10.03`: in the order in which they are near the launch."""
    found = [(int(pair[1]), int(pair[3])) for pair in _PAIR.finditer(match[0])]
    orders = [
        (True, [move.day(None, first, second) for first, second in found]),
        (False, [move.day(None, second, first) for first, second in found]),
    ]
    fitting = [(american, [day for day in days if day]) for american, days in orders if all(map(move.near, days))]
    if not fitting:
        return None
    american, days = min(fitting, key=lambda each: abs(each[1][0] - move.old))
    new = iter(day + move.by for day in days)
    return _PAIR.sub(lambda pair: pair[2].join(_two(next(new), pair, american=american)), match[0])


def _compact(match: re.Match[str], move: Move) -> str | None:
    """`0226`, `0226-0309`."""
    days = [move.day(None, int(pair[1]), int(pair[2])) for pair in _COMPACT.finditer(match[0])]
    new = iter(day + move.by for day in days if day)
    return _COMPACT.sub(lambda _: f"{next(new):%m%d}", match[0]) if all(map(move.near, days)) else None


def _two(day: date, match: re.Match[str], *, american: bool) -> list[str]:
    """A day's month and day, or day and month, with noughts as they were written."""
    wide = match[1].startswith("0") or match[3].startswith("0")
    parts = [number(day.month, wide=wide), number(day.day, wide=wide)]
    return parts if american else parts[::-1]


_LIKELY: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Move], str | None]], ...] = (
    (re.compile(r"(\d{1,2})([-./])(\d{1,2})\2((?:19|20)\d\d)"), _year_last),
    (re.compile(rf"(?P<year>{YEAR})[-./年\s]{{1,3}}(?P<month>\d{{1,2}})(?:[-./月\s]{{1,3}}(?P<day>\d{{1,2}})[日号]?)?"), _year_first),
    (re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{1,2})"), _short),
    (re.compile(r"\d{6}|\d{4}20\d\d"), _run_together),
    (re.compile(r"W(?P<week>\d\d)"), _week),
    (re.compile(r"(?P<year>\d\d)[/-](?P<last>\d\d)"), _season),
    (re.compile(rf"{_PAIR.pattern}[.日号]?(?:\s*\D{{1,5}}\s*{_PAIR.pattern}[.日号]?)*"), _days),
    (re.compile(r"\d{4}(?:\s*\D{1,5}\s*\d{4})*"), _compact),
)  # fmt: skip
