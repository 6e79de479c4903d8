"""Outbox, matter and delivery rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import DeliveryRow, MatterRow, OutboxRow
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import record
from opsflow.outbox.model import Listed, Notice, NoticeStatus, Sent, UnknownMatter, Waiting

UNSETTLED = (NoticeStatus.PENDING, NoticeStatus.SENDING)


def add_matter(session: Session, matter: str) -> bool:
    """Insert a matter, open, in its first version; False when it is there."""
    return bool(
        insert_or_nothing(session, MatterRow, [{"id": matter, "version": 1, "open": True}], returning=MatterRow.id)
    )


def reopen_matter(session: Session, matter: str) -> None:
    """Open a closed matter in its next version."""
    session.execute(
        sa.update(MatterRow)
        .where(MatterRow.id == matter, MatterRow.open.is_(False))
        .values(open=True, version=MatterRow.version + 1)
    )


def raise_version(session: Session, matter: str) -> None:
    """Give an open matter its next version."""
    session.execute(
        sa.update(MatterRow).where(MatterRow.id == matter, MatterRow.open).values(version=MatterRow.version + 1)
    )


def set_closed(session: Session, matter: str) -> None:
    """Close a matter."""
    session.execute(sa.update(MatterRow).where(MatterRow.id == matter).values(open=False))


def version_of(session: Session, matter: str) -> int:
    """A matter's version; UnknownMatter when nobody opened it."""
    version = session.scalar(sa.select(MatterRow.version).where(MatterRow.id == matter))
    if version is None:
        raise UnknownMatter(matter)
    return version


def enqueue(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Put a notice in the outbox; False when its key was there, and so it is told already."""
    return enqueue_all(session, [notice], now=now) == 1


def enqueue_all(session: Session, notices: Iterable[Notice], *, now: datetime) -> int:
    """Put notices in the outbox and return how many were new."""
    # In the order of their keys: two who insert the same keys in another order would wait for each other.
    ordered = sorted(notices, key=lambda notice: notice.key)
    versions = _versions(session, {notice.matter for notice in ordered if notice.matter is not None})
    rows = [_row(notice, versions, now) for notice in ordered]
    return len(insert_or_nothing(session, OutboxRow, rows, returning=OutboxRow.id)) if rows else 0


def _versions(session: Session, matters: set[str]) -> dict[str, int]:
    found = session.execute(sa.select(MatterRow.id, MatterRow.version).where(MatterRow.id.in_(matters)))
    return {row.id: row.version for row in found}


def _row(notice: Notice, versions: dict[str, int], now: datetime) -> dict[str, Any]:
    if notice.matter is not None and notice.matter not in versions:
        raise UnknownMatter(notice.matter)
    version = notice.matter_version
    return {
        "key": notice.key,
        "campaign": notice.campaign,
        "person": notice.person,
        "template": notice.template,
        "data": record(notice.data),
        "urgent": notice.urgent,
        "matter": notice.matter,
        "matter_version": versions[notice.matter] if notice.matter is not None and version is None else version,
        "created_at": now,
        "not_before": notice.not_before or now,
        "status": NoticeStatus.PENDING,
        "attempts": 0,
    }


def due_people(session: Session, *, now: datetime) -> tuple[PersonKey, ...]:
    """Who may be told something now."""
    people = session.scalars(
        sa.select(OutboxRow.person)
        .where(OutboxRow.status.in_(UNSETTLED), OutboxRow.not_before <= now)
        .group_by(OutboxRow.person)
        .order_by(sa.func.min(OutboxRow.id))
    )
    return tuple(PersonKey(person) for person in people)


def hold_person(session: Session, person: PersonKey) -> None:
    """Keep other deliverers from this person until the transaction ends (SQLite has one writer anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"outbox/{person}"))))


def in_flight(session: Session, person: PersonKey, *, now: datetime) -> bool:
    """Whether a deliverer is talking to this person at the moment."""
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    OutboxRow.person == person, OutboxRow.status == NoticeStatus.SENDING, OutboxRow.not_before > now
                )
            )
        )
    )


def due(session: Session, person: PersonKey, *, now: datetime) -> tuple[Waiting, ...]:
    """A person's notices whose time has come, with what became of the matters they speak of."""
    stale = sa.and_(
        OutboxRow.matter.is_not(None),
        sa.or_(MatterRow.id.is_(None), ~MatterRow.open, MatterRow.version != OutboxRow.matter_version),
    )
    rows = session.execute(
        sa.select(OutboxRow, sa.case((stale, sa.true()), else_=sa.false()))
        .outerjoin(MatterRow, MatterRow.id == OutboxRow.matter)
        .where(OutboxRow.person == person, OutboxRow.status.in_(UNSETTLED), OutboxRow.not_before <= now)
        .order_by(OutboxRow.id)
        .execution_options(populate_existing=True)
    )
    return tuple(_waiting(row, stale=bool(is_stale)) for row, is_stale in rows)


def _waiting(row: OutboxRow, *, stale: bool) -> Waiting:
    return Waiting(
        id=row.id,
        key=row.key,
        campaign=CampaignKey(row.campaign) if row.campaign else None,
        template=row.template,
        data=row.data,
        urgent=row.urgent,
        created_at=row.created_at,
        not_before=row.not_before,
        attempts=row.attempts,
        claimed=row.status == NoticeStatus.SENDING,
        stale=stale,
    )


def settle(session: Session, notices: Sequence[Waiting], status: NoticeStatus, reason: str) -> None:
    """End notices that are not sent: dropped or failed."""
    _update(session, notices, status=status, reason=reason)


def hold(session: Session, notices: Sequence[Waiting], *, until: datetime, reason: str | None) -> None:
    """Keep notices for later."""
    _update(session, notices, status=NoticeStatus.PENDING, not_before=until, reason=reason)


def claim(session: Session, notices: Sequence[Waiting], *, until: datetime) -> None:
    """Take notices for sending: nobody else does before `until`."""
    _update(session, notices, status=NoticeStatus.SENDING, not_before=until, attempts=OutboxRow.attempts + 1)


def _update(session: Session, notices: Sequence[Waiting], **values: object) -> None:
    if notices:
        session.execute(
            sa.update(OutboxRow).where(OutboxRow.id.in_([notice.id for notice in notices])).values(**values),
            execution_options={"synchronize_session": False},
        )


def messages_on(session: Session, person: PersonKey, day: date) -> int:
    """How many messages a person got on a day of theirs, those not counted in which everything was urgent."""
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(DeliveryRow)
        .where(DeliveryRow.person == person, DeliveryRow.local_day == day, DeliveryRow.urgent.is_(False))
    )
    return count or 0


def add_delivery(
    session: Session,
    notices: Sequence[Waiting],
    *,
    claimed_until: datetime,
    person: PersonKey,
    channel: str,
    at: datetime,
    local_day: date,
    urgent: bool,
    receipt: str,
    text: str,
) -> None:
    """Record a message that was sent, and its notices as sent; those another deliverer took since are left to it."""
    delivery = session.scalar(
        sa.insert(DeliveryRow)
        .values(
            person=person, channel=channel, sent_at=at, local_day=local_day, urgent=urgent, receipt=receipt, body=text
        )
        .returning(DeliveryRow.id)
    )
    _update_claimed(session, notices, claimed_until, status=NoticeStatus.SENT, delivery=delivery, reason=None)


def put_back(
    session: Session, notices: Sequence[Waiting], *, claimed_until: datetime, not_before: datetime, reason: str
) -> None:
    """Return notices that could not be sent, to be tried again."""
    _update_claimed(session, notices, claimed_until, status=NoticeStatus.PENDING, not_before=not_before, reason=reason)


def _update_claimed(session: Session, notices: Sequence[Waiting], claimed_until: datetime, **values: object) -> None:
    session.execute(
        sa.update(OutboxRow)
        .where(
            OutboxRow.id.in_([notice.id for notice in notices]),
            OutboxRow.status == NoticeStatus.SENDING,
            OutboxRow.not_before == claimed_until,
        )
        .values(**values),
        execution_options={"synchronize_session": False},
    )


def next_notice(session: Session) -> datetime | None:
    """The earliest instant at which somebody may be told something; None when nothing waits."""
    return session.scalar(sa.select(sa.func.min(OutboxRow.not_before)).where(OutboxRow.status.in_(UNSETTLED)))


def failures(session: Session) -> tuple[tuple[PersonKey, str, str], ...]:
    """Person, key and reason of every notice that was given up."""
    rows = session.execute(
        sa.select(OutboxRow.person, OutboxRow.key, OutboxRow.reason)
        .where(OutboxRow.status == NoticeStatus.FAILED)
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
    at = sa.func.coalesce(DeliveryRow.sent_at, OutboxRow.not_before)
    query = (
        sa.select(OutboxRow, DeliveryRow.sent_at, DeliveryRow.channel)
        .outerjoin(DeliveryRow, DeliveryRow.id == OutboxRow.delivery)
        .order_by(at, OutboxRow.id)
    )
    if person is not None:
        query = query.where(OutboxRow.person == person)
    if campaign is not None:
        query = query.where(OutboxRow.campaign == campaign)
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
            attempts=row.attempts,
            reason=row.reason,
        )
        for row, sent_at, channel in session.execute(query)
    )
