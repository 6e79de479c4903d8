"""Accounts, moves between them, and what must hold of a budget at every moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey


class Account(StrEnum):
    """Where money of a campaign's prizes can be. All accounts of a campaign sum to zero."""

    FUNDING = "funding"
    """Where it comes from: the negative of the cap."""
    AVAILABLE = "available"
    RESERVED = "reserved"
    """Somebody has won it."""
    PAID = "paid"


class Move(StrEnum):
    """What can happen to money."""

    FUND = "fund"
    """The cap is set, raised, or (a negative amount) lowered."""
    RESERVE = "reserve"
    RELEASE = "release"
    PAY = "pay"


ROUTES: Mapping[Move, tuple[Account, Account]] = {
    Move.FUND: (Account.FUNDING, Account.AVAILABLE),
    Move.RESERVE: (Account.AVAILABLE, Account.RESERVED),
    Move.RELEASE: (Account.RESERVED, Account.AVAILABLE),
    Move.PAY: (Account.RESERVED, Account.PAID),
}
"""From which account to which."""
REWARDS = "rewards"
"""The budget line of the campaign file that prizes are paid from."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a campaign's prize money stands. Amounts in minor units."""

    campaign: CampaignKey
    currency: str
    cap: int
    reserved: int
    paid: int

    @property
    def available(self) -> int:
        """What nobody has won yet."""
        return self.cap - self.reserved - self.paid


def fitting(units: Sequence[int], room: int) -> tuple[int, ...]:
    """Which amounts fit into the room, in their order: one that does not fit keeps no smaller one behind it out."""
    chosen = []
    for place, amount in enumerate(units):
        if amount <= room:
            room -= amount
            chosen.append(place)
    return tuple(chosen)


def differences(budget: Budget, accounts: Mapping[str, int], payouts: Mapping[str, int]) -> Iterator[str]:
    """What does not hold of a campaign's money; nothing: all is well.

    `accounts`: what the ledger's postings sum to. `payouts`: what the payouts themselves sum to, reserved and paid.
    """
    expected = {
        Account.FUNDING: -budget.cap,
        Account.AVAILABLE: budget.available,
        Account.RESERVED: budget.reserved,
        Account.PAID: budget.paid,
    }
    if sum(accounts.values()):
        yield f"the ledger of {budget.campaign} sums to {sum(accounts.values())}, not to 0"
    for account, units in expected.items():
        if accounts.get(account, 0) != units:
            yield f"{account} of {budget.campaign} is {units} by the budget and {accounts.get(account, 0)} by the ledger"
    for account in (Account.RESERVED, Account.PAID):
        if payouts.get(account, 0) != expected[account]:
            yield f"{account} of {budget.campaign} is {expected[account]} by the budget and {payouts.get(account, 0)} by its payouts"
    if not 0 <= budget.reserved + budget.paid <= budget.cap:
        yield f"{budget.campaign} has {budget.reserved + budget.paid} reserved and paid of {budget.cap}"


class OtherCurrency(BadInput):
    """A prize that is not counted in the currency of the campaign's budget."""

    def __init__(self, campaign: CampaignKey, currency: str, budget: str) -> None:
        super().__init__(
            f"A prize of {campaign} is counted in {currency or 'no currency'}, its budget in {budget}: write both in one currency."
        )


class CapTooLow(Refused):
    """What is reserved and paid is more than the new cap."""

    def __init__(self, budget: Budget, cap: int) -> None:
        taken = Money(budget.reserved + budget.paid, budget.currency)
        super().__init__(
            f"The rewards line of {budget.campaign} cannot be {Money(cap, budget.currency)}: {taken} is won or paid already. "
            "Give it at least that."
        )
