"""Every move that is allowed is made by some rule, and no other."""

from dataclasses import replace

import pytest

from opsflow.approvals.model import ApprovalStatus
from opsflow.engine.decide import decide, target
from opsflow.engine.effects import CloseStage, MoveStage, OpenStage
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.stages.model import ALLOWED, FINAL, Outcome, StageStatus, TaskStatus
from tests.engine.scene import Scene, approval, at, hash_of, held, task

S = StageStatus
PLANS = "P1 P2 C1 C2 C3 C4 D1 D2 D4 D5 D6"
COORDINATION = Scene(Stage.COORDINATION, at("11", 12), done="P1 P2 C1 C2")
ASKED = replace(COORDINATION, open="C3")
APPROVED = replace(COORDINATION, done="P1 P2 C1 C2 C3", open="C4")
RELEASED = replace(COORDINATION, done="P1 P2 C1 C2 C3 C4 D1 D2 D4 D5", open="D6", stage=Stage.DECISION, now=at("17"))
MET = replace(RELEASED, done=PLANS, open="", meetings=(held("decision", Stage.DECISION, Outcome.GO),))
KICK_OFF = Scene(Stage.INITIAL_PLANNING, at("6", 12), done="P1", open="P2")
BUILD = Scene(Stage.EXECUTION, at("20", 12), done=PLANS, open="E1")
CHECK = replace(BUILD, now=at("21", 12), done=f"{PLANS} E1", open="E2")
LIVE = replace(BUILD, now=at("24", 12), done=f"{PLANS} E1 E2", open="E3 L1 L2")
OVER = replace(LIVE, now=at("27"), done=f"{PLANS} E1 E2 E3 L1 L2", open="")
CLOSING = Scene(Stage.CLOSING, at("27"), S.OPEN, done=OVER.done, open="W1")
CLOSED = replace(CLOSING, done=f"{OVER.done} W1", open="")
REVISED = replace(
    RELEASED, done="P1 P2 C1 C2 C3 C4 D1 D2 D4 D5", without="D6", open="",
    extra=(task("D1.r2", like="D1", status=TaskStatus.OPEN),
           replace(task("D6", like="D6", status=TaskStatus.PLANNED), after=(TaskCode("D1.r2"),))),
)  # fmt: skip
CLOSING_APPROVAL = replace(
    CLOSING,
    extra=(replace(task("C9", like="C3", status=TaskStatus.OPEN), stage=Stage.CLOSING, code=TaskCode("C3")),),
    without="C3",
)

MOVES: dict[tuple[StageStatus, StageStatus], Scene] = {
    (S.OPEN, S.DRAFTING): replace(COORDINATION, done="P1 P2", open="C1 C2"),
    (S.OPEN, S.AWAITING_APPROVAL): CLOSING_APPROVAL,
    (S.OPEN, S.RELEASED): replace(COORDINATION, done="P1 P2 C1 C2 C3 C4", extra=(task("C5", like="C2", status=TaskStatus.OPEN),)),
    (S.OPEN, S.MEETING_HELD): replace(KICK_OFF, done="P1 P2", extra=(task("P3", like="P1", status=TaskStatus.OPEN),), open=""),
    (S.OPEN, S.BUILDING): BUILD,
    (S.OPEN, S.GO_LIVE_GATE): CHECK,
    (S.OPEN, S.HOLD): replace(BUILD, now=at("21", 18)),
    (S.OPEN, S.GATE): CLOSED,
    (S.DRAFTING, S.AWAITING_APPROVAL): ASKED,
    (S.DRAFTING, S.RELEASED): RELEASED,
    (S.DRAFTING, S.MEETING_HELD): replace(KICK_OFF, done="P1 P2", extra=(task("P3", like="P1", status=TaskStatus.OPEN),), open=""),
    (S.DRAFTING, S.GATE): replace(KICK_OFF, done="P1 P2", open=""),
    (S.AWAITING_APPROVAL, S.OPEN): CLOSING,
    (S.AWAITING_APPROVAL, S.DRAFTING): APPROVED,
    (S.AWAITING_APPROVAL, S.RELEASED): RELEASED,
    (S.AWAITING_APPROVAL, S.MEETING_HELD): replace(MET, done=PLANS.replace("D4 ", ""), open="D4"),
    (S.AWAITING_APPROVAL, S.GATE): replace(COORDINATION, done="P1 P2 C1 C2 C3 C4"),
    (S.RELEASED, S.DRAFTING): REVISED,
    (S.RELEASED, S.AWAITING_APPROVAL): replace(RELEASED, done=RELEASED.done.replace("D4 ", ""), open="D4"),
    (S.RELEASED, S.MEETING_HELD): replace(MET, extra=(task("D7", like="D1", status=TaskStatus.OPEN),)),
    (S.RELEASED, S.GATE): MET,
    (S.MEETING_HELD, S.GATE): MET,
    (S.BUILDING, S.GO_LIVE_GATE): CHECK,
    (S.BUILDING, S.HOLD): replace(BUILD, now=at("21", 18)),
    (S.GO_LIVE_GATE, S.HOLD): replace(CHECK, now=at("21", 18)),
    (S.GO_LIVE_GATE, S.LIVE): LIVE,
    (S.HOLD, S.BUILDING): BUILD,
    (S.HOLD, S.GO_LIVE_GATE): replace(LIVE, now=at("22"), open=""),
    (S.HOLD, S.LIVE): LIVE,
    (S.LIVE, S.GATE): OVER,
    (S.GATE, S.AWAITING_APPROVAL): ASKED,
    (S.GATE, S.MEETING_HELD): replace(MET, done=PLANS.replace("D4 ", ""), open="D4"),
}  # fmt: skip
"""For each move a scene in which the stage's target is where it goes."""


@pytest.mark.parametrize(
    ("move", "scene"), MOVES.items(), ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_a_rule_makes_the_move(move: tuple[StageStatus, StageStatus], scene: Scene) -> None:
    was, to = move
    assert target(replace(scene, status=was).snapshot()) is to


def test_no_move_is_allowed_that_nothing_makes_and_none_is_made_that_is_not_allowed() -> None:
    opening = {(S.PLANNED, S.OPEN)}
    closing = {(S.GATE, S.CLOSED)}
    stopping = {(status, end) for status in StageStatus if status not in FINAL for end in (S.STOPPED, S.CANCELLED)}
    allowed = {(was, to) for was, moves in ALLOWED.items() for to in moves}
    assert allowed == set(MOVES) | opening | closing | stopping


def test_opening_and_closing_are_moves_of_their_own() -> None:
    assert decide(replace(COORDINATION, status=S.PLANNED, others={Stage.INITIAL_PLANNING: S.CLOSED}).snapshot()) == (
        OpenStage(),
    )
    assert decide(replace(CLOSED, status=S.GATE).snapshot()) == (CloseStage(),)


def test_a_final_state_is_never_left() -> None:
    assert all(not ALLOWED[status] for status in FINAL)
    assert set(ALLOWED) == set(StageStatus)
    for status in FINAL:
        for scene in MOVES.values():
            assert decide(replace(scene, status=status).snapshot()) == ()


def test_votes_in_progress_are_no_reason_to_move() -> None:
    asked = approval("C3", "proposal", ApprovalStatus.OPEN, covers=hash_of(ASKED, "C3"))
    effects = decide(replace(ASKED, status=S.AWAITING_APPROVAL, approvals=(asked,)).snapshot())
    assert not any(isinstance(effect, MoveStage) for effect in effects)
