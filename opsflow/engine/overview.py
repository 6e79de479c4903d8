"""Where a campaign stands: its stages, what waits for whom, and who is late."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import all_campaigns
from opsflow.context import Context
from opsflow.engine.load import load_snapshot
from opsflow.engine.outlook import Outlook, outlook
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.subjects import subject_title
from opsflow.engine.worklist import Worklist, listed
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.stages.model import StageStatus, Stored


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
            StageStatus.PLANNED, StageStatus.CLOSED, StageStatus.SKIPPED, StageStatus.STOPPED
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for one person."""

    person: PersonKey
    verb: str
    """What is asked of them: `do`, `approve`, `score`, `hold`, `decide`, `record` or `answer`."""
    what: str
    """A task's id, an approval's, or a meeting's with the place of a question in its minutes."""
    title: Text
    due: datetime
    late: bool


@dataclass(frozen=True)
class Overview:
    """A campaign at a glance."""

    campaign: Campaign
    now: datetime
    stages: tuple[StageState, ...]
    waiting: tuple[Waiting, ...]
    """In the order of their deadlines."""

    @property
    def late(self) -> tuple[Waiting, ...]:
        """What is past its deadline."""
        return tuple(each for each in self.waiting if each.late)


def overview(ctx: Context, campaign: CampaignKey) -> Overview:
    """One campaign. NotFound: there is none of that key."""
    with ctx.transaction() as session:
        return _of(load_snapshot(ctx, session, campaign, Stage.EXECUTION))


def overviews(ctx: Context) -> tuple[Overview, ...]:
    """Every campaign, in the order of their keys."""
    with ctx.transaction() as session:
        return tuple(_of(load_snapshot(ctx, session, key, Stage.EXECUTION)) for key in all_campaigns(session))


def _of(snapshot: Snapshot) -> Overview:
    stages = tuple(_stage(replace(snapshot, stage=stage)) for stage in snapshot.stages)
    waiting = sorted(_waiting(snapshot, listed(snapshot)), key=lambda each: (each.due, each.what, each.person))
    return Overview(snapshot.campaign, snapshot.now, stages, tuple(waiting))


def _stage(snapshot: Snapshot) -> StageState:
    spec = next(spec for spec in snapshot.sop.stages if spec.id is snapshot.stage.name)
    done = sum(task.finished for task in snapshot.own)
    return StageState(spec.title, snapshot.stage, outlook(snapshot), done, len(snapshot.own))


def _waiting(snapshot: Snapshot, todo: Worklist) -> Iterator[Waiting]:
    def one(person: PersonKey, verb: str, what: str, title: Text, due: datetime) -> Waiting:
        return Waiting(person, verb, what, title, due, late=due < snapshot.now)

    for task in todo.tasks:
        yield one(task.owner, "do", task.code, task.title, task.due)
    for approval in todo.approvals:
        title = subject_title(snapshot, approval.subject)
        for person in approval.waiting_for:
            yield one(person, "approve", approval.id, title, approval.due)
    if todo.scoring:
        for person in todo.scoring.waiting_for:
            yield one(person, "score", f"round {todo.scoring.number}", Text("Self-check", "活动自检"), todo.scoring.due)
    for meeting in todo.meetings:
        yield one(meeting.task.owner, "hold", meeting.id, meeting.task.title, meeting.task.due)
    if todo.go_live:
        task, decider = todo.go_live
        yield one(decider, "decide", task.code, task.title, task.due)
    for repeat in todo.repeats:
        yield one(repeat.task.owner, "record", repeat.task.code, repeat.task.title, repeat.times[0])
