"""Two runs of one stage, two people at one moment: effects happen once, and nobody's action is lost."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from opsflow.campaigns.store import add_wakes, delete_wakes, due_wakes
from opsflow.context import Context
from opsflow.engine.advance import Advanced, advance
from opsflow.engine.apply import apply
from opsflow.engine.decide import decide
from opsflow.engine.load import load_snapshot
from opsflow.journal.service import read
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages import store as stages
from opsflow.stages.model import StageStatus, StaleStage, TaskStatus
from opsflow.stages.network import wakes_after
from opsflow.stages.service import complete_task
from tests.engine.driving import run_due
from tests.engine.scene import at
from tests.engine.small import KEY, LEGAL, PLANNER, begin, in_workspace
from tests.engine.together import errors, together

FIRST = Stage.INITIAL_PLANNING


@pytest.fixture
def small(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    here = in_workspace(ctx, tmp_path)
    begin(here)
    clock.move_to(at("4"))
    return here


def journal(ctx: Context, action: str) -> int:
    with ctx.transaction() as session:
        return sum(entry.action == action for entry in read(session, KEY))


def test_six_runs_of_one_stage_at_once_open_it_once(small: Context) -> None:
    """F40: whoever is late keeps nothing, by name, or finds nothing left to do."""
    outcomes = together(*[partial(advance, small, KEY, FIRST)] * 6)
    acted = [outcome for outcome in outcomes if isinstance(outcome, Advanced) and outcome.did]
    assert len(acted) == 1
    assert {type(error) for error in errors(outcomes)} <= {StaleStage}
    assert (journal(small, "stage.opened"), journal(small, "task.opened")) == (1, 1)


def unguarded(ctx: Context, read_all: Barrier) -> None:
    """A run without the guard: it reads, and does what it decided whatever happened since."""
    with ctx.transaction() as session:
        snapshot = load_snapshot(ctx, session, KEY, FIRST)
    read_all.wait()
    with ctx.transaction() as session:
        apply(ctx, session, snapshot, decide(snapshot))


def test_without_the_guard_a_task_is_opened_many_times(small: Context) -> None:
    """The control: six runs that read the same state and do not look again."""
    with small.transaction() as session:
        snapshot = load_snapshot(small, session, KEY, FIRST)
        stages.move_stage(session, snapshot.stage, StageStatus.OPEN, now=snapshot.now)
    outcomes = together(*[partial(unguarded, small, Barrier(6, timeout=20))] * 6)
    assert not errors(outcomes)
    assert journal(small, "task.opened") == 6


def test_a_run_that_lost_the_race_keeps_nothing(small: Context) -> None:
    """The same read twice, one after the other: the second is refused whole."""
    with small.transaction() as session:
        read_twice = load_snapshot(small, session, KEY, FIRST)
    advance(small, KEY, FIRST)
    with pytest.raises(StaleStage), small.transaction() as session:
        stages.guard_stage(session, read_twice.stage)


def test_two_who_finish_the_last_two_predecessors_at_once_still_wake_the_stage(ctx: Context, tmp_path: Path) -> None:
    """C1 and C2 are finished at one moment; C3, which follows both, is woken all the same."""
    small = in_workspace(ctx, tmp_path)
    begin(small)
    small.clock.move_to(at("11"))  # type: ignore[attr-defined]
    codes = [TaskCode("C1"), TaskCode("C2")]
    for _ in range(10):
        with small.transaction() as session:
            for code in codes:
                stages.reopen_task(session, KEY, code, after=[])
            stages.open_tasks(session, KEY, codes, now=small.clock.now())
        taken(small)
        outcomes = together(
            partial(complete_task, small, KEY, codes[0], by=PLANNER, evidence="proposal.pdf"),
            partial(complete_task, small, KEY, codes[1], by=LEGAL, note=Text.both("Fine.")),
        )
        assert not errors(outcomes)
        assert taken(small) >= 1


def taken(ctx: Context) -> int:
    """Take the due wakes of coordination; how many there were."""
    with ctx.transaction() as session:
        found = due_wakes(session, KEY, Stage.COORDINATION, now=ctx.clock.now())
        delete_wakes(session, found)
    return len(found)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_holding_the_campaign_neither_wakes_the_stage(small: Context) -> None:
    """The control: each sees the other's task still open. (SQLite has one writer at a time.)"""
    now = small.clock.now()
    with small.transaction() as session:
        stages.open_tasks(session, KEY, [TaskCode("C1"), TaskCode("C2")], now=now)
    with small.transaction() as one, small.transaction() as other:
        for session, code in ((one, TaskCode("C1")), (other, TaskCode("C2"))):
            stages.finish_task(session, KEY, code, now=now, by="somebody", evidence="x.pdf")
        woken = [
            wakes_after(stages.tasks(session, KEY), TaskCode(code), now=now)
            for session, code in ((one, "C1"), (other, "C2"))
        ]
    assert woken == [set(), set()]


def test_an_action_during_a_run_is_kept_and_answered_by_the_next(small: Context) -> None:
    """A person finishes P1 while runs of its stage come and go."""
    run_due(small)
    with small.transaction() as session:
        add_wakes(session, KEY, [(FIRST, small.clock.now())])
    outcomes = together(
        partial(complete_task, small, KEY, TaskCode("P1"), by=PLANNER, evidence="brief.pdf"),
        *[partial(advance, small, KEY, FIRST)] * 3,
    )
    assert outcomes[0] is None
    small.clock.move_to(at("6"))  # type: ignore[attr-defined]
    run_due(small)
    with small.transaction() as session:
        assert stages.task(session, KEY, TaskCode("P2")).status is TaskStatus.OPEN


class BusyClock(VirtualClock):
    """Somebody says something may move each time a run looks at the clock but the first."""

    ctx: Context | None = None
    looks = 0

    def now(self) -> datetime:
        self.looks += 1
        if self.ctx is not None and self.looks > 1:
            with self.ctx.transaction() as session:
                add_wakes(session, KEY, [(FIRST, super().now())])
        return super().now()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_run_takes_no_wake_with_it_that_came_after_it_had_looked(small: Context) -> None:
    """At the very same instant, while the run is at work. (SQLite has one writer at a time.)"""
    busy = BusyClock(small.clock.now())
    busy.ctx = small
    assert advance(replace(small, clock=busy), KEY, FIRST).did
    with small.transaction() as session:
        left = due_wakes(session, KEY, FIRST, now=small.clock.now())
    assert len(left) == 3, "one for each time that the run read the state after it had asked for wakes last"
