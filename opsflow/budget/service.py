"""Movements of prize money inside the transaction of what they pay for."""

from datetime import datetime

from opsflow.budget import store
from opsflow.budget.model import REWARDS, Budget, CapTooLow, Move
from opsflow.campaigns.model import CampaignFile
from opsflow.db.session import Session
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.keys import key
from opsflow.kernel.money import MOST, Money, money, total
from opsflow.kernel.terms import CampaignKey


def fund(session: Session, file: CampaignFile, *, now: datetime) -> Budget:
    """Take what the campaign file lets prizes cost as the cap, and hold the budget for this transaction.

    CapTooLow: more than that is won or paid already.
    """
    campaign, currency = CampaignKey(file.key), file.budget.currency
    store.open_budget(session, campaign, currency)
    budget = store.load(session, campaign, hold=True)
    cap = rewards_of(file).units
    if cap == budget.cap:
        return budget
    if not store.set_cap(session, campaign, cap):
        raise CapTooLow(budget, cap)
    meaning = key("fund", campaign, budget.cap, cap, int(now.timestamp() * 1_000_000))
    store.post(session, budget, Move.FUND, key=meaning, units=cap - budget.cap, count=0, at=now)
    return store.load(session, campaign)


def rewards_of(file: CampaignFile) -> Money:
    """What the campaign file lets prizes cost: its rewards lines together; of none: 0."""
    lines = (money(line.amount, file.budget.currency) for line in file.budget.lines if line.line == REWARDS)
    return total(lines, file.budget.currency)


def reserve(session: Session, budget: Budget, *, key: str, units: int, count: int, at: datetime) -> int | None:
    """Reserve for so many payouts; the entry's id, or None when it does not fit under the cap."""
    if units > MOST or not store.take(session, budget.campaign, _positive(units)):
        return None
    return store.post(session, budget, Move.RESERVE, key=key, units=units, count=count, at=at)


def release(session: Session, budget: Budget, *, key: str, units: int, count: int, at: datetime) -> int:
    """Give back what was reserved: the entry's id. Conflict: so much is not reserved."""
    if not store.give_back(session, budget.campaign, _positive(units)):
        raise Conflict(f"{budget.campaign} has less than {units} reserved: {key} cannot be released.")
    return store.post(session, budget, Move.RELEASE, key=key, units=units, count=count, at=at)


def pay(session: Session, budget: Budget, *, key: str, units: int, count: int, at: datetime) -> int:
    """Turn what was reserved into what is paid: the entry's id. Conflict: so much is not reserved."""
    if not store.settle(session, budget.campaign, _positive(units)):
        raise Conflict(f"{budget.campaign} has less than {units} reserved: {key} cannot be paid.")
    return store.post(session, budget, Move.PAY, key=key, units=units, count=count, at=at)


def _positive(units: int) -> int:
    if units < 0:
        raise BadInput(f"{units} minor units cannot be moved: corrections are moves of their own.")
    return units
