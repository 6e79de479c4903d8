"""Stages move by the table and by nothing else; tasks open, finish and are reopened once."""

from pathlib import Path

import pytest

from opsflow.context import Context
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages import store
from opsflow.stages.model import ALLOWED, IllegalTransition, StageStatus, StaleStage, Stored, TaskStatus
from tests.engine.small import KEY, begin, in_workspace


@pytest.fixture
def small(ctx: Context, tmp_path: Path) -> Context:
    """The small campaign, started."""
    here = in_workspace(ctx, tmp_path)
    begin(here)
    return here


def stage(ctx: Context, name: Stage) -> Stored:
    with ctx.transaction() as session:
        return next(each for each in store.stages(session, KEY) if each.name is name)


def move(ctx: Context, name: Stage, *to: StageStatus) -> Stored:
    for status in to:
        was = stage(ctx, name)
        with ctx.transaction() as session:
            store.move_stage(session, was, status, now=ctx.clock.now())
    return stage(ctx, name)


WAYS = {
    StageStatus.PLANNED: (),
    StageStatus.OPEN: (StageStatus.OPEN,),
    StageStatus.LIVE: (StageStatus.OPEN, StageStatus.GO_LIVE_GATE, StageStatus.LIVE),
    StageStatus.CLOSED: (StageStatus.OPEN, StageStatus.GATE, StageStatus.CLOSED),
    StageStatus.STOPPED: (StageStatus.STOPPED,),
}


@pytest.mark.parametrize("status", WAYS)
def test_a_move_that_the_table_does_not_have_is_refused_by_name(small: Context, status: StageStatus) -> None:
    was = move(small, Stage.EXECUTION, *WAYS[status])
    for to in set(StageStatus) - ALLOWED[status]:
        why = f"execution of small-campaign is {status} and cannot become {to}"
        with pytest.raises(IllegalTransition, match=why), small.transaction() as session:
            store.move_stage(session, was, to, now=small.clock.now())
    assert stage(small, Stage.EXECUTION).status is status


def test_whoever_read_an_older_state_of_a_stage_cannot_move_it(small: Context) -> None:
    read = stage(small, Stage.EXECUTION)
    move(small, Stage.EXECUTION, StageStatus.OPEN)
    with pytest.raises(StaleStage), small.transaction() as session:
        store.move_stage(session, read, StageStatus.STOPPED, now=small.clock.now())


def test_the_guard_takes_a_revision_once(small: Context) -> None:
    read = stage(small, Stage.EXECUTION)
    with small.transaction() as session:
        store.guard_stage(session, read)
    with pytest.raises(StaleStage, match="moved by another run"), small.transaction() as session:
        store.guard_stage(session, read)


def test_a_stage_remembers_when_it_first_opened_and_when_it_closed(small: Context) -> None:
    now = small.clock.now()
    closed = move(
        small, Stage.CLOSING, StageStatus.OPEN, StageStatus.AWAITING_APPROVAL, StageStatus.OPEN, StageStatus.GATE,
        StageStatus.CLOSED,
    )  # fmt: skip
    assert (closed.opened_at, closed.closed_at) == (now, now)


def test_a_reason_is_of_one_state_only(small: Context) -> None:
    move(small, Stage.EXECUTION, StageStatus.OPEN)
    with small.transaction() as session:
        opened = next(each for each in store.stages(session, KEY) if each.name is Stage.EXECUTION)
        store.move_stage(session, opened, StageStatus.HOLD, now=small.clock.now(), reason=Text.both("Late"))
    assert stage(small, Stage.EXECUTION).reason == Text.both("Late")
    assert move(small, Stage.EXECUTION, StageStatus.LIVE).reason is None


def test_a_task_is_finished_once_and_only_when_it_is_open(small: Context) -> None:
    code, now = TaskCode("P1"), small.clock.now()
    with pytest.raises(Conflict, match="not open"), small.transaction() as session:
        store.finish_task(session, KEY, code, now=now, by="planner")
    with small.transaction() as session:
        store.open_tasks(session, KEY, [code], now=now)
        store.finish_task(session, KEY, code, now=now, by="planner", evidence="brief.pdf")
        store.open_tasks(session, KEY, [code], now=now)
        assert store.task(session, KEY, code).status is TaskStatus.DONE
    with pytest.raises(Conflict, match="not open"), small.transaction() as session:
        store.finish_task(session, KEY, code, now=now, by="planner")


def test_a_task_that_waits_again_has_forgotten_what_was_handed_in(small: Context) -> None:
    code, now = TaskCode("P1"), small.clock.now()
    with small.transaction() as session:
        store.open_tasks(session, KEY, [code], now=now)
        store.finish_task(session, KEY, code, now=now, by="planner", evidence="brief.pdf", note=Text.both("Short."))
        store.reopen_task(session, KEY, code, after=[TaskCode("C1")])
        again = store.task(session, KEY, code)
    assert (again.status, again.after) == (TaskStatus.PLANNED, ("C1",))
    assert (again.done_at, again.done_by, again.evidence, again.note) == (None, None, None, None)


def test_stopping_cancels_what_is_not_done_and_leaves_what_is(small: Context) -> None:
    now = small.clock.now()
    with small.transaction() as session:
        store.open_tasks(session, KEY, [TaskCode("P1"), TaskCode("P2")], now=now)
        store.finish_task(session, KEY, TaskCode("P1"), now=now, by="planner")
        store.cancel_tasks(session, KEY)
        found = {task.code: task.status for task in store.tasks(session, KEY)}
    assert found.pop(TaskCode("P1")) is TaskStatus.DONE
    assert set(found.values()) == {TaskStatus.CANCELLED}
