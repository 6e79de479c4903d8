"""Documents, gates, closing and the archive."""

from dataclasses import replace
from datetime import date

import pytest

from opsflow.engine.decide import decide
from opsflow.engine.effects import ArchiveCampaign, CloseStage, Effect, MoveStage, OpenTask, WriteDocument
from opsflow.engine.facts import gate
from opsflow.engine.snapshot import Written
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import GateFact
from opsflow.stages.model import FINAL, StageStatus, TaskStatus
from tests.engine.scene import Scene, at, base_tasks, task

S = StageStatus
ALL_BEFORE_END = "P1 P2 C1 C2 C3 C4 D1 D2 D4 D5 D6 E1 E2 E3 L1 L2"
FIRST_FOUR = dict.fromkeys(
    (Stage.INITIAL_PLANNING, Stage.COORDINATION, Stage.DECISION, Stage.EXECUTION), StageStatus.CLOSED
)
PROPOSAL = Scene(Stage.COORDINATION, at("11", 12), S.DRAFTING, done="P1 P2", open="C1 C2", documents=())


def decided(scene: Scene) -> tuple[Effect, ...]:
    return decide(scene.snapshot())


def written(scene: Scene) -> list[tuple[str, str]]:
    return [(effect.id, effect.state) for effect in decided(scene) if isinstance(effect, WriteDocument)]


def test_a_document_is_drafted_when_its_task_opens_and_once() -> None:
    assert written(PROPOSAL) == [("proposal", "draft")]
    assert written(replace(PROPOSAL, documents=(Written("proposal", "draft", 1),))) == []


def test_a_document_is_written_anew_when_its_task_is_done_and_once() -> None:
    done = replace(PROPOSAL, done="P1 P2 C1", open="C2")
    assert written(replace(done, documents=(Written("proposal", "draft", 1),))) == [("proposal", "final")]
    assert written(replace(done, documents=(Written("proposal", "final", 2, "C1"),))) == []


def test_a_rework_that_is_done_writes_the_next_revision() -> None:
    again = task("C1.r2", like="C1", status=TaskStatus.OPEN)
    scene = replace(
        PROPOSAL, done="P1 P2 C1 C2", without="C3 C4", open="", documents=(Written("proposal", "final", 2, "C1"),)
    )
    assert written(replace(scene, extra=(again,))) == []
    finished = replace(again, status=TaskStatus.DONE, evidence="better.pdf")
    assert written(replace(scene, extra=(finished,))) == [("proposal", "final")]
    assert written(replace(scene, extra=(finished,), documents=(Written("proposal", "final", 3, "C1 C1.r2"),))) == []


def test_a_document_of_a_task_that_this_level_does_not_have_is_not_written() -> None:
    assert written(replace(PROPOSAL, without="C1", open="C2")) == []


def test_each_day_that_was_recorded_has_one_live_report() -> None:
    days = {TaskCode("L1"): (at("24"), at("24", 15), at("25"))}
    live = Scene(
        Stage.EXECUTION, at("25", 12), S.LIVE, done=ALL_BEFORE_END[:-6], open="L1 L2", repeats=days, documents=()
    )
    assert decided(live) == (
        WriteDocument("live-report-2026-08-24", "live-report", "final", day=date(2026, 8, 24)),
        WriteDocument("live-report-2026-08-25", "live-report", "final", day=date(2026, 8, 25)),
    )  # fmt: skip
    assert written(replace(live, documents=(Written("live-report-2026-08-24", "final", 1),))) == [
        ("live-report-2026-08-25", "final")
    ]


def test_a_stage_whose_tasks_are_done_goes_to_its_gate_and_through_it_when_every_fact_holds() -> None:
    scene = Scene(Stage.CLOSING, at("28"), S.OPEN, done=f"{ALL_BEFORE_END} W1", others=FIRST_FOUR)
    assert decided(scene) == (MoveStage(S.GATE),)
    assert decided(replace(scene, status=S.GATE)) == (CloseStage(),)


def test_a_gate_stays_shut_while_a_fact_lacks_its_deliverable() -> None:
    bare = replace(next(each for each in base_tasks() if each.code == "W1"), status=TaskStatus.DONE)
    scene = Scene(Stage.CLOSING, at("28"), S.GATE, done=ALL_BEFORE_END, without="W1", extra=(bare,), others=FIRST_FOUR)
    assert decided(scene) == ()
    assert decided(replace(scene, extra=(replace(bare, evidence="proof.pdf"),))) == (CloseStage(),)


def test_the_facts_of_a_gate_leave_out_what_does_not_exist_and_hold_with_their_rework_only() -> None:
    facts = (
        GateFact(id="both", text=Text.both("Both"), tasks=(TaskCode("C1"), TaskCode("C2"))),
        GateFact(id="none", text=Text.both("None"), tasks=(TaskCode("XX"),)),
    )
    done = task("C1", like="C1", status=TaskStatus.DONE, evidence="c1.pdf")
    again = task("C1.r2", like="C1", status=TaskStatus.OPEN)
    plain = task("C2", like="C2", status=TaskStatus.DONE)
    (only,) = gate(facts, (done, plain))
    assert (only.id, only.holds, only.tasks) == ("both", True, ("C1", "C2"))
    assert gate(facts, (done, again, plain))[0].missing == ("C1.r2",)


@pytest.mark.parametrize("closing", StageStatus)
def test_only_the_stage_that_closes_last_archives_the_campaign(closing: StageStatus) -> None:
    """Review runs beside closing; the archive waits for both."""
    others = {**FIRST_FOUR, Stage.CLOSING: closing}
    scene = Scene(Stage.REVIEW, at("31"), S.GATE, done=f"{ALL_BEFORE_END} W1 V1 V2", others=others)
    assert decided(scene) == ((CloseStage(), ArchiveCampaign()) if closing in FINAL else (CloseStage(),))


def test_review_works_while_closing_is_under_way_and_only_its_archive_waits() -> None:
    beside = {**FIRST_FOUR, Stage.CLOSING: S.OPEN}
    scene = Scene(Stage.REVIEW, at("31"), S.OPEN, done=ALL_BEFORE_END, open="W1", others=beside)
    assert decided(scene) == (OpenTask(TaskCode("V1")),)
    assert decided(replace(scene, done=f"{ALL_BEFORE_END} V1")) == ()
    assert decided(replace(scene, done=f"{ALL_BEFORE_END} V1 W1", open="")) == (OpenTask(TaskCode("V2")),)


def test_skipped_stages_do_not_hold_up_the_archive() -> None:
    skipped = {**FIRST_FOUR, Stage.COORDINATION: S.SKIPPED, Stage.CLOSING: S.CLOSED}
    done = "P1 D1 D2 D4 D6 E1 E2 E3 L1 L2 W1 V1 V2"
    scene = Scene(Stage.REVIEW, at("31"), S.GATE, level="C", done=done, others=skipped)
    assert decided(scene) == (CloseStage(), ArchiveCampaign())
