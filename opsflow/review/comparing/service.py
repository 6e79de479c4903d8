"""Reads what campaigns came to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from opsflow.approvals.model import ApprovalStatus
from opsflow.approvals.store import of_campaign
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import all_campaigns, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.documents.labels import label, load_labels
from opsflow.incidents.store import incidents
from opsflow.kernel.errors import BadInput
from opsflow.kernel.money import money
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.zoned import local_date
from opsflow.metrics.service import results
from opsflow.prizes.settling.model import Settling
from opsflow.prizes.settling.store import settling
from opsflow.review.comparing.model import KpiResult, Result
from opsflow.sop.changes.model import Proposal, ProposalStatus
from opsflow.sop.changes.store import proposals
from opsflow.stages.model import OUTSIDE, MinuteKind, Task, TaskStatus
from opsflow.stages.store import meetings, tasks


def compare(ctx: Context, campaigns: Sequence[CampaignKey]) -> tuple[Result, ...]:
    """Campaigns in the order they are named. NotFound: one is not there. BadInput: one is named twice, or alone."""
    if len(campaigns) < 2 or len(set(campaigns)) < len(campaigns):
        raise BadInput("Name two campaigns or more, each once: opsflow compare A B.")
    with ctx.reading() as session:
        return tuple(_result(ctx, session, load_campaign(session, key)) for key in campaigns)


def year(ctx: Context, year_: int) -> tuple[Result, ...]:
    """Every campaign that was launched in a year, on its own clocks, in the order of launches."""
    with ctx.reading() as session:
        held = [load_campaign(session, key) for key in all_campaigns(session)]
        of_year = [each for each in held if local_date(each.launch, each.zone).year == year_]
        return tuple(_result(ctx, session, each) for each in sorted(of_year, key=lambda each: (each.launch, each.key)))


def _result(ctx: Context, session: Session, campaign: Campaign) -> Result:
    now = ctx.clock.now()
    every = tasks(session, campaign.key)
    counted = [task for task in every if _counts(task) and (task.status is TaskStatus.DONE or task.due < now)]
    kept = sum(
        task.status is TaskStatus.DONE and task.done_at is not None and task.done_at <= task.due for task in counted
    )
    file, currency = campaign.file, campaign.file.budget.currency
    launch, ends = local_date(campaign.launch, campaign.zone), local_date(campaign.ends, campaign.zone)
    first = min((local_date(task.start, campaign.zone) for task in every), default=launch)
    gone = settling(session, campaign)
    proposed = proposals(session, campaign=campaign.key)
    return Result(
        key=campaign.key,
        title=campaign.title,
        level=campaign.level,
        goal=label(load_labels(ctx.settings.template_folders).goal, file.goal),
        status=campaign.status.value,
        sop=f"{campaign.sop_name} v{campaign.sop_version}",
        launch=launch,
        last_day=ends - timedelta(days=1),
        live_days=(ends - launch).days,
        lead_days=working_days(campaign.organisation).count(first, launch - timedelta(days=1)),
        tasks=len(counted),
        kept=kept,
        late=len(counted) - kept,
        replans=campaign.plan_revision - 1,
        rejections=sum(each.status is ApprovalStatus.REJECTED for each in of_campaign(session, campaign.key)),
        incidents=len(incidents(session, campaign.key)),
        budget=money(file.budget.total, currency),
        forecast_return=None if file.budget.forecast_return is None else money(file.budget.forecast_return, currency),
        rewards_cap=gone.cap if gone else None,
        rewards_paid=gone.paid if gone else None,
        **_given(gone),
        kpis=_kpis(campaign, results(session, campaign)),
        **_lessons(session, campaign.key, proposed),
    )


def _counts(task: Task) -> bool:
    """Whether its deadline was somebody's to keep: not waived, not of a stage that never came, not done elsewhere."""
    waits = (TaskStatus.PLANNED, TaskStatus.CANCELLED, TaskStatus.WAIVED)
    return task.status not in waits and task.evidence != OUTSIDE


def _given(gone: Settling | None) -> dict[str, int]:
    each = [given for draw in gone.draws for given in draw.given] if gone else []
    return {"won": sum(one.won for one in each), "paid": sum(one.paid for one in each)}


def _kpis(campaign: Campaign, actual: Mapping[str, Decimal]) -> tuple[KpiResult, ...]:
    return tuple(
        KpiResult(kpi.title, kpi.unit, kpi.target, kpi.primary, actual.get(kpi.id)) for kpi in campaign.file.kpis
    )


def _lessons(session: Session, campaign: CampaignKey, proposed: Sequence[Proposal]) -> dict[str, int]:
    said = [minute for held in meetings(session, campaign) for minute in held.minutes]
    return {
        "lessons": len({minute.text for minute in said if minute.kind is MinuteKind.LESSON}),
        "proposals": len(proposed),
        "accepted": sum(each.status is ProposalStatus.ACCEPTED for each in proposed),
    }
