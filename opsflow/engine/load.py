"""Reading the snapshot of a stage from the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from opsflow.approvals import store as approvals
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.campaigns.team import OPERATIONS, role_holders, stand_in
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.documents import store as documents
from opsflow.engine.snapshot import Snapshot, Written
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.selfcheck import store as selfcheck
from opsflow.selfcheck.model import assign
from opsflow.sop.files import load_sop
from opsflow.sop.model import Sop
from opsflow.stages import store as stages
from opsflow.stages.model import Task, base_code
from opsflow.workdays.hours import Span, day_end
from opsflow.workdays.model import WorkCalendar


def load_snapshot(ctx: Context, session: Session, campaign: CampaignKey, stage: Stage) -> Snapshot:
    """One campaign at this instant, seen from one of its stages."""
    now = ctx.clock.now()
    held = load_campaign(session, campaign)
    sop = load_sop(ctx.settings.template_folders, held.sop_name, held.sop_version)
    every = stages.stages(session, campaign)
    tasks = stages.tasks(session, campaign)
    return Snapshot(
        now=now,
        campaign=held,
        sop=sop,
        stage=next(each for each in every if each.name is stage),
        stages=every,
        tasks=tasks,
        approvals=approvals.of_campaign(session, campaign),
        rounds=selfcheck.rounds(session, campaign),
        meetings=stages.meetings(session, campaign),
        repeats=stages.repeats(session, campaign),
        documents={
            name: Written(name, state, revision, tells_of)
            for name, state, revision, tells_of in documents.latest(session, campaign)
        },
        reviewers=choose_reviewers(held, sop, tasks, now) if stage is Stage.DECISION else {},
        rework_due=rework_due(held, now),
    )


def house_calendar(organisation: Organisation) -> WorkCalendar:
    """The organisation's working days, its own days included."""
    return working_days(organisation)


def house_hours(organisation: Organisation) -> tuple[Span, ...]:
    """The organisation's working hours."""
    return tuple((span.opens, span.closes) for span in organisation.working_hours)


def rework_due(campaign: Campaign, now: datetime) -> datetime:
    """The end of the next working day, in the campaign's zone."""
    calendar = house_calendar(campaign.organisation)
    day = local_date(now, campaign.zone)
    return day_end(calendar.shift(day, 1), campaign.zone)


def choose_reviewers(
    campaign: Campaign, sop: Sop, tasks: Sequence[Task], now: datetime
) -> Mapping[PersonKey, tuple[str, ...]]:
    """Who scores which modules: department heads (or who stands in), those the level names first, never an author."""
    policy = sop.levels[campaign.level].self_check
    organisation, day = campaign.organisation, local_date(now, campaign.zone)
    taking_part = {task.department for task in tasks}
    order = [*policy.departments, *(d for d in sop.departments if d in taking_part and d != OPERATIONS), OPERATIONS]
    heads = [
        (
            stand_in(organisation.departments[department].head, day, organisation).person,
            department in policy.departments,
        )
        for department in dict.fromkeys(order)
        if department in organisation.departments
    ]
    holders = role_holders(campaign.file, organisation)
    wrote_all = {holders.get(Role.PLANNER), holders.get(Role.CAMPAIGN_MANAGER), holders.get(Role.COORDINATION_POST)}
    authors = {
        module.id: frozenset(task.owner for task in tasks if base_code(task.code) in module.written_in)
        for module in sop.self_check
    }
    excluded = frozenset(person for person in wrote_all if person is not None)
    return assign(heads, at_least=policy.reviewers, excluded=excluded, authors=authors)
