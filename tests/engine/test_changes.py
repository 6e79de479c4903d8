"""What a campaign needs beside its SOP, what it does not need, and what may pass though it does not hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.approvals.model import ApprovalStatus, Verdict
from opsflow.approvals.service import vote
from opsflow.campaigns.permissions import NotAllowed
from opsflow.context import Context
from opsflow.db.tables import MatterRow
from opsflow.engine.add_task import NewTask, add_task
from opsflow.engine.overview import one_stage
from opsflow.engine.record import journal, record
from opsflow.engine.waive import override, waive
from opsflow.engine.worklist import one_task, worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, NotFound, OpsflowError, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.store import ledger
from opsflow.stages.model import StageStatus, TaskStatus
from opsflow.stages.service import complete_task, task_matter
from tests.engine.driving import People, live, run_due, stage_of
from tests.engine.opened import p1_opened
from tests.engine.scene import at
from tests.engine.small import KEY, LEGAL, MANAGER, PLANNER, PMO, SPONSOR, begin, in_workspace

P1, C1, C2, C3, E1 = (TaskCode(code) for code in ("P1", "C1", "C2", "C3", "E1"))
WHY, TITLE = Text.both("Not this time"), Text("Ask the mall", "联系商场")
DUTY = PersonKey("duty")
NEW = NewTask(
    stage=Stage.EXECUTION, title=TITLE, owner=DUTY, due=date(2026, 8, 20), deliverable=Text.both("A contract"),
    before=(TaskCode("E2"),),
)  # fmt: skip


@pytest.fixture
def ctx(sqlite_ctx: Context) -> Context:
    return sqlite_ctx


@pytest.fixture
def opened(ctx: Context, tmp_path: Path) -> Context:
    """P1 is open since 10:00 of Tuesday the 4th."""
    return p1_opened(ctx, tmp_path)


def told(ctx: Context, template: str) -> set[PersonKey]:
    with ctx.transaction() as session:
        return {each.person for each in ledger(session, campaign=KEY) if each.template == template}


def until(ctx: Context, stage: Stage, *statuses: StageStatus, idle: str = "") -> People:
    people = People(ctx, KEY, idle=frozenset(idle.split()))
    live(people, until=lambda: stage_of(ctx, KEY, stage) in statuses)
    return people


def test_an_added_task_is_one_like_any_other_and_its_stage_waits_for_it(opened: Context) -> None:
    code = add_task(opened, KEY, NEW, by=MANAGER)
    assert code == "ADD1"
    assert add_task(opened, KEY, NEW, by=PMO) == "ADD2"
    assert told(opened, "task_added") == {DUTY, MANAGER}
    until(opened, Stage.EXECUTION, StageStatus.BUILDING)
    task = next(task for task in worklist(opened, KEY).tasks if task.code == code)
    assert (task.owner, task.stage, task.title, task.status) == (DUTY, Stage.EXECUTION, TITLE, TaskStatus.OPEN)
    assert DUTY in told(opened, "task_opened")
    live(People(opened, KEY), until=lambda: stage_of(opened, KEY, Stage.EXECUTION) == StageStatus.GO_LIVE_GATE)
    assert one_task(opened, KEY, code)[1].status == "done"


def test_a_campaign_with_added_and_waived_tasks_lives_to_its_archive(opened: Context) -> None:
    add_task(opened, KEY, NEW, by=MANAGER)
    waive(opened, KEY, TaskCode("L2"), by=MANAGER, reason=WHY)
    live(People(opened, KEY))
    facts = {task["id"]: task for task in record(opened, KEY).dossiers["zh"]["tasks"]}
    assert (facts["ADD1"]["title"], facts["ADD1"]["status"]) == ("联系商场", "done")
    assert (facts["L2"]["status_title"], facts["L2"]["note"], facts["L2"]["late_days"]) == ("已豁免", WHY.zh, 0)


def test_what_waits_for_an_added_task_does_not_open_before_it_is_done(opened: Context) -> None:
    add_task(opened, KEY, replace(NEW, before=(E1,), due=date(2026, 8, 18)), by=MANAGER)
    until(opened, Stage.EXECUTION, StageStatus.HOLD, idle="ADD1")
    assert one_task(opened, KEY, E1)[1].status == "planned"


BAD_TASKS: dict[str, tuple[NewTask, PersonKey, type[OpsflowError], str]] = {
    "by who may not": (NEW, PLANNER, NotAllowed, "planner cannot add a task"),
    "by nobody we know": (NEW, PersonKey("who"), Refused, "who is nobody"),
    "for nobody we know": (replace(NEW, owner=PersonKey("who")), MANAGER, Refused, "who is nobody"),
    "after no task": (replace(NEW, after=(TaskCode("X9"),)), MANAGER, NotFound, "has no task X9"),
    "on a day off": (replace(NEW, due=date(2026, 8, 22)), MANAGER, BadInput, "2026-08-22 is a day off"),
    "before it can begin": (replace(NEW, due=date(2026, 8, 5)), MANAGER, BadInput, "cannot be due on 2026-08-05"),
    "after what waits": (replace(NEW, due=date(2026, 8, 28)), MANAGER, BadInput, "E2 is due on"),
    "in a circle": (replace(NEW, after=(TaskCode("E3"),)), MANAGER, BadInput, "would wait for itself: E2"),
    "before what has begun": (replace(NEW, before=(P1,)), MANAGER, Conflict, "P1 of small-campaign is open"),
}


@pytest.mark.parametrize("case", BAD_TASKS)
def test_a_task_that_makes_no_sense_is_not_added(opened: Context, case: str) -> None:
    new, by, kind, text = BAD_TASKS[case]
    before = journal(opened, KEY)
    with pytest.raises(kind, match=text):
        add_task(opened, KEY, new, by=by)
    assert journal(opened, KEY) == before
    with pytest.raises(NotFound, match="no campaign nope"):
        add_task(opened, CampaignKey("nope"), new, by=by)


def test_nothing_is_added_to_a_stage_that_is_over(opened: Context) -> None:
    until(opened, Stage.INITIAL_PLANNING, StageStatus.CLOSED)
    with pytest.raises(Conflict, match="is closed"):
        add_task(opened, KEY, replace(NEW, stage=Stage.INITIAL_PLANNING, before=()), by=MANAGER)


def test_what_follows_a_waived_task_begins_and_nobody_is_reminded_of_it(opened: Context) -> None:
    until(opened, Stage.COORDINATION, StageStatus.DRAFTING, idle="C2")
    waive(opened, KEY, C2, by=MANAGER, reason=WHY)
    assert LEGAL in told(opened, "task_waived")
    complete_task(opened, KEY, C1, by=PLANNER, evidence="proposal.pdf")
    opened.clock.move_to(at("13", 10))  # type: ignore[attr-defined]
    run_due(opened)
    assert one_task(opened, KEY, C3)[1].status == "open"
    with opened.transaction() as session:
        facts = session.scalar(sa.select(MatterRow.facts).where(MatterRow.id == task_matter(KEY, C2)))
    assert facts is not None, "what its card says"
    assert facts["what"] == "waived"
    waived = one_task(opened, KEY, C2)[1]
    assert (waived.status, waived.done_by, waived.note) == ("waived", MANAGER, WHY)
    entry = next(entry for entry in journal(opened, KEY) if entry.action == "task.waived")
    assert (entry.actor, entry.object, entry.data["reason"]["en"]) == (MANAGER, "C2", WHY.en)


WAIVED: dict[str, tuple[str, PersonKey, type[OpsflowError], str]] = {
    "by its owner": ("C2", LEGAL, NotAllowed, "Who can: the campaign manager"),
    "what a gate hangs on, by the manager": (
        "P1",
        MANAGER,
        NotAllowed,
        "Who can: the sponsor, or the coordination post",
    ),
    "by nobody we know": ("C2", PersonKey("who"), Refused, "who is nobody"),
    "no such task": ("X9", MANAGER, NotFound, "has no task X9"),
    "a vote": ("C3", SPONSOR, Refused, "its stage moves by it"),
    "a self-check": ("D2", PMO, Refused, "its stage moves by it"),
    "go-live": ("E2", SPONSOR, Refused, "its stage moves by it"),
    "what is to be approved": ("C1", MANAGER, Refused, "C3 approves what it hands in"),
}


@pytest.mark.parametrize("case", WAIVED)
def test_what_may_not_be_waived_is_not(opened: Context, case: str) -> None:
    code, by, kind, text = WAIVED[case]
    with pytest.raises(kind, match=text):
        waive(opened, KEY, TaskCode(code), by=by, reason=WHY)
    with pytest.raises(NotFound, match="no campaign nope"):
        waive(opened, CampaignKey("nope"), TaskCode(code), by=by, reason=WHY)


def test_the_coordination_post_may_waive_what_a_gate_hangs_on(opened: Context) -> None:
    waive(opened, KEY, P1, by=PMO, reason=WHY)
    fact = one_stage(opened, KEY, Stage.INITIAL_PLANNING).facts[0]
    assert (fact.holds, fact.waived, fact.missing) == (True, (P1,), ())
    with pytest.raises(Conflict, match="P1 of small-campaign is waived"):
        waive(opened, KEY, P1, by=PMO, reason=WHY)


def test_what_is_done_cannot_be_waived(opened: Context) -> None:
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    with pytest.raises(Conflict, match="P1 of small-campaign is done"):
        waive(opened, KEY, P1, by=SPONSOR, reason=WHY)


def test_a_condition_that_is_let_pass_drops_its_task_and_the_stage_goes_on(opened: Context) -> None:
    assert override(opened, KEY, Stage.INITIAL_PLANNING, "proved", by=SPONSOR, reason=WHY) == (P1,)
    with pytest.raises(Conflict, match="P1 of small-campaign is waived"):
        complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    run_due(opened)
    fact = one_stage(opened, KEY, Stage.INITIAL_PLANNING).facts[0]
    assert fact.holds
    assert fact.override is not None
    assert (fact.override.by, fact.override.reason) == (SPONSOR, WHY)
    assert {MANAGER, PMO, PLANNER} <= told(opened, "gate_overridden")
    until(opened, Stage.INITIAL_PLANNING, StageStatus.CLOSED)
    gates = {stage["id"]: stage["gate"] for stage in record(opened, KEY).dossiers["en"]["stages"]}
    assert gates["initial_planning"][0]["let_pass"] == f"Lin Yue: {WHY.en}"
    with pytest.raises(Conflict, match="its gate is behind it"):
        override(opened, KEY, Stage.INITIAL_PLANNING, "proved", by=SPONSOR, reason=WHY)


def test_no_door_leads_round_a_vote(opened: Context) -> None:
    """M12, and F43: whoever wants it approved may not simply pass over those who are asked."""
    until(opened, Stage.COORDINATION, StageStatus.AWAITING_APPROVAL, idle="C3")
    with pytest.raises(Refused, match="C3 is missing, and its approvers vote on it"):
        override(opened, KEY, Stage.COORDINATION, "proved", by=SPONSOR, reason=WHY)
    approval = worklist(opened, KEY).approvals[0]
    assert vote(opened, approval.id, by=LEGAL, verdict=Verdict.APPROVE) is ApprovalStatus.OPEN


def test_no_door_leads_round_the_self_check(opened: Context) -> None:
    """M12: only a total above the pass mark goes on to execution, whether scores are asked for yet or not."""
    with pytest.raises(Refused, match="D2 is missing, and only a total above 70"):
        override(opened, KEY, Stage.DECISION, "proved", by=SPONSOR, reason=WHY)
    people = People(opened, KEY, idle=frozenset({"D2"}))
    live(people, until=lambda: people.todo is not None and people.todo.scoring is not None)
    with pytest.raises(Refused, match="D2 is missing, and only a total above 70"):
        override(opened, KEY, Stage.DECISION, "proved", by=SPONSOR, reason=WHY)
    assert worklist(opened, KEY).scoring is not None


def test_no_door_leads_round_the_decision_meeting(opened: Context) -> None:
    """M12: go, revise or stop is said in a meeting that was held."""
    people = People(opened, KEY, idle=frozenset({"D6"}))
    live(people, until=lambda: "decision" in {due.id for due in worklist(opened, KEY).meetings})
    with pytest.raises(Refused, match="D6 is missing, and go, revise or stop is said there"):
        override(opened, KEY, Stage.DECISION, "proved", by=SPONSOR, reason=WHY)
    assert [due.id for due in worklist(opened, KEY).meetings] == ["decision"]


PASSED: dict[str, tuple[Stage, str, PersonKey, type[OpsflowError], str]] = {
    "by the manager": (Stage.COORDINATION, "proved", MANAGER, NotAllowed, "Who can: the sponsor"),
    "by the coordination post": (Stage.COORDINATION, "proved", PMO, NotAllowed, "Who can: the sponsor"),
    "no such condition": (Stage.COORDINATION, "nope", SPONSOR, NotFound, "Its conditions: proved"),
    "the launch": (Stage.EXECUTION, "proved", SPONSOR, Refused, "E3 is missing, and without it there is no campaign"),
}


@pytest.mark.parametrize("case", PASSED)
def test_what_may_not_be_let_pass_is_not(opened: Context, case: str) -> None:
    stage, fact, by, kind, text = PASSED[case]
    with pytest.raises(kind, match=text):
        override(opened, KEY, stage, fact, by=by, reason=WHY)


def test_nobody_lets_their_own_work_pass(ctx: Context, clock: VirtualClock, tmp_path: Path) -> None:
    """F43: not by this door either."""
    here = in_workspace(ctx, tmp_path)
    begin(here, people={"leader": "planner"})
    clock.move_to(at("4", 10))
    run_due(here)
    with pytest.raises(Refused, match="it is about their own work"):
        override(here, KEY, Stage.INITIAL_PLANNING, "proved", by=PLANNER, reason=WHY)


def test_a_condition_that_holds_needs_nobody(opened: Context) -> None:
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    with pytest.raises(Conflict, match="proved of stage initial_planning holds"):
        override(opened, KEY, Stage.INITIAL_PLANNING, "proved", by=SPONSOR, reason=WHY)
