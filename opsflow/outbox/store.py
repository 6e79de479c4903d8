"""Outbox, matter and delivery rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.pauses import paused_campaigns
from opsflow.db.statements import insert_or_nothing, insert_selected
from opsflow.db.tables import DeliveryRow, MatterRow, OutboxRow
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value, record
from opsflow.outbox.model import (
    NOT_SET_UP,
    Attempt,
    DuePerson,
    Listed,
    Notice,
    NoticeStatus,
    Outcome,
    Sent,
    UnknownMatter,
    Waiting,
)
from opsflow.outbox.posts import store as posts

TOLD_ALL_THE_SAME = ("campaign_paused",)
"""What a paused campaign tells."""
SELECTED = (
    "key", "campaign", "person", "template", "data", "urgent", "hours", "matter", "matter_version", "created_at",
    "not_before", "status",
)  # fmt: skip
FIRST_VERSION = 1
"""Of a matter."""
UNSETTLED = (NoticeStatus.PENDING, NoticeStatus.SENDING, NoticeStatus.UNKNOWN)
LOST = (NoticeStatus.SENDING, NoticeStatus.UNKNOWN)


def add_matter(session: Session, matter: str) -> bool:
    """Insert a matter, open, in its first version; False when it is there."""
    return bool(add_matters(session, [matter]))


def add_matters(session: Session, matters: Iterable[str]) -> list[str]:
    """Insert matters, open, in their first version; those that were not there."""
    # In order, for the reason given at `enqueue_all`.
    rows = [{"id": matter, "version": FIRST_VERSION, "open": True} for matter in sorted(matters)]
    return insert_or_nothing(session, MatterRow, rows, returning=MatterRow.id)


def reopen_matter(session: Session, matter: str) -> None:
    """Open a closed matter in its next version."""
    reopen_matters(session, [matter])


def reopen_matters(session: Session, matters: Iterable[str]) -> None:
    """Open those of several that are closed in their next version."""
    session.execute(
        sa.update(MatterRow)
        .where(MatterRow.id.in_(tuple(matters)), MatterRow.open.is_(False))
        .values(open=True, version=MatterRow.version + 1, acknowledged_by=None, acknowledged_at=None)
    )


def raise_version(session: Session, matter: str) -> bool:
    """Give an open matter its next version; False: it is not open."""
    next_one = _OPEN_MATTER.values(version=_MATTERS.c.version + 1)
    raised = session.execute(next_one, {"matter": matter, "acknowledged_by": None, "acknowledged_at": None})
    return bool(cast("sa.CursorResult[Any]", raised).rowcount)


def set_acknowledged(session: Session, matter: str, *, by: PersonKey, at: datetime) -> bool:
    """Note who sees to an open matter; False: it is not open."""
    noted = session.execute(_OPEN_MATTER, {"matter": matter, "acknowledged_by": by, "acknowledged_at": at})
    return bool(cast("sa.CursorResult[Any]", noted).rowcount)


def drop_pending(session: Session, matter: str, person: PersonKey, *, template: str, reason: str) -> None:
    """What of one kind was still to be told to somebody about a matter is not told."""
    session.execute(
        sa.update(OutboxRow)
        .where(
            OutboxRow.matter == matter,
            OutboxRow.person == person,
            OutboxRow.template == template,
            OutboxRow.status == NoticeStatus.PENDING,
        )
        .values(status=NoticeStatus.DROPPED, reason=reason)
    )


def set_closed(session: Session, matter: str) -> bool:
    """Close a matter; False: it was not open."""
    closed = session.execute(_OPEN_MATTER, {"matter": matter, "open": False})
    return bool(cast("sa.CursorResult[Any]", closed).rowcount)


def set_facts(session: Session, matter: str, facts: Mapping[str, Value]) -> None:
    """Keep what happened to a matter last, for the cards that show it."""
    session.execute(_MATTER, {"matter": matter, "facts": record(facts)})


_MATTERS = cast(sa.Table, MatterRow.__table__)
_OUTBOX = cast(sa.Table, OutboxRow.__table__)
_MATTER = sa.update(_MATTERS).where(_MATTERS.c.id == sa.bindparam("matter"))
_OPEN_MATTER = _MATTER.where(_MATTERS.c.open)


def set_answered(session: Session, matter: str, person: PersonKey, *, at: datetime) -> None:
    """Whoever acts on a matter has taken note of what they were told of it."""
    session.execute(_UNANSWERED, {"of": matter, "who": person, "acknowledged_at": at})


_UNANSWERED = sa.update(_OUTBOX).where(
    _OUTBOX.c.matter == sa.bindparam("of"),
    _OUTBOX.c.person == sa.bindparam("who"),
    _OUTBOX.c.status == NoticeStatus.SENT,
    _OUTBOX.c.acknowledged_at.is_(None),
)


def close_all(session: Session, campaign: CampaignKey, *, facts: Mapping[str, Value]) -> list[str]:
    """Close every open matter of a campaign, of whatever kind: the key is the second part of its id. Those it closed."""
    of_it = MatterRow.id.like(f"%/{campaign}/%")
    of_another = MatterRow.id.like(f"%/%/{campaign}/%")
    closed = session.scalars(
        sa.update(MatterRow)
        .where(of_it, ~of_another, MatterRow.open)
        .values(open=False, facts=record(facts))
        .returning(MatterRow.id),
        execution_options={"synchronize_session": False},
    )
    return list(closed)


def version_of(session: Session, matter: str) -> int:
    """A matter's version; UnknownMatter when nobody opened it."""
    found = versions_of(session, {matter})
    if matter not in found:
        raise UnknownMatter(matter)
    return found[matter]


def enqueue(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Put a notice in the outbox; False when its key was there, and so it is told already."""
    return enqueue_all(session, [notice], now=now) == 1


def enqueue_all(session: Session, notices: Iterable[Notice], *, now: datetime) -> int:
    """Put notices in the outbox and return how many were new."""
    # In the order of their keys: two who insert the same keys in another order would wait for each other.
    ordered = sorted(notices, key=lambda notice: notice.key)
    versions = versions_of(session, {each.matter for each in ordered if each.matter and each.matter_version is None})
    rows = [_row(notice, versions, now) for notice in ordered]
    return len(insert_or_nothing(session, OutboxRow, rows, returning=OutboxRow.id))


def enqueue_selected(session: Session, query: sa.Select[Any]) -> int:
    """Put in the outbox what a query answers, one notice a row, and return how many were new.

    The query names its columns as the outbox does, and those of `SELECTED` in their order.
    """
    return insert_selected(session, OutboxRow, SELECTED, query)


def versions_of(session: Session, matters: set[str]) -> dict[str, int]:
    """The version of each matter that is there."""
    if not matters:
        return {}
    return {row.id: row.version for row in session.execute(_VERSIONS, {"ids": list(matters)})}


_VERSIONS = sa.select(_MATTERS.c.id, _MATTERS.c.version).where(_MATTERS.c.id.in_(sa.bindparam("ids", expanding=True)))


def _row(notice: Notice, versions: dict[str, int], now: datetime) -> dict[str, Any]:
    version = notice.matter_version
    if notice.matter is not None and version is None:
        if notice.matter not in versions:
            raise UnknownMatter(notice.matter)
        version = versions[notice.matter]
    return {
        "key": notice.key,
        "campaign": notice.campaign,
        "person": notice.person,
        "template": notice.template,
        "data": record(notice.data),
        "urgent": notice.urgent,
        "hours": notice.hours,
        "matter": notice.matter,
        "matter_version": version,
        "created_at": now,
        "not_before": notice.not_before or now,
        "status": NoticeStatus.PENDING,
        "attempts": 0,
    }


def _not_paused() -> sa.ColumnElement[bool]:
    """What may be told while a campaign is paused: what is urgent, and that it is paused."""
    waits = sa.and_(OutboxRow.campaign.is_not(None), OutboxRow.campaign.in_(paused_campaigns()))
    return sa.or_(OutboxRow.urgent, OutboxRow.template.in_(TOLD_ALL_THE_SAME), ~waits)


def drop_of_campaign(session: Session, campaign: CampaignKey, *, reason: str) -> None:
    """What a campaign has still to tell is not told."""
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.campaign == campaign, OutboxRow.status == NoticeStatus.PENDING)
        .values(status=NoticeStatus.DROPPED, reason=reason),
        execution_options={"synchronize_session": False},
    )


def due_people(session: Session, *, now: datetime) -> tuple[DuePerson, ...]:
    """Who may be told something now; those come last to whom something could not be told before (F05)."""
    people = session.execute(_DUE_PEOPLE, {"now": now})
    return tuple(DuePerson(PersonKey(person), route, bool(lost)) for person, route, lost in people)


_DUE_NOW = (OutboxRow.status.in_(UNSETTLED), OutboxRow.not_before <= sa.bindparam("now"), _not_paused())
_DUE_PEOPLE = (
    sa.select(
        OutboxRow.person,
        sa.func.min(OutboxRow.route),
        sa.func.max(sa.case((OutboxRow.status.in_(LOST), 1), else_=0)),
    )
    .where(*_DUE_NOW)
    .group_by(OutboxRow.person)
    .order_by(sa.func.max(OutboxRow.attempts) > 0, sa.func.min(OutboxRow.id))
)


def hold_person(session: Session, person: PersonKey) -> None:
    """Keep other deliverers from this person until the transaction ends (SQLite has one writer anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"outbox/{person}"))))


def in_flight(session: Session, person: PersonKey, *, now: datetime) -> bool:
    """Whether a deliverer is talking to this person at the moment."""
    return bool(session.scalar(_IN_FLIGHT, {"who": person, "now": now}))


_IN_FLIGHT = sa.select(
    sa.exists().where(
        OutboxRow.person == sa.bindparam("who"),
        OutboxRow.status == NoticeStatus.SENDING,
        OutboxRow.not_before > sa.bindparam("now"),
    )
)


def due(session: Session, person: PersonKey, *, now: datetime) -> tuple[Waiting, ...]:
    """A person's notices whose time has come, with what became of the matters they speak of."""
    rows = session.execute(_DUE, {"who": person, "now": now})
    return tuple(_waiting(row, stale=bool(is_stale)) for row, is_stale in rows)


_STALE = sa.and_(
    OutboxRow.matter.is_not(None),
    sa.or_(MatterRow.id.is_(None), ~MatterRow.open, MatterRow.version != OutboxRow.matter_version),
)
_DUE = (
    sa.select(OutboxRow, sa.case((_STALE, sa.true()), else_=sa.false()))
    .outerjoin(MatterRow, MatterRow.id == OutboxRow.matter)
    .where(OutboxRow.person == sa.bindparam("who"), *_DUE_NOW)
    .order_by(OutboxRow.id)
    .execution_options(populate_existing=True)
)


def _waiting(row: OutboxRow, *, stale: bool) -> Waiting:
    return Waiting(
        id=row.id,
        key=row.key,
        campaign=CampaignKey(row.campaign) if row.campaign else None,
        template=row.template,
        data=row.data,
        urgent=row.urgent,
        hours=row.hours,
        created_at=row.created_at,
        not_before=row.not_before,
        attempts=row.attempts,
        route=row.route,
        unknowns=row.unknowns,
        since=row.since,
        message=row.message,
        claimed=row.status in LOST,
        matter=row.matter,
        matter_version=row.matter_version,
        stale=stale,
        reason=row.reason,
    )


def settle(session: Session, notices: Sequence[Waiting], status: NoticeStatus, reason: str) -> None:
    """End notices that are not sent: dropped or failed."""
    _update(session, notices, status=status, reason=reason)


def hold(session: Session, notices: Sequence[Waiting], *, until: datetime, reason: str | None) -> None:
    """Keep notices for later."""
    _update(session, notices, status=NoticeStatus.PENDING, not_before=until, reason=reason)


def explain(session: Session, person: PersonKey, *, now: datetime, reason: str) -> int:
    """Say why somebody's notices still wait, and change nothing else of them; how many."""
    told = session.execute(
        sa.update(OutboxRow)
        .where(
            OutboxRow.person == person,
            OutboxRow.status == NoticeStatus.PENDING,
            OutboxRow.not_before <= now,
            _not_paused(),
        )
        .values(reason=reason),
        execution_options={"synchronize_session": False},
    )
    return cast("sa.CursorResult[Any]", told).rowcount


def waiting_for_channels(session: Session) -> tuple[tuple[PersonKey, str], ...]:
    """Person and reason of every notice that no deliverer of late had a channel for."""
    rows = session.execute(
        sa.select(OutboxRow.person, OutboxRow.reason)
        .where(OutboxRow.status == NoticeStatus.PENDING, OutboxRow.reason.contains(NOT_SET_UP))
        .order_by(OutboxRow.id)
    )
    return tuple((PersonKey(person), reason or "") for person, reason in rows)


def claim(session: Session, notices: Sequence[Waiting], *, message: str, at: datetime, until: datetime) -> None:
    """Take notices for sending as one message: nobody else does before `until`."""
    _update(session, notices, _TAKEN, status=NoticeStatus.SENDING, not_before=until, message=message, first_at=at)


def claim_look(session: Session, notices: Sequence[Waiting], *, until: datetime) -> None:
    """Take notices to look for the message that they went out in, or did not."""
    _update(session, notices, status=NoticeStatus.SENDING, not_before=until)


def next_route(session: Session, notices: Sequence[Waiting], *, at: datetime, reason: str) -> None:
    """Send notices on the next channel of their recipient."""
    onward = _THOSE.values(route=_OUTBOX.c.route + 1)
    _update(session, notices, onward, **_fresh(at), attempts=0, reason=reason)


def _fresh(at: datetime) -> dict[str, object]:
    return {"status": NoticeStatus.PENDING, "not_before": at, "unknowns": 0, "since": None}


_THOSE = sa.update(_OUTBOX).where(_OUTBOX.c.id.in_(sa.bindparam("those", expanding=True)))
_TAKEN = _THOSE.values(
    since=sa.func.coalesce(_OUTBOX.c.since, sa.bindparam("first_at", type_=_OUTBOX.c.since.type)),
    attempts=_OUTBOX.c.attempts + 1,
)


def _update(session: Session, notices: Sequence[Waiting], change: sa.Update = _THOSE, **values: object) -> None:
    if notices:
        session.execute(change, {"those": [notice.id for notice in notices], **values})


def set_sent(session: Session, notices: Sequence[Waiting], *, claimed_until: datetime, delivery: int) -> None:
    """Notices went out in a message; those another deliverer took since are left to it."""
    _update_claimed(session, notices, claimed_until, status=NoticeStatus.SENT, delivery=delivery, reason=None)


def put_back(
    session: Session, notices: Sequence[Waiting], *, claimed_until: datetime, not_before: datetime, reason: str
) -> bool:
    """Return notices that surely did not arrive, to be tried again; False: another deliverer took them since."""
    return _update_claimed(session, notices, claimed_until, _OURS, **_fresh(not_before), reason=reason)


def put_back_untried(
    session: Session, notices: Sequence[Waiting], *, claimed_until: datetime, not_before: datetime, reason: str
) -> bool:
    """The same of what the channel asked to wait with: that was no attempt."""
    less = _OURS.values(attempts=_OUTBOX.c.attempts - 1)
    return _update_claimed(session, notices, claimed_until, less, **_fresh(not_before), reason=reason)


def set_unknown(
    session: Session, notices: Sequence[Waiting], *, claimed_until: datetime, not_before: datetime, reason: str
) -> bool:
    """Nobody knows whether notices arrived: they are looked up from `not_before` on."""
    return _update_claimed(
        session, notices, claimed_until, status=NoticeStatus.UNKNOWN, not_before=not_before, reason=reason
    )


def set_missing(session: Session, notices: Sequence[Waiting], *, claimed_until: datetime, at: datetime) -> bool:
    """The message was looked for and is not there: its notices are sent again. What is looked for stays as old."""
    missed = _OURS.values(unknowns=_OUTBOX.c.unknowns + 1)
    return _update_claimed(session, notices, claimed_until, missed, status=NoticeStatus.PENDING, not_before=at)


_OURS = _THOSE.where(_OUTBOX.c.status == NoticeStatus.SENDING, _OUTBOX.c.not_before == sa.bindparam("claimed_until"))


def _update_claimed(
    session: Session,
    notices: Sequence[Waiting],
    claimed_until: datetime,
    change: sa.Update = _OURS,
    **values: object,
) -> bool:
    those = {"those": [notice.id for notice in notices], "claimed_until": claimed_until}
    found = session.execute(change, {**those, **values})
    return bool(cast("sa.CursorResult[Any]", found).rowcount)


def next_notice(session: Session) -> datetime | None:
    """The earliest instant at which somebody may be told something; None when nothing waits."""
    return session.scalar(_NEXT)


_NEXT = sa.select(sa.func.min(OutboxRow.not_before)).where(OutboxRow.status.in_(UNSETTLED), _not_paused())


def stuck(session: Session, *, before: datetime) -> tuple[PersonKey, ...]:
    """Who was to get the notices that a deliverer took and whose lease ended before an instant; one entry per notice."""
    claimed = sa.select(OutboxRow.person).where(OutboxRow.status == NoticeStatus.SENDING, OutboxRow.not_before < before)
    return tuple(PersonKey(person) for person in session.scalars(claimed.order_by(OutboxRow.id)))


def failures(session: Session) -> tuple[tuple[PersonKey, str, str], ...]:
    """Person, key and reason of every notice that was given up."""
    rows = session.execute(
        sa.select(OutboxRow.person, OutboxRow.key, OutboxRow.reason)
        .where(OutboxRow.status.in_((NoticeStatus.FAILED, NoticeStatus.FALLBACK)))
        .order_by(OutboxRow.id)
    )
    return tuple((PersonKey(person), key, reason or "") for person, key, reason in rows)


def sent(session: Session, campaign: CampaignKey | None = None) -> tuple[Sent, ...]:
    """The messages that went out, oldest first; of a campaign: those that tell something of it."""
    told: defaultdict[int, list[tuple[CampaignKey | None, str, str]]] = defaultdict(list)
    rows = session.execute(
        sa.select(OutboxRow.delivery, OutboxRow.campaign, OutboxRow.template, OutboxRow.key)
        .where(OutboxRow.delivery.is_not(None))
        .order_by(OutboxRow.id)
    )
    for delivery, of, template, key in rows:
        assert delivery is not None  # the query asks for those that have one
        told[delivery].append((CampaignKey(of) if of else None, template, key))
    return tuple(
        Sent(
            person=PersonKey(row.person),
            channel=row.channel,
            sent_at=row.sent_at,
            urgent=row.urgent,
            text=row.body,
            notices=tuple(told[row.id]),
        )
        for row in session.scalars(sa.select(DeliveryRow).order_by(DeliveryRow.id))
        if campaign is None or any(of == campaign for of, _, _ in told[row.id])
    )


def ledger(
    session: Session, *, person: PersonKey | None = None, campaign: CampaignKey | None = None
) -> tuple[Listed, ...]:
    """Every notice, with what became of it, in the order of its time: sent, or due, or given up."""
    which = [
        *([OutboxRow.person == person] if person is not None else []),
        *([OutboxRow.campaign == campaign] if campaign is not None else []),
    ]
    tried = posts.attempts(session, *which)
    at = sa.func.coalesce(DeliveryRow.sent_at, OutboxRow.not_before)
    query = (
        sa.select(OutboxRow, DeliveryRow.sent_at, DeliveryRow.channel)
        .outerjoin(DeliveryRow, DeliveryRow.id == OutboxRow.delivery)
        .where(*which)
        .order_by(at, OutboxRow.id)
    )
    return tuple(
        Listed(
            person=PersonKey(row.person),
            campaign=CampaignKey(row.campaign) if row.campaign else None,
            template=row.template,
            data=row.data,
            status=NoticeStatus(row.status),
            urgent=row.urgent,
            not_before=row.not_before,
            sent_at=sent_at,
            channel=channel,
            acknowledged_at=row.acknowledged_at,
            attempts=(*tried.get(row.id, ()), *([Attempt(sent_at, channel, Outcome.SENT, None)] if sent_at else [])),
            reason=row.reason,
        )
        for row, sent_at, channel in session.execute(query)
    )
