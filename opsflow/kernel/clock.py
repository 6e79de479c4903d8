"""The only place that reads the system time, and waits; everybody else is handed an instant or a date."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the current instant, aware, in UTC."""

    def now(self) -> datetime: ...

    def wait_until(self, instant: datetime) -> bool:
        """Come back at an instant, or at once with False where time only passes by somebody's hand."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait_until(self, instant: datetime) -> bool:
        """Sleep until then; at once when it is past."""
        time.sleep(max(0.0, (instant - self.now()).total_seconds()))
        return True


class VirtualClock:
    """A clock that is moved by hand and never backwards: for rehearsals and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = _utc(start)

    def now(self) -> datetime:
        return self._now

    def wait_until(self, instant: datetime) -> bool:
        """Whether it is there already: nobody else would move the clock meanwhile."""
        return self._now >= _utc(instant)

    def move_to(self, instant: datetime) -> None:
        """Advance to an instant; an earlier one than now is a ValueError."""
        instant = _utc(instant)
        if instant < self._now:
            raise ValueError(f"A virtual clock at {self._now.isoformat()} cannot go back to {instant.isoformat()}.")
        self._now = instant


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("A clock needs an aware instant.")
    return instant.astimezone(UTC)
