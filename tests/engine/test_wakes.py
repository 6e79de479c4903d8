"""Wakes: whatever may move a stage says so in its own transaction, and no run, crash or silence loses it."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.campaigns.store import (
    add_wakes,
    claim_launch,
    delete_wakes,
    due_wakes,
    first_due_wakes,
    next_wake,
    set_run,
)
from opsflow.context import Context
from opsflow.engine.advance import advance
from opsflow.engine.launch import launch_due
from opsflow.engine.load import load_snapshot
from opsflow.engine.tick import tick
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict, PortFailed
from opsflow.kernel.terms import CampaignKey, Level, Stage, TaskCode
from opsflow.settings import SILENT
from opsflow.stages import store as stages
from opsflow.stages.model import TaskStatus
from opsflow.stages.service import complete_task
from tests.engine.driving import run_due
from tests.engine.scene import at
from tests.engine.small import KEY, PLANNER, begin, in_workspace
from tests.engine.together import errors, together

FIRST = Stage.INITIAL_PLANNING


@pytest.fixture
def small(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """The small campaign on the morning of its first task."""
    here = in_workspace(ctx, tmp_path)
    begin(here)
    clock.move_to(at("4"))
    return here


def keys(launcher: MemoryLauncher) -> list[str]:
    return list(launcher.launched)


def waiting(ctx: Context, stage: Stage = FIRST) -> int:
    with ctx.transaction() as session:
        return len(due_wakes(session, KEY, stage, now=ctx.clock.now()))


def status(ctx: Context, code: str) -> TaskStatus:
    with ctx.transaction() as session:
        return stages.task(session, KEY, TaskCode(code)).status


def test_a_stage_is_launched_when_its_date_comes_and_not_before(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    here = in_workspace(ctx, tmp_path)
    begin(here)
    assert launch_due(here) == 0
    clock.move_to(at("4"))
    assert launch_due(here) == 1


def test_the_run_is_launched_under_the_wakes_own_key(small: Context, launcher: MemoryLauncher) -> None:
    launch_due(small)
    with small.transaction() as session:
        (wake,) = first_due_wakes(session, now=small.clock.now())
    assert keys(launcher) == [f"{KEY}/initial_planning/{wake.id}/1"]


def test_while_a_run_is_under_way_its_stage_is_not_launched_again(small: Context, launcher: MemoryLauncher) -> None:
    """F40."""
    assert (launch_due(small), launch_due(small), len(keys(launcher))) == (1, 0, 1)
    with small.transaction() as session:
        add_wakes(session, KEY, [(FIRST, small.clock.now() - timedelta(minutes=1))])
    assert launch_due(small) == 0


def test_a_run_takes_the_wakes_it_answers_with_it(small: Context) -> None:
    launch_due(small)
    advance(small, KEY, FIRST)
    assert waiting(small) == 0
    assert status(small, "P1") is TaskStatus.OPEN


def test_an_action_wakes_what_it_moves_in_its_own_transaction(small: Context) -> None:
    run_due(small)
    complete_task(small, KEY, TaskCode("P1"), by=PLANNER, evidence="brief.pdf")
    with small.transaction() as session:
        assert next_wake(session) == at("6"), "P2 follows, on its own day"
    small.clock.move_to(at("6"))  # type: ignore[attr-defined]
    run_due(small)
    assert status(small, "P2") is TaskStatus.OPEN


def test_an_action_that_fails_wakes_nobody(small: Context) -> None:
    run_due(small)
    with small.transaction() as session:
        stages.finish_task(session, KEY, TaskCode("P1"), now=small.clock.now(), by=PLANNER, evidence="brief.pdf")
    with pytest.raises(Conflict, match="is done"):
        complete_task(small, KEY, TaskCode("P1"), by=PLANNER, evidence="brief.pdf")
    with small.transaction() as session:
        assert due_wakes(session, KEY, FIRST, now=at("6")) == ()
    assert waiting(small) == 0


def test_with_the_motor_down_the_wake_stays_and_is_launched_later_under_the_same_key(
    small: Context, launcher: MemoryLauncher
) -> None:
    launcher.down = True
    assert (launch_due(small), launch_due(small), waiting(small)) == (0, 0, 1)
    launcher.down = False
    assert launch_due(small) == 1
    assert [key.rpartition("/")[2] for key in keys(launcher)] == ["1"]


def test_one_stage_that_cannot_be_launched_does_not_hold_up_another(small: Context, launcher: MemoryLauncher) -> None:
    class HalfDown(MemoryLauncher):
        def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
            if stage is Stage.DECISION:
                raise PortFailed("no worker")
            return super().launch(campaign, stage, level=level, key=key)

    half = HalfDown()
    with small.transaction() as session:
        add_wakes(session, KEY, [(Stage.DECISION, small.clock.now()), (Stage.REVIEW, small.clock.now())])
    assert launch_due(Context(small.settings, small.database, small.clock, half, small.channels)) == 2
    assert {stage for _, stage in half.launched.values()} == {FIRST, Stage.REVIEW}


def test_a_run_that_is_silent_for_ninety_seconds_gets_a_next_attempt(
    small: Context, launcher: MemoryLauncher, clock: VirtualClock
) -> None:
    launch_due(small)
    clock.move_to(clock.now() + SILENT - timedelta(seconds=1))
    assert launch_due(small) == 0
    clock.move_to(clock.now() + timedelta(seconds=1))
    assert launch_due(small) == 1
    assert [key.rpartition("/")[2] for key in keys(launcher)] == ["1", "2"]


def test_a_run_that_is_over_without_an_answer_gets_a_next_attempt_at_once(
    small: Context, launcher: MemoryLauncher
) -> None:
    launch_due(small)
    launcher.final.add(f"run:{keys(launcher)[0]}")
    assert launch_due(small) == 1
    assert [key.rpartition("/")[2] for key in keys(launcher)] == ["1", "2"]


def test_a_launch_whose_run_is_not_known_yet_counts_as_under_way(small: Context) -> None:
    """Whoever claimed it is talking to the motor at this moment."""
    with small.transaction() as session:
        (wake,) = first_due_wakes(session, now=small.clock.now())
        assert claim_launch(session, wake, now=small.clock.now()) is not None
    assert launch_due(small) == 0


def test_an_attempt_is_claimed_once(small: Context) -> None:
    with small.transaction() as session:
        (wake,) = first_due_wakes(session, now=small.clock.now())
        first = claim_launch(session, wake, now=small.clock.now())
        assert first is not None
        set_run(session, first, "run-1")
        assert claim_launch(session, wake, now=small.clock.now()) is None


def test_a_wake_that_has_been_answered_cannot_be_claimed(small: Context) -> None:
    with small.transaction() as session:
        (wake,) = first_due_wakes(session, now=small.clock.now())
        delete_wakes(session, [wake.id])
        assert claim_launch(session, wake, now=small.clock.now()) is None


def test_four_launchers_at_once_launch_one_run_per_stage(small: Context, launcher: MemoryLauncher) -> None:
    with small.transaction() as session:
        add_wakes(session, KEY, [(stage, small.clock.now()) for stage in Stage])
        add_wakes(session, KEY, [(stage, small.clock.now() - timedelta(seconds=1)) for stage in Stage])
    outcomes = together(*[partial(launch_due, small)] * 4)
    assert not errors(outcomes)
    assert sorted(stage for _, stage in launcher.launched.values()) == sorted(Stage)


def unclaimed(ctx: Context) -> None:
    """A launch that does not claim what it launches."""
    with ctx.transaction() as session:
        wakes = first_due_wakes(session, now=ctx.clock.now())
    for number, wake in enumerate(wakes):
        ctx.launcher.launch(wake.campaign, wake.stage, level=wake.level, key=f"{wake.id}/{id(wakes)}/{number}")


def test_without_the_claim_several_launchers_launch_the_same_stage(small: Context, launcher: MemoryLauncher) -> None:
    """The control."""
    together(*[partial(unclaimed, small)] * 4)
    assert len(launcher.launched) > 1


def test_a_wake_that_comes_while_a_run_reads_is_not_lost(small: Context) -> None:
    """The run forgets the wakes it read; one that was written at the very same instant after that stays."""
    with small.transaction() as session:
        read = due_wakes(session, KEY, FIRST, now=small.clock.now())
    with small.transaction() as session:
        add_wakes(session, KEY, [(FIRST, small.clock.now())])
    with small.transaction() as session:
        delete_wakes(session, read)
    assert waiting(small) == 1


def test_an_action_that_commits_after_a_run_has_read_is_seen_by_the_next_run(small: Context) -> None:
    """The same over the real actions: P1 is finished between the moment a run reads and the moment it ends."""
    run_due(small)
    small.clock.move_to(at("6"))  # type: ignore[attr-defined]
    with small.transaction() as session:
        add_wakes(session, KEY, [(FIRST, small.clock.now())])
        read = due_wakes(session, KEY, FIRST, now=small.clock.now())
    complete_task(small, KEY, TaskCode("P1"), by=PLANNER, evidence="brief.pdf")
    with small.transaction() as session:
        delete_wakes(session, read)
    run_due(small)
    assert status(small, "P2") is TaskStatus.OPEN


def test_after_a_long_silence_one_run_does_everything_that_is_due_once(
    small: Context, clock: VirtualClock, launcher: MemoryLauncher
) -> None:
    """F32, F33, F34: nobody ticked for a week; P1 was done meanwhile."""
    run_due(small)
    complete_task(small, KEY, TaskCode("P1"), by=PLANNER, evidence="brief.pdf")
    before = len(keys(launcher))
    clock.move_to(at("14"))
    tick(small)
    ran = [what for key, what in launcher.launched.items() if key not in keys(launcher)[:before]]
    assert sorted(stage for _, stage in ran) == sorted({stage for _, stage in ran}), "one run per stage"
    advance(small, KEY, FIRST)
    assert status(small, "P2") is TaskStatus.OPEN
    assert advance(small, KEY, FIRST).did == ()


def test_an_advance_that_finds_nothing_to_do_changes_nothing(small: Context) -> None:
    """F38, F44."""
    run_due(small)
    with small.transaction() as session:
        before = load_snapshot(small, session, KEY, FIRST)
    assert advance(small, KEY, FIRST).did == ()
    with small.transaction() as session:
        assert load_snapshot(small, session, KEY, FIRST) == before
