"""What is made to go wrong: drawn from the plan by seed, and harmless to the launch."""

import pytest

from opsflow.rehearsal.cast import Script
from opsflow.sop.model import TaskKind
from tests.rehearsal.troupe import A, B, C, S, cast_of, planned

SEEDS = range(8)


def follower_starts(sample: str, script: Script) -> list[bool]:
    assert script.late_until is not None
    return [task.start > script.late_until for task in planned(sample).tasks if script.late in task.after]


@pytest.mark.parametrize("sample", [S, A, B, C])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_level_has_a_refusal_and_a_weak_module(sample: str, seed: int) -> None:
    script = cast_of(sample, seed).script
    assert script.refused is not None
    assert planned(sample).task(script.refused).kind is TaskKind.APPROVAL
    assert script.weak in {module.id for module in cast_of(sample).loaded.sop.self_check}


@pytest.mark.parametrize("sample", [S, A, B])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_late_task_moves_nothing_that_follows(sample: str, seed: int) -> None:
    script = cast_of(sample, seed).script
    assert script.late is not None
    assert all(follower_starts(sample, script))


@pytest.mark.parametrize("sample", [S, A])
def test_a_large_campaigns_late_task_is_late_enough_to_be_escalated(sample: str) -> None:
    script, policy = cast_of(sample).script, cast_of(sample).loaded.sop.levels[planned(sample).level]
    assert script.late is not None
    assert script.late_until is not None
    task = planned(sample).task(script.late)
    steps = policy.escalation_critical if task.critical or task.gate_task else policy.escalation_other
    assert len(steps) >= 2
    assert (script.late_until - task.due).total_seconds() / 3600 > steps[1].after_hours


def test_another_seed_is_another_story() -> None:
    assert len({cast_of(S, seed).script for seed in SEEDS}) > 3


def test_the_same_seed_is_the_same_story() -> None:
    assert cast_of(S, 5).script == cast_of(S, 5).script
