"""The one decision function of approvals: what the votes so far amount to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text

ApprovalId = NewType("ApprovalId", str)
"""`<campaign>/<subject>/<version>`."""


class Verdict(StrEnum):
    """What a seat may say."""

    APPROVE = "approve"
    REJECT = "reject"


class ApprovalStatus(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    """What it covered was changed; a newer version is asked for."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One approval that is needed, who gives it, and what they said."""

    seat: str
    """`leader`, `finance_approver`, `head:legal`, ..."""
    person: PersonKey
    deputy_for: PersonKey | None = None
    verdict: Verdict | None = None
    reason: Text | None = None
    voted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """One request for approval of one version of one subject."""

    id: ApprovalId
    campaign: CampaignKey
    stage: Stage
    task: TaskCode
    subject: str
    version: int
    content_hash: str
    author: PersonKey
    status: ApprovalStatus
    requested_at: datetime
    due: datetime
    decided_at: datetime | None
    seats: tuple[Seat, ...]

    @property
    def waiting_for(self) -> tuple[PersonKey, ...]:
        """Who has not voted yet."""
        return tuple(dict.fromkeys(seat.person for seat in self.seats if seat.verdict is None))


def approval_id(campaign: CampaignKey, subject: str, version: int) -> ApprovalId:
    """The id of one version's request."""
    return ApprovalId(key(campaign, subject, version))


def seat_matter(approval: ApprovalId, person: PersonKey) -> str:
    """The matter that is open while a person's vote is wanted."""
    return f"approval/{approval}/{person}"


def seat_of_matter(matter: str) -> tuple[ApprovalId, PersonKey] | None:
    """The approval and person of such a matter; None when it is another kind of matter."""
    match matter.split("/"):
        case ["approval", campaign, subject, version, person]:
            return ApprovalId(f"{campaign}/{subject}/{version}"), PersonKey(person)
    return None


def result(seats: Sequence[Seat]) -> ApprovalStatus:
    """Every seat must approve; one refusal refuses."""
    verdicts = [seat.verdict for seat in seats]
    if Verdict.REJECT in verdicts:
        return ApprovalStatus.REJECTED
    if verdicts and all(verdict is Verdict.APPROVE for verdict in verdicts):
        return ApprovalStatus.APPROVED
    return ApprovalStatus.OPEN


def check_vote(approval: Approval, *, by: PersonKey, verdict: Verdict, reason: Text | None) -> None:
    """Whether this person may vote like this now; the same answer for every door (F43)."""
    if approval.status is not ApprovalStatus.OPEN:
        raise AlreadyDecided(approval)
    if by == approval.author:
        raise OwnWork(approval, by)
    seats = [seat for seat in approval.seats if seat.person == by]
    if not seats:
        raise NoSeat(approval, by)
    if all(seat.verdict is not None for seat in seats):
        raise AlreadyVoted(approval, by)
    if verdict is Verdict.REJECT and reason is None:
        raise ReasonMissing(approval)


class AlreadyDecided(Conflict):
    """The request is not open any more."""

    def __init__(self, approval: Approval) -> None:
        who = ", ".join(f"{seat.person} ({seat.verdict})" for seat in approval.seats if seat.verdict)
        super().__init__(
            f"Approval {approval.id} is {approval.status} already: {who or 'nobody voted'}. A newer version has its own request."
        )


class OwnWork(Refused):
    """Nobody approves what they wrote."""

    def __init__(self, approval: Approval, by: PersonKey) -> None:
        super().__init__(
            f"{by} wrote what approval {approval.id} covers and cannot approve it; somebody else's vote is needed."
        )


class NoSeat(Refused):
    """The person's approval is not asked for."""

    def __init__(self, approval: Approval, by: PersonKey) -> None:
        seats = ", ".join(f"{seat.seat}: {seat.person}" for seat in approval.seats)
        super().__init__(f"{by} has no vote on approval {approval.id}. Votes belong to {seats}.")


class AlreadyVoted(Conflict):
    """A vote is given once."""

    def __init__(self, approval: Approval, by: PersonKey) -> None:
        super().__init__(
            f"{by} has voted on approval {approval.id} already; a vote is not changed. Reject the next version if need be."
        )


class ReasonMissing(Refused):
    """A refusal says why."""

    def __init__(self, approval: Approval) -> None:
        super().__init__(
            f"Approval {approval.id} cannot be rejected without a reason: its author has to know what to change."
        )
