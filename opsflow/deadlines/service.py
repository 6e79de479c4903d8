"""Firing what is due. Early, late, doubled and irregular ticks give the same result: the rows say what is left (F07, F08)."""

from datetime import datetime

from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.deadlines import store
from opsflow.deadlines.model import Due, RungStatus, settle
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all

BATCH = 500
"""Tasks per transaction."""


def fire_due(ctx: Context) -> int:
    """Turn every due rung into a notice, once, if its matter is still open and has not moved; return how many were."""
    told = 0
    while True:
        with ctx.transaction() as session:
            store.hold_firing(session)
            due = store.due(session, now=ctx.clock.now(), tasks=BATCH)
            if not due:
                return told
            told += _settle(session, due, now=ctx.clock.now())


def _settle(session: Session, due: tuple[Due, ...], *, now: datetime) -> int:
    settled = settle(due)
    store.mark(session, settled.killed, RungStatus.KILLED, at=now)
    store.mark(session, settled.superseded, RungStatus.SUPERSEDED, at=now)
    store.mark(session, settled.fire, RungStatus.FIRED, at=now)
    return enqueue_all(session, [_notice(rung) for rung in settled.fire], now=now)


def _notice(rung: Due) -> Notice:
    return Notice(
        key=rung.told,
        person=rung.person,
        template=rung.template,
        data=rung.data,
        campaign=rung.campaign,
        matter=rung.matter,
        matter_version=rung.matter_version,
    )
