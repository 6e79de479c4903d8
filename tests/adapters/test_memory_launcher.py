"""The launcher's double: the same key is one run."""

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, Level, Stage

ELEVEN = CampaignKey("double-eleven")


def test_the_same_key_is_one_run() -> None:
    launcher = MemoryLauncher()
    first = launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key="k/1")
    assert launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key="k/1") == first
    assert launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key="k/2") != first
    assert list(launcher.launched) == ["k/1", "k/2"]


def test_a_run_is_final_when_it_was_declared_over_or_is_unknown() -> None:
    launcher = MemoryLauncher()
    run = launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key="k/1")
    assert not launcher.is_final(run)
    assert launcher.is_final("run:nobody")
    launcher.final.add(run)
    assert launcher.is_final(run)


def test_when_the_motor_is_down_nothing_is_started() -> None:
    launcher = MemoryLauncher()
    launcher.down = True
    with pytest.raises(PortFailed, match="k/1"):
        launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key="k/1")
    assert launcher.launched == {}
