"""What holds of every plan of the rest: done work stays, dependencies and windows hold, and nothing moves for nothing."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.schedule import HeldTooLate
from opsflow.engine.replanning.anew import Replanned, anew
from opsflow.engine.replanning.change import Change, Slip
from opsflow.engine.replanning.shortage import Shortage
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Level, TaskCode
from opsflow.kernel.zoned import instant, local_date
from opsflow.sop.model import Sop, TaskKind
from opsflow.sop.model import Task as TaskSpec
from opsflow.stages.model import Task, TaskStatus
from opsflow.workdays.hours import day_end
from tests.campaigns.planning import everything, organisation, standard_sop
from tests.campaigns.test_planner_properties import AFTER, Drawn, drawn_tasks, file_for, launches
from tests.engine.underway import lived, underway

ORG = organisation()
CALENDAR = working_days(ORG)
HOURS = st.sampled_from((time(8), time(12), time(18, 30)))
ahead = st.integers(0, 80)


def started(launch: date, sop: Sop, *, before: int, level: Level = Level.S) -> Snapshot:
    """A campaign started so many working days before its launch."""
    try:
        found = underway(file_for(launch, level=level), ORG, sop, today=CALENDAR.shift(launch, -before))
    except HeldTooLate:
        found = None
    if found is None:
        reject()
    return found


def at_day(snapshot: Snapshot, days: int, hour: time) -> datetime:
    day = local_date(snapshot.now, snapshot.campaign.zone) + timedelta(days=days)
    return instant(day, hour, snapshot.campaign.zone)


@settings(max_examples=60, deadline=None)
@given(drawn_tasks(), launches, st.integers(1, 60), ahead, HOURS)
def test_planning_anew_without_a_change_changes_nothing(
    drawn: Drawn, launch: date, before: int, days: int, hour: time
) -> None:
    """Everybody has been on time until then."""
    begun = started(launch, drawn.sop, before=before)
    now = lived(begun, at_day(begun, days, hour))
    found = anew(now, Change(), ORG)
    assert found.after == now.tasks
    assert found.stages == now.stages
    assert found.short is None


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("days", [0, 3, 17, 40, 80, 100, 130])
def test_the_standard_sop_changes_nothing_without_a_change(level: Level, days: int) -> None:
    begun = started(date(2026, 10, 20), everything(standard_sop()), before=70, level=level)
    now = lived(begun, at_day(begun, days, time(18, 30)))
    assert anew(now, Change(), ORG).moves == ()


@settings(max_examples=60, deadline=None)
@given(drawn_tasks(), launches, st.integers(1, 60), ahead, HOURS, st.integers(1, 40), st.data())
def test_what_is_done_never_moves_and_all_else_holds_its_order(
    drawn: Drawn, launch: date, before: int, days: int, hour: time, slip: int, data: st.DataObject
) -> None:
    """F30, F31."""
    begun = started(launch, drawn.sop, before=before)
    late = data.draw(st.sets(st.sampled_from([task.code for task in begun.tasks] or [TaskCode("none")]), max_size=3))
    now = lived(begun, at_day(begun, days, hour), late=late)
    change = data.draw(changes(now, slip))
    try:
        found = anew(now, change, ORG)
    except BadInput as refused:
        # What it follows is so late that its day cannot be held; the day that is named can.
        (named,) = re.findall(r"cannot be finished by .* Name (\S+) or later", str(refused))
        change = Change(slips=tuple(replace(each, due=date.fromisoformat(named)) for each in change.slips))
        found = anew(now, change, ORG)
    done_stays(found)
    if found.short is None:
        holds_in_order(now, found)
    else:
        assert found.float_days is not None
        assert found.short.by == -found.float_days > 0
        fits_then(now, change, found.short)


def changes(now: Snapshot, slip: int) -> st.SearchStrategy[Change]:
    """Nothing, a task that slips, another launch."""
    soonest = local_date(now.now, now.campaign.zone) + timedelta(days=1)
    kinds = [st.just(Change())]
    movable = [t for t in now.tasks if not t.finished and t.kind is TaskKind.WORK]
    if movable:
        slips = st.sampled_from(movable).map(
            lambda task: Change(slips=(Slip(task.code, _slipped(task, soonest, slip)),))
        )
        kinds.append(slips)
    if now.campaign.launch > now.now:
        moved = (local_date(now.campaign.launch, now.campaign.zone) + timedelta(days=n) for n in (-9, 3, slip))
        kinds += [st.just(Change(launch=day)) for day in moved if day > soonest and day != _launch_day(now)]
    return st.one_of(kinds)


def _launch_day(now: Snapshot) -> date:
    return local_date(now.campaign.launch, now.campaign.zone)


def _slipped(task: Task, soonest: date, by: int) -> date:
    return CALENDAR.shift(max(soonest, local_date(task.due, ORG_ZONE)), by)


ORG_ZONE = underway(file_for(date(2026, 10, 20)), ORG, standard_sop(), today=date(2026, 6, 1)).campaign.zone  # type: ignore[union-attr]


def done_stays(found: Replanned) -> None:
    for was, now in zip(found.before, found.after, strict=True):
        if was.finished and was.kind is not TaskKind.LIVE:
            assert now == was
        if was.status is TaskStatus.OPEN:
            assert now.start == was.start
        assert now.code == was.code


def holds_in_order(now: Snapshot, found: Replanned) -> None:
    tasks = {task.code: task for task in found.after}
    first = local_date(found.launch, now.campaign.zone)
    today = local_date(now.now, now.campaign.zone)
    for task in found.after:
        if task.finished:
            continue
        start, due = (local_date(at, now.campaign.zone) for at in (task.start, task.due))
        if task.kind is TaskKind.LIVE:
            assert found.launch <= task.start <= task.due <= found.ends
            continue
        assert start <= due or task.status is TaskStatus.OPEN, task.code
        if task.status is TaskStatus.PLANNED:
            assert CALENDAR.shift(today, 0) <= start or now.campaign.launch <= now.now, task.code
        if task.stage in AFTER:
            assert start >= local_date(found.ends, now.campaign.zone), task.code
        elif task.kind is not TaskKind.LAUNCH and found.launch > now.now:
            assert due < first, task.code
        for code in task.after:
            before = tasks[code]
            if now.campaign.launch <= now.now and before.stage not in AFTER:
                continue  # late for a launch that is past: its date stands
            if (
                before.kind is TaskKind.LIVE
                or before.finished
                or task.status is TaskStatus.OPEN
                or task.kind is TaskKind.LAUNCH
            ):
                continue
            until = local_date(before.due, now.campaign.zone)
            assert until < start if before.days and task.days else until <= start, (code, task.code)


def fits_then(now: Snapshot, change: Change, short: Shortage) -> None:
    """The earliest launch that is named works, and the working day before it does not."""
    assert anew(now, replace(change, launch=short.earliest_launch), ORG).short is None
    sooner = CALENDAR.at(CALENDAR.index(short.earliest_launch) - 1)
    if sooner > _launch_day(now) and CALENDAR.index(sooner) < CALENDAR.index(short.earliest_launch):
        assert anew(now, replace(change, launch=sooner), ORG).short is not None


AT_ONCE = Drawn(
    (
        TaskSpec.model_validate(
            {
                "id": "T00",
                "stage": "execution",
                "title": "Task 0",
                "owner": {"department": "operations"},
                "days": {"S": 0},
            }
        ),
    )
)
"""A task whose day as the SOP counts it, 20 January, is also the first that is left: then its reason must not change."""


BEGUN_LATE = Drawn((AT_ONCE.tasks[0].model_copy(update={"days": {Level.S: 4}, "as_late_as_possible": True}),))
"""As late as the launch lets it, it began with the campaign: a later launch gives it a day, the former one takes it back."""


@example(AT_ONCE, date(2026, 3, 1), 32, 11, time(8), -1)
@example(BEGUN_LATE, date(2026, 3, 1), 5, 0, time(12), 2)
@settings(max_examples=50, deadline=None)
@given(drawn_tasks(), launches, st.integers(5, 60), st.integers(0, 30), HOURS, st.integers(-12, 25))
def test_a_launch_that_moves_there_and_back_has_moved_nothing(
    drawn: Drawn, launch: date, before: int, days: int, hour: time, by: int
) -> None:
    begun = started(launch, drawn.sop, before=before)
    now = lived(begun, at_day(begun, days, hour))
    assume(now.now < now.campaign.launch)
    day = launch + timedelta(days=by)
    assume(by and day_end(day, now.campaign.zone) > now.now + timedelta(days=1))
    there = moved(now, anew(now, Change(launch=day), ORG))
    back = moved(there, anew(there, Change(launch=launch), ORG))
    assert back.tasks == now.tasks
    assert back.campaign.file == now.campaign.file
    assert [(s.opens, s.closes, s.meeting_at) for s in back.stages] == [
        (s.opens, s.closes, s.meeting_at) for s in now.stages
    ]


def test_the_earliest_launch_may_be_the_present_one() -> None:
    """A launch that is brought forward and does not hold there is told the day it has, not that it is there already."""
    begun = started(date(2026, 10, 20), everything(standard_sop()), before=30, level=Level.A)
    short = anew(begun, Change(launch=date(2026, 10, 19)), ORG).short
    assert short is not None
    assert (short.by, short.earliest_launch) == (1, date(2026, 10, 20))


def moved(now: Snapshot, found: Replanned) -> Snapshot:
    """The campaign after a plan of the rest has been taken."""
    campaign = replace(
        now.campaign,
        file=found.file,
        launch=found.launch,
        ends=found.ends,
        plan_revision=now.campaign.plan_revision + 1,
    )
    return replace(now, campaign=campaign, tasks=found.after, stages=found.stages)


@settings(max_examples=60, deadline=None)
@given(drawn_tasks(), launches, st.integers(5, 60), st.integers(0, 60), HOURS, st.integers(1, 30), st.data())
def test_taking_the_same_plan_again_changes_nothing(
    drawn: Drawn, launch: date, before: int, days: int, hour: time, slip: int, data: st.DataObject
) -> None:
    begun = started(launch, drawn.sop, before=before)
    late = data.draw(st.sets(st.sampled_from([task.code for task in begun.tasks] or [TaskCode("none")]), max_size=2))
    now = lived(begun, at_day(begun, days, hour), late=late)
    found = anew(now, data.draw(changes(now, slip)), ORG)
    after = moved(now, found)
    assert [task.code for _, task in anew(after, Change(), ORG).moves] == []
