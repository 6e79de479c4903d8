"""What somebody is asked to vote on, and whether their vote still counts: for links that were sent some time ago."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from opsflow.approvals import store as approvals
from opsflow.approvals.model import Approval, ApprovalId, ApprovalStatus
from opsflow.campaigns.state import Campaign, is_over
from opsflow.context import Context
from opsflow.documents.labels import load_labels
from opsflow.documents.model import ApprovalFacts
from opsflow.engine.dossier.talk import approval_of
from opsflow.engine.dossier.words import Words
from opsflow.engine.load import load_snapshot
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.subjects import writing_codes
from opsflow.kernel.terms import Language, PersonKey
from opsflow.stages.model import base_code

Standing = Literal["open", "voted", "decided", "superseded", "no_seat", "own_work", "over"]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a task that is voted on has delivered."""

    title: str
    evidence: str


@dataclass(frozen=True)
class Ballot:
    """One approval as one person's voting paper, in one language."""

    campaign: Campaign
    approval: Approval
    facts: ApprovalFacts
    person: str
    """Their name."""
    standing: Standing
    """Whether their vote still counts, or why it does not."""
    document: bool
    """Whether the subject is a document that can be read."""
    handed_in: tuple[HandedIn, ...]
    now: datetime


def ballot(ctx: Context, approval: ApprovalId, person: PersonKey, language: Language) -> Ballot:
    """A voting paper. NotFound: there is no such approval."""
    labels = load_labels(ctx.settings.template_folders)
    with ctx.reading() as session:
        found = approvals.load(session, approval)
        snapshot = load_snapshot(ctx, session, found.campaign, found.stage)
    words = Words(snapshot, labels, language)
    return Ballot(
        campaign=snapshot.campaign,
        approval=found,
        facts=approval_of(words, found),
        person=words.person(person),
        standing=standing_of(found, snapshot.campaign, person),
        document=found.subject in snapshot.documents,
        handed_in=_handed_in(snapshot, found, language),
        now=snapshot.now,
    )


def standing_of(approval: Approval, campaign: Campaign, person: PersonKey) -> Standing:
    """Whether somebody's vote still counts: the order in which `check_vote` asks, with what is kinder to say first."""
    seats = [seat for seat in approval.seats if seat.person == person]
    if any(seat.verdict is not None for seat in seats):
        return "voted"
    if approval.status is ApprovalStatus.SUPERSEDED:
        return "superseded"
    if approval.status is not ApprovalStatus.OPEN:
        return "decided"
    if is_over(campaign):
        return "over"
    if person == approval.author:
        return "own_work"
    if not seats or person not in campaign.organisation.people:
        return "no_seat"
    return "open"


def _handed_in(snapshot: Snapshot, approval: Approval, language: Language) -> tuple[HandedIn, ...]:
    task = snapshot.task(approval.task)
    codes = set(writing_codes(snapshot, task)) if task else set()
    return tuple(
        HandedIn(each.title[language], each.evidence)
        for each in snapshot.tasks
        if base_code(each.code) in codes and each.finished and each.evidence
    )
