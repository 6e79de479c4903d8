"""Working hours: pure arithmetic on the spans in which people work on their working days."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from opsflow.kernel.zoned import instant, local_date
from opsflow.workdays.model import WorkCalendar

Span = tuple[time, time]
"""Opening and closing of one stretch of work on a working day."""

DAY_STARTS, DAY_ENDS = time(9), time(18)
"""When a working day's tasks start, and when they are due."""
USUAL_SPANS: tuple[Span, ...] = ((time(9), time(12)), (time(13), time(18)))


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant a day's work starts."""
    return instant(day, DAY_STARTS, zone)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """The instant a day's work is due: until then nothing that is due "today" is late (F22)."""
    return instant(day, DAY_ENDS, zone)


def add_working_hours(
    at: datetime, hours: float, *, zone: ZoneInfo, calendar: WorkCalendar, spans: Sequence[Span] = USUAL_SPANS
) -> datetime:
    """The instant so many working hours after another; 0 hours: the same instant, be it at night."""
    if hours < 0:
        raise ValueError("Working hours are added, never taken away.")
    left = timedelta(hours=hours)
    if not left:
        return at
    for opens, closes in _stretches(at, zone, calendar, spans):
        begin = max(at, opens)
        if closes - begin >= left:
            return begin + left
        left -= closes - begin
    raise AssertionError("Stretches of work never end.")


def is_working_time(
    at: datetime, *, zone: ZoneInfo, calendar: WorkCalendar, spans: Sequence[Span] = USUAL_SPANS
) -> bool:
    """Whether people work at an instant; the closing minute is no longer work."""
    return next_working_time(at, zone=zone, calendar=calendar, spans=spans) == at


def next_working_time(
    at: datetime, *, zone: ZoneInfo, calendar: WorkCalendar, spans: Sequence[Span] = USUAL_SPANS
) -> datetime:
    """The instant itself when people work then, else the next opening."""
    opens, _ = next(_stretches(at, zone, calendar, spans))
    return max(at, opens)


def _stretches(
    at: datetime, zone: ZoneInfo, calendar: WorkCalendar, spans: Sequence[Span]
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of work that end after an instant, without end."""
    if not any(opens < closes for opens, closes in spans):
        raise ValueError("Without a single working hour nothing is ever done: give spans that open before they close.")
    day = local_date(at, zone)
    while True:
        day = calendar.shift(day, 0)
        for opens, closes in _of_day(day, zone, tuple(spans)):
            if at < closes:
                yield opens, closes
        day += timedelta(days=1)


@lru_cache(maxsize=4096)
def _of_day(day: date, zone: ZoneInfo, spans: tuple[Span, ...]) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of work of one day in their order; remembered, for the ladders of many tasks meet on few days."""
    stretches = [(instant(day, opens, zone), instant(day, closes, zone)) for opens, closes in sorted(spans)]
    return tuple((opens, closes) for opens, closes in stretches if opens < closes)
