"""Somebody leaves: everything of theirs goes to one person, both are told, and nothing waits for who is gone."""

from functools import partial
from pathlib import Path

import pytest

from opsflow.approvals.model import AlreadyVoted, NoSeat, Verdict
from opsflow.approvals.service import vote
from opsflow.campaigns.permissions import NotAllowed
from opsflow.campaigns.store import load_campaign
from opsflow.campaigns.team import role_holders
from opsflow.context import Context
from opsflow.engine.handover import hand_over
from opsflow.engine.reassign import reassign
from opsflow.engine.record import journal
from opsflow.engine.worklist import one_task, worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict, NotFound, OpsflowError, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage, TaskCode
from opsflow.outbox.store import ledger
from opsflow.stages.model import StageStatus
from opsflow.stages.service import complete_task
from tests.campaigns.planning import organisation
from tests.engine.driving import People, live, run_due, stage_of
from tests.engine.opened import p1_opened
from tests.engine.scene import at
from tests.engine.small import KEY, LEGAL, MANAGER, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace
from tests.engine.together import errors, together

P1 = TaskCode("P1")
DUTY, LEGAL_DEPUTY = PersonKey("duty"), PersonKey("legal-deputy")


@pytest.fixture
def opened(ctx: Context, tmp_path: Path) -> Context:
    """P1 is open since 10:00 of Tuesday the 4th."""
    return p1_opened(ctx, tmp_path)


@pytest.fixture
def asked(opened: Context) -> Context:
    """The sponsor and the head of legal are asked for the proposal."""
    people = People(opened, KEY, idle=frozenset({"C3"}))
    live(people, until=lambda: stage_of(opened, KEY, Stage.COORDINATION) == StageStatus.AWAITING_APPROVAL)
    return opened


def told(ctx: Context, template: str) -> list[PersonKey]:
    with ctx.transaction() as session:
        return sorted(each.person for each in ledger(session, campaign=KEY) if each.template == template)


def test_tasks_open_and_to_come_and_roles_pass_and_both_are_told(opened: Context) -> None:
    """F47, F48"""
    (found,) = hand_over(opened, PLANNER, DUTY, by=OPERATIONS)
    assert {"P1", "C1", "D1", "V1"} <= {task.code for task in found.tasks}
    assert found.roles == ("planner",)
    assert not [task for task in worklist(opened, KEY).every_task if task.owner == PLANNER]
    with opened.transaction() as session:
        campaign = load_campaign(session, KEY)
    assert role_holders(campaign.file, campaign.organisation)[Role.PLANNER] == DUTY
    assert told(opened, "handover") == [DUTY, PLANNER]
    with pytest.raises(NotAllowed):
        complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    complete_task(opened, KEY, P1, by=DUTY, evidence="p1.pdf")


def test_a_dry_run_says_the_same_and_changes_nothing(opened: Context) -> None:
    before = journal(opened, KEY)
    would = hand_over(opened, PLANNER, DUTY, by=OPERATIONS, dry_run=True)
    assert journal(opened, KEY) == before
    assert one_task(opened, KEY, P1)[1].owner == PLANNER
    assert [each.tasks for each in hand_over(opened, PLANNER, DUTY, by=OPERATIONS)] == [each.tasks for each in would]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_campaign_goes_on_to_its_archive_without_who_has_left(opened: Context) -> None:
    """F48, F49: also what comes into being later (rework, seats, meetings) is nobody's who is gone."""
    for was, to in ((PLANNER, DUTY), (LEGAL, LEGAL_DEPUTY), (MANAGER, PersonKey("executor"))):
        hand_over(opened, was, to, by=PMO)
    gone = {PLANNER, LEGAL, MANAGER}
    people = People(opened, KEY)
    live(people)
    acted = {entry.actor for entry in journal(opened, KEY) if entry.action != "person.handed_over"}
    assert not acted & gone


def test_a_vote_that_is_wanted_passes_and_the_former_one_may_not_give_it(asked: Context) -> None:
    """F47: what is pending moves too."""
    approval = worklist(asked, KEY).approvals[0]
    (found,) = hand_over(asked, LEGAL, LEGAL_DEPUTY, by=LEGAL)
    assert [(seat.seat, holder.person) for _, seat, holder in found.votes] == [("head:legal", LEGAL_DEPUTY)]
    with pytest.raises(NoSeat):
        vote(asked, approval.id, by=LEGAL, verdict=Verdict.APPROVE)
    vote(asked, approval.id, by=LEGAL_DEPUTY, verdict=Verdict.APPROVE)
    vote(asked, approval.id, by=SPONSOR, verdict=Verdict.APPROVE)


def test_a_vote_never_passes_to_who_wrote_what_is_voted_on(asked: Context) -> None:
    """F43: a handover is no way to approve one's own work; the department's other one is asked, or it stays and says so."""
    (found,) = hand_over(asked, SPONSOR, PLANNER, by=PMO)
    assert PLANNER not in [holder.person for _, _, holder in found.votes]
    waiting = worklist(asked, KEY).approvals[0].waiting_for
    assert PLANNER not in waiting
    assert bool(found.stays) == (SPONSOR in waiting)


def test_a_handover_that_races_a_vote_leaves_one_of_the_two(asked: Context) -> None:
    """F45: either the vote is in, or the seat has passed; nobody's vote is lost and nobody votes for another."""
    approval = worklist(asked, KEY).approvals[0]
    outcomes = together(
        partial(hand_over, asked, LEGAL, LEGAL_DEPUTY, by=PMO),
        partial(vote, asked, approval.id, by=LEGAL, verdict=Verdict.APPROVE),
    )
    assert {type(error) for error in errors(outcomes)} <= {NoSeat}
    seat = next(seat for seat in worklist(asked, KEY).approvals[0].seats if seat.seat == "head:legal")
    voted = outcomes[1] is not None and not isinstance(outcomes[1], Exception)
    assert (seat.person, seat.verdict) == ((LEGAL, Verdict.APPROVE) if voted else (LEGAL_DEPUTY, None))
    with pytest.raises((NoSeat, AlreadyVoted)):
        vote(asked, approval.id, by=LEGAL, verdict=Verdict.REJECT)


def test_scores_that_are_wanted_pass(opened: Context) -> None:
    people = People(opened, KEY, idle=frozenset({"D2"}))
    live(people, until=lambda: people.todo is not None and people.todo.scoring is not None)
    scoring = worklist(opened, KEY).scoring
    assert scoring is not None
    reviewer = scoring.waiting_for[0]
    hand_over(opened, reviewer, DUTY, by=PMO)
    after = worklist(opened, KEY).scoring
    assert after is not None
    assert DUTY in after.waiting_for
    assert reviewer not in after.reviewers
    live(People(opened, KEY), until=lambda: stage_of(opened, KEY, Stage.DECISION) == StageStatus.CLOSED)


REFUSALS: dict[str, tuple[str, str, str, str | None, type[OpsflowError], str]] = {
    "by a colleague": ("planner", "duty", "executor", None, NotAllowed, "Who can: the person themselves"),
    "to nobody we know": ("planner", "who", "pmo", None, Refused, "who is nobody in"),
    "from nobody we know": ("who", "duty", "pmo", None, NotFound, "who is nobody in any campaign"),
    "by nobody we know": ("planner", "duty", "who", None, Refused, "who is nobody in"),
    "in no campaign": ("planner", "duty", "pmo", "nope", NotFound, "no campaign nope"),
    "to oneself": ("planner", "planner", "pmo", None, Conflict, "name two people"),
    "to who supervises": ("manager", "pmo", "pmo", None, Refused, "nobody supervises their own campaign"),
    "to who is away": ("planner", "data-head", "pmo", None, Refused, "data-head is away"),
}


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_refusal_says_why_and_changes_nothing(ctx: Context, clock: VirtualClock, tmp_path: Path, case: str) -> None:
    was, to, by, campaign, kind, text = REFUSALS[case]
    people = organisation().model_dump(mode="json")["people"]
    people["data-head"]["absent"] = [{"first": "2026-08-03", "last": "2026-08-07"}]
    here = in_workspace(ctx, tmp_path)
    begin(here, org=organisation(people=people))
    clock.move_to(at("4", 10))
    run_due(here)
    before = journal(here, KEY)
    only = CampaignKey(campaign) if campaign else None
    with pytest.raises(kind, match=text):
        hand_over(here, PersonKey(was), PersonKey(to), by=PersonKey(by), campaign=only)
    assert journal(here, KEY) == before


def test_an_administrator_by_name_may_and_who_has_the_role_no_more_may_not(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    """What somebody may do is looked up at the next action."""
    here = in_workspace(ctx, tmp_path)
    begin(here, org=organisation(permissions={"admin": ["executor"]}))
    clock.move_to(at("4", 10))
    run_due(here)
    hand_over(here, MANAGER, DUTY, by=PersonKey("executor"))
    with pytest.raises(NotAllowed):
        reassign(here, KEY, P1, to=PersonKey("data-head"), by=MANAGER)
    reassign(here, KEY, P1, to=PersonKey("data-head"), by=DUTY)


def test_who_hands_back_is_where_they_were(opened: Context) -> None:
    hand_over(opened, PLANNER, DUTY, by=PMO)
    hand_over(opened, DUTY, PLANNER, by=PMO)
    with opened.transaction() as session:
        campaign = load_campaign(session, KEY)
    assert role_holders(campaign.file, campaign.organisation)[Role.PLANNER] == PLANNER
    assert one_task(opened, KEY, P1)[1].owner == PLANNER
