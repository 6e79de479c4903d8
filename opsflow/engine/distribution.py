"""The scheduled payer: what is due in every campaign, by as many processes as there are; one campaign's trouble is its own."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from opsflow.context import Context
from opsflow.db.ticks import record_tick
from opsflow.kernel.errors import OpsflowError
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.claims.service import lapse_all
from opsflow.prizes.payouts import store
from opsflow.prizes.payouts.model import HOLDS_MONEY, PayoutStatus
from opsflow.prizes.payouts.service import pay_due

SWEEP = "prize_distribution"
SETTLED = (PayoutStatus.PAID, PayoutStatus.REFUSED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the payouts of a campaign are."""

    campaign: CampaignKey
    settled: int
    total: int


@dataclass(slots=True)
class Distribution:
    """What a run of the payer did."""

    lapsed: int = 0
    """How many prizes nobody had claimed in time."""
    campaigns: int = 0
    moved: Counter[PayoutStatus] = field(default_factory=Counter)
    failures: dict[CampaignKey, str] = field(default_factory=dict)
    """Campaigns in which it could not go on, or not through each provider, and why."""


def distribute(ctx: Context, tell: Callable[[Progress], None] = lambda _: None) -> Distribution:
    """Do what prizes of every campaign need now: take back what nobody claimed in time, and pay. `tell` hears after each chunk how far its campaign is.

    A late, doubled or missed run changes nothing of the result.
    """
    now, done = ctx.clock.now(), Distribution(lapsed=lapse_all(ctx))
    with ctx.transaction() as session:
        record_tick(session, SWEEP, at=now)
        campaigns = store.campaigns_with_work(session, now=now)
    for campaign in campaigns:
        try:
            paid = pay_due(ctx, campaign, tell=_told(ctx, campaign, tell))
        except OpsflowError as error:
            done.failures[campaign] = str(error)
            continue
        done.moved += Counter(paid.moved)
        if paid.unusable:
            done.failures[campaign] = " ".join(paid.unusable.values())
    done.campaigns = len(campaigns)
    return done


def _told(
    ctx: Context, campaign: CampaignKey, tell: Callable[[Progress], None]
) -> Callable[[Counter[PayoutStatus]], None]:
    with ctx.reading() as session:
        found = store.sums(session, campaign)
    before = sum(found[status][0] for status in SETTLED if status in found)
    total = before + sum(count for status, (count, _) in found.items() if status in HOLDS_MONEY)
    return partial(_tell, tell, campaign, before, total)


def _tell(
    tell: Callable[[Progress], None], campaign: CampaignKey, before: int, total: int, moved: Counter[PayoutStatus]
) -> None:
    tell(Progress(campaign, min(before + sum(moved[status] for status in SETTLED), total), total))
