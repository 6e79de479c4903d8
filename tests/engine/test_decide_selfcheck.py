"""The self-check from the first round to the pass."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from opsflow.engine.decide import decide
from opsflow.engine.effects import CloseRound, Effect, FinishTask, OpenRound, Rework
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.selfcheck.model import Round
from opsflow.sop.model import Sop
from opsflow.stages.model import StageStatus, TaskStatus
from tests.engine.scene import Scene, at, scored, task
from tests.engine.small import MODULES, content

SCORING = Scene(Stage.DECISION, at("13", 17), StageStatus.DRAFTING, done="P1 P2 C1 C2 C3 C4 D1", open="D2")
SEVENS = dict.fromkeys(MODULES, (7, 7))
GOOD, WEAK = SEVENS | {"goal": (8, 7)}, SEVENS | {"goal": (9, 9), "reward": (5, 6)}


def decided(*rounds: Round, **changes: Any) -> tuple[Effect, ...]:
    return decide(replace(SCORING, rounds=rounds, **changes).snapshot())


def test_a_round_stays_open_until_everybody_has_scored() -> None:
    whole = scored(1, GOOD)
    first = tuple(score for score in whole.scores if score.reviewer == "reviewer-0")
    assert decided(replace(whole, scores=first)) == ()


def test_exactly_seventy_fails_and_half_a_point_more_passes() -> None:
    assert decided(scored(1, SEVENS)) == (CloseRound(1, False, "70.0", ()),)
    assert decided(scored(1, GOOD)) == (CloseRound(1, True, "70.5", ()),)


def test_a_total_of_70_1_passes() -> None:
    ten = dict.fromkeys(MODULES, (7,) * 10)
    assert decided(scored(1, ten | {"goal": (8, *(7,) * 9)})) == (CloseRound(1, True, "70.1", ()),)


def test_one_module_below_six_fails_however_high_the_total() -> None:
    high: Mapping[str, tuple[int, int]] = dict.fromkeys(MODULES, (10, 10)) | {"reward": (5, 6)}
    assert decided(scored(1, high)) == (CloseRound(1, False, "95.5", ("reward",)),)


def test_a_passed_round_finishes_the_self_check() -> None:
    passed = scored(1, GOOD, closed=True, passed=True)
    assert decided(passed) == (FinishTask(TaskCode("D2"), evidence="self-check 1"),)


def test_a_failed_round_asks_for_the_rework_and_names_the_weak_modules() -> None:
    (effect,) = decided(scored(1, WEAK, closed=True, passed=False))
    assert isinstance(effect, Rework)
    assert (effect.origin, effect.redo, effect.code) == ("D2", "D3", "D3")
    assert "reward" in effect.reason.en
    assert "goal" not in effect.reason.en


def test_the_second_round_waits_for_the_rework_and_holds_only_the_weak_modules() -> None:
    failed = scored(1, WEAK, closed=True, passed=False)
    reworking = task("D3", like="D1", status=TaskStatus.OPEN)
    assert decided(failed, extra=(reworking,)) == ()
    reworked = task("D3", like="D1", status=TaskStatus.DONE, evidence="better.pdf")
    assert decided(failed, extra=(reworked,)) == (OpenRound(TaskCode("D2"), 2, ("reward",)),)


def test_a_total_too_low_without_a_weak_module_is_scored_again_in_all_modules() -> None:
    failed = scored(1, SEVENS, closed=True, passed=False)
    reworked = task("D3", like="D1", status=TaskStatus.DONE, evidence="better.pdf")
    assert decided(failed, extra=(reworked,)) == (OpenRound(TaskCode("D2"), 2, MODULES),)


def test_the_second_rounds_points_replace_those_of_the_first() -> None:
    failed = scored(1, WEAK, closed=True, passed=False)
    reworked = task("D3", like="D1", status=TaskStatus.DONE, evidence="better.pdf")
    second = scored(2, {"reward": (8, 8)})
    assert decided(failed, second, extra=(reworked,)) == (CloseRound(2, True, "73.0", ()),)


def test_a_second_failure_asks_for_a_second_rework() -> None:
    rounds = (scored(1, WEAK, closed=True, passed=False), scored(2, {"reward": (4, 4)}, closed=True, passed=False))
    reworked = task("D3", like="D1", status=TaskStatus.DONE, evidence="better.pdf")
    (effect,) = decided(*rounds, extra=(reworked,))
    assert isinstance(effect, Rework)
    assert effect.code == "D3.r2"


def test_an_sop_may_have_the_plan_itself_done_anew() -> None:
    """A rework that names a task of the base plan creates its second version before anybody scores again."""
    told = content()
    next(each for each in told["tasks"] if each["id"] == "D2")["rework"] = "D1"
    other = Sop.model_validate(told)
    (effect,) = decided(scored(1, WEAK, closed=True, passed=False), sop=other)
    assert isinstance(effect, Rework)
    assert (effect.redo, effect.code) == ("D1", "D1.r2")
