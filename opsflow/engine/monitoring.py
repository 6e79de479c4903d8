"""The scheduled look at figures: every campaign under way; one campaign's trouble is its own."""

from dataclasses import dataclass, field

from opsflow.campaigns.store import active_campaigns
from opsflow.context import Context
from opsflow.db.ticks import record_tick
from opsflow.kernel.errors import OpsflowError
from opsflow.kernel.taken import Imported
from opsflow.kernel.terms import CampaignKey
from opsflow.metrics.alerts.service import watch
from opsflow.metrics.sources.service import ask_due

SWEEP = "monitoring"


@dataclass(slots=True)
class Monitored:
    """What a run of the monitoring did."""

    campaigns: int = 0
    figures: Imported = field(default_factory=Imported)
    """Of the sources that were due."""
    raised: int = 0
    recovered: int = 0
    failures: dict[CampaignKey, str] = field(default_factory=dict)
    """Campaigns in which it could not go on, and why."""


def monitor(ctx: Context) -> Monitored:
    """Ask the sources that are due, and compare the figures of every campaign under way with its targets; a late, doubled or missed run changes nothing of the result."""
    with ctx.transaction() as session:
        record_tick(session, SWEEP, at=ctx.clock.now())
        campaigns = active_campaigns(session)
    done = Monitored(campaigns=len(campaigns))
    for campaign in campaigns:
        try:
            done.figures += ask_due(ctx, campaign)
            seen = watch(ctx, campaign)
        except OpsflowError as error:
            done.failures[campaign] = str(error)
            continue
        done.raised += len(seen.raised)
        done.recovered += len(seen.recovered)
    return done
