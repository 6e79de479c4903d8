"""What a decision makes of votes, and of content that changes under them."""

from dataclasses import replace

from opsflow.approvals.model import Approval, ApprovalStatus
from opsflow.campaigns.model import DutyShift
from opsflow.engine.decide import decide, reopened
from opsflow.engine.effects import Effect, FinishTask, MoveStage, RequestApproval, Rework, Supersede
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.model import StageStatus, Task, TaskStatus
from tests.engine.scene import Scene, approval, at, hash_of, task
from tests.engine.small import LEGAL, PLANNER

ASKED = Scene(Stage.COORDINATION, at("11", 12), StageStatus.AWAITING_APPROVAL, done="P1 P2 C1 C2", open="C3")
BOTH = Scene(Stage.DECISION, at("14", 12), StageStatus.DRAFTING, done="P1 P2 C1 C2 C3 C4 D1 D2", open="D4")


def with_approval(scene: Scene, status: ApprovalStatus, *, covers: str | None = None, reason: str = "") -> Scene:
    """The scene with a request for the proposal in that state."""
    asked = approval("C3", "proposal", status, covers=covers or hash_of(scene, "C3"), reason=reason or None)
    return replace(scene, approvals=(*scene.approvals, asked))


def decided(scene: Scene) -> tuple[Effect, ...]:
    return decide(scene.snapshot())


def test_while_votes_are_wanted_nothing_moves() -> None:
    assert decided(with_approval(ASKED, ApprovalStatus.OPEN)) == ()


def test_a_granted_approval_finishes_its_task_with_the_version_as_evidence() -> None:
    assert decided(with_approval(ASKED, ApprovalStatus.APPROVED)) == (
        FinishTask(TaskCode("C3"), evidence="proposal v1"),
    )


def test_a_refusal_creates_a_rework_task_with_the_reason_and_who_refused() -> None:
    assert decided(with_approval(ASKED, ApprovalStatus.REJECTED, reason="Too dear.")) == (
        Rework(TaskCode("C3"), TaskCode("C1"), TaskCode("C1.r2"), (), Text.both("Too dear."), LEGAL),
    )


def test_the_second_refusal_creates_the_third_version() -> None:
    second = task("C1.r2", like="C1", status=TaskStatus.DONE, evidence="better.pdf")
    first = approval("C3", "proposal", ApprovalStatus.REJECTED, covers="first", reason="Too dear.")
    scene = replace(ASKED, extra=(second,))
    again = replace(
        approval("C3", "proposal", ApprovalStatus.REJECTED, covers=hash_of(scene, "C3"), version=2, reason="Still."),
    )
    (effect,) = decided(replace(scene, approvals=(first, again)))
    assert isinstance(effect, Rework)
    assert (effect.code, effect.reason.en) == ("C1.r3", "Still.")


def test_a_refused_approval_waits_for_the_rework_and_then_asks_for_the_second_version() -> None:
    refused = approval("C3", "proposal", ApprovalStatus.REJECTED, covers="first", reason="Too dear.")
    waiting = _planned_after_rework(TaskStatus.OPEN)
    assert decided(replace(waiting, approvals=(refused,))) == ()
    ready = _planned_after_rework(TaskStatus.DONE)
    asked = decided(replace(ready, approvals=(refused,)))
    assert asked == (RequestApproval(TaskCode("C3"), "proposal", 2, hash_of(ready, "C3"), PLANNER),)


def _planned_after_rework(status: TaskStatus) -> Scene:
    """C3 reopened, waiting for C1.r2, as a refusal leaves it."""
    redone = task("C1.r2", like="C1", status=status, evidence="better.pdf" if status is TaskStatus.DONE else None)
    waits: Task = replace(task("C3", like="C3", status=TaskStatus.PLANNED), after=_codes("C1", "C2", "C1.r2"))
    return Scene(
        Stage.COORDINATION, at("12", 12), StageStatus.DRAFTING, done="P1 P2 C1 C2", without="C3", extra=(waits, redone)
    )


def _codes(*codes: str) -> tuple[TaskCode, ...]:
    return tuple(TaskCode(code) for code in codes)


def test_changed_content_voids_an_approval_that_was_granted_or_is_being_voted_on() -> None:
    for status, scene in (
        (ApprovalStatus.OPEN, ASKED),
        (ApprovalStatus.APPROVED, ASKED),
        (ApprovalStatus.APPROVED, replace(ASKED, done="P1 P2 C1 C2 C3", open="C4", status=StageStatus.DRAFTING)),
    ):
        changed = with_approval(scene, status, covers="what it said before")
        assert decided(changed) == (Supersede(changed.approvals[0].id, TaskCode("C3")),), status


def test_changed_content_voids_no_other_approval() -> None:
    """The plan changes; the proposal's approval, in another stage and over another task, stands."""
    proposal = approval("C3", "proposal", ApprovalStatus.APPROVED, covers=hash_of(BOTH, "C3"))
    plan = approval("D4", "plan", ApprovalStatus.OPEN, covers="an older plan")
    assert decided(replace(BOTH, approvals=(proposal, plan))) == (Supersede(plan.id, TaskCode("D4")),)
    assert decided(replace(BOTH, stage=Stage.COORDINATION, approvals=(proposal, plan))) != ()
    assert not any(isinstance(effect, Supersede) for effect in _in_coordination(proposal, plan))


def _in_coordination(*approvals: Approval) -> tuple[Effect, ...]:
    return decided(replace(BOTH, stage=Stage.COORDINATION, approvals=approvals))


def test_what_an_approval_does_not_cover_may_change_under_it() -> None:
    """C2 is no part of the proposal: other evidence for it leaves the hash as it was."""
    other = replace(task("C2", like="C2", status=TaskStatus.DONE), evidence="another.pdf")
    changed = replace(ASKED, without="C2", extra=(other,))
    assert hash_of(changed, "C3") == hash_of(ASKED, "C3")
    covered = replace(task("C1", like="C1", status=TaskStatus.DONE), evidence="another.pdf")
    assert hash_of(replace(ASKED, without="C1", extra=(covered,)), "C3") != hash_of(ASKED, "C3")


def test_another_duty_roster_voids_no_approval_and_another_budget_does() -> None:
    """Who is on duty is settled while the campaign is live, long after the votes; the second half is the control."""
    night = DutyShift.model_validate({"person": "executor", "starts": "20:00", "ends": "08:00"})
    for status in (ApprovalStatus.OPEN, ApprovalStatus.APPROVED):
        asked = with_approval(ASKED, status).snapshot()
        assert reopened(_filed(asked, duty=(night,))) == ()
        (effect,) = reopened(_filed(asked, background=Text.both("Another season")))
        assert effect.task == "C3"


def _filed(snapshot: Snapshot, **changes: object) -> Snapshot:
    filed = snapshot.campaign.file.model_copy(update=changes)
    return replace(snapshot, campaign=replace(snapshot.campaign, file=filed))


def test_a_stage_whose_released_paper_was_refused_is_drafting_again() -> None:
    """Released, replaced, refused: nobody is invited to read what was refused."""
    refused = _planned_after_rework(TaskStatus.OPEN)
    scene = replace(refused, status=StageStatus.AWAITING_APPROVAL, done=f"{refused.done} C4")
    asked = approval("C3", "proposal", ApprovalStatus.REJECTED, covers="first", reason="No.")
    assert decided(replace(scene, approvals=(asked,))) == (MoveStage(StageStatus.DRAFTING),)
