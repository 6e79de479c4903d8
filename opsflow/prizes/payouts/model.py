"""A payout's states, what one knows of it when it is sent, and which outcome moves it where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from opsflow.kernel.errors import Refused
from opsflow.kernel.paying import Terms
from opsflow.kernel.terms import CampaignKey


class PayoutStatus(StrEnum):
    """Where a payout stands."""

    REFUSED_BUDGET = "refused_budget"
    """The rewards line does not cover it: nothing is reserved."""
    PLANNED = "planned"
    """Reserved; it is sent once its list is approved."""
    SENDING = "sending"
    """Somebody has it in hand: an attempt is written, and the provider may know of it."""
    UNKNOWN = "unknown"
    """Whether it is paid, nobody knows: the provider is asked. The money stays reserved."""
    PAID = "paid"
    REFUSED = "refused"
    """The provider will surely not pay it: the money is free again."""
    NEEDS_HUMAN = "needs_human"
    """Nobody but two people can tell. The money stays reserved."""
    CANCELLED = "cancelled"
    """The award is over, before anything was sent."""


ALLOWED: Mapping[PayoutStatus, frozenset[PayoutStatus]] = {
    PayoutStatus.REFUSED_BUDGET: frozenset({PayoutStatus.PLANNED, PayoutStatus.CANCELLED}),
    PayoutStatus.PLANNED: frozenset({PayoutStatus.SENDING, PayoutStatus.NEEDS_HUMAN, PayoutStatus.CANCELLED}),
    PayoutStatus.SENDING: frozenset(
        {PayoutStatus.PAID, PayoutStatus.REFUSED, PayoutStatus.UNKNOWN, PayoutStatus.PLANNED}
    ),
    PayoutStatus.UNKNOWN: frozenset(
        {PayoutStatus.PAID, PayoutStatus.REFUSED, PayoutStatus.PLANNED, PayoutStatus.NEEDS_HUMAN, PayoutStatus.UNKNOWN}
    ),
    PayoutStatus.NEEDS_HUMAN: frozenset({PayoutStatus.PAID, PayoutStatus.REFUSED}),
    # Asked for again, under another key; or the provider's statement shows it as paid after all, and people book it.
    PayoutStatus.REFUSED: frozenset({PayoutStatus.PLANNED, PayoutStatus.PAID}),
    PayoutStatus.PAID: frozenset(),
    PayoutStatus.CANCELLED: frozenset(),
}
"""From which state to which. Paid is for ever."""
HOLDS_MONEY = (PayoutStatus.PLANNED, PayoutStatus.SENDING, PayoutStatus.UNKNOWN, PayoutStatus.NEEDS_HUMAN)
"""States in which money is reserved for it."""
STILL_OURS = (PayoutStatus.REFUSED_BUDGET, PayoutStatus.PLANNED, PayoutStatus.REFUSED)
"""States in which no provider can have paid it or be about to."""
OVER = (PayoutStatus.PAID, PayoutStatus.CANCELLED)

MARGIN = timedelta(hours=1)
"""So long before a key dies with the provider nothing is sent under it any more (at most a quarter of its life)."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)


TAX_ID = "tax_id"
"""What is asked for the tax office alone."""
SALT = "salt"
"""What stands beside where a prize goes and makes its digest one that cannot be guessed; it is erased with it, and told to nobody."""


class Hold(StrEnum):
    """What somebody put a stop to."""

    PAUSED = "paused"
    """Nothing new is sent; what is under way is still looked up and confirmed."""
    BRAKED = "braked"
    """Nothing leaves at all: not even the question what became of something."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One go at a chunk of payouts."""

    id: int
    """The fence."""
    campaign: CampaignKey
    provider: str
    begun_at: datetime
    send_until: datetime
    lease_until: datetime


class Claimed(NamedTuple):
    """One payout that is ours until the lease is over. A tuple, as what becomes of it: a million are made."""

    id: int
    key: str
    """The provider's idempotency key."""
    units: int
    currency: str
    attempts: int
    """This one included, where it is sent."""
    first_sent_at: datetime | None
    on: str
    """Its list."""


class Ruled(NamedTuple):
    """What becomes of one payout."""

    id: int
    status: PayoutStatus
    reason: str
    outcome: str
    """In one word, for the record of tries."""
    not_before: datetime | None = None
    reference: str | None = None
    surely_unsent: bool = False
    """This attempt did not reach the provider: its key has not begun to live by it."""


def address_of(data: Mapping[str, str]) -> dict[str, str]:
    """The same for whoever sends it: the number for the tax office is none of theirs."""
    return {name: value for name, value in data.items() if name not in (SALT, TAX_ID)}


def without_salt(data: Mapping[str, str]) -> dict[str, str]:
    """Where a prize goes, as it was said."""
    return {name: value for name, value in data.items() if name != SALT}


def payout_key(award: str, round_: int) -> str:
    """The key a provider knows a payout by: the award's, and its round after a definite refusal."""
    return award if round_ == 0 else f"{award}-{round_}"


def times(terms: Terms, now: datetime) -> tuple[datetime, datetime]:
    """(until when requests are begun, until when the attempt is its sender's): every request has ended by the second."""
    lease = max(terms.lease, 4 * terms.patience)
    return now + lease / 2, now + lease


def key_life(terms: Terms) -> timedelta | None:
    """How long after the first request the same key may be sent again; None: never."""
    return None if terms.key_ttl is None else terms.key_ttl - min(MARGIN, terms.key_ttl / 4)


def is_key_alive(terms: Terms, first_sent_at: datetime | None, now: datetime) -> bool:
    """Whether it may be sent (again) now: nothing was sent, or the provider still knows the key."""
    life = key_life(terms)
    return first_sent_at is None or (life is not None and now < first_sent_at + life)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    doublings = min(max(attempts - 1, 0), 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


class UnderWay(Refused):
    """It may be paid, or is: what would change it comes too late."""

    def __init__(self, award: str, status: str) -> None:
        super().__init__(
            f"The payout of award {award} is {status}: where it goes cannot be changed any more. `opsflow prizes status` "
            "shows what became of it."
        )
