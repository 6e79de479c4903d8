"""Rung rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.pauses import paused_campaigns
from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import MatterRow, RungRow
from opsflow.db.types import Instant
from opsflow.deadlines.model import DIGEST, ESCALATED, HANDOVER, INCIDENT, SNOOZED, TEMPLATES, Due, Rung, RungStatus
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.values import record
from opsflow.outbox.model import NoticeStatus
from opsflow.outbox.store import enqueue_selected

OWNER = "owner"
FIRING = 0x7275_6E67  # an arbitrary number that all copies of opsflow share


def set_rungs(session: Session, rungs: Iterable[Rung]) -> int:
    """Store rungs, passing over those whose key is there; return how many are new."""
    rows = sorted(map(_row, rungs), key=itemgetter("key"))
    return len(insert_or_nothing(session, RungRow, rows, returning=RungRow.key))


def _row(rung: Rung) -> dict[str, Any]:
    return {
        "key": rung.key,
        "campaign": rung.campaign,
        "task": rung.task,
        "name": rung.step.name,
        "at": rung.step.at,
        "person": rung.person,
        "role": rung.step.to or OWNER,
        "matter": rung.matter,
        "matter_version": rung.matter_version,
        "data": record({**rung.data, **rung.step.figures}),
        "hours": rung.hours,
        "status": RungStatus.WAITING,
        "settled_at": None,
    }


def repeat(session: Session, rungs: Iterable[tuple[Due, date, datetime]]) -> None:
    """Set the same line of the digest for another day."""
    rows = []
    for rung, day, at in rungs:
        name = f"{DIGEST}{day}"
        before, after = rung.key.split("/")[:4], rung.key.split("/")[5:]
        rows.append(
            {
                "key": "/".join([*before, name, *after]),
                "campaign": rung.campaign,
                "task": rung.task,
                "name": name,
                "at": at,
                "person": rung.person,
                "role": rung.role,
                "matter": rung.matter,
                "matter_version": rung.matter_version,
                "data": rung.data,
                "hours": rung.hours,
                "status": RungStatus.WAITING,
                "settled_at": None,
            }
        )
    if rows:
        insert_or_nothing(session, RungRow, sorted(rows, key=lambda row: str(row["key"])), returning=RungRow.key)


def hold_firing(session: Session) -> None:
    """One fires at a time (SQLite has one writer anyway).

    The notices' keys already keep a step from being told twice; this keeps two who mark the same rows in another order
    from waiting for each other for ever.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(FIRING)))


def _waiting() -> tuple[sa.ColumnElement[bool], ...]:
    """What waits for its time. All of a paused campaign waits for its resumption, but for incidents: those go on."""
    incident = sa.or_(*(RungRow.name.startswith(begins, autoescape=True) for begins in (INCIDENT, HANDOVER)))
    return RungRow.status == RungStatus.WAITING, sa.or_(RungRow.campaign.not_in(paused_campaigns()), incident)


def due(session: Session, *, now: datetime, tasks: int) -> tuple[Due, ...]:
    """The due rungs of the first so many tasks that have some, each task whole."""
    rows = session.execute(_DUE, {"now": now, "tasks": tasks})
    return tuple(_due(row, alive=bool(is_alive)) for row, is_alive in rows)


def _due_rungs() -> sa.Select[tuple[RungRow, bool]]:
    waiting = (*_waiting(), RungRow.at <= sa.bindparam("now"))
    first = (
        sa.select(RungRow.campaign, RungRow.task)
        .where(*waiting)
        .group_by(RungRow.campaign, RungRow.task)
        .order_by(sa.func.min(RungRow.at), RungRow.campaign, RungRow.task)
        .limit(sa.bindparam("tasks"))
        .subquery()
    )
    alive = sa.and_(MatterRow.open, MatterRow.version == RungRow.matter_version)
    return (
        sa.select(RungRow, sa.case((alive, sa.true()), else_=sa.false()))
        .join(first, sa.and_(RungRow.campaign == first.c.campaign, RungRow.task == first.c.task))
        .outerjoin(MatterRow, MatterRow.id == RungRow.matter)
        .where(*waiting)
        .order_by(RungRow.at, RungRow.key)
        .execution_options(populate_existing=True)
    )


_DUE = _due_rungs()


def tell_alone(session: Session, *, now: datetime, tasks: int) -> tuple[int, int]:
    """Tell, in the database itself, the due rungs of so many tasks that have a single one; how many there were, and how
    many notices of them are new.

    Where two of a task are due, one is dead, or a line of the digest comes round, `due` and the rules decide. Nearly all
    that a tick finds is alone; so a sweep of very many takes about as long as the two statements.
    """
    # Looked up one by one: PostgreSQL would read every matter to join the few that count.
    alive = sa.exists().where(
        MatterRow.id == RungRow.matter, MatterRow.open, MatterRow.version == RungRow.matter_version
    )
    plain = sa.and_(~RungRow.name.startswith(DIGEST, autoescape=True), alive)
    keys = session.scalars(
        sa.select(sa.func.min(RungRow.key))
        .where(*_waiting(), RungRow.at <= now)
        .group_by(RungRow.campaign, RungRow.task)
        .having(sa.func.count() == 1, sa.func.min(sa.case((plain, 1), else_=0)) == 1)
        .limit(tasks)
    ).all()
    if not keys:
        return 0, 0
    chosen = _among(session, keys)
    told = enqueue_selected(session, _as_notices(now).where(chosen))
    values = {"status": RungStatus.FIRED, "settled_at": now}
    session.execute(sa.update(RungRow).where(chosen).values(**values), execution_options={"synchronize_session": False})
    return len(keys), told


def _among(session: Session, keys: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a rung is one of many: as one value, or the statement would be written anew for each number of them."""
    if session.get_bind().dialect.name == "postgresql":
        return RungRow.key.in_(sa.select(sa.func.unnest(sa.literal(list(keys), sa.ARRAY(sa.String())))))
    return RungRow.key.in_(sa.select(sa.func.json_each(json.dumps(list(keys))).table_valued("value").c.value))


def _as_notices(now: datetime) -> sa.Select[Any]:
    """Rungs as rows of the outbox: what `Due` says of a step, in SQL; told once whatever was raised, so without version."""
    name, at = RungRow.name, sa.literal(now, Instant())
    version = sa.literal("/").concat(sa.cast(RungRow.matter_version, sa.String()))
    cases = [(name.startswith(begins, autoescape=True), template) for begins, template in TEMPLATES]
    urgent = sa.or_(*(name.startswith(begins, autoescape=True) for begins in (INCIDENT, HANDOVER)))
    return sa.select(
        sa.func.substr(RungRow.key, 1, sa.func.length(RungRow.key) - sa.func.length(version)),
        RungRow.campaign,
        RungRow.person,
        sa.case(*cases, else_=ESCALATED),
        RungRow.data,
        urgent,
        RungRow.hours,
        RungRow.matter,
        RungRow.matter_version,
        at,
        at,
        sa.literal(NoticeStatus.PENDING.value),
    )


def _due(row: RungRow, *, alive: bool) -> Due:
    return Due(
        key=row.key,
        campaign=CampaignKey(row.campaign),
        task=TaskCode(row.task),
        name=row.name,
        at=row.at,
        person=PersonKey(row.person),
        matter=row.matter,
        matter_version=row.matter_version,
        data=row.data,
        hours=row.hours,
        role=row.role,
        alive=alive,
    )


def mark(session: Session, rungs: Sequence[Due], status: RungStatus, *, at: datetime) -> None:
    """End rungs that are still waiting."""
    if rungs:
        session.execute(_MARKED, {"those": [rung.key for rung in rungs], "status": status, "settled_at": at})


_RUNGS = cast(sa.Table, RungRow.__table__)
_MARKED = sa.update(_RUNGS).where(
    _RUNGS.c.key.in_(sa.bindparam("those", expanding=True)), _RUNGS.c.status == RungStatus.WAITING
)


def withdraw(session: Session, campaign: CampaignKey, task: TaskCode, names: str, *, after: datetime) -> None:
    """Take back the rungs of one task whose names begin so and whose time comes later: others are set in their place."""
    session.execute(
        sa.delete(RungRow).where(
            RungRow.campaign == campaign,
            RungRow.task == task,
            RungRow.name.startswith(names, autoescape=True),
            RungRow.status == RungStatus.WAITING,
            RungRow.at > after,
        ),
        execution_options={"synchronize_session": False},
    )


def waiting_for_roles(session: Session, campaign: CampaignKey) -> tuple[Due, ...]:
    """The waiting rungs of deadlines that go to whoever fills a role, in the order of their keys."""
    incident = sa.or_(*(RungRow.name.startswith(begins, autoescape=True) for begins in (INCIDENT, HANDOVER)))
    rows = session.scalars(
        sa.select(RungRow)
        .where(
            RungRow.campaign == campaign,
            RungRow.status == RungStatus.WAITING,
            RungRow.role.in_([role.value for role in Role]),
            ~incident,
        )
        .order_by(RungRow.key)
        .execution_options(populate_existing=True)
    )
    return tuple(_due(row, alive=True) for row in rows)


def point(session: Session, rungs: Iterable[tuple[Due, PersonKey, Mapping[str, Any]]]) -> None:
    """Waiting rungs go to somebody else, with what is told; what the other was told already is not told again."""
    rows, gone = [], []
    for rung, person, data in rungs:
        gone.append(rung.key)
        before, version = rung.key.split("/")[:-2], rung.key.split("/")[-1]
        rows.append(
            {
                "key": "/".join([*before, person, version]),
                "campaign": rung.campaign,
                "task": rung.task,
                "name": rung.name,
                "at": rung.at,
                "person": person,
                "role": rung.role,
                "matter": rung.matter,
                "matter_version": rung.matter_version,
                "data": data,
                "hours": rung.hours,
                "status": RungStatus.WAITING,
                "settled_at": None,
            }
        )
    if rows:
        session.execute(
            sa.delete(RungRow).where(RungRow.key.in_(gone), RungRow.status == RungStatus.WAITING),
            execution_options={"synchronize_session": False},
        )
        insert_or_nothing(session, RungRow, sorted(rows, key=lambda row: str(row["key"])), returning=RungRow.key)


def steps(session: Session, campaign: CampaignKey, task: TaskCode) -> tuple[tuple[str, PersonKey, datetime], ...]:
    """Name, person and instant of every step of a task that was told, in order."""
    rows = session.execute(
        sa.select(RungRow.name, RungRow.person, RungRow.settled_at)
        .where(RungRow.campaign == campaign, RungRow.task == task, RungRow.status == RungStatus.FIRED)
        .order_by(RungRow.at, RungRow.key)
    )
    return tuple((name, PersonKey(person), at) for name, person, at in rows)


def silence_reminders(session: Session, campaign: CampaignKey, task: TaskCode, *, until: datetime, at: datetime) -> int:
    """End the owner's reminders of a task before an instant, and those of an earlier snooze; how many snoozes there were.

    Nobody who is told something late is silenced: those steps are not the owner's to put off.
    """
    of_task = (RungRow.campaign == campaign, RungRow.task == task, RungRow.role == OWNER)
    snoozes = RungRow.name.startswith(SNOOZED, autoescape=True)
    session.execute(
        sa.update(RungRow)
        .where(*of_task, RungRow.status == RungStatus.WAITING, sa.or_(RungRow.at < until, snoozes))
        .values(status=RungStatus.SUPERSEDED, settled_at=at),
        execution_options={"synchronize_session": False},
    )
    return session.scalar(sa.select(sa.func.count()).select_from(RungRow).where(*of_task, snoozes)) or 0


def next_rung(session: Session) -> datetime | None:
    """The earliest instant at which a waiting rung is due; None when none waits."""
    return session.scalar(_NEXT)


_NEXT = sa.select(sa.func.min(RungRow.at)).where(*_waiting())


def told(session: Session, campaign: CampaignKey) -> tuple[tuple[TaskCode, str, RungStatus], ...]:
    """Task, step and fate of every rung of a campaign, in the order of their instants."""
    rows = session.execute(
        sa.select(RungRow.task, RungRow.name, RungRow.status)
        .where(RungRow.campaign == campaign)
        .order_by(RungRow.at, RungRow.key)
    )
    return tuple((TaskCode(task), name, RungStatus(status)) for task, name, status in rows)
