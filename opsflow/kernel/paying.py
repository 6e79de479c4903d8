"""The words between us and whoever hands out prizes: what is asked for, what came of it, what a provider can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from opsflow.kernel.terms import CampaignKey


@dataclass(frozen=True, slots=True)
class Terms:
    """What a payout provider declares it can do."""

    kinds: frozenset[str]
    """Kinds of prize that it hands out."""
    key_ttl: timedelta | None
    """How long it knows a key from the first request on: the same key again pays nothing more. None: it knows no keys."""
    finds: bool
    """Whether it can be asked what became of a key."""
    batch: int
    """How many payments it is handed at a time, at most."""
    settles_within: timedelta
    """So long after a request it is certain whether it was taken."""
    patience: timedelta
    """How long one request may last."""
    lease: timedelta = timedelta(minutes=2)
    """How long a chunk is its sender's, at least; afterwards what they left is taken up."""


class Payment(NamedTuple):
    """One prize to be handed out. The same key always carries the same content. A tuple, as `Accepted`: a million are made."""

    key: str
    campaign: CampaignKey
    prize: str
    kind: str
    units: int
    """Minor units."""
    currency: str
    participant: str
    """Opaque."""
    to: Mapping[str, str]
    """Personal data: what the winner said about where it goes. It enters no log."""

    def __repr__(self) -> str:
        return f"Payment(key={self.key!r}, campaign={self.campaign!r}, prize={self.prize!r}, units={self.units!r})"


class Accepted(NamedTuple):
    """The provider has paid, or will without being asked again."""

    reference: str
    units: int
    currency: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider says for certain that it did not pay and will not."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Whether it is paid, nobody knows yet."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """It surely was not taken: not begun, nobody answered at all, or the provider asked to come later."""

    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The provider has it and has not decided."""

    reason: str


PayoutOutcome = Accepted | Declined | Unclear | Unsent
FoundPayout = Accepted | Declined | Pending


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One payment by the provider's own books."""

    key: str
    reference: str
    units: int
    currency: str
