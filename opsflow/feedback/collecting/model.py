"""When participants are asked and reminded, and when a letter is handed over again: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsflow.kernel.zoned import instant, local_date

SURVEY, REMINDER = "survey", "survey-reminder"
"""Steps of letters; each is the name of its template."""
OPENS, CLOSES = time(9), time(21)
"""The hours of the campaign's clocks in which participants are written to."""
LEASE = timedelta(minutes=15)
"""Whatever was taken in hand and not heard of again may be taken in hand by somebody else after so long."""
AGAIN = timedelta(minutes=5)
"""What is in doubt is handed over once more after so long."""
MOST_UNCLEAR = 2
"""So often may a letter have been taken without our hearing so; then it counts as written (decision 0026)."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)
_MIDNIGHT, _DAY = time(0), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whom one kind of letter is due to: those who were asked within these instants and have had none of it."""

    number: int
    """0: the invitation itself; else of the reminder."""
    since: datetime | None = None
    before: datetime | None = None
    """None: those who have not been asked by letter yet."""

    @property
    def step(self) -> str:
        """The name of its template."""
        return REMINDER if self.number else SURVEY

    @property
    def key(self) -> str:
        """What it is noted under."""
        return f"{REMINDER}/{self.number}" if self.number else SURVEY


def turns(remind_days: Sequence[int], zone: ZoneInfo, now: datetime) -> Iterator[Turn]:
    """What may be due: the invitation, and of several reminders that are due to somebody the last one alone.

    Days are those of the calendar, from the day on which the invitation was written: a run that comes an hour late, or a
    change of the clocks, moves nobody to another day.
    """
    yield Turn(0)
    today = local_date(now, zone)
    begins = [instant(today - timedelta(days=days) + _DAY, _MIDNIGHT, zone) for days in remind_days]
    for number, before in enumerate(begins, 1):
        yield Turn(number, begins[number] if number < len(begins) else None, before)


def due_at(asked: datetime, days: int, zone: ZoneInfo) -> datetime:
    """When somebody who was asked then is reminded after so many days."""
    return instant(local_date(asked, zone) + timedelta(days=days), OPENS, zone)


def is_decent(now: datetime, zone: ZoneInfo) -> bool:
    """Whether it is an hour at which a participant may be written to."""
    return OPENS <= now.astimezone(zone).time() < CLOSES


def next_decent(at: datetime, zone: ZoneInfo) -> datetime:
    """The first such instant at or after one."""
    local = at.astimezone(zone)
    if local.time() < OPENS:
        return instant(local.date(), OPENS, zone)
    return at if local.time() < CLOSES else instant(local.date() + _DAY, OPENS, zone)


def pause_after(tries: int) -> timedelta:
    """How long a letter waits that was not taken: 5, 10, 20 ... minutes, and never more than four hours."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)
