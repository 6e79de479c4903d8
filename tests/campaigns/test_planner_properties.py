"""What holds of every plan: dependencies, windows, moves of the launch, the order of the file, a second opinion, length."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from types import FrameType

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Infeasible, Plan, PlannedTask
from opsflow.campaigns.planner import plan
from opsflow.campaigns.schedule import HeldTooLate
from opsflow.kernel.terms import Level, Stage
from opsflow.sop.model import Sop, Task, TaskKind
from opsflow.workdays.model import WorkCalendar
from tests.campaigns.planning import campaign, everything, organisation, standard_sop
from tests.campaigns.slowplan import Dates, SlowPlan

ORG = organisation()
CALENDAR = working_days(ORG)
EARLY = date(2025, 6, 2)
AFTER = {Stage.CLOSING, Stage.REVIEW}
STAGES = (Stage.INITIAL_PLANNING, Stage.DECISION, Stage.EXECUTION, Stage.CLOSING, Stage.REVIEW)
launches = st.dates(date(2026, 3, 1), date(2026, 12, 31))


def file_for(launch: date, *, length: int = 14, level: Level = Level.S) -> CampaignFile:
    start = datetime.combine(launch, datetime.min.time())
    return campaign(level=level, live={"start": start.isoformat(), "end": (start + timedelta(days=length)).isoformat()})


def planned(file: CampaignFile, sop: Sop) -> Plan:
    """A plan with time enough; an SOP that contradicts itself is not what the test is about."""
    try:
        found = plan(file, ORG, sop, CALENDAR, EARLY)
    except HeldTooLate:
        reject()
    assert isinstance(found, Plan), found
    return found


@dataclass(frozen=True)
class Drawn:
    """Tasks that were drawn, which show themselves in one line each."""

    tasks: tuple[Task, ...]

    @property
    def sop(self) -> Sop:
        return standard_sop().model_copy(update={"tasks": self.tasks, "meetings": ()})

    def __repr__(self) -> str:
        return "; ".join(
            f"{task.id} {task.stage.value} {dict(task.days)} after={task.after} before={task.before} when={task.when} "
            f"pin={task.pin and dict(task.pin.days)} late={task.as_late_as_possible}"
            for task in self.tasks
        )


@st.composite
def drawn_tasks(draw: st.DrawFn) -> Drawn:
    """A small SOP: tasks of every stage and length, some absent, some added before others, some held, in any order."""
    count = draw(st.integers(1, 14))
    stages = sorted(draw(st.lists(st.sampled_from(STAGES), min_size=count, max_size=count)), key=STAGES.index)
    tasks = [_task(draw, n, stage, stages) for n, stage in enumerate(stages)]
    return Drawn(tuple(draw(st.permutations(tasks))))


def _task(draw: st.DrawFn, n: int, stage: Stage, stages: Sequence[Stage]) -> Task:
    earlier = [f"T{m:02}" for m in range(n)]
    later = [f"T{m:02}" for m in range(n + 1, len(stages)) if (stages[m] in AFTER) == (stage in AFTER)]
    content: dict[str, object] = {
        "id": f"T{n:02}",
        "stage": stage,
        "title": f"Task {n}",
        "owner": {"department": "operations"},
        "days": {draw(st.sampled_from(("S", "S", "S", "C"))): draw(st.integers(0, 6))},
        "after": draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)) if earlier else [],
        "before": draw(st.lists(st.sampled_from(later), unique=True, max_size=1)) if later else [],
        "after_end": stage in AFTER,
        "when": draw(st.sampled_from(((), (), (), ("presale",)))),
    }
    kind = draw(st.sampled_from(("", "", "", "pin", "late"))) if stage is Stage.EXECUTION else ""
    if stage is Stage.REVIEW and draw(st.booleans()):
        content["pin"] = {"anchor": "end", "days": {"S": draw(st.integers(1, 20))}}
    if kind == "pin":
        content["pin"] = {"anchor": "launch", "days": {"S": draw(st.integers(-12, -1))}}
    return Task.model_validate(content | ({"as_late_as_possible": True} if kind == "late" else {}))


def dates_of(task: PlannedTask) -> Dates:
    return Dates(task.earliest_start, task.earliest_finish, task.latest_start, task.latest_finish, task.float_days)


# A second opinion


@settings(max_examples=80, deadline=None)
@given(drawn_tasks(), launches)
def test_earliest_and_latest_agree_with_a_slow_planner_that_shares_no_code(drawn: Drawn, launch: date) -> None:
    """F31."""
    agree(file_for(launch), drawn.sop, EARLY)


@settings(max_examples=60, deadline=None)
@given(drawn_tasks(), launches, st.integers(0, 40))
def test_they_agree_when_today_pushes_and_on_what_does_not_fit(drawn: Drawn, launch: date, days: int) -> None:
    agree(file_for(launch), drawn.sop, launch - timedelta(days=days))


@pytest.mark.parametrize("level", list(Level))
def test_they_agree_on_the_standard_sop_with_every_condition_and_without(level: Level) -> None:
    for sop in (standard_sop(), everything(standard_sop())):
        agree(file_for(date(2026, 10, 20), level=level), sop, EARLY)


def agree(file: CampaignFile, sop: Sop, today: date) -> None:
    slow = SlowPlan(file, sop, CALENDAR, today)
    if slow.contradicts_itself:
        with pytest.raises(HeldTooLate):
            plan(file, ORG, sop, CALENDAR, today)
        return
    found = plan(file, ORG, sop, CALENDAR, today)
    if isinstance(found, Infeasible):
        assert not slow.fits
        assert found.short_by_working_days == slow.need - slow.working_days_to_launch
        return
    assert slow.fits
    for task in found.tasks:
        assert task.after == tuple(sorted(slow.before(task.id)))
        if task.kind not in {TaskKind.LIVE, TaskKind.LAUNCH}:
            expected = slow.dates_after_end(task.id) if task.stage in AFTER else slow.dates(task.id)
            assert dates_of(task) == expected, task.id


# Dependencies and windows


@settings(max_examples=80, deadline=None)
@given(drawn_tasks(), launches, st.integers(1, 40))
def test_every_dependency_and_window_holds(drawn: Drawn, launch: date, length: int) -> None:
    file = file_for(launch, length=length)
    held_in_order(file, planned(file, drawn.sop))


@pytest.mark.parametrize("level", list(Level))
def test_every_dependency_and_window_of_the_standard_sop_holds(level: Level) -> None:
    """On a usual day, within the National Day week, on a make-up day and on New Year's Day."""
    for launch in (date(2026, 10, 20), date(2026, 10, 3), date(2026, 2, 14), date(2027, 1, 1)):
        file = file_for(launch, level=level)
        held_in_order(file, planned(file, everything(standard_sop())))


def held_in_order(file: CampaignFile, found: Plan) -> None:
    first, last = file.live.start.date(), file.live.end.date() - timedelta(days=1)
    tasks = {task.id: task for task in found.tasks}
    for task in found.tasks:
        assert task.start < task.due or task.kind is TaskKind.LIVE, task.id
        assert task.earliest_start <= task.latest_start, task.id
        assert task.earliest_finish <= task.latest_finish, task.id
        if task.kind is TaskKind.LIVE:
            assert found.launch <= task.start <= task.due <= found.end, task.id
            assert all(found.launch <= at < found.end for at in task.repeats), task.id
        elif task.stage in AFTER:
            assert last < task.earliest_start, task.id
        elif task.kind is not TaskKind.LAUNCH:
            assert task.latest_finish < first, task.id
        for before in (tasks[code] for code in task.after):
            follows(before, task)


def follows(before: PlannedTask, task: PlannedTask) -> None:
    """Work begins on a day after the work before it; what takes no day may share one."""
    pair = before.id, task.id
    if before.kind is TaskKind.LIVE or task.kind is TaskKind.LIVE:
        return
    assert before.earliest_finish <= task.earliest_start, pair
    assert before.latest_finish <= task.latest_finish, pair
    if before.days and task.days:
        assert before.earliest_finish < task.earliest_start, pair
        assert before.due < task.start, pair


@settings(max_examples=60, deadline=None)
@given(drawn_tasks(), launches)
def test_a_task_that_is_absent_is_nowhere_in_the_plan(drawn: Drawn, launch: date) -> None:
    found = planned(file_for(launch), drawn.sop)
    there = {task.id for task in drawn.tasks if Level.S in task.days and not task.when}
    assert {task.id for task in found.tasks} == there
    assert {code for task in found.tasks for code in task.after} <= there


# Moving the launch


@settings(max_examples=80, deadline=None)
@given(drawn_tasks(), launches, st.integers(-60, 60), st.integers(1, 40))
def test_a_launch_moved_by_working_days_moves_every_task_before_it_by_as_many(
    drawn: Drawn, launch: date, by: int, length: int
) -> None:
    """F31: and every task after the end by as many as the end moves."""
    moves_as_one(without_maturing(drawn.sop), Level.S, CALENDAR.shift(launch, 0), by, length)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("by", [-35, -1, 1, 9, 44])
def test_the_standard_sop_moves_with_its_launch(level: Level, by: int) -> None:
    """F31."""
    moves_as_one(without_maturing(everything(standard_sop())), level, date(2026, 10, 20), by, 23)


def without_maturing(sop: Sop) -> Sop:
    """What waits for figures to mature is counted in calendar days after the end: it moves by those."""
    tasks = tuple(
        task if task.pin is None or task.pin.anchor == "launch" else task.model_copy(update={"pin": None})
        for task in sop.tasks
    )
    return sop.model_copy(update={"tasks": tasks})


def moves_as_one(sop: Sop, level: Level, launch: date, by: int, length: int) -> None:
    later = CALENDAR.shift(launch, by)
    old, new = (planned(file_for(day, length=length, level=level), sop) for day in (launch, later))
    of_end = CALENDAR.index(later + timedelta(days=length)) - CALENDAR.index(launch + timedelta(days=length))
    for task in old.tasks:
        moved = new.task(task.id)
        if task.kind in {TaskKind.LIVE, TaskKind.LAUNCH}:
            assert moved.start - task.start == later - launch, task.id
            continue
        expected = of_end if task.stage in AFTER else by
        assert steps(task.earliest_start, moved.earliest_start, CALENDAR) == expected, task.id
        assert steps(task.earliest_finish, moved.earliest_finish, CALENDAR) == expected, task.id
        assert steps(task.latest_finish, moved.latest_finish, CALENDAR) == expected, task.id
        assert (moved.float_days, moved.critical, moved.after) == (task.float_days, task.critical, task.after), task.id


def steps(one: date, other: date, calendar: WorkCalendar) -> int:
    return calendar.index(other) - calendar.index(one)


# The order of the file


@settings(max_examples=60, deadline=None)
@given(drawn_tasks(), st.randoms(use_true_random=False), launches)
def test_the_order_of_tasks_in_the_file_does_not_matter(drawn: Drawn, random: Random, launch: date) -> None:
    tasks = list(drawn.tasks)
    random.shuffle(tasks)
    assert planned(file_for(launch), Drawn(tuple(tasks)).sop) == planned(file_for(launch), drawn.sop)


# Length


def layered(count: int) -> Sop:
    """A wide SOP of forty layers: a task waits for up to three of the layer before it; every seventh is absent."""
    width, random = count // 40, Random(count)
    tasks = []
    for n in range(count):
        layer = n // width
        before = {f"T{random.randrange((layer - 1) * width, layer * width):05}" for _ in range(3)} if layer else set()
        content = {
            "id": f"T{n:05}",
            "stage": Stage.EXECUTION,
            "title": f"Task {n}",
            "owner": {"department": "operations"},
            "days": {"C" if n % 7 == 3 else "S": 1},
            "after": sorted(before),
        }
        tasks.append(Task.model_validate(content))
    random.shuffle(tasks)
    return standard_sop().model_copy(update={"tasks": tuple(tasks), "meetings": ()})


def steps_of(sop: Sop) -> int:
    """How many calls planning it takes: the same on every machine, however busy."""
    count = 0

    def counted(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    file = file_for(date(2026, 10, 20))
    sys.setprofile(counted)
    try:
        found = plan(file, ORG, sop, CALENDAR, EARLY)
    finally:
        sys.setprofile(None)
    assert isinstance(found, Plan)
    return count


def test_ten_times_the_tasks_take_at_most_twelve_times_the_steps() -> None:
    """Linear: 10,000 tasks in one pass against 1,000; time is measured by `make bench`."""
    few, many = steps_of(layered(1_000)), steps_of(layered(10_000))
    assert many <= 12 * few, f"{many / few:.2f} times: {few} and {many} calls"
