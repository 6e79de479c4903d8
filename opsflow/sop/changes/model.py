"""A proposal to change an SOP: its reason, its evidence, the edited file, and who must agree."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from opsflow.kernel.keys import content_hash
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text


class Source(StrEnum):
    """Where a proposal comes from."""

    HAND = "hand"
    """Somebody made it."""
    PROBLEM = "problem"
    """An executor called for help, and said what the SOP should say."""
    INCIDENT = "incident"
    """An incident was closed with what the SOP should say."""
    LESSON = "lesson"
    """A review's minutes hold it as a lesson."""
    LEARNING = "learning"
    """Past campaigns took longer or shorter than planned."""


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    """A reason without a change: somebody has yet to write the edited file."""
    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Seat(StrEnum):
    """Whose agreement a change needs."""

    COORDINATION = "coordination"
    """The coordination post keeps the SOP."""
    SPONSOR = "sponsor"
    """Besides, where a change touches what keeps people honest: approvals, gates, self-check, go-live."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Somebody has agreed to a change as it is."""

    seat: Seat
    person: PersonKey
    at: datetime


@dataclass(frozen=True, slots=True)
class NewProposal:
    """A proposal as it is made."""

    key: str
    sop: str
    base: int
    source: Source
    reason: Text
    author: PersonKey
    evidence: tuple[Text, ...] = ()
    campaign: CampaignKey | None = None
    task: TaskCode | None = None
    change: str | None = None
    """The edited file, whole; None: nobody has written it yet."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it is kept."""

    number: int
    sop: str
    base: int
    source: Source
    status: ProposalStatus
    reason: Text
    evidence: tuple[Text, ...]
    campaign: CampaignKey | None
    task: TaskCode | None
    author: PersonKey
    made_at: datetime
    change: str | None
    changed_by: PersonKey | None
    decided_at: datetime | None
    decided_by: PersonKey | None
    decision: Text | None
    version: int | None
    written_hash: str | None
    summary: tuple[Text, ...]
    agreements: tuple[Agreement, ...]
    """To the change as it is now."""

    @property
    def over(self) -> bool:
        """Nobody can agree to it any more."""
        return self.status in (ProposalStatus.ACCEPTED, ProposalStatus.REJECTED)


def change_hash(change: str) -> str:
    """What an agreement covers: this file, to the letter."""
    return content_hash(change)
