"""An award: one prize for one participant of one draw."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, get_args

from opsflow.campaigns.model import PrizeKind
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.money import MOST, Money
from opsflow.kernel.terms import CampaignKey

AwardId = NewType("AwardId", str)
"""32 hexadecimal figures, made of campaign, draw, participant and prize."""
_OPAQUE = re.compile(r"[0-9a-f]{32}", re.ASCII)
MOST_WORTH = MOST // 10_000_000
"""Minor units of one award: however many are added up, the sum can be stored."""
KINDS: tuple[str, ...] = get_args(PrizeKind)


class AwardStatus(StrEnum):
    """Where an award stands between the draw and the winner; whether it is paid, its payout tells."""

    WON = "won"
    CLAIMED = "claimed"
    LAPSED = "lapsed"
    VOID = "void"


MOVES: Mapping[AwardStatus, frozenset[AwardStatus]] = {
    AwardStatus.WON: frozenset({AwardStatus.CLAIMED, AwardStatus.LAPSED, AwardStatus.VOID}),
    AwardStatus.CLAIMED: frozenset({AwardStatus.LAPSED, AwardStatus.VOID}),
    AwardStatus.LAPSED: frozenset(),
    AwardStatus.VOID: frozenset(),
}
"""From which state to which; over is over: whoever gets the prize instead has an award of their own."""


@dataclass(frozen=True, slots=True)
class Award:
    """Somebody has won something."""

    campaign: CampaignKey
    draw: str
    participant: str
    """Opaque: 32 hexadecimal figures."""
    prize: str
    rank: int
    worth: Money
    """Of one; a prize that is no money counts against the budget by its value."""
    kind: PrizeKind
    won_at: datetime
    status: AwardStatus = AwardStatus.WON

    def __post_init__(self) -> None:
        if not 0 <= self.worth.units <= MOST_WORTH:
            most = Money(MOST_WORTH, self.worth.currency)
            raise BadInput(f"A prize is worth 0 or more and {most} at most, not {self.worth}.")
        if self.kind not in KINDS:
            raise BadInput(f"There is no kind of prize {self.kind!r}: write {', '.join(KINDS)}.")
        if not _OPAQUE.fullmatch(self.participant):
            raise BadInput("A participant stands in an award by an opaque id of 32 hexadecimal figures, nothing else.")

    @property
    def id(self) -> AwardId:
        """The key of this award: the same win has the same, however often it is recorded."""
        meaning = f"{self.campaign}\x1f{self.draw}\x1f{self.participant}\x1f{self.prize}"
        return AwardId(hashlib.sha256(meaning.encode()).hexdigest()[:32])


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of awards that were recorded."""

    new: int
    known: int
    """They were there, with the same content."""
    refused: int
    """Of the new ones: there is no budget for them."""


def needs_claim(kind: PrizeKind) -> bool:
    """Whether the winner must say where it goes; anything else goes to the account that took part."""
    return kind in ("physical", "cash")


class OtherContent(Conflict):
    """An award is there with another value, rank or kind."""

    def __init__(self, award: AwardId) -> None:
        super().__init__(
            f"Award {award} was recorded before with other content. What was won does not change: void it, and record "
            "another draw."
        )
