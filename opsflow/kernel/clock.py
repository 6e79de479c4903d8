"""The only place that reads the system time; everybody else is handed an instant or a date."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the current instant, aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that is moved by hand and never backwards: for rehearsals and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = _utc(start)

    def now(self) -> datetime:
        return self._now

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
