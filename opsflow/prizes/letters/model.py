"""Which steps of a campaign with prizes have a letter, and whom each is for: pure."""

from collections.abc import Mapping
from typing import Literal, get_args

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
