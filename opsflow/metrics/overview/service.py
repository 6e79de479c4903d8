"""Everything that a campaign measures, at a look: figures, forecast, corrections, alerts, what spreads."""

from collections.abc import Mapping
from dataclasses import dataclass

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.kernel.terms import CampaignKey
from opsflow.metrics import store
from opsflow.metrics.activity.model import Retention
from opsflow.metrics.activity.service import retention
from opsflow.metrics.alerts.store import Alert, alerts
from opsflow.metrics.forecasts.model import Forecast
from opsflow.metrics.forecasts.store import kept
from opsflow.metrics.model import Reading, TalkingPoint
from opsflow.metrics.overview.model import Measured
from opsflow.metrics.pace import Progress
from opsflow.metrics.service import results, standing
from opsflow.metrics.sources.store import failures


@dataclass(frozen=True, slots=True)
class Overview:
    """Where a campaign's KPIs stand."""

    campaign: Campaign
    kpis: tuple[Progress, ...]
    """The primary first."""
    forecasts: Mapping[str, Forecast]
    """Those that were kept, by KPI."""
    alerts: tuple[Alert, ...]
    corrections: tuple[Reading, ...]
    """Every reading of the slots that were corrected."""
    points: tuple[TalkingPoint, ...]
    retention: Retention | None
    """None: no activity is known."""
    silent_sources: Mapping[str, str]
    """Why each source that did not answer, or not well, the last time did so."""


def overview(ctx: Context, campaign: CampaignKey) -> Overview:
    """Where every KPI stands now, and what spreads. NotFound: no such campaign."""
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        return Overview(
            campaign=held,
            kpis=standing(ctx, session, held),
            forecasts=kept(session, campaign),
            alerts=alerts(session, campaign),
            corrections=store.corrected(session, campaign),
            points=store.talking_points(session, campaign),
            retention=retention(ctx, session, campaign),
            silent_sources=failures(session, campaign),
        )


def measured(ctx: Context, session: Session, held: Campaign, *, whole: bool) -> Measured:
    """What papers say of a campaign's figures; `whole`: with who came back, which takes seconds where activity is large."""
    return Measured(
        progress={each.kpi.id: each for each in standing(ctx, session, held)},
        results=results(session, held) if ctx.clock.now() >= held.ends else {},
        forecasts=kept(session, held.key),
        points=store.talking_points(session, held.key),
        retention=retention(ctx, session, held.key) if whole else None,
    )
