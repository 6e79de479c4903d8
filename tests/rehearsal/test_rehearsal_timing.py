"""At what hour people act: on the due day, in time for who follows on the same day, within working hours."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from opsflow.campaigns.plan import PlannedTask
from opsflow.rehearsal.timing import Timing
from opsflow.sop.model import TaskKind
from opsflow.stages.model import Task, TaskStatus
from opsflow.workdays.hours import is_working_time
from tests.rehearsal.troupe import A, B, C, S, cast_of, planned


def opened(task: PlannedTask) -> Task:
    """A task of the plan as it stands once it is open."""
    same = {field.name for field in fields(Task)} & {field.name for field in fields(PlannedTask)}
    given = {name: getattr(task, name) for name in same}
    return Task(
        **given,
        code=task.id,
        status=TaskStatus.OPEN,
        opened_at=task.start,
        done_at=None,
        done_by=None,
        evidence=None,
        note=None,
    )


def timing_of(sample: str) -> Timing:
    return Timing(cast_of(sample), tuple(opened(task) for task in planned(sample).tasks))


def work(timing: Timing) -> list[Task]:
    usual = (TaskKind.WORK, TaskKind.RELEASE)
    return [task for task in timing.tasks if task.kind in usual and task.code != timing.cast.script.late]


@pytest.mark.parametrize("sample", [S, A, B, C])
def test_work_is_handed_in_between_its_opening_and_its_due_hour(sample: str) -> None:
    timing = timing_of(sample)
    wrong = [task.code for task in work(timing) if not task.start < timing.finish(task) <= task.due]
    assert wrong == []


@pytest.mark.parametrize("sample", [S, A, B, C])
def test_nobody_hands_in_outside_working_hours(sample: str) -> None:
    timing = timing_of(sample)
    cast = timing.cast
    at_night = [
        task.code
        for task in work(timing)
        if not is_working_time(timing.finish(task), zone=cast.zone, calendar=cast.calendar, spans=cast.spans)
    ]
    assert at_night == []


@pytest.mark.parametrize("sample", [A, B, C])
def test_who_is_followed_on_the_same_day_hands_in_an_hour_earlier(sample: str) -> None:
    timing = timing_of(sample)
    by_code = {task.code: task for task in work(timing)}
    pairs = [
        (by_code[code], task)
        for task in by_code.values()
        for code in task.after
        if code in by_code and by_code[code].due == task.due
    ]
    assert pairs
    for first, second in pairs:
        assert timing.finish(second) - timing.finish(first) > timedelta(minutes=10), (first.code, second.code)


def test_the_late_task_is_handed_in_when_the_script_says() -> None:
    timing = timing_of(S)
    late = next(task for task in timing.tasks if task.code == timing.cast.script.late)
    assert timing.finish(late) == timing.cast.script.late_until > late.due  # type: ignore[operator]


def test_what_was_asked_for_anew_is_handed_in_within_hours() -> None:
    timing = timing_of(S)
    pattern = work(timing)[0]
    again = replace(pattern, code=type(pattern.code)(f"{pattern.code}.r2"))
    assert timing.finish(again) - again.start < timedelta(hours=3)


def test_the_last_time_of_a_live_task_is_recorded_before_it_is_due() -> None:
    timing = timing_of(S)
    for task in timing.tasks:
        if task.kind is TaskKind.LIVE and task.repeats:
            assert max(task.repeats) <= timing.record(task, task.repeats[-1:]) <= task.due, task.code
