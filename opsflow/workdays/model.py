"""A calendar of working days: pure, counted by ordinals, and able to say why a day is not a usual one."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile

from opsflow.kernel.errors import BadInput
from opsflow.kernel.text import Text

WEEKEND = Text("weekend", "周末")
BASE_YEAR = 2026
"""The year ordinals are counted from: any year would do, but threads that share a calendar must agree on it."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Outside these years a date is a slip of the pen, and a search for a working day must end."""


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What one year of a calendar says."""

    off: Mapping[date, Text]
    """Holidays and days off, with their names."""
    made_up: Mapping[date, Text]
    """Days of a weekend that are worked."""
    weekend: frozenset[date]
    """The days of its weekends: dates, because a country may move its weekend in the middle of a year."""
    official: bool
    """False: the year's calendar is not published, these days are a guess."""

    def works(self, day: date) -> bool:
        # Make-up days and holidays come before the day of the week: a worked Sunday is a working day (F28).
        if day in self.made_up:
            return True
        return day not in self.off and day not in self.weekend

    def reason(self, day: date) -> Text | None:
        """Why the day is not a usual working day; None when it is one."""
        if day in self.made_up:
            return self.made_up[day]
        if day in self.off:
            return self.off[day]
        return WEEKEND if day in self.weekend else None


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not a usual working day: off, or worked although it is a weekend."""

    day: date
    works: bool
    reason: Text
    weekend: bool
    """A plain weekend day off."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The working days of the years loaded so far, replaced as a whole so that threads may share a calendar."""

    years: Mapping[int, CalendarYear]
    first: int
    last: int
    days: tuple[int, ...]
    zero: int
    """How many of `days` lie before ordinal 0, the first working day of the base year."""


class WorkCalendar:
    """Working days of one country and house; years are loaded when first asked for."""

    def __init__(self, year_of: Callable[[int], CalendarYear]) -> None:
        self._year_of = year_of
        first = year_of(BASE_YEAR)
        self._span = _Span({BASE_YEAR: first}, BASE_YEAR, BASE_YEAR, _worked(BASE_YEAR, first), 0)

    def is_working_day(self, day: date) -> bool:
        return self.year(day.year).works(day)

    def shift(self, day: date, days: int) -> date:
        """The n-th working day after (before) a day; 0: the day itself when it is worked, else the next one."""
        if days > 0:
            return self.at(self.index(day + timedelta(days=1)) + days - 1)
        return self.at(self.index(day) + days)

    def index(self, day: date) -> int:
        """The ordinal of the first working day not before a day. Only differences of ordinals mean something."""
        ordinal = day.toordinal()
        span = self._reach(day.year)
        while span.days[-1] < ordinal:
            span = self._reach(span.last + 1)
        return bisect_left(span.days, ordinal) - span.zero

    def at(self, index: int) -> date:
        """The working day with an ordinal."""
        span = self._span
        while index + span.zero < 0:
            span = self._reach(span.first - 1)
        while index + span.zero >= len(span.days):
            span = self._reach(span.last + 1)
        return date.fromordinal(span.days[index + span.zero])

    def count(self, first: date, last: date) -> int:
        """How many working days lie between two days, both included; 0 when the last is before the first."""
        if last < first:
            return 0
        self._reach(first.year)
        days = self._reach(last.year).days
        return bisect_right(days, last.toordinal()) - bisect_left(days, first.toordinal())

    def reason(self, day: date) -> Text | None:
        """Why a day is not a usual working day: holiday, weekend, make-up day, house rule; None when it is one."""
        return self.year(day.year).reason(day)

    def is_provisional(self, year: int) -> bool:
        """Whether the year's calendar is not published yet."""
        return not self.year(year).official

    def provisional_years(self, first: date, last: date) -> tuple[int, ...]:
        """The years between two days whose calendar is not published."""
        return tuple(year for year in range(first.year, last.year + 1) if self.is_provisional(year))

    def skipped(self, first: date, last: date) -> tuple[SpecialDay, ...]:
        """Every day between two days, both included, that is not a usual working day."""
        return tuple(self._special(first, last))

    def _special(self, first: date, last: date) -> Iterator[SpecialDay]:
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        for day in takewhile(lambda day: day <= last, days):
            year = self.year(day.year)
            reason = year.reason(day)
            if reason is not None:
                yield SpecialDay(day, year.works(day), reason, weekend=reason == WEEKEND)

    def year(self, year: int) -> CalendarYear:
        """What the calendar says of one year; years in between are loaded as well."""
        return self._reach(year).years[year]

    def _reach(self, year: int) -> _Span:
        _check(year)
        span = self._span
        while year < span.first:
            span = self._span = self._earlier(span)
        while year > span.last:
            span = self._span = self._later(span)
        return span

    def _earlier(self, span: _Span) -> _Span:
        year = span.first - 1
        loaded = self._year_of(year)
        days = _worked(year, loaded)
        return _Span({**span.years, year: loaded}, year, span.last, days + span.days, span.zero + len(days))

    def _later(self, span: _Span) -> _Span:
        year = span.last + 1
        loaded = self._year_of(year)
        return _Span({**span.years, year: loaded}, span.first, year, span.days + _worked(year, loaded), span.zero)


def _check(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadInput(
            f"The year {year} is outside {FIRST_YEAR}-{LAST_YEAR}, the years that are planned: correct the date."
        )


def _worked(year: int, calendar: CalendarYear) -> tuple[int, ...]:
    start, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    return tuple(n for n in range(start, end + 1) if calendar.works(date.fromordinal(n)))
