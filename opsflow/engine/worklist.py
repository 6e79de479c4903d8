"""What people have to do now: the one list behind Slack, pages, the command line and the rehearsal's people."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.approvals.model import Approval, ApprovalStatus
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import go_live_holder, members
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.org.model import Organisation
from opsflow.selfcheck.model import Round
from opsflow.sop.model import TaskKind
from opsflow.stages import store as stages
from opsflow.stages.model import Minute, MinuteKind, Task, TaskStatus

DRAFTING = {"initial_planning": Stage.COORDINATION, "coordination": Stage.DECISION}
"""Whose opinions the drafts of which stage answer."""


@dataclass(frozen=True, slots=True)
class DueMeeting:
    """A meeting whose task is open."""

    id: str
    task: Task
    at: datetime
    invited: tuple[PersonKey, ...]


@dataclass(frozen=True, slots=True)
class DueRepeats:
    """A live task and the times it came round that nobody has recorded."""

    task: Task
    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An opinion nobody has said the fate of, or a question that is open."""

    meeting: str
    position: int
    minute: Minute


@dataclass(frozen=True)
class Worklist:
    """Everything that waits for a person."""

    tasks: tuple[Task, ...]
    """Open ones that their owner finishes: work, releases, the launch."""
    approvals: tuple[Approval, ...]
    scoring: Round | None
    meetings: tuple[DueMeeting, ...]
    opinions: tuple[Unanswered, ...]
    questions: tuple[Unanswered, ...]
    go_live: tuple[Task, PersonKey] | None
    """The open go-live check and who decides it."""
    repeats: tuple[DueRepeats, ...]
    every_task: tuple[Task, ...]
    organisation: Organisation
    """With the absences that are known by now."""


def worklist(ctx: Context, campaign: CampaignKey) -> Worklist:
    """What waits for whom in one campaign. NotFound: there is no such campaign."""
    with ctx.reading() as session:
        return listed(load_snapshot(ctx, session, load_campaign(session, campaign).key, Stage.EXECUTION))


def one_task(ctx: Context, campaign: CampaignKey, code: TaskCode) -> tuple[Campaign, Task]:
    """A task with the campaign it belongs to. NotFound: there is no such campaign, or no such task in it."""
    with ctx.reading() as session:
        return load_campaign(session, campaign), stages.task(session, campaign, code)


def listed(snapshot: Snapshot) -> Worklist:
    """The same of a campaign that has been read."""
    opened = [task for task in snapshot.tasks if task.status is TaskStatus.OPEN]
    latest = next(iter(snapshot.rounds[-1:]), None)
    return Worklist(
        tasks=tuple(task for task in opened if task.kind in (TaskKind.WORK, TaskKind.RELEASE, TaskKind.LAUNCH)),
        approvals=tuple(each for each in snapshot.approvals if each.status is ApprovalStatus.OPEN),
        scoring=latest if latest and latest.closed_at is None else None,
        meetings=_meetings(snapshot, opened),
        opinions=_opinions(snapshot),
        questions=_questions(snapshot),
        go_live=_go_live(snapshot, opened),
        repeats=_repeats(snapshot, opened),
        every_task=snapshot.tasks,
        organisation=snapshot.campaign.organisation,
    )


def _meetings(snapshot: Snapshot, opened: list[Task]) -> tuple[DueMeeting, ...]:
    by_task = {spec.task: spec for spec in snapshot.sop.meetings if snapshot.campaign.level in spec.levels}
    found = []
    for task in opened:
        spec = by_task.get(task.code)
        if task.kind is TaskKind.MEETING and spec is not None:
            stage = snapshot.other(task.stage)
            at = stage.meeting_at if stage.meeting == spec.id and stage.meeting_at else task.start
            found.append(DueMeeting(spec.id, task, max(at, task.start), tuple(members(snapshot, task.stage))))
    return tuple(found)


def _opinions(snapshot: Snapshot) -> tuple[Unanswered, ...]:
    return tuple(
        Unanswered(held.id, place, minute)
        for held in snapshot.meetings
        if held.id in DRAFTING
        for place, minute in enumerate(held.minutes)
        if minute.kind is MinuteKind.OPINION and minute.taken is None
    )


def _questions(snapshot: Snapshot) -> tuple[Unanswered, ...]:
    return tuple(
        Unanswered(held.id, place, minute)
        for held in snapshot.meetings
        for place, minute in enumerate(held.minutes)
        if minute.kind is MinuteKind.QUESTION and minute.reply is None
    )


def _go_live(snapshot: Snapshot, opened: list[Task]) -> tuple[Task, PersonKey] | None:
    holder = go_live_holder(snapshot)
    for task in opened:
        if task.kind is TaskKind.GO_LIVE and holder is not None:
            return task, holder.person
    return None


def _repeats(snapshot: Snapshot, opened: list[Task]) -> tuple[DueRepeats, ...]:
    found = []
    for task in opened:
        recorded = set(snapshot.repeats.get(task.code, ()))
        times = tuple(at for at in snapshot.came_round(task) if at not in recorded)
        if times:
            found.append(DueRepeats(task, times))
    return tuple(found)
