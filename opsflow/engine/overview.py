"""Where a campaign stands: its stages, what waits for whom, and who is late."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from opsflow.approvals import store as approvals
from opsflow.approvals.model import ApprovalId, ApprovalStatus
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import all_campaigns, load_campaign
from opsflow.context import Context
from opsflow.engine.facts import Fact, gate
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import members
from opsflow.engine.outlook import Outlook, outlook
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.subjects import subject_title
from opsflow.engine.worklist import Worklist, listed
from opsflow.incidents.model import Incident
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.stages.model import Minute, StageStatus, Stored, Task, TaskStatus
from opsflow.stages.store import meetings


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage, and what comes next in it."""

    title: Text
    stored: Stored
    outlook: Outlook
    done: int
    tasks: int

    @property
    def under_way(self) -> bool:
        """Whether it is neither still to come nor over."""
        return self.stored.status not in (
            StageStatus.PLANNED, StageStatus.CLOSED, StageStatus.SKIPPED, StageStatus.STOPPED, StageStatus.CANCELLED
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for one person."""

    person: PersonKey
    verb: str
    """What is asked of them: `do`, `approve`, `score`, `hold`, `decide` or `record`."""
    what: str
    """A task's id, an approval's, a meeting's, or the round of the self-check."""
    stage: Stage
    title: Text
    due: datetime
    late: bool
    confirmed: bool = False
    """The date was promised."""
    snoozed_until: datetime | None = None
    """Nothing reminds of it before."""


@dataclass(frozen=True)
class Overview:
    """A campaign at a glance."""

    campaign: Campaign
    now: datetime
    stages: tuple[StageState, ...]
    waiting: tuple[Waiting, ...]
    """In the order of their deadlines."""
    calls: tuple[Task, ...]
    """Tasks with which somebody needs help, as long as nobody has answered."""
    incidents: tuple[Incident, ...]
    """Those that are not closed."""

    @property
    def live(self) -> bool:
        """Whether it is live at this instant; one on hold is not, whatever its dates say."""
        return self._went_live and self.campaign.launch <= self.now < self.campaign.ends

    @property
    def held(self) -> bool:
        """Whether it should be live, or have been, and never was."""
        return not self._went_live and self.campaign.launch <= self.now

    @property
    def _went_live(self) -> bool:
        return next(each.stored for each in self.stages if each.stored.name is Stage.EXECUTION).went_live

    @property
    def late(self) -> tuple[Waiting, ...]:
        """What is past its deadline."""
        return tuple(each for each in self.waiting if each.late)


def overview(ctx: Context, campaign: CampaignKey) -> Overview:
    """One campaign. NotFound: there is none of that key."""
    with ctx.reading() as session:
        return overview_of(load_snapshot(ctx, session, campaign, Stage.EXECUTION))


def overviews(ctx: Context) -> tuple[Overview, ...]:
    """Every campaign, in the order of their keys."""
    with ctx.reading() as session:
        return tuple(overview_of(load_snapshot(ctx, session, key, Stage.EXECUTION)) for key in all_campaigns(session))


def overview_of(snapshot: Snapshot) -> Overview:
    """The same of a campaign that has been read."""
    stages = tuple(_stage(replace(snapshot, stage=stage)) for stage in snapshot.stages)
    waiting = sorted(_waiting(snapshot, listed(snapshot)), key=lambda each: (each.due, each.what, each.person))
    calls = tuple(task for task in snapshot.tasks if task.help_by is not None and not task.finished)
    still = tuple(incident for incident in snapshot.incidents if incident.closed_at is None)
    return Overview(snapshot.campaign, snapshot.now, stages, tuple(waiting), calls, still)


def _stage(snapshot: Snapshot) -> StageState:
    spec = next(spec for spec in snapshot.sop.stages if spec.id is snapshot.stage.name)
    done = sum(task.status in (TaskStatus.DONE, TaskStatus.WAIVED) for task in snapshot.own)
    return StageState(spec.title, snapshot.stage, outlook(snapshot), done, len(snapshot.own))


def _waiting(snapshot: Snapshot, todo: Worklist) -> Iterator[Waiting]:
    yield from _asked(snapshot, todo)
    for task in todo.tasks:
        yield _task(snapshot, task, "do")
    for meeting in todo.meetings:
        yield _task(snapshot, meeting.task, "hold", what=meeting.id)
    if todo.go_live:
        task, decider = todo.go_live
        yield _task(snapshot, task, "decide", person=decider)
    for repeat in todo.repeats:
        yield _task(snapshot, repeat.task, "record", due=repeat.times[0])


def _asked(snapshot: Snapshot, todo: Worklist) -> Iterator[Waiting]:
    """Votes and scores that are wanted."""
    now = snapshot.now
    for approval in todo.approvals:
        title, due = subject_title(snapshot, approval.subject), approval.due
        for person in approval.waiting_for:
            yield Waiting(person, "approve", approval.id, approval.stage, title, due, late=due < now)
    if todo.scoring:
        what, title, due = f"round {todo.scoring.number}", Text("Self-check", "活动自检"), todo.scoring.due
        for person in todo.scoring.waiting_for:
            yield Waiting(person, "score", what, Stage.DECISION, title, due, late=due < now)


def _task(
    snapshot: Snapshot,
    task: Task,
    verb: str,
    *,
    person: PersonKey | None = None,
    what: str | None = None,
    due: datetime | None = None,
) -> Waiting:
    until = due or task.due
    whose, named = person or task.owner, what or task.code
    snoozed = task.snoozed_until if task.snoozed_until and task.snoozed_until > snapshot.now else None
    return Waiting(
        whose,
        verb,
        named,
        task.stage,
        task.title,
        until,
        late=until < snapshot.now,
        confirmed=task.confirmed,
        snoozed_until=snoozed,
    )


@dataclass(frozen=True)
class StageDetail:
    """One stage with all that it holds and waits for."""

    state: StageState
    facts: tuple[Fact, ...]
    """The conditions of its gate."""
    snapshot: Snapshot
    waiting: tuple[Waiting, ...]
    """In the whole campaign; `what` tells what is this stage's."""


def one_stage(ctx: Context, campaign: CampaignKey, stage: Stage) -> StageDetail:
    """One stage of a campaign. NotFound: there is no such campaign."""
    with ctx.reading() as session:
        snapshot = load_snapshot(ctx, session, campaign, stage)
    spec = next(spec for spec in snapshot.sop.stages if spec.id is stage)
    todo = tuple(_waiting(snapshot, listed(snapshot)))
    return StageDetail(
        _stage(snapshot),
        gate(spec.gate, snapshot.tasks, snapshot.let_pass(stage), snapshot.open_points),
        snapshot,
        todo,
    )


def asked_of(
    ctx: Context, campaign: CampaignKey, stage: Stage, *, by: PersonKey, subject: str | None = None
) -> ApprovalId:
    """The approval of a stage that somebody is to vote on; else the latest one, so that voting says why it is not theirs.

    NotFound: nothing was put to a vote. BadInput: there are several, and `subject` is to name one.
    """
    with ctx.reading() as session:
        load_campaign(session, campaign)
        every = [each for each in approvals.of_campaign(session, campaign) if each.stage is stage]
    found = [each for each in every if subject in (None, each.subject)]
    if not found:
        known = ", ".join(dict.fromkeys(each.subject for each in every))
        asked = f"no {subject}; put to a vote were: {known}" if subject and known else "nothing that was put to a vote"
        raise NotFound(f"Stage {stage} of {campaign} has {asked}. `opsflow stage show {campaign} {stage}` shows it.")
    still = [each for each in found if each.status is ApprovalStatus.OPEN]
    theirs = [each for each in still if by in each.waiting_for]
    if len(theirs) > 1:
        names = ", ".join(each.subject for each in theirs)
        raise BadInput(f"{by} is asked about several things in stage {stage}: {names}. Name one with --subject.")
    return (theirs or still or found)[-1].id


@dataclass(frozen=True)
class Invitation:
    """A meeting of a campaign, and who sits in it."""

    campaign: Campaign
    id: str
    title: Text
    invited: tuple[PersonKey, ...]


def invitation(ctx: Context, campaign: CampaignKey, meeting: str) -> Invitation:
    """Who is invited to a meeting. NotFound: no such campaign, or its level holds no such meeting."""
    with ctx.reading() as session:
        snapshot = load_snapshot(ctx, session, campaign, Stage.EXECUTION)
    held = {spec.id: spec for spec in snapshot.sop.meetings if snapshot.campaign.level in spec.levels and spec.task}
    if meeting not in held:
        level = snapshot.campaign.level
        raise NotFound(f"Level {level} holds no meeting {meeting} with minutes. Its meetings: {', '.join(held)}.")
    spec = held[meeting]
    return Invitation(snapshot.campaign, spec.id, spec.title, tuple(members(snapshot, spec.stage)))


def minute_at(ctx: Context, campaign: CampaignKey, meeting: str, place: int) -> Minute:
    """One line of a meeting's minutes. NotFound: no such campaign, meeting or line."""
    with ctx.reading() as session:
        load_campaign(session, campaign)
        held = next((each for each in meetings(session, campaign) if each.id == meeting), None)
    if held is None:
        raise NotFound(f"No minutes of {meeting} are recorded in {campaign}.")
    if place >= len(held.minutes):
        raise NotFound(f"The minutes of {meeting} have {len(held.minutes)} lines; there is no line {place + 1}.")
    return held.minutes[place]
