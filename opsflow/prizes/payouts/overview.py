"""Where the payouts of a campaign stand, in one look at the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsflow.budget.model import Budget
from opsflow.budget.store import find
from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts import store
from opsflow.prizes.payouts.holds.store import Held, held
from opsflow.prizes.payouts.lists.model import NoSuchList, PayoutList
from opsflow.prizes.payouts.lists.store import Part, all_lists, parts
from opsflow.prizes.payouts.lists.store import find as find_list
from opsflow.prizes.payouts.model import Hold, PayoutStatus
from opsflow.prizes.payouts.reckoning.model import SaidPaid
from opsflow.prizes.payouts.reckoning.store import Case, cases, last_held, said_paid
from opsflow.prizes.payouts.reckoning.store import Held as HeldAgainst
from opsflow.prizes.payouts.rulings.store import InDoubt, in_doubt
from opsflow.prizes.payouts.service import faults
from opsflow.prizes.payouts.waiting import store as open_payouts
from opsflow.prizes.payouts.waiting.store import Waiting


@dataclass(frozen=True, slots=True)
class Overview:
    """Where the payouts of one campaign stand."""

    campaign: CampaignKey
    budget: Budget | None
    """None: nobody has won anything yet."""
    payouts: Mapping[PayoutStatus, tuple[int, int]]
    """How many are in each state, and their minor units."""
    unlisted: int
    """Of the planned ones: on no list yet."""
    lists: tuple[PayoutList, ...]
    held: Held | None
    is_paused: bool
    """The campaign itself is: nothing is sent either."""
    in_doubt: tuple[InDoubt, ...]
    said_paid: tuple[SaidPaid, ...]
    """Refused, and paid by the provider's statement: people book them, and nobody asks for them again."""
    cases: tuple[Case, ...]
    held_against: tuple[HeldAgainst, ...]
    """The last reconciliation with each provider."""
    waiting: tuple[Waiting, ...]
    """Why what was tried is not settled yet."""
    missing: tuple[str, ...]
    """Providers through which something is to be paid or looked up, and that payouts.yaml does not name."""
    faults: tuple[str, ...]
    """What does not hold of the books. Never anything."""
    next_at: datetime | None
    """When something that waits is next looked at or sent; None as well: whoever stopped it lets nothing go then."""


def overview(ctx: Context, campaign: CampaignKey) -> Overview:
    """How far it is. NotFound: no such campaign."""
    with ctx.reading() as session:
        return _overview(session, load_campaign(session, campaign), frozenset(ctx.payouts))


def _overview(session: Session, held_campaign: Campaign, here: frozenset[str]) -> Overview:
    campaign, stop = held_campaign.key, held(session, held_campaign.key)
    is_paused = held_campaign.status is CampaignStatus.PAUSED
    return Overview(
        campaign=campaign,
        budget=find(session, campaign),
        payouts=store.sums(session, campaign),
        unlisted=open_payouts.unlisted(session, campaign),
        lists=all_lists(session, campaign),
        held=stop,
        is_paused=is_paused,
        in_doubt=in_doubt(session, campaign),
        said_paid=said_paid(session, campaign),
        cases=cases(session, campaign),
        held_against=last_held(session, campaign),
        waiting=open_payouts.waiting(session, campaign),
        missing=tuple(name for name in store.providers_of(session, campaign) if name not in here),
        faults=faults(session, campaign),
        next_at=_next_at(session, campaign, stop, is_paused=is_paused),
    )


def _next_at(session: Session, campaign: CampaignKey, stop: Held | None, *, is_paused: bool) -> datetime | None:
    """Under the brake nothing is looked at either; while payouts or the campaign are paused only what is unknown."""
    if stop is not None and stop.hold is Hold.BRAKED:
        return None
    return open_payouts.next_at(session, campaign, is_sent=stop is None and not is_paused)


def look_at_list(ctx: Context, campaign: CampaignKey, number: int | None) -> tuple[PayoutList, tuple[Part, ...]]:
    """A list and what it is made of; without a number: the oldest that waits. NoSuchList: there is none."""
    with ctx.reading() as session:
        found = find_list(session, load_campaign(session, campaign).key, number)
        if found is None:
            raise NoSuchList(campaign, number)
        return found, parts(session, found.id)
