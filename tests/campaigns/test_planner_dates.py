"""Dates of a plan: anchors, pins, floats, what today pushes, and clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.plan import Infeasible
from opsflow.kernel.terms import Level, Stage, TaskCode
from opsflow.sop.model import TaskKind
from tests.campaigns.planning import answer, campaign, everything, first_day, organisation, planned, standard_sop


def live(start: str, end: str, **more: object) -> dict[str, object]:
    return {"live": {"start": start, "end": end, **more}}


def test_a_task_starts_at_nine_and_is_due_at_eighteen_in_the_campaigns_zone() -> None:
    """F20, F22, F23."""
    zone = ZoneInfo("America/Los_Angeles")
    found = planned(campaign(zone="America/Los_Angeles"))
    for task in found.tasks:
        if task.kind in {TaskKind.LIVE, TaskKind.LAUNCH}:
            continue
        assert task.start.tzinfo is UTC
        assert task.start.astimezone(zone).isoformat()[11:16] == "09:00"
        assert task.due.astimezone(zone).isoformat()[11:16] == "18:00"
        assert task.start.astimezone(zone).date() == task.earliest_start


def test_day_ends_keep_their_hour_across_a_clock_change() -> None:
    """F17, F24: Germany leaves summer time on 25 October 2026, within the window's build."""
    german = organisation(calendar="DE", zone="Europe/Berlin")
    file = campaign(zone="Europe/Berlin", **live("2026-11-02T00:00", "2026-11-09T00:00"))
    found = planned(file, org=german)
    hours = {(task.due.hour, task.due < datetime(2026, 10, 25, tzinfo=UTC)) for task in found.stages[2].tasks}
    assert hours == {(16, True)}
    assert found.task(TaskCode("EX28")).due == datetime(2026, 10, 30, 17, tzinfo=UTC)


def test_the_launch_itself_starts_with_the_window_and_is_due_that_evening() -> None:
    launch = planned(campaign()).task(TaskCode("EX29"))
    assert launch.start == datetime(2026, 10, 19, 16, tzinfo=UTC)
    assert launch.due == datetime(2026, 10, 20, 10, tzinfo=UTC)


def test_a_launch_in_the_evening_is_not_due_before_it_starts() -> None:
    launch = planned(campaign(**live("2026-10-20T20:00", "2026-11-12T00:00"))).task(TaskCode("EX29"))
    assert launch.due - launch.start == timedelta(hours=1)


@pytest.mark.parametrize(
    ("launch", "check", "meeting"),
    [
        ("2026-10-20", "Mon 2026-10-19", "Tue 2026-08-11"),
        ("2026-10-11", "Sat 2026-10-10", "Mon 2026-08-03"),  # a Sunday
        ("2026-10-03", "Wed 2026-09-30", "Wed 2026-07-29"),  # within the holiday
        ("2026-10-08", "Wed 2026-09-30", "Wed 2026-07-29"),
    ],
)
def test_the_launch_day_is_not_counted_and_may_be_a_day_off(launch: str, check: str, meeting: str) -> None:
    day = first_day(planned(campaign(**live(f"{launch}T00:00", "2026-11-12T00:00"))))
    assert (day("EX28"), day("IP11"), day("EX29")) == (check, meeting, f"{date.fromisoformat(launch):%a %Y-%m-%d}")


@pytest.mark.parametrize(("level", "freeze"), [("S", "Fri 2026-10-16"), ("A", "Fri 2026-10-16")])
def test_milestones_that_close_the_work_are_as_late_as_they_may(level: str, freeze: str) -> None:
    """F31: EX27 two working days before the launch even where it takes no day of its own, EX28 the day before it."""
    found = planned(campaign(level=level))
    assert first_day(found)("EX27") == freeze
    assert first_day(found)("EX28") == "Mon 2026-10-19"
    assert found.task(TaskCode("EX27")).float_days == 0


@pytest.mark.parametrize(("level", "day"), [("S", "Sat 2026-10-10"), ("A", "Wed 2026-10-14"), ("B", "Fri 2026-10-16")])
def test_warm_up_is_held_on_its_day(level: str, day: str) -> None:
    assert first_day(planned(campaign(level=level)))("EX25") == day


@pytest.mark.parametrize(
    ("level", "first"),
    [("S", "Wed 2026-09-09"), ("A", "Sun 2026-09-20"), ("B", "Fri 2026-10-09"), ("C", "Wed 2026-10-14")],
)
def test_the_build_starts_its_lead_before_the_launch_though_planning_is_done_earlier(level: str, first: str) -> None:
    found = planned(campaign(level=level))
    build = [
        task.earliest_start for task in found.tasks if task.stage is Stage.EXECUTION and task.kind is not TaskKind.LIVE
    ]
    assert f"{min(build):%a %Y-%m-%d}" == first


def test_what_is_matured_is_taken_not_before_its_calendar_day() -> None:
    found = planned(campaign(**live("2026-10-20T00:00", "2026-11-14T00:00")))  # ends on Friday 13
    assert first_day(found)("RV02") == "Mon 2026-11-30"  # the 15th day after is a Saturday


@pytest.mark.parametrize(
    ("level", "code", "days"),
    [("S", "RV01", 3), ("S", "RV09", 18), ("A", "RV09", 17), ("B", "RV09", 9), ("C", "RV07", 3)],
)
def test_debrief_and_review_are_not_earlier_than_the_levels_figures(level: str, code: str, days: int) -> None:
    file = campaign(level=level, **live("2026-10-20T00:00", "2026-11-12T00:00"))
    found = planned(file)
    calendar = working_days(organisation())
    assert calendar.count(date(2026, 11, 12), found.task(TaskCode(code)).earliest_start) >= days


def test_the_review_waits_for_its_figure_even_when_its_chain_is_shorter() -> None:
    sop = standard_sop()
    policy = sop.levels[Level.S].model_copy(update={"review": 30, "hot_debrief": 10})
    patient = sop.model_copy(update={"levels": {**sop.levels, Level.S: policy}})
    day = first_day(planned(campaign(), sop=patient))
    assert (day("RV09"), day("RV01")) == ("Wed 2026-12-23", "Wed 2026-11-25")


def test_nothing_starts_before_today_and_the_shortened_lead_is_warned_of() -> None:
    found = planned(campaign(), "2026-08-06")
    assert min(task.earliest_start for task in found.tasks) == date(2026, 8, 6)
    assert found.task(TaskCode("IP01")).float_days == 2
    assert [warning.en for warning in found.warnings] == [
        "The lead is shortened by 4 working days: the usual first day was Fri 2026-07-31."
    ]


def test_a_plan_with_all_float_used_is_feasible_and_one_day_later_is_not() -> None:
    """The chain of 47 working days ends the day before the launch when it starts on 10 August."""
    last = planned(campaign(), "2026-08-10")
    assert last.task(TaskCode("IP01")).float_days == 0
    assert last.task(TaskCode("EX28")).earliest_start == date(2026, 10, 19)
    assert isinstance(answer(campaign(), "2026-08-11"), Infeasible)


def test_a_day_off_today_is_the_next_working_day() -> None:
    assert planned(campaign(), "2026-08-08").task(TaskCode("IP01")).earliest_start == date(2026, 8, 10)


def test_a_launch_in_the_past_is_planned_as_it_should_have_been_and_warned_of() -> None:
    found = planned(campaign(), "2026-11-22")
    assert found.stages == planned(campaign()).stages
    assert [warning.en for warning in found.warnings] == ["The launch on Tue 2026-10-20 is in the past."]


def test_a_campaign_made_from_an_old_one_takes_every_date_from_its_own_launch() -> None:
    """F29, F30: shifted by a year, nothing of the old dates survives, and every relative date is computed."""
    old = planned(campaign())
    new = planned(campaign(**live("2028-10-20T00:00", "2028-11-12T00:00")), "2027-06-01")
    assert max(task.due for task in old.tasks) < min(task.start for task in new.tasks)
    assert {task.id for task in new.tasks} == {task.id for task in old.tasks}


def test_shifting_the_launch_back_moves_the_whole_campaign() -> None:
    """F31: a group that is moved earlier moves as a group, floats unchanged."""
    now, earlier = planned(campaign()), planned(campaign(**live("2026-09-22T00:00", "2026-10-14T00:00")))
    before_launch = [task for task in now.tasks if task.stage is not Stage.CLOSING and task.stage is not Stage.REVIEW]
    for task in before_launch:
        moved = earlier.task(task.id)
        assert moved.float_days == task.float_days
        assert moved.earliest_start < task.earliest_start


def test_a_year_that_is_not_published_makes_the_plan_provisional_and_is_named() -> None:
    """F28."""
    found = planned(campaign(**live("2028-10-20T00:00", "2028-11-12T00:00")), "2027-06-01")
    assert found.provisional
    assert any("2028" in warning.en and "2028" in warning.zh for warning in found.warnings)


def test_floats_hold_what_they_promise() -> None:
    """F31: a task that uses its whole float still leaves every successor before its own latest start."""
    for level in Level:
        found = planned(campaign(level=level), sop=everything(standard_sop()))
        tasks = {task.id: task for task in found.tasks}
        for task in found.tasks:
            for before in task.after:
                if tasks[before].stage is Stage.EXECUTION and task.stage in {Stage.CLOSING, Stage.REVIEW}:
                    continue
                assert tasks[before].latest_finish <= task.latest_finish, (before, task.id)


def test_the_reasons_of_a_task_name_rule_skipped_days_and_what_would_move_it() -> None:
    found = planned(campaign())
    build = [reason.en for reason in found.task(TaskCode("EX01")).because]
    assert build[0] == (
        "Starts on Wed 2026-09-09: preparation begins 25 working days before the launch on Tue 2026-10-20 (level S)."
    )
    assert "Thu 2026-10-01 to Sat 2026-10-03 National Day" in build[2]
    assert build[4] == (
        "Counted as working days: Sun 2026-09-20 (make-up working day for 2026-10-06), "
        "Sat 2026-10-10 (make-up working day for 2026-10-07)."
    )
    assert build[5] == "May finish as late as Mon 2026-09-14 (3 working days of float) without moving the launch."
    assert build[6] == "Moves with the launch, or with `build` of level S in the SOP."


def test_the_reasons_of_a_task_that_follows_name_what_it_waits_for_in_both_languages() -> None:
    reasons = planned(campaign()).task(TaskCode("EX02")).because
    assert reasons[0].en == "Follows EX01 Division-of-labour briefing, tasks claimed (finished Wed 2026-09-09)."
    assert reasons[0].zh == "在 EX01 分工会与任务认领 之后（2026-09-09（周三）完成）。"
    assert reasons[-1].en == "Starts earlier only after an earlier finish of EX01."


def test_every_task_of_every_level_has_reasons_in_both_languages() -> None:
    for level in Level:
        for task in planned(campaign(level=level), sop=everything(standard_sop())).tasks:
            assert task.because, task.id
            assert all(reason.en and reason.zh and reason.en != reason.zh for reason in task.because), task.id
            assert not any("{" in reason.en + reason.zh for reason in task.because), task.id
