"""Working hours: deadlines in hours that know evenings, lunch, holidays and clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.workdays.hours import add_working_hours, day_end, day_start, is_working_time, next_working_time
from opsflow.workdays.service import calendar_for

SHANGHAI, CN = ZoneInfo("Asia/Shanghai"), calendar_for("CN")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def shown(instant: datetime, zone: ZoneInfo = SHANGHAI) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-10-12T18:00", 4, "2026-10-13T14:00"),  # the example of design section 3
        ("2026-10-12T23:30", 4, "2026-10-13T14:00"),
        ("2026-10-13T06:00", 4, "2026-10-13T14:00"),  # before opening: counted from 9:00, not from 6:00
        ("2026-10-12T11:00", 2, "2026-10-12T14:00"),  # lunch is not work
        ("2026-10-12T12:30", 1, "2026-10-12T14:00"),
        ("2026-10-12T09:00", 8, "2026-10-12T18:00"),
        ("2026-10-12T10:00", 8, "2026-10-13T10:00"),  # 8 working hours are a working day, not 8 hours
        ("2026-10-12T09:00", 24, "2026-10-14T18:00"),
        ("2026-09-30T17:00", 2, "2026-10-08T10:00"),  # the National Day week
        ("2026-10-09T17:00", 2, "2026-10-10T10:00"),  # Saturday 10-10 is worked
        ("2026-10-10T17:00", 2, "2026-10-12T10:00"),
        ("2026-10-11T15:00", 1, "2026-10-12T10:00"),  # created on a day off
        ("2026-10-12T17:30", 0.5, "2026-10-12T18:00"),
        ("2026-10-12T23:30", 0, "2026-10-12T23:30"),
    ],
)
def test_working_hours_are_counted_only_while_people_work(start: str, hours: float, end: str) -> None:
    """F25, F26."""
    assert shown(add_working_hours(at(start), hours, zone=SHANGHAI, calendar=CN)) == end


def test_hours_of_the_organisation_are_the_ones_that_count() -> None:
    """F27: a calendar parameter that is accepted is used."""
    late = ((time(14), time(20)),)
    assert shown(add_working_hours(at("2026-10-12T09:00"), 1, zone=SHANGHAI, calendar=CN, spans=late)) == (
        "2026-10-12T15:00"
    )
    german = calendar_for("DE")
    assert shown(next_working_time(at("2026-10-01T10:00"), zone=SHANGHAI, calendar=german)) == "2026-10-01T10:00"
    assert shown(next_working_time(at("2026-10-01T10:00"), zone=SHANGHAI, calendar=CN)) == "2026-10-08T09:00"


@pytest.mark.parametrize(
    ("moment", "works"),
    [
        ("2026-10-12T09:00", True), ("2026-10-12T08:59", False), ("2026-10-12T12:00", False),
        ("2026-10-12T13:00", True), ("2026-10-12T17:59", True), ("2026-10-12T18:00", False),
        ("2026-10-10T10:00", True), ("2026-10-11T10:00", False),
    ],
)  # fmt: skip
def test_people_work_from_the_opening_minute_to_before_the_closing_one(moment: str, works: bool) -> None:
    assert is_working_time(at(moment), zone=SHANGHAI, calendar=CN) is works


def test_the_day_is_the_recipients_not_that_of_utc() -> None:
    """F23: zones west of UTC are not a day off."""
    zone = ZoneInfo("America/Los_Angeles")
    calendar = calendar_for("US")
    friday_evening = at("2026-10-16T17:30", zone)  # Saturday already in UTC
    assert friday_evening.date() == date(2026, 10, 17)
    assert is_working_time(friday_evening, zone=zone, calendar=calendar)
    assert shown(day_end(date(2026, 10, 16), zone), zone) == "2026-10-16T18:00"


def test_a_task_due_today_is_not_due_before_the_working_day_ends() -> None:
    """F22."""
    today = date(2026, 10, 12)
    assert day_end(today, SHANGHAI) - day_start(today, SHANGHAI) == timedelta(hours=9)
    assert shown(day_end(today, SHANGHAI)) == "2026-10-12T18:00"


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 27), date(2026, 10, 26)])
def test_a_day_ends_at_the_same_wall_time_across_clock_changes(day: date) -> None:
    """F24."""
    berlin = ZoneInfo("Europe/Berlin")
    assert shown(day_end(day, berlin), berlin) == f"{day}T18:00"


def test_working_hours_across_a_clock_change_are_still_working_hours() -> None:
    """F24: Friday 17:00 and 2 hours is Monday 10:00, though the week-end had 49 hours."""
    berlin = ZoneInfo("Europe/Berlin")
    end = add_working_hours(at("2026-10-23T17:00", berlin), 2, zone=berlin, calendar=calendar_for("DE"))
    assert shown(end, berlin) == "2026-10-26T10:00"


def test_hours_cannot_be_taken_away() -> None:
    with pytest.raises(ValueError, match="never taken away"):
        add_working_hours(at("2026-10-12T10:00"), -1, zone=SHANGHAI, calendar=CN)


def test_without_any_working_hour_nothing_is_ever_due() -> None:
    with pytest.raises(ValueError, match="working hour"):
        next_working_time(at("2026-10-12T10:00"), zone=SHANGHAI, calendar=CN, spans=((time(9), time(9)),))
