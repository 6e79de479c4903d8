"""Recording who won, with the money for it reserved in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from opsflow.budget.model import OtherCurrency
from opsflow.budget.service import fund
from opsflow.campaigns.store import load_campaign
from opsflow.db.session import Session
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.awards import store
from opsflow.prizes.awards.model import MOVES, Award, AwardId, AwardStatus, OtherContent, Recorded
from opsflow.prizes.payouts import intents


def record_awards(session: Session, awards: Sequence[Award], *, now: datetime) -> Recorded:
    """Record awards, each once, and intend a payout for each; what the budget does not cover is `refused_budget`.

    Awards of one campaign wait for each other. Repeating it changes nothing. NotFound: no such campaign. OtherCurrency:
    not that of the campaign's budget. OtherContent: it was recorded before, worth something else. CapTooLow: the campaign
    file lets prizes cost less than was won. Nothing is kept of any of these.
    """
    total = Recorded(0, 0, 0)
    by_campaign = attrgetter("campaign")
    for campaign, group in groupby(sorted(awards, key=by_campaign), key=by_campaign):
        done = _record(session, CampaignKey(campaign), tuple(group), now=now)
        total = Recorded(total.new + done.new, total.known + done.known, total.refused + done.refused)
    return total


def _record(session: Session, campaign: CampaignKey, awards: Sequence[Award], *, now: datetime) -> Recorded:
    budget = fund(session, load_campaign(session, campaign).file, now=now)
    for award in awards:
        if award.worth.currency != budget.currency:
            raise OtherCurrency(campaign, award.worth.currency, budget.currency)
    if store.known(session, campaign, {award.draw for award in awards}):
        _check_same(session, awards)
    store.insert_awards(session, awards)
    planned, refused = intents.intend(session, budget, now=now)
    new = planned + refused
    return Recorded(new, len(awards) - new, refused)


def _check_same(session: Session, awards: Sequence[Award]) -> None:
    there = store.contents(session, [award.id for award in awards])
    for award in awards:
        content = (award.worth.units, award.worth.currency, award.kind, award.rank)
        if there.get(award.id, content) != content:
            raise OtherContent(award.id)


def set_status(session: Session, awards: Sequence[AwardId], status: AwardStatus, *, now: datetime) -> int:
    """Move awards to another state: how many moved; those that are in it already stay.

    Lapsed and void ones are not paid any more, and what was reserved for them is free again. Conflict: one of them is being
    paid or is paid, or has come to its end otherwise; nothing of it is kept.
    """
    moved = store.set_status(session, awards, status, was=[one for one, to in MOVES.items() if status in to])
    stay = store.set_status(session, awards, status, was=[status])
    if stay != len(set(awards)):
        raise Conflict(f"{len(set(awards)) - stay} of {len(awards)} awards cannot become {status}: they are over.")
    if status in (AwardStatus.LAPSED, AwardStatus.VOID):
        for campaign in sorted(store.campaigns_of(session, awards)):
            intents.cancel(session, campaign, awards, now=now, reason=f"the award is {status}")
    return moved
