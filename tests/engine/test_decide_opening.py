"""When stages and tasks open."""

from datetime import datetime

import pytest

from opsflow.approvals.model import ApprovalStatus
from opsflow.campaigns.state import CampaignStatus
from opsflow.engine.decide import decide
from opsflow.engine.effects import OpenRound, OpenStage, OpenTask, RequestApproval
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.stages.model import FINAL, StageStatus
from tests.engine.scene import Scene, approval, at, hash_of
from tests.engine.small import MODULES, PLANNER

S = StageStatus


def opened(scene: Scene) -> list[str]:
    """The tasks that a decision opens."""
    kinds = OpenTask | RequestApproval | OpenRound
    return [effect.code for effect in decide(scene.snapshot()) if isinstance(effect, kinds)]


@pytest.mark.parametrize(
    ("stage", "now", "others", "opens"),
    [
        (Stage.INITIAL_PLANNING, at("4", 8, 59), {}, False),
        (Stage.INITIAL_PLANNING, at("4", 9), {}, True),
        (Stage.COORDINATION, at("7", 9), {Stage.INITIAL_PLANNING: S.GATE}, False),
        (Stage.COORDINATION, at("7", 9), {Stage.INITIAL_PLANNING: S.CLOSED}, True),
        (Stage.COORDINATION, at("6", 18), {Stage.INITIAL_PLANNING: S.CLOSED}, False),
        (Stage.EXECUTION, at("18", 9), {Stage.DECISION: S.MEETING_HELD}, False),
        (Stage.EXECUTION, at("18", 9), {Stage.DECISION: S.CLOSED}, True),
        (Stage.DECISION, at("12", 9), {Stage.COORDINATION: S.DRAFTING}, True),
    ],
)
def test_a_stage_opens_when_its_date_has_come_and_what_it_waits_for_is_closed(
    stage: Stage, now: datetime, others: dict[Stage, StageStatus], opens: bool
) -> None:
    scene = Scene(stage, now, S.PLANNED, others=others)
    assert decide(scene.snapshot()) == ((OpenStage(),) if opens else ())


@pytest.mark.parametrize("execution", StageStatus)
@pytest.mark.parametrize("stage", [Stage.CLOSING, Stage.REVIEW])
def test_what_follows_the_end_opens_only_after_something_was_launched(stage: Stage, execution: StageStatus) -> None:
    launched = execution in {S.LIVE, S.GATE, *FINAL}
    scene = Scene(stage, at("27"), S.PLANNED, others={Stage.EXECUTION: execution})
    assert bool(decide(scene.snapshot())) is launched


def test_the_execution_of_a_level_without_coordination_does_not_wait_for_it() -> None:
    """A skipped stage is over; decision opens with its first task, whatever coordination says."""
    assert decide(Scene(Stage.DECISION, at("18"), S.PLANNED, level="C").snapshot()) == (OpenStage(),)
    assert decide(Scene(Stage.COORDINATION, at("18"), S.SKIPPED, level="C").snapshot()) == ()


@pytest.mark.parametrize("status", [CampaignStatus.STOPPED, CampaignStatus.ARCHIVED])
def test_nothing_happens_in_a_campaign_that_is_over(status: CampaignStatus) -> None:
    scene = Scene(Stage.INITIAL_PLANNING, at("4"), S.PLANNED, campaign_status=status)
    assert decide(scene.snapshot()) == ()


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_stage_that_is_over_does_nothing_whatever_its_tasks_say(status: StageStatus) -> None:
    assert decide(Scene(Stage.COORDINATION, at("11"), status, done="P2").snapshot()) == ()


@pytest.mark.parametrize(
    ("done", "now", "opens"),
    [
        ("", at("7"), []),
        ("P1 P2", at("7", 8, 59), []),
        ("P1 P2", at("7"), ["C1", "C2"]),
        ("P1 P2 C1", at("11"), ["C2"]),
        ("P1 P2 C1 C2", at("11"), ["C3"]),
    ],
)
def test_a_task_opens_when_its_start_has_come_and_all_it_follows_is_done(
    done: str, now: datetime, opens: list[str]
) -> None:
    assert opened(Scene(Stage.COORDINATION, now, done=done)) == opens


def test_a_predecessor_that_does_not_exist_counts_as_done() -> None:
    assert opened(Scene(Stage.COORDINATION, at("11"), done="C1", without="P1 P2 C2")) == ["C3"]


def test_a_live_task_waits_until_the_launch_is_under_way() -> None:
    held = Scene(Stage.EXECUTION, at("24", 10), S.HOLD, done="E1", open="E2")
    assert opened(held) == []
    live = Scene(Stage.EXECUTION, at("24", 10), S.LIVE, done="E1 E2", open="E3")
    assert opened(live) == ["L2", "L1"]


def test_an_approval_is_asked_for_with_the_hash_the_author_and_the_next_version() -> None:
    scene = Scene(Stage.COORDINATION, at("11"), done="P1 P2 C1 C2")
    first = RequestApproval(TaskCode("C3"), "proposal", 1, hash_of(scene, "C3"), PLANNER)
    assert decide(scene.snapshot()) == (first,)
    again = Scene(
        Stage.COORDINATION, at("11"), done="P1 P2 C1 C2",
        approvals=(approval("C3", "proposal", ApprovalStatus.SUPERSEDED, covers="what was"),),
    )  # fmt: skip
    assert [effect.version for effect in decide(again.snapshot()) if isinstance(effect, RequestApproval)] == [2]


def test_the_self_check_opens_as_a_round_over_all_ten_modules() -> None:
    scene = Scene(Stage.DECISION, at("13"), done="P1 C4 D1")
    assert decide(scene.snapshot()) == (OpenRound(TaskCode("D2"), 1, MODULES),)
