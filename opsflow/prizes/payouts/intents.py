"""Intending payouts: the money is reserved before anything else happens, and given back when it is not paid."""

from collections.abc import Sequence
from datetime import datetime

from opsflow.budget.model import Budget, fitting
from opsflow.budget.service import release, reserve
from opsflow.budget.store import load
from opsflow.db.session import Session
from opsflow.kernel.faultpoints import passing
from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts import store
from opsflow.prizes.payouts.lists.model import ListId
from opsflow.prizes.payouts.lists.service import void
from opsflow.prizes.payouts.model import PayoutStatus, UnderWay
from opsflow.prizes.payouts.reckoning.store import said_paid


def intend(session: Session, budget: Budget, *, now: datetime) -> tuple[int, int]:
    """Make a payout for each award that has none: how many are planned, how many the budget does not cover.

    The budget is held. As long as it covers them all, it is one movement and one statement, however many they are.
    """
    campaign, found = budget.campaign, store.missing(session, budget.campaign)
    if not found.count:
        return 0, 0
    passing("before reserving")
    meaning = key("reserve", campaign, found.first)
    entry = reserve(session, budget, key=meaning, units=found.units, count=found.count, at=now)
    if entry is not None:
        store.intend(session, campaign, PayoutStatus.PLANNED, reserved_by=entry)
        return found.count, 0
    before = store.last_id(session, campaign)
    store.intend(session, campaign, PayoutStatus.REFUSED_BUDGET, reserved_by=None)
    planned = cover(session, load(session, campaign), now=now, after=before)
    return planned, found.count - planned


def cover(session: Session, budget: Budget, *, now: datetime, after: int = 0) -> int:
    """Reserve for payouts that the budget did not cover, as many as fit now, the first ones first: how many do.

    `after`: only those with a higher id.
    """
    waiting = store.waiting_for_budget(session, budget.campaign, after=after)
    chosen = [waiting[place] for place in fitting([units for _, units in waiting], budget.available)]
    if not chosen:
        return 0
    meaning, units = key("cover", budget.campaign, chosen[0][0]), sum(units for _, units in chosen)
    entry = reserve(session, budget, key=meaning, units=units, count=len(chosen), at=now)
    if entry is None:
        return 0
    store.plan(session, [each for each, _ in chosen], was=PayoutStatus.REFUSED_BUDGET, reserved_by=entry)
    return len(chosen)


def plan_again(session: Session, campaign: CampaignKey, *, now: datetime) -> int:
    """Reserve anew for payouts that a provider refused, as many as fit; each gets another key. How many.

    They leave the list on which they were: what still waits on it is asked for anew as well, with them. Those that the
    provider's statement shows as paid stay: another key would pay them twice.
    """
    budget = load(session, campaign, hold=True)
    paid = {one.id for one in said_paid(session, campaign)}
    waiting = [row for row in store.refused(session, campaign) if row[0] not in paid]
    chosen = [waiting[place] for place in fitting([units for _, units, _ in waiting], budget.available)]
    if not chosen:
        return 0
    meaning, units = key("again", campaign, chosen[0][0], chosen[0][2] + 1), sum(units for _, units, _ in chosen)
    entry = reserve(session, budget, key=meaning, units=units, count=len(chosen), at=now)
    if entry is None:
        return 0
    ids = [each for each, _, _ in chosen]
    for left in store.lists_waiting(session, ids):
        void(session, left, now=now, reason="what was refused of it is asked for again")
    store.plan(session, ids, was=PayoutStatus.REFUSED, reserved_by=entry)
    return len(chosen)


def cancel(session: Session, campaign: CampaignKey, awards: Sequence[str], *, now: datetime, reason: str) -> None:
    """Take back the payouts of awards, none of which may have been sent. UnderWay: one of them was."""
    budget = load(session, campaign, hold=True)
    gone = store.cancel(session, campaign, awards, reason=reason)
    for award, status in store.statuses(session, awards).items():
        if status not in (PayoutStatus.CANCELLED, PayoutStatus.REFUSED):
            raise UnderWay(award, status)
    for changed in sorted({on for _, _, on, _ in gone if on is not None}):
        void(session, ListId(changed), now=now, reason=reason)
    reserved = [(each, units) for each, units, _, was_reserved in gone if was_reserved]
    if reserved:
        meaning, units = key("cancel", campaign, reserved[0][0]), sum(units for _, units in reserved)
        release(session, budget, key=meaning, units=units, count=len(reserved), at=now)
