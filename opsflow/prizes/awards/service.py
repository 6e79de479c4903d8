"""Recording who won, with the money for it reserved in the same transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from opsflow.budget.model import OtherCurrency
from opsflow.budget.service import fund
from opsflow.campaigns.store import load_campaign
from opsflow.db.session import Session
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.awards import store
from opsflow.prizes.awards.model import MOVES, Award, AwardId, AwardStatus, OtherContent, Recorded
from opsflow.prizes.payouts import intents


def record_awards(session: Session, campaign: CampaignKey, awards: Iterable[Award], *, now: datetime) -> Recorded:
    """Record awards of a campaign, each once, and intend a payout for each; what the budget does not cover is `refused_budget`.

    However many they are, a chunk of them is in memory. Repeating it changes nothing. NotFound: no such campaign.
    OtherCurrency: not that of the campaign's budget. OtherContent: it was recorded before, worth something else.
    CapTooLow: the campaign file lets prizes cost less than was won. Nothing is kept of any of these.
    """
    budget = fund(session, load_campaign(session, campaign).file, now=now)
    there: dict[str, bool] = {}
    count, left = 0, iter(awards)
    while chunk := tuple(islice(left, store.CHUNK)):
        _check(chunk, campaign, budget.currency)
        # Asked of each draw before its first award: afterwards there are those that were recorded here.
        there |= {draw: store.known(session, campaign, draw) for draw in {award.draw for award in chunk} - there.keys()}
        _check_same(session, [award for award in chunk if there[award.draw]])
        store.insert_awards(session, chunk)
        count += len(chunk)
    planned, refused = intents.intend(session, budget, now=now)
    new = planned + refused
    return Recorded(new, count - new, refused)


def _check(awards: Sequence[Award], campaign: CampaignKey, currency: str) -> None:
    for award in awards:
        if award.campaign != campaign:
            raise ValueError(f"An award of {award.campaign} is none of {campaign}.")
        if award.worth.currency != currency:
            raise OtherCurrency(campaign, award.worth.currency, currency)


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
