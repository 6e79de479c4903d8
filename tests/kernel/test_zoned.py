"""Wall time to instants: one rule for gaps and overlaps, in every zone."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.kernel.zoned import existing_zone, gap, instant, local_date, resolve
from tests.architecture.sources import product

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
            for missing in (timedelta(0), jump - timedelta(seconds=1)):
                assert gap(first_missing + missing, zone) == (first_missing, first_missing + jump)
            for there in (-timedelta(seconds=1), jump):
                assert gap(first_missing + there, zone) is None


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


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        # Gaps: the first instant after them. Overlaps: the first of the two. Written down from the zones' laws.
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Europe/Berlin", "2027-03-28T02:00", "2027-03-28T01:00"),
        ("Europe/Berlin", "2027-10-31T02:59", "2027-10-31T00:59"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("America/New_York", "2027-03-14T02:59", "2027-03-14T07:00"),
        ("America/New_York", "2027-11-07T01:00", "2027-11-07T05:00"),
        ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30"),
        ("America/Santiago", "2026-09-06T00:30", "2026-09-06T04:00"),
        ("America/Santiago", "2027-04-03T23:00", "2027-04-04T02:00"),
        ("America/Santiago", "2027-09-05T00:00", "2027-09-05T04:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2027-04-04T01:30", "2027-04-03T14:30"),
        ("Australia/Lord_Howe", "2027-10-03T02:29", "2027-10-02T15:30"),
        ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30"),  # Ramadan takes the summer hour away
        ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:00"),
        ("Africa/Casablanca", "2027-02-07T02:30", "2027-02-07T01:30"),
        ("Africa/Casablanca", "2027-03-14T02:30", "2027-03-14T02:00"),
        ("Pacific/Auckland", "2026-04-05T02:30", "2026-04-04T13:30"),
        ("Pacific/Auckland", "2026-09-27T02:30", "2026-09-26T14:00"),
        ("Pacific/Auckland", "2027-04-04T02:00", "2027-04-03T13:00"),
        ("Pacific/Auckland", "2027-09-26T02:30", "2027-09-25T14:00"),
        ("Asia/Tehran", "2026-03-22T00:30", "2026-03-21T21:00"),  # no longer a gap since 2022
        ("Asia/Tehran", "2027-09-22T00:30", "2027-09-21T21:00"),
        ("Asia/Shanghai", "2026-04-12T02:30", "2026-04-11T18:30"),
        ("Asia/Shanghai", "2027-09-13T02:30", "2027-09-12T18:30"),
    ],
)
def test_a_wall_time_is_this_very_instant(zone: str, local: str, utc: str) -> None:
    """F17, F18, F19, F20."""
    assert resolve(datetime.fromisoformat(local), ZoneInfo(zone)) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@st.composite
def wall_times(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """A zone and a wall time of two years, half of them within three hours of a clock change."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    anywhere = datetime(2026, 1, 1) + draw(st.timedeltas(timedelta(0), timedelta(days=730)))  # noqa: DTZ001 - a wall time
    near = [at for year in YEARS for at, _ in changes(zone, year)]
    if not near or draw(st.booleans()):
        return zone, anywhere
    hours = timedelta(hours=3)
    return zone, draw(st.sampled_from(near)).astimezone(zone).replace(tzinfo=None) + draw(st.timedeltas(-hours, hours))


@settings(max_examples=50, deadline=None)
@given(wall_times(), st.timedeltas(timedelta(0), timedelta(hours=6)))
def test_a_later_wall_time_is_never_an_earlier_instant(where: tuple[ZoneInfo, datetime], by: timedelta) -> None:
    """F17, F18."""
    zone, local = where
    assert resolve(local, zone) <= resolve(local + by, zone)


@settings(max_examples=50, deadline=None)
@given(wall_times())
def test_a_wall_time_is_shown_at_its_instant_and_at_no_earlier_one(where: tuple[ZoneInfo, datetime]) -> None:
    """F18, F20: in a gap a later one is shown, and none that is earlier."""
    zone, local = where
    at = resolve(local, zone)
    assert at.astimezone(zone).replace(tzinfo=None) >= local
    for minutes in (1, 30, 60, 120):
        assert (at - timedelta(minutes=minutes)).astimezone(zone).replace(tzinfo=None) < local


def test_wall_times_become_instants_in_one_place() -> None:
    """One resolver: nobody else gives a wall time a zone (F17-F20)."""
    own = {"opsflow/kernel/zoned.py"}
    zoned = re.compile(r"tzinfo=(?!UTC\b|None\b)|\bfold=")
    assert {source.path for source in product() if zoned.search(source.text)} <= own


@pytest.mark.parametrize("name", ["Asia/Shanghai", "UTC", "Etc/GMT+8", "America/Argentina/Buenos_Aires", "GB", None])
def test_a_zone_of_iana_is_taken(name: str | None) -> None:
    assert existing_zone(name) == name
    if name:
        assert ZoneInfo(name).key == name


@pytest.mark.parametrize(
    "name", ["", "localtime", "Factory", "posixrules", "right/UTC", "asia/shanghai", "Asia", "../x"]
)
def test_a_name_that_is_another_zone_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected an IANA time zone"):
        existing_zone(name)
