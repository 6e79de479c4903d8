"""Which steps have a letter, whom each is for, and what it may say: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from opsflow.participants.model import ParticipantStatus

Step = Literal["received", "approved", "refused", "joined", "event-information", "welcome", "left-out", "won"]
STEPS: tuple[Step, ...] = get_args(Step)
FOR: Mapping[str, tuple[ParticipantStatus, ...]] = {
    "received": (ParticipantStatus.RECEIVED,),
    "approved": (ParticipantStatus.APPROVED,),
    "refused": (ParticipantStatus.REFUSED,),
    "joined": (ParticipantStatus.JOINED,),
    "event-information": (ParticipantStatus.APPROVED, ParticipantStatus.JOINED),
    "welcome": (ParticipantStatus.JOINED,),
}
"""Steps of registration: whoever stands so. `left-out` and `won` are of draws."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why one participant is written to."""

    participant: str
    key: str
    """The step, with the draw or award where it is about one; each participant gets a letter of it once."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the letter may say besides the campaign and the name."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, ready to be sent. It holds personal data."""

    occasion: Occasion
    contact: Mapping[str, str]
    subject: str
    body: str
