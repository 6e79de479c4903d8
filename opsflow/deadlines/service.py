"""Firing what is due. Early, late, doubled and irregular ticks give the same result: the rows say what is left (F07, F08)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.deadlines import store
from opsflow.deadlines.model import Due, RungStatus, Settled, Turn, settle
from opsflow.kernel.terms import CampaignKey
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all

FEW, BATCH, MANY = 100, 500, 10_000
"""Tasks per transaction: what the rules settle as a rule; and in a large sweep, what they settle and the database does."""
Turns = Callable[[Session, CampaignKey, datetime], Turn]
"""When the digest of a campaign comes round, at an instant."""


def fire_due(ctx: Context, turns: Turns | None = None, *, few: int = FEW) -> int:
    """Turn every due rung into a notice, once, if its matter is still open and has not moved; return how many were.

    `turns`: a line of the digest that is told is set again for the next day it says; without, each is told once.
    `few`: from so many tasks on it is a large sweep (decision 0016).
    """
    told, large = 0, few == 0
    while True:
        with ctx.transaction() as session:
            store.hold_firing(session)
            now = ctx.clock.now()
            alone, new = store.tell_alone(session, now=now, tasks=MANY) if large else (0, 0)
            due = store.due(session, now=now, tasks=BATCH if large else few)
            told += new + _settle(session, due, turns, now=now)
        if not due and not alone:
            return told
        large = large or len({(rung.campaign, rung.task) for rung in due}) >= few


def _settle(session: Session, due: tuple[Due, ...], turns: Turns | None, *, now: datetime) -> int:
    if not due:
        return 0
    settled = settle(due)
    if turns is not None:
        settled = _come_round(session, settled, partial(turns, session), now=now)
    store.mark(session, settled.killed, RungStatus.KILLED, at=now)
    store.mark(session, settled.superseded, RungStatus.SUPERSEDED, at=now)
    store.mark(session, settled.fire, RungStatus.FIRED, at=now)
    return enqueue_all(session, [_notice(rung) for rung in settled.fire], now=now)


def _come_round(
    session: Session, settled: Settled, turns: Callable[[CampaignKey, datetime], Turn], *, now: datetime
) -> Settled:
    """Lines of the digest that were told come again on the next working day; of several that were missed the last is told,
    on the day it is told (F32).
    """
    lines = [rung for rung in settled.fire if rung.digests]
    days = {campaign: turns(campaign, now) for campaign in {rung.campaign for rung in lines}}
    missed = {rung.key for rung in lines if rung.at < days[rung.campaign].at}
    store.repeat(
        session,
        [
            (rung, days[rung.campaign].day, days[rung.campaign].at)
            if rung.key in missed
            else (rung, days[rung.campaign].next_day, days[rung.campaign].next_at)
            for rung in lines
        ],
    )
    return Settled(
        fire=tuple(rung for rung in settled.fire if rung.key not in missed),
        superseded=(*settled.superseded, *(rung for rung in lines if rung.key in missed)),
        killed=settled.killed,
    )


def _notice(rung: Due) -> Notice:
    return Notice(
        key=rung.told,
        person=rung.person,
        template=rung.template,
        data=rung.data,
        urgent=rung.urgent,
        hours=rung.hours,
        campaign=rung.campaign,
        matter=rung.matter,
        matter_version=rung.matter_version,
    )
