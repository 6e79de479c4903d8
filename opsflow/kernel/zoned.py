"""Local wall time to instants, with one rule for clock changes (design section 3)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]  # the library ships no type marker


def existing_zone(name: str | None) -> str | None:
    """A time zone's name, if it means the same zone on every machine; else a ValueError that says what is expected."""
    if name is not None and name not in _zones():
        raise ValueError("expected an IANA time zone, for example Asia/Shanghai")
    return name


@cache
def _zones() -> frozenset[str]:
    # What a machine itself can open would be more: its own `localtime`, `right/...` with leap seconds, or, on a disk
    # that does not tell a from A, `asia/shanghai`. Factory is the clock of a machine that nobody has set.
    return frozenset(Path(tzdata.__file__).with_name("zones").read_text("utf-8").split()) - {"Factory"}


@lru_cache(maxsize=1 << 14)
def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a zone's clocks show `at` on `day`.

    In an overlap it is the first of the two; in a gap the first instant that exists after it. Remembered: plans ask for
    the same mornings and evenings over and over.
    """
    return resolve(datetime.combine(day, at), zone)


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive local time; see `instant` for gaps and overlaps."""
    first = local.replace(tzinfo=zone, fold=0)
    as_utc = first.astimezone(UTC)
    if as_utc.astimezone(zone).replace(tzinfo=None) == local:
        return as_utc
    # A gap: between the two readings of `local` the offset jumps; find the instant of the jump.
    low, high = local.replace(tzinfo=zone, fold=1).astimezone(UTC), as_utc
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def gap(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """What a zone's clocks show where they skip a naive local time: when they are put forward, and from then on.

    None where they show the time itself.
    """
    jump = resolve(local, zone)
    after = jump.astimezone(zone).replace(tzinfo=None)
    if after == local:
        return None
    second = timedelta(seconds=1)
    return (jump - second).astimezone(zone).replace(tzinfo=None) + second, after


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The calendar date an instant falls on in a zone."""
    return at.astimezone(zone).date()
