"""A plan as iCalendar: events that keep their identity, and the same bytes each time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar

from opsflow.campaigns.export.calendarfile import plan_ics
from opsflow.sop.model import TaskKind
from tests.campaigns.export.exported import double_eleven, guessed, retitled


def events(content: bytes) -> dict[str, Any]:
    calendar = icalendar.Calendar.from_ical(content)
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def test_every_task_is_an_event_and_a_live_task_one_per_turn() -> None:
    export = double_eleven()
    found = events(plan_ics(export))
    expected = {
        f"double-eleven-2026/{task.id}{turn}@opsflow"
        for task in export.plan.tasks
        for turn in ([f"/{number + 1}" for number in range(len(task.repeats))] or [""])
    }
    assert set(found) == expected


def test_a_task_goes_from_its_start_to_its_due_in_the_campaigns_zone_and_leaves_the_day_free() -> None:
    event = events(plan_ics(double_eleven()))["double-eleven-2026/IP01@opsflow"]
    assert event["dtstart"].dt.isoformat() == "2026-07-31T09:00:00+08:00"
    assert event["dtend"].dt.isoformat() == "2026-07-31T18:00:00+08:00"
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert event["transp"] == "TRANSPARENT"


def test_a_meeting_is_as_long_as_its_agenda_and_takes_its_time() -> None:
    event = events(plan_ics(double_eleven()))["double-eleven-2026/IP11@opsflow"]
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=120)
    assert event["transp"] == "OPAQUE"


def test_the_zone_is_described_in_the_file() -> None:
    content = plan_ics(double_eleven()).decode()
    assert "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai" in content
    assert "BEGIN:VALARM" not in content


def test_lines_are_folded_at_75_octets() -> None:
    assert max(len(line) for line in plan_ics(double_eleven("zh")).split(b"\r\n")) <= 75


def test_a_plan_that_has_moved_keeps_the_identity_of_its_events() -> None:
    export = double_eleven()
    later = replace(export.plan, launch=export.plan.launch + timedelta(days=7))
    moved = retitled(replace(export, plan=later), "IP01", "Register it")
    assert set(events(plan_ics(moved))) == set(events(plan_ics(export)))


def test_the_same_plan_is_the_same_bytes_because_the_stamp_is_its_day() -> None:
    export = double_eleven()
    assert plan_ics(export) == plan_ics(export)
    for event in events(plan_ics(export)).values():
        assert event["dtstamp"].dt == event["last-modified"].dt == datetime(2026, 7, 1, tzinfo=UTC)


def test_the_plan_of_a_later_day_is_newer_to_a_calendar_whichever_way_its_launch_has_moved() -> None:
    """RFC 5546, 2.1.5: the higher SEQUENCE counts; of two that are the same, the later DTSTAMP."""
    export = double_eleven()
    for days in (-7, 0, 7):
        plan = replace(export.plan, launch=export.plan.launch + timedelta(days=days))
        later = replace(export, plan=plan, made_on=export.made_on + timedelta(days=1))
        before, after = events(plan_ics(export)), events(plan_ics(later))
        for uid, event in after.items():
            assert event["sequence"] == before[uid]["sequence"] + 1
            assert event["dtstamp"].dt > before[uid]["dtstamp"].dt


def test_an_event_has_no_instant_without_a_zone() -> None:
    for event in events(plan_ics(double_eleven())).values():
        assert isinstance(event["dtstart"].dt, datetime)
        assert event["dtstart"].dt.tzinfo is not None


def test_hourly_reports_of_a_peak_are_events_of_half_an_hour() -> None:
    export = double_eleven()
    task = next(task for task in export.plan.tasks if task.kind is TaskKind.LIVE and len(task.repeats) > 20)
    event = events(plan_ics(export))[f"double-eleven-2026/{task.id}/2@opsflow"]
    assert event["dtstart"].dt == task.repeats[1]
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=30)


def test_an_event_that_is_counted_in_a_year_without_calendar_says_that_it_is_provisional() -> None:
    """F28: the launch and what is live are as the campaign file says, whatever days are worked."""
    export = guessed(double_eleven(), 2026)
    fixed = {task.id for task in export.plan.tasks if task.kind in {TaskKind.LAUNCH, TaskKind.LIVE}}
    for uid, event in events(plan_ics(export)).items():
        marked = str(event["description"]).endswith("of 2026 is not published: dates in it are provisional.")
        assert marked is (uid.split("/")[1].removesuffix("@opsflow") not in fixed), uid
    assert plan_ics(guessed(double_eleven(), 2027)) == plan_ics(double_eleven())
