"""A task that the SOP does not know: somebody has seen that it is needed, and from then on it is one like any other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from opsflow.campaigns.permissions import check_person
from opsflow.campaigns.service import check
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.engine.load import house_calendar, load_snapshot
from opsflow.engine.notices import Notices
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.sop.model import TaskKind
from opsflow.stages import store
from opsflow.stages.changes import store as changes
from opsflow.stages.model import FINAL, StageStatus, Task, TaskStatus
from opsflow.stages.network import ready
from opsflow.workdays.hours import day_end

CODE = "ADD"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What somebody says of a task to be added."""

    stage: Stage
    title: Text
    owner: PersonKey
    due: date
    deliverable: Text | None = None
    after: tuple[TaskCode, ...] = ()
    """What has to be finished first."""
    before: tuple[TaskCode, ...] = ()
    """What is to wait for it."""


def add_task(ctx: Context, campaign: CampaignKey, new: NewTask, *, by: PersonKey) -> TaskCode:
    """Add a task to a stage, whose gate waits for it from then on; answers its id.

    NotFound: no such campaign, or no such task to follow or to hold up. NotAllowed: not theirs. Refused: nobody of this
    organisation owns it. Conflict: the stage is over or at its gate, or what is to wait has begun. BadInput: it is due in
    the past, on a day off, or after what waits for it, or it would wait for itself.
    """
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        load_campaign(session, campaign)
        snapshot = load_snapshot(ctx, session, campaign, new.stage)
        check(ctx, snapshot.campaign, "task.add", f"stage {new.stage} of {campaign} is not theirs to change", by=by)
        check_person(snapshot.campaign.organisation, new.owner)
        _check_stage(snapshot)
        task = _task(snapshot, new, by=by)
        held_up = _held_up(snapshot, new, task)
        store.guard_stage(session, snapshot.stage)  # a run that is about to close it begins anew
        last = next((each.code for each in reversed(snapshot.own)), task.code)
        if not store.add_task(session, campaign, task, following=last):
            raise Conflict(f"Somebody has just added a task to {campaign} as well; try again.")
        for other in held_up:
            if not changes.follow(session, campaign, other, after=[*other.after, task.code]):
                raise Conflict(f"Task {other.code} of {campaign} has just opened: it cannot be made to wait any more.")
        add_wakes(session, campaign, [(new.stage, max(snapshot.now, task.start))])
        enqueue_all(session, _notices(snapshot, task, held_up, by=by), now=snapshot.now)
        data: dict[str, Value] = {
            "title": task.title,
            "owner": task.owner,
            "due": task.due,
            "after": list(task.after),
            "before": list(new.before),
        }
        write(session, at=snapshot.now, actor=by, action="task.added", campaign=campaign, object=task.code, data=data)
    return task.code


def _check_stage(snapshot: Snapshot) -> None:
    stage, named = snapshot.stage, f"Stage {snapshot.stage.name} of {snapshot.campaign.key}"
    if stage.status in FINAL:
        raise Conflict(f"{named} is {stage.status}: a task is added to a stage that is not over.")
    if stage.status is StageStatus.GATE:
        raise Conflict(f"{named} is at its gate, everything in it is done: add the task to a later stage.")


def _task(snapshot: Snapshot, new: NewTask, *, by: PersonKey) -> Task:
    organisation, zone = snapshot.campaign.organisation, snapshot.campaign.zone
    calendar = house_calendar(organisation)
    if not calendar.is_working_day(new.due):
        raise BadInput(f"{new.due} is a day off: name a working day, such as {calendar.shift(new.due, 1)}.")
    start = max(snapshot.now, snapshot.stage.opens or snapshot.now)
    due = day_end(new.due, zone)
    if due <= start:
        opens = local_date(start, zone)
        raise BadInput(
            f"A task of stage {new.stage} cannot be due on {new.due}: it could begin on {opens} at the earliest."
        )
    known = {task.code for task in snapshot.tasks}
    unknown = [code for code in (*new.after, *new.before) if code not in known]
    if unknown:
        raise NotFound(
            f"Campaign {snapshot.campaign.key} has no task {', '.join(unknown)}. `opsflow plan` lists its tasks."
        )
    who = organisation.people[by].name
    return Task(
        code=_code(known),
        stage=new.stage,
        kind=TaskKind.WORK,
        title=new.title,
        role=None,
        department=organisation.people[new.owner].department,
        owner=new.owner,
        deputy_for=None,
        approvers=(),
        days=max(1, calendar.count(local_date(start, zone), new.due)),
        start=start,
        due=due,
        float_days=0,
        critical=False,
        gate_task=False,
        after=tuple(dict.fromkeys(new.after)),
        deliverable=new.deliverable,
        repeats=(),
        repeat_rule=None,
        because=(Text(f"Added by {who.en}.", f"由{who.zh}新增。"),),
        status=TaskStatus.PLANNED,
        opened_at=None,
        done_at=None,
        done_by=None,
        evidence=None,
        note=None,
    )


def _code(known: set[TaskCode]) -> TaskCode:
    number = 1
    while f"{CODE}{number}" in known:
        number += 1
    return TaskCode(f"{CODE}{number}")


def _held_up(snapshot: Snapshot, new: NewTask, task: Task) -> list[Task]:
    """The tasks that are to wait for the new one."""
    found = [each for each in snapshot.tasks if each.code in new.before]
    circle = _before(snapshot.tasks, new.after) & {each.code for each in found}
    if circle:
        raise BadInput(
            f"The task would wait for itself: {', '.join(sorted(circle))} comes before what it is to follow."
        )
    for other in found:
        if other.status is not TaskStatus.PLANNED:
            raise Conflict(
                f"Task {other.code} of {snapshot.campaign.key} is {other.status}: it cannot be made to wait."
            )
        if other.due < task.due:
            day = local_date(other.due, snapshot.campaign.zone)
            raise BadInput(f"{other.code} is due on {day}, before the new task: name an earlier day.")
        if other.rework:
            raise Refused(f"Task {other.code} of {snapshot.campaign.key} is rework: nothing is put before it.")
    return found


def _before(tasks: Sequence[Task], codes: Sequence[TaskCode]) -> set[TaskCode]:
    """Some tasks with everything that comes before them."""
    follows = {task.code: task.after for task in tasks}
    found: set[TaskCode] = set()
    todo = list(codes)
    while todo:
        code = todo.pop()
        if code not in found:
            found.add(code)
            todo += follows.get(code, ())
    return found


def _notices(snapshot: Snapshot, task: Task, held_up: Sequence[Task], *, by: PersonKey) -> Iterator[Notice]:
    """The owners of what waits are told; its own owner when it opens, and now where that is later."""
    notices = Notices(snapshot.campaign, snapshot.sop)
    data: dict[str, Value] = {
        "task": task.title,
        "code": task.code,
        "due": task.due,
        "owner_name": notices.name(task.owner),
        "by_name": notices.name(by),
    }
    if task.owner != by and not _opens_now(snapshot, task, snapshot.now):
        yield notices.make("task_added", task.owner, task.code, data={**data, "yours": True})
    for person in dict.fromkeys(other.owner for other in held_up):
        if person not in (by, task.owner):
            waits = ", ".join(other.code for other in held_up if other.owner == person)
            yield notices.make("task_added", person, task.code, data={**data, "yours": False, "waits": waits})


def _opens_now(snapshot: Snapshot, task: Task, now: datetime) -> bool:
    planned = snapshot.stage.status is StageStatus.PLANNED
    return not planned and task.start <= now and ready(task, snapshot.finished)
