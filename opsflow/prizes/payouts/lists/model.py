"""A list of payouts: what it covers, how many must sign it, and what makes a signature worthless."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, NewType

from opsflow.kernel.errors import Conflict, NotFound, Refused
from opsflow.kernel.keys import key
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, PersonKey

ListId = NewType("ListId", str)
"""`<campaign>/<number>`."""
ONE, TWO = 1, 2


class ListStatus(StrEnum):
    """Where a list stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    VOID = "void"
    """What it covered has changed: what is unpaid of it needs a list of its own."""


class Line(NamedTuple):
    """One payout as a list covers it. A tuple: a million of them are read for every approval and every round of paying."""

    award: str
    round: int
    provider: str
    units: int
    currency: str
    prize: str
    kind: str
    participant: str
    payee: str
    """The digest of where it goes; empty: to the account that took part."""


@dataclass(frozen=True, slots=True)
class PayoutList:
    """Payouts that are approved together."""

    id: ListId
    campaign: CampaignKey
    number: int
    status: ListStatus
    count: int
    worth: Money
    root: str
    needed: int
    requested_by: PersonKey
    requested_at: datetime
    signed_by: tuple[PersonKey, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """Which payouts exactly: how many, worth how many minor units, and the hash of them all."""

    count: int
    units: int
    root: str


def list_id(campaign: CampaignKey, number: int) -> ListId:
    """The id of a campaign's list."""
    return ListId(key(campaign, number))


def covered(lines: Iterable[Line]) -> Covered:
    """What a list of these lines covers; they come in the order of their awards, so that the same lines give the same hash."""
    count, units, digest = 0, 0, hashlib.sha256()
    for line in lines:
        count, units = count + 1, units + line.units
        digest.update(("\x1f".join(map(str, line)) + "\n").encode())
    return Covered(count, units, digest.hexdigest())


def signatures_needed(worth: Money, threshold: Decimal) -> int:
    """How many different people of finance sign a list of this worth."""
    return TWO if worth.decimal > threshold else ONE


def check_signature(found: PayoutList, now_covers: Covered, *, by: PersonKey, root: str) -> None:
    """Whether this person's signature under this hash counts."""
    if found.status is not ListStatus.PROPOSED:
        raise ListDecided(found)
    if by == found.requested_by:
        raise OwnList(found, by)
    if by in found.signed_by:
        raise AlreadySigned(found, by)
    if root != found.root or now_covers != Covered(found.count, found.worth.units, found.root):
        raise OtherList(found)


def is_as_signed(found: PayoutList, now_covers: Covered, signed: Mapping[PersonKey, str], *, needed: int) -> bool:
    """Whether enough people other than who asked have signed exactly what a list covers now, whatever its own row says."""
    others = [person for person, root in signed.items() if root == now_covers.root and person != found.requested_by]
    says = Covered(found.count, found.worth.units, found.root)
    return now_covers == says and len(others) >= max(needed, found.needed, ONE)


class NoSuchList(NotFound):
    """No list of that number."""

    def __init__(self, campaign: CampaignKey, number: int | None) -> None:
        which = f"no payout list {number}" if number is not None else "no payout list that waits for approval"
        super().__init__(f"{campaign} has {which}. `opsflow prizes request {campaign}` makes one of what is due.")


class NothingDue(Refused):
    """There is nothing to make a list of."""

    def __init__(self, campaign: CampaignKey) -> None:
        super().__init__(
            f"Nothing of {campaign} is due: every payout is on a list, not claimed yet, without budget, or nobody hands its "
            f"kind out. `opsflow prizes status {campaign}` shows which."
        )


class ListDecided(Conflict):
    """The list is approved or void."""

    def __init__(self, found: PayoutList) -> None:
        why = f" ({found.reason})" if found.reason else ""
        super().__init__(f"Payout list {found.number} of {found.campaign} is {found.status} already{why}.")


class OwnList(Refused):
    """Nobody approves what they asked for."""

    def __init__(self, found: PayoutList, by: PersonKey) -> None:
        super().__init__(
            f"{by} asked for payout list {found.number} of {found.campaign} and cannot approve it; somebody else of finance does."
        )


class AlreadySigned(Conflict):
    """One person's signature counts once."""

    def __init__(self, found: PayoutList, by: PersonKey) -> None:
        super().__init__(
            f"{by} has signed payout list {found.number} of {found.campaign} already; it needs {found.needed} different people."
        )


class OtherList(Conflict):
    """It is not what was looked at."""

    def __init__(self, found: PayoutList) -> None:
        super().__init__(
            f"Payout list {found.number} of {found.campaign} is not the one with that hash (any more): look at it again with "
            f"`opsflow prizes approve {found.campaign}`, and approve the hash that it shows."
        )
