"""Participants, what is known of them, and what they have done: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey

ParticipantId = NewType("ParticipantId", str)
"""32 hexadecimal digits, random: it says nothing about anybody."""


class ParticipantStatus(StrEnum):
    """How far somebody's registration is."""

    RECEIVED = "received"
    APPROVED = "approved"
    REFUSED = "refused"
    JOINED = "joined"
    """Takes part; at once where a campaign has no registration."""
    ERASED = "erased"
    """Asked to be forgotten: nothing but the id is left."""


TAKING_PART = (ParticipantStatus.APPROVED, ParticipantStatus.JOINED)
DECIDED_FROM = {
    ParticipantStatus.APPROVED: (ParticipantStatus.RECEIVED, ParticipantStatus.REFUSED),
    ParticipantStatus.REFUSED: (ParticipantStatus.RECEIVED, ParticipantStatus.APPROVED),
    ParticipantStatus.JOINED: (ParticipantStatus.APPROVED,),
}
"""From which status each decision leads on."""


@dataclass(frozen=True, slots=True)
class Given:
    """One participant as a file names them. Identities are in their one form; `contact` is as it was written."""

    line: int
    account: str
    email: str | None
    phone: str | None
    device: str | None
    payee: str | None
    network: str | None
    paying: bool | None
    """None: the file does not say; then an ordinary user."""
    consent: bool | None
    """To be contacted after the campaign; None: the file does not say."""
    registered_at: datetime | None
    status: ParticipantStatus | None
    contact: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part, without personal data: identities are digests."""

    campaign: CampaignKey
    id: ParticipantId
    status: ParticipantStatus
    paying: bool
    consent: bool
    registered_at: datetime
    blocked: str | None
    """Why they are on the blocklist."""
    device: str | None
    payee: str | None
    network: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What an account has of each measure on one day; a later file's figures for that day replace these."""

    line: int
    account: str
    day: date
    reached_at: datetime | None
    """When the day's last figure was reached, for who was first."""
    values: Mapping[str, int]


class NoSuchParticipant(NotFound):
    """Nobody of this campaign has that id, account, e-mail address or telephone number."""

    def __init__(self, campaign: CampaignKey) -> None:
        super().__init__(
            f"Nobody who takes part in {campaign} is found by that: give an id, account, e-mail address or telephone "
            "number as it was imported."
        )
