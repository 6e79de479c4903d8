"""Wall time to instants: one rule for gaps and overlaps, in every zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.kernel.zoned import instant, local_date, resolve

ZONES = (
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca",
    "Pacific/Auckland", "Asia/Tehran",
)  # fmt: skip
YEARS = (2026, 2027)


def changes(zone: ZoneInfo, year: int) -> Iterator[tuple[datetime, timedelta]]:
    """Every clock change of a year: the instant, and by how much the clocks jump."""
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        later = at + timedelta(hours=1)
        jump = _offset(later, zone) - _offset(at, zone)
        if jump:
            yield _moment_of_change(at, later, zone), jump
        at = later


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _moment_of_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = _offset(low, zone)
    minutes = (low + timedelta(minutes=n) for n in range(1, 61))
    return next((at for at in minutes if _offset(at, zone) != before), high)


CASES = [(name, year) for name in ZONES for year in YEARS]


@pytest.mark.parametrize(("name", "year"), CASES)
def test_a_time_that_a_gap_leaves_out_is_the_first_instant_after_it(name: str, year: int) -> None:
    """F17, F19."""
    zone = ZoneInfo(name)
    for at, jump in changes(zone, year):
        if jump > timedelta(0):
            first_missing = (at - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None) + timedelta(seconds=1)
            for into in (timedelta(0), jump / 2, jump - timedelta(seconds=1)):
                assert resolve(first_missing + into, zone) == at
            assert resolve(first_missing + jump, zone) == at


@pytest.mark.parametrize(("name", "year"), CASES)
def test_a_time_that_an_overlap_shows_twice_is_the_first_of_the_two(name: str, year: int) -> None:
    """F18."""
    zone = ZoneInfo(name)
    for at, jump in changes(zone, year):
        if jump < timedelta(0):
            shown_twice = at.astimezone(zone).replace(tzinfo=None)
            assert resolve(shown_twice, zone) == at + jump
            assert resolve(shown_twice - jump, zone) == at - jump


@pytest.mark.parametrize(("name", "year"), CASES)
def test_every_day_end_shows_its_own_wall_time_or_the_end_of_the_gap(name: str, year: int) -> None:
    """F17, F23, F24: never an hour early, never the day before."""
    zone = ZoneInfo(name)
    for n in range(365):
        day = date(year, 1, 1) + timedelta(days=n)
        for hour in (time(0), time(2, 30), time(9), time(18)):
            shown = instant(day, hour, zone).astimezone(zone).replace(tzinfo=None)
            assert shown.date() == day
            assert timedelta(0) <= shown - datetime.combine(day, hour) <= timedelta(hours=1)


def test_the_zones_above_have_gaps_and_overlaps() -> None:
    jumps = [jump for name in ZONES for year in YEARS for _, jump in changes(ZoneInfo(name), year)]
    assert sum(jump > timedelta(0) for jump in jumps) >= 10
    assert sum(jump < timedelta(0) for jump in jumps) >= 10
    assert timedelta(minutes=30) in jumps


def test_a_day_that_a_zone_left_out_resolves_to_the_next() -> None:
    """F17: Samoa skipped 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    assert instant(date(2011, 12, 30), time(18), apia) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_midnight_in_a_gap_is_one_in_the_morning() -> None:
    """F17: Chile changes its clocks at midnight, where the day before must not be meant."""
    santiago = ZoneInfo("America/Santiago")
    at = instant(date(2026, 9, 6), time(0), santiago)
    assert at.astimezone(santiago).isoformat() == "2026-09-06T01:00:00-03:00"


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Asia/Shanghai", "2026-10-19T16:00", "2026-10-20"),
        ("America/Los_Angeles", "2026-10-20T06:59", "2026-10-19"),
        ("America/Los_Angeles", "2026-10-20T07:00", "2026-10-20"),
        ("UTC", "2026-10-20T00:00", "2026-10-20"),
    ],
)
def test_the_date_of_an_instant_is_that_of_the_zone(zone: str, at: str, day: str) -> None:
    """F23."""
    assert local_date(datetime.fromisoformat(at).replace(tzinfo=UTC), ZoneInfo(zone)) == date.fromisoformat(day)
