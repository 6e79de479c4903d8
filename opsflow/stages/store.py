"""Rows of stages, tasks, repeats and meetings."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from itertools import starmap
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.campaigns.plan import Plan, PlannedTask
from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import MeetingRow, MinuteRow, RepeatRow, StageRow, TaskRow
from opsflow.db.types import Encoded, encoded
from opsflow.kernel.errors import Conflict, NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import TaskKind
from opsflow.stages.model import (
    ALLOWED,
    WENT_LIVE,
    Held,
    IllegalTransition,
    Minute,
    MinuteKind,
    Outcome,
    StageStatus,
    StaleStage,
    Stored,
    Task,
    TaskStatus,
)

UNFINISHED = (TaskStatus.PLANNED, TaskStatus.OPEN)
_UNSAID: dict[str, Any] = dict.fromkeys(
    ("confirmed_by", "confirmed_due", "snoozed_until", "help_by", "help_at", "help_text")
)
"""What a former owner said of a task binds nobody else."""


def insert_stages(session: Session, plan: Plan, *, skipped: Text) -> None:
    """Store every stage and task of a plan; a stage without tasks is skipped."""
    insert_many(session, StageRow, [_stage_values(plan, index, skipped) for index in range(len(plan.stages))])
    rows = [
        _task_values(plan.campaign, task.id, task, place=place * 10, status=TaskStatus.PLANNED)
        for place, task in enumerate(plan.tasks)
    ]
    insert_many(session, TaskRow, rows)


def _stage_values(plan: Plan, index: int, skipped: Text) -> dict[str, Any]:
    stage = plan.stages[index]
    meeting = stage.meeting
    return {
        "campaign": plan.campaign,
        "name": stage.name,
        "status": StageStatus.PLANNED if stage.tasks else StageStatus.SKIPPED,
        "opens": stage.opens,
        "closes": stage.closes,
        "meeting": meeting.id if meeting else None,
        "meeting_at": meeting.at if meeting else None,
        "meeting_mode": meeting.mode if meeting else None,
        "reason": None if stage.tasks else skipped,
        "revision": 0,
    }


def _task_values(
    campaign: CampaignKey, code: TaskCode, task: PlannedTask | Task, *, place: int, status: TaskStatus
) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "code": code,
        "stage": task.stage,
        "position": place,
        "kind": task.kind,
        "title": task.title,
        "role": task.role,
        "department": task.department,
        "owner": task.owner,
        "deputy_for": task.deputy_for,
        "approvers": encoded(task.approvers),
        "days": task.days,
        "start": task.start,
        "due": task.due,
        "float_days": task.float_days,
        "critical": task.critical,
        "gate_task": task.gate_task,
        "after": encoded(task.after),
        "deliverable": task.deliverable,
        "repeats": encoded(task.repeats),
        "repeat_rule": task.repeat_rule,
        "because": Encoded(f"[{', '.join(map(encoded, task.because))}]"),
        "status": status,
        "revision": 0,
    }


def add_task(session: Session, campaign: CampaignKey, task: Task, *, following: TaskCode) -> bool:
    """Store a task created on demand, listed behind another one; False when it is there already."""
    place = session.scalar(sa.select(TaskRow.position).where(TaskRow.campaign == campaign, TaskRow.code == following))
    row = _task_values(campaign, task.code, task, place=(place or 0) + 1, status=task.status)
    return bool(insert_or_nothing(session, TaskRow, [row], returning=TaskRow.code))


def stages(session: Session, campaign: CampaignKey) -> tuple[Stored, ...]:
    """The six stages, in their order."""
    rows = {row.name: row for row in session.execute(_OF_CAMPAIGN, {"campaign": campaign})}
    return tuple(_stage(rows[name]) for name in Stage if name in rows)


_STAGES = cast(sa.Table, StageRow.__table__)
# The table, not the class: there is nothing that SQLAlchemy would have to keep track of.
_OF_CAMPAIGN = sa.select(_STAGES).where(_STAGES.c.campaign == sa.bindparam("campaign"))


def _stage(row: sa.Row[Any]) -> Stored:
    return Stored(
        campaign=CampaignKey(row.campaign),
        name=Stage(row.name),
        status=StageStatus(row.status),
        opens=row.opens,
        closes=row.closes,
        meeting=row.meeting,
        meeting_at=row.meeting_at,
        meeting_mode=cast(Any, row.meeting_mode),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        reason=row.reason,
        revision=row.revision,
    )


def went_live(session: Session, campaign: CampaignKey) -> bool:
    """Whether a campaign is or was live; one that is on hold is not, whatever its dates say."""
    stored = session.execute(_OF_CAMPAIGN, {"campaign": campaign})
    return any(row.name == Stage.EXECUTION and row.status in WENT_LIVE for row in stored)


def tasks(session: Session, campaign: CampaignKey) -> tuple[Task, ...]:
    """Every task of a campaign, in the SOP's order."""
    return tuple(starmap(_task, session.execute(_IN_ORDER, {"campaign": campaign})))


def open_per_owner(session: Session) -> dict[PersonKey, int]:
    """How many open tasks each owner has, in all campaigns together."""
    rows = session.execute(
        sa.select(TaskRow.owner, sa.func.count()).where(TaskRow.status == TaskStatus.OPEN).group_by(TaskRow.owner)
    )
    return {PersonKey(owner): count for owner, count in rows}


def task(session: Session, campaign: CampaignKey, code: TaskCode) -> Task:
    """One task; NotFound when the campaign has none of that id."""
    row = session.execute(_ONE, {"campaign": campaign, "code": code}).first()
    if row is None:
        raise NotFound(f"Campaign {campaign} has no task {code}. `opsflow plan` lists its tasks.")
    return _task(*row)


_JSON = {"title", "approvers", "after", "deliverable", "repeats", "repeat_rule", "because", "note", "help_text"}
_COLUMNS = [field.name for field in fields(Task)]
_TASK_TABLE = cast(sa.Table, TaskRow.__table__)
_TASKS = sa.select(
    *(
        sa.cast(column, sa.Text) if column.name in _JSON else column
        for column in map(_TASK_TABLE.c.__getitem__, _COLUMNS)
    )
).where(_TASK_TABLE.c.campaign == sa.bindparam("campaign"))
"""Plain rows whose lists and texts are left as the JSON they are stored as: see `_task`."""
_IN_ORDER = _TASKS.order_by(_TASK_TABLE.c.position, _TASK_TABLE.c.code)
_ONE = _TASKS.where(_TASK_TABLE.c.code == sa.bindparam("code"))


@lru_cache(maxsize=4096)
def _task(*stored: Any) -> Task:
    """A row as a task. Every stage run reads all tasks, few of which have changed since the run before: what is equal
    in every column is the same value, whoever stored it.
    """
    row = dict(zip(_COLUMNS, stored, strict=True))
    return Task(
        **row
        | {
            "stage": Stage(row["stage"]),
            "kind": TaskKind(row["kind"]),
            "title": _text(row["title"]),
            "role": Role(row["role"]) if row["role"] else None,
            "approvers": tuple(json.loads(row["approvers"])),
            "after": tuple(json.loads(row["after"])),
            "deliverable": _text(row["deliverable"]),
            "repeats": tuple(datetime.fromisoformat(at) for at in json.loads(row["repeats"])),
            "repeat_rule": _text(row["repeat_rule"]),
            "because": tuple(Text(**reason) for reason in json.loads(row["because"])),
            "status": TaskStatus(row["status"]),
            "note": _text(row["note"]),
            "help_text": _text(row["help_text"]),
        }
    )


def _text(stored: str | None) -> Text | None:
    found = json.loads(stored) if stored else None
    return Text(**found) if found else None


def guard_stage(session: Session, stage: Stored) -> None:
    """Take the stage for this transaction; StaleStage when it was moved since it was read."""
    which = {"of": stage.campaign, "which": stage.name, "was": stage.revision}
    if session.execute(_GUARDED, which | {"revision": stage.revision + 1}).first() is None:
        raise StaleStage(stage.campaign, stage.name)


_STAGE = (
    sa.update(_STAGES)
    .where(_STAGES.c.campaign == sa.bindparam("of"), _STAGES.c.name == sa.bindparam("which"))
    .returning(_STAGES.c.name)
)
_GUARDED = _STAGE.where(_STAGES.c.revision == sa.bindparam("was"))
_MOVED = _STAGE.where(_STAGES.c.status == sa.bindparam("was"))


def move_stage(session: Session, stage: Stored, to: StageStatus, *, now: datetime, reason: Text | None = None) -> None:
    """Move a stage to its next state; IllegalTransition for a move that none makes."""
    if to not in ALLOWED[stage.status]:
        raise IllegalTransition(stage.campaign, stage.name, stage.status, to)
    values: dict[str, Any] = {"status": to, "reason": reason}
    if stage.status is StageStatus.PLANNED and to is StageStatus.OPEN:
        values["opened_at"] = now
    if to is StageStatus.CLOSED:
        values["closed_at"] = now
    which = {"of": stage.campaign, "which": stage.name, "was": stage.status}
    if session.execute(_MOVED, which | values).first() is None:
        raise StaleStage(stage.campaign, stage.name)


def call_meeting(session: Session, stage: Stored, at: datetime) -> None:
    """A stage's meeting is held at another hour than was planned."""
    session.execute(_STAGE, {"of": stage.campaign, "which": stage.name, "meeting_at": at})


def open_tasks(session: Session, campaign: CampaignKey, codes: Iterable[TaskCode], *, now: datetime) -> None:
    """Planned tasks become open."""
    which = {"of": campaign, "codes": tuple(codes), "was": TaskStatus.PLANNED}
    session.execute(_OPENED, which | {"status": TaskStatus.OPEN, "opened_at": now})


_TASK = (
    sa.update(_TASK_TABLE)
    .where(_TASK_TABLE.c.campaign == sa.bindparam("of"), _TASK_TABLE.c.status == sa.bindparam("was"))
    .values(revision=_TASK_TABLE.c.revision + 1)
)
_OPENED = _TASK.where(_TASK_TABLE.c.code.in_(sa.bindparam("codes", expanding=True)))
_FINISHED = _TASK.where(_TASK_TABLE.c.code == sa.bindparam("which")).returning(_TASK_TABLE.c.code)


def finish_task(
    session: Session,
    campaign: CampaignKey,
    code: TaskCode,
    *,
    now: datetime,
    by: str,
    evidence: str | None = None,
    note: Text | None = None,
) -> None:
    """An open task becomes done; Conflict when it is not open (any more)."""
    which = {"of": campaign, "which": code, "was": TaskStatus.OPEN}
    values = {"status": TaskStatus.DONE, "done_at": now, "done_by": by, "evidence": evidence, "note": note}
    if session.execute(_FINISHED, which | values).first() is None:
        raise Conflict(f"Task {code} of {campaign} is not open, so it cannot be finished; see its state first.")


def hand_over(
    session: Session, campaign: CampaignKey, code: TaskCode, *, owner: PersonKey, deputy_for: PersonKey | None
) -> None:
    """A task that is not finished gets another owner."""
    session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.code == code, TaskRow.status.in_(UNFINISHED))
        .values(owner=owner, deputy_for=deputy_for, revision=TaskRow.revision + 1, **_UNSAID)
    )


def reopen_task(session: Session, campaign: CampaignKey, code: TaskCode, *, after: Sequence[TaskCode]) -> None:
    """A task waits again, for what is new in `after`."""
    session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.code == code)
        .values(
            status=TaskStatus.PLANNED,
            after=list(after),
            done_at=None,
            done_by=None,
            evidence=None,
            note=None,
            revision=TaskRow.revision + 1,
            **_UNSAID,
        )
    )


def replace_evidence(
    session: Session, campaign: CampaignKey, code: TaskCode, *, evidence: str, note: Text | None
) -> None:
    """What a finished task handed in is replaced."""
    session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.code == code)
        .values(evidence=evidence, note=note, revision=TaskRow.revision + 1)
    )


def cancel_tasks(session: Session, campaign: CampaignKey) -> None:
    """Everything unfinished is cancelled."""
    session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.status.in_(UNFINISHED))
        .values(status=TaskStatus.CANCELLED)
    )


def add_repeats(
    session: Session,
    campaign: CampaignKey,
    code: TaskCode,
    times: Iterable[datetime],
    *,
    now: datetime,
    by: PersonKey,
    note: Text | None,
) -> int:
    """Record that a live task came round at these times; how many were new."""
    rows = [
        {"campaign": campaign, "code": code, "at": at, "recorded_at": now, "recorded_by": by, "note": note}
        for at in times
    ]
    return len(insert_or_nothing(session, RepeatRow, rows, returning=RepeatRow.at))


def repeats(session: Session, campaign: CampaignKey) -> dict[TaskCode, tuple[datetime, ...]]:
    """When each live task was recorded."""
    found: dict[TaskCode, list[datetime]] = {}
    for code, at in session.execute(_REPEATS, {"campaign": campaign}):
        found.setdefault(TaskCode(code), []).append(at)
    return {code: tuple(times) for code, times in found.items()}


_CAME_ROUND = cast(sa.Table, RepeatRow.__table__)
_REPEATS = (
    sa.select(_CAME_ROUND.c.code, _CAME_ROUND.c.at)
    .where(_CAME_ROUND.c.campaign == sa.bindparam("campaign"))
    .order_by(_CAME_ROUND.c.at)
)


def insert_meeting(session: Session, campaign: CampaignKey, held: Held) -> None:
    """Store a meeting with its minutes; a meeting that is held again replaces its record (the journal keeps both)."""
    session.execute(sa.delete(MinuteRow).where(MinuteRow.campaign == campaign, MinuteRow.meeting == held.id))
    session.execute(sa.delete(MeetingRow).where(MeetingRow.campaign == campaign, MeetingRow.id == held.id))
    session.execute(
        sa.insert(MeetingRow).values(
            campaign=campaign,
            id=held.id,
            stage=held.stage,
            mode=held.mode,
            held_at=held.held_at,
            recorded_by=held.recorded_by,
            outcome=held.outcome,
            attendees=list(held.attendees),
        )
    )
    if held.minutes:
        session.execute(
            sa.insert(MinuteRow), [_minute_values(campaign, held, place) for place in range(len(held.minutes))]
        )


def _minute_values(campaign: CampaignKey, held: Held, place: int) -> dict[str, Any]:
    minute = held.minutes[place]
    return {
        "campaign": campaign,
        "meeting": held.id,
        "position": place,
        "kind": minute.kind,
        "person": minute.person,
        "text": minute.text,
        "owner": minute.owner,
        "due": minute.due,
        "task": minute.task,
        "cause": minute.cause,
        "taken": minute.taken,
        "reply": minute.reply,
    }


def answer_opinion(
    session: Session, campaign: CampaignKey, meeting: str, position: int, *, taken: bool, reply: Text | None
) -> bool:
    """Say what became of an opinion; False when there is no such opinion."""
    return _answer(session, campaign, meeting, position, MinuteKind.OPINION, taken=taken, reply=reply)


def answer_question(session: Session, campaign: CampaignKey, meeting: str, position: int, *, answer: Text) -> bool:
    """Close an open question; False when there is no such question."""
    return _answer(session, campaign, meeting, position, MinuteKind.QUESTION, reply=answer)


def _answer(
    session: Session, campaign: CampaignKey, meeting: str, position: int, kind: MinuteKind, **values: object
) -> bool:
    answered = session.execute(
        sa.update(MinuteRow)
        .where(
            MinuteRow.campaign == campaign,
            MinuteRow.meeting == meeting,
            MinuteRow.position == position,
            MinuteRow.kind == kind,
        )
        .values(**values)
        .returning(MinuteRow.position)
    )
    return answered.first() is not None


def meetings(session: Session, campaign: CampaignKey) -> tuple[Held, ...]:
    """The meetings held so far, in order of time."""
    found = session.execute(_MEETINGS, {"campaign": campaign}).all()
    minutes = _minutes(session, campaign) if found else {}
    return tuple(
        Held(
            id=row.id,
            stage=Stage(row.stage),
            mode=cast(Any, row.mode),
            held_at=row.held_at,
            recorded_by=PersonKey(row.recorded_by),
            outcome=Outcome(row.outcome) if row.outcome else None,
            attendees=tuple(PersonKey(person) for person in row.attendees),
            minutes=tuple(minutes.get(row.id, ())),
        )
        for row in found
    )


_HELD = cast(sa.Table, MeetingRow.__table__)
_MEETINGS = sa.select(_HELD).where(_HELD.c.campaign == sa.bindparam("campaign")).order_by(_HELD.c.held_at, _HELD.c.id)
_MINUTES = (
    sa.select(MinuteRow)
    .where(MinuteRow.campaign == sa.bindparam("campaign"))
    .order_by(MinuteRow.meeting, MinuteRow.position)
)


def _minutes(session: Session, campaign: CampaignKey) -> dict[str, list[Minute]]:
    minutes: dict[str, list[Minute]] = {}
    for row in session.scalars(_MINUTES, {"campaign": campaign}):
        minutes.setdefault(row.meeting, []).append(_minute(row))
    return minutes


def _minute(row: MinuteRow) -> Minute:
    return Minute(
        kind=MinuteKind(row.kind),
        text=row.text,
        person=PersonKey(row.person) if row.person else None,
        owner=PersonKey(row.owner) if row.owner else None,
        due=row.due,
        task=TaskCode(row.task) if row.task else None,
        cause=cast(Any, row.cause),
        taken=row.taken,
        reply=row.reply,
    )
