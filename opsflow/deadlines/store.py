"""Rung rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import MatterRow, RungRow
from opsflow.deadlines.model import Due, Rung, RungStatus
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.values import record

OWNER = "owner"
FIRING = 0x7275_6E67  # an arbitrary number that all copies of opsflow share


def set_rungs(session: Session, rungs: Iterable[Rung]) -> int:
    """Store rungs, passing over those whose key is there; return how many are new."""
    rows = [_row(rung) for rung in sorted(rungs, key=lambda rung: rung.key)]
    return len(insert_or_nothing(session, RungRow, rows, returning=RungRow.key)) if rows else 0


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
        "status": RungStatus.WAITING,
        "settled_at": None,
    }


def hold_firing(session: Session) -> None:
    """One fires at a time (SQLite has one writer anyway).

    The notices' keys already keep a step from being told twice; this keeps two who mark the same rows in another order
    from waiting for each other for ever.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(FIRING)))


def due(session: Session, *, now: datetime, tasks: int) -> tuple[Due, ...]:
    """The due rungs of the first so many tasks that have some, each task whole."""
    waiting = (RungRow.status == RungStatus.WAITING, RungRow.at <= now)
    first = (
        sa.select(RungRow.campaign, RungRow.task)
        .where(*waiting)
        .group_by(RungRow.campaign, RungRow.task)
        .order_by(sa.func.min(RungRow.at), RungRow.campaign, RungRow.task)
        .limit(tasks)
        .subquery()
    )
    alive = sa.and_(MatterRow.open, MatterRow.version == RungRow.matter_version)
    rows = session.execute(
        sa.select(RungRow, sa.case((alive, sa.true()), else_=sa.false()))
        .join(first, sa.and_(RungRow.campaign == first.c.campaign, RungRow.task == first.c.task))
        .outerjoin(MatterRow, MatterRow.id == RungRow.matter)
        .where(*waiting)
        .order_by(RungRow.at, RungRow.key)
        .execution_options(populate_existing=True)
    )
    return tuple(_due(row, alive=bool(is_alive)) for row, is_alive in rows)


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
        alive=alive,
    )


def mark(session: Session, rungs: Sequence[Due], status: RungStatus, *, at: datetime) -> None:
    """End rungs that are still waiting."""
    if rungs:
        session.execute(
            sa.update(RungRow)
            .where(RungRow.key.in_([rung.key for rung in rungs]), RungRow.status == RungStatus.WAITING)
            .values(status=status, settled_at=at),
            execution_options={"synchronize_session": False},
        )


def next_rung(session: Session) -> datetime | None:
    """The earliest instant at which a waiting rung is due; None when none waits."""
    return session.scalar(sa.select(sa.func.min(RungRow.at)).where(RungRow.status == RungStatus.WAITING))


def told(session: Session, campaign: CampaignKey) -> tuple[tuple[TaskCode, str, RungStatus], ...]:
    """Task, step and fate of every rung of a campaign, in the order of their instants."""
    rows = session.execute(
        sa.select(RungRow.task, RungRow.name, RungRow.status)
        .where(RungRow.campaign == campaign)
        .order_by(RungRow.at, RungRow.key)
    )
    return tuple((TaskCode(task), name, RungStatus(status)) for task, name, status in rows)
