"""A stage whose runs keep failing is launched again with pauses; a motor that does not answer is asked once."""

from datetime import timedelta
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.campaigns.store import add_wakes
from opsflow.context import Context
from opsflow.engine.launch import LONGEST_PAUSE, launch_due, pause
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.ports import Unreachable
from opsflow.settings import SILENT
from tests.engine.small import KEY, begin, in_workspace


@pytest.fixture
def small(ctx: Context, tmp_path: Path) -> Context:
    context = in_workspace(ctx, tmp_path)
    begin(context)
    return context


@pytest.mark.parametrize(("attempt", "waits"), [(1, 0), (2, 0), (3, 90), (4, 180), (5, 360), (9, 3600), (400, 3600)])
def test_the_pause_doubles_from_the_third_attempt_on_up_to_an_hour(attempt: int, waits: int) -> None:
    assert pause(attempt) == timedelta(seconds=waits)
    assert pause(attempt) <= LONGEST_PAUSE


def test_a_stage_whose_runs_always_fail_does_not_take_the_motor_for_itself(
    small: Context, launcher: MemoryLauncher, clock: VirtualClock
) -> None:
    clock.move_to(clock.now() + timedelta(days=1))
    began = clock.now()
    while clock.now() < began + timedelta(hours=6):
        launch_due(small)
        launcher.final |= {f"run:{key}" for key in launcher.launched}
        clock.move_to(clock.now() + timedelta(minutes=1))
    assert 8 <= len(launcher.launched) <= 14, "360 ticks, and yet no flood"
    assert SILENT < LONGEST_PAUSE


class Counting(MemoryLauncher):
    """A motor that is down, and counts how often it is asked."""

    asked = 0

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
        self.asked += 1
        raise Unreachable(f"{campaign}/{stage}: nothing answers {key}")


def test_a_motor_that_does_not_answer_is_asked_once_a_call(small: Context) -> None:
    down = Counting()
    with small.transaction() as session:
        add_wakes(session, KEY, [(stage, small.clock.now()) for stage in (Stage.DECISION, Stage.REVIEW)])
    launch_due(Context(small.settings, small.database, small.clock, down, small.channels))
    assert down.asked == 1
