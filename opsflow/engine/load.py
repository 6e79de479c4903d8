"""Reading the snapshot of a stage from the database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsflow.approvals import store as approvals
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.campaigns.team import OPERATIONS, role_holders, stand_in
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.documents import store as documents
from opsflow.engine.snapshot import Snapshot, Written
from opsflow.feedback.reporting.service import feedback
from opsflow.feedback.settling.store import TABLES as FEEDBACK
from opsflow.feedback.settling.store import following
from opsflow.incidents.store import incidents
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage
from opsflow.kernel.zoned import local_date
from opsflow.metrics.overview.model import Measured
from opsflow.metrics.overview.service import measured
from opsflow.org.model import Organisation
from opsflow.prizes.settling.store import TABLES as PRIZES
from opsflow.prizes.settling.store import settling
from opsflow.selfcheck import store as selfcheck
from opsflow.selfcheck.model import assign
from opsflow.sop.changes.model import Proposal
from opsflow.sop.changes.store import proposals
from opsflow.sop.files import load_sop
from opsflow.sop.model import Sop
from opsflow.stages import store as stages
from opsflow.stages.changes.store import overrides
from opsflow.stages.model import Task, base_code
from opsflow.workdays.hours import Span, day_end
from opsflow.workdays.model import WorkCalendar


def load_snapshot(ctx: Context, session: Session, campaign: CampaignKey, stage: Stage) -> Snapshot:
    """One campaign at this instant, seen from one of its stages."""
    held = load_campaign(session, campaign)
    sop = load_sop(ctx.settings.template_folders, held.sop_name, held.sop_version)
    parts = {name: part.read(session, campaign) for name, part in PARTS.items()}
    more = {
        "prizes": settling(session, held),
        "feedback": feedback(ctx, session, held) if stage in LOOKING_BACK else None,
        "following": following(session, held, now=ctx.clock.now()),
        "proposals": _proposals(session, campaign, stage),
        "measured": _measured(ctx, session, held, stage),
    }
    return _snapshot(ctx, held, sop, stage, parts | more)


def load_changed(ctx: Context, session: Session, was: Snapshot, written: Collection[str]) -> Snapshot:
    """The same campaign after this transaction has written some tables: only what is kept in those is read again.

    For whoever holds the campaign (`hold_campaign`): nobody else has written any of it since `was` was read.
    """
    campaign = was.campaign.key
    held = load_campaign(session, campaign) if CAMPAIGNS in written else was.campaign
    parts = {
        name: getattr(was, name) if part.tables.isdisjoint(written) else part.read(session, campaign)
        for name, part in PARTS.items()
    }
    prizes = was.prizes if PRIZES.isdisjoint(written) else settling(session, held)
    awaited = was.following if FEEDBACK.isdisjoint(written) else following(session, held, now=ctx.clock.now())
    proposed = was.proposals if PROPOSALS.isdisjoint(written) else _proposals(session, campaign, was.stage.name)
    more = {
        "prizes": prizes,
        "proposals": proposed,
        "measured": was.measured,
        "feedback": was.feedback,
        "following": awaited,
    }
    return _snapshot(ctx, held, was.sop, was.stage.name, parts | more)


def _measured(ctx: Context, session: Session, held: Campaign, stage: Stage) -> Measured:
    """Before the launch there is nothing to look up, and of who came back only the review speaks."""
    if stage not in MEASURING or ctx.clock.now() < held.launch:
        return Measured()
    return measured(ctx, session, held, whole=stage is Stage.REVIEW)


def _proposals(session: Session, campaign: CampaignKey, stage: Stage) -> tuple[Proposal, ...]:
    """Nobody but the review speaks of them: the runs of other stages do not ask."""
    return proposals(session, campaign=campaign) if stage is Stage.REVIEW else ()


@dataclass(frozen=True, slots=True)
class Part:
    """A field of the snapshot: the tables it is kept in, and what reads it."""

    tables: frozenset[str]
    read: Callable[[Session, CampaignKey], Any]


def _documents(session: Session, campaign: CampaignKey) -> Mapping[str, Written]:
    return {
        name: Written(name, state, revision, tells_of)
        for name, state, revision, tells_of in documents.latest(session, campaign)
    }


CAMPAIGNS = "campaigns"
PROPOSALS = frozenset({"sop_proposals"})
LOOKING_BACK = (Stage.CLOSING, Stage.REVIEW)
"""The stages whose papers say what participants think."""
MEASURING = (Stage.EXECUTION, Stage.CLOSING, Stage.REVIEW)
"""The stages whose papers say where KPIs stand, or what they came to. No transaction of a stage run writes figures."""
PARTS: Mapping[str, Part] = {
    "stages": Part(frozenset({"stages"}), stages.stages),
    "tasks": Part(frozenset({"tasks"}), stages.tasks),
    "approvals": Part(frozenset({"approvals", "approval_seats"}), approvals.of_campaign),
    "rounds": Part(frozenset({"self_check_rounds", "self_check_scores"}), selfcheck.rounds),
    "meetings": Part(frozenset({"meetings", "meeting_minutes"}), stages.meetings),
    "repeats": Part(frozenset({"task_repeats"}), stages.repeats),
    "documents": Part(frozenset({"documents"}), _documents),
    "overrides": Part(frozenset({"gate_overrides"}), overrides),
    "incidents": Part(frozenset({"incidents"}), incidents),
}


def _snapshot(ctx: Context, held: Campaign, sop: Sop, stage: Stage, parts: Mapping[str, Any]) -> Snapshot:
    now = ctx.clock.now()
    return Snapshot(
        now=now,
        campaign=held,
        sop=sop,
        stage=next(each for each in parts["stages"] if each.name is stage),
        reviewers=choose_reviewers(held, sop, parts["tasks"], now) if stage is Stage.DECISION else {},
        rework_due=rework_due(held, now),
        **parts,
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
