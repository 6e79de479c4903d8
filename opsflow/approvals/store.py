"""Rows of approvals and their seats."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.approvals.model import Approval, ApprovalId, ApprovalStatus, Seat, Verdict
from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import ApprovalRow, SeatRow
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text


def insert(session: Session, approval: Approval) -> bool:
    """Store a request with its seats; False when that version was asked for before."""
    row = {
        "id": approval.id,
        "campaign": approval.campaign,
        "stage": approval.stage,
        "task": approval.task,
        "subject": approval.subject,
        "version": approval.version,
        "content_hash": approval.content_hash,
        "author": approval.author,
        "status": approval.status,
        "requested_at": approval.requested_at,
        "due": approval.due,
    }
    if not insert_or_nothing(session, ApprovalRow, [row], returning=ApprovalRow.id):
        return False
    session.execute(
        sa.insert(SeatRow),
        [
            {"approval": approval.id, "seat": seat.seat, "person": seat.person, "deputy_for": seat.deputy_for}
            for seat in approval.seats
        ],
    )
    return True


def load(session: Session, approval: ApprovalId) -> Approval:
    """One request; NotFound when there is none of that id."""
    row = session.get(ApprovalRow, approval)
    if row is None:
        raise NotFound(f"There is no approval {approval}. Its id reads <campaign>/<subject>/<version>.")
    return _approval(row, _seats(session, [row.id])[row.id])


def of_campaign(session: Session, campaign: CampaignKey) -> tuple[Approval, ...]:
    """Every request of a campaign, in order of time."""
    rows = session.execute(_OF_CAMPAIGN, {"campaign": campaign}).all()
    seats = _seats(session, [row.id for row in rows])
    return tuple(_approval(row, seats[row.id]) for row in rows)


_APPROVALS = cast(sa.Table, ApprovalRow.__table__)
_OF_CAMPAIGN = (
    sa.select(_APPROVALS)
    .where(_APPROVALS.c.campaign == sa.bindparam("campaign"))
    .order_by(_APPROVALS.c.requested_at, _APPROVALS.c.subject, _APPROVALS.c.version)
)
_SEATS = (
    sa.select(SeatRow)
    .where(SeatRow.approval.in_(sa.bindparam("approvals", expanding=True)))
    .order_by(SeatRow.approval, SeatRow.seat)
)


def _seats(session: Session, approvals: Iterable[str]) -> dict[str, list[Seat]]:
    ids = list(approvals)
    if not ids:
        return {}
    found: dict[str, list[Seat]] = {approval: [] for approval in ids}
    for row in session.scalars(_SEATS, {"approvals": ids}):
        found[row.approval].append(
            Seat(
                seat=row.seat,
                person=PersonKey(row.person),
                deputy_for=PersonKey(row.deputy_for) if row.deputy_for else None,
                verdict=Verdict(row.verdict) if row.verdict else None,
                reason=row.reason,
                voted_at=row.voted_at,
            )
        )
    return found


def _approval(row: ApprovalRow | sa.Row[Any], seats: list[Seat]) -> Approval:
    return Approval(
        id=ApprovalId(row.id),
        campaign=CampaignKey(row.campaign),
        stage=Stage(row.stage),
        task=TaskCode(row.task),
        subject=row.subject,
        version=row.version,
        content_hash=row.content_hash,
        author=PersonKey(row.author),
        status=ApprovalStatus(row.status),
        requested_at=row.requested_at,
        due=row.due,
        decided_at=row.decided_at,
        seats=tuple(seats),
    )


def lock_open(session: Session, approval: ApprovalId) -> None:
    """Hold an open request for this transaction, so that two votes are counted one after the other."""
    session.execute(
        sa.select(ApprovalRow.id)
        .where(ApprovalRow.id == approval, ApprovalRow.status == ApprovalStatus.OPEN)
        .with_for_update()
    ).all()


def set_verdict(
    session: Session, approval: ApprovalId, *, person: PersonKey, verdict: Verdict, reason: Text | None, at: datetime
) -> bool:
    """Record a vote on every seat a person holds; False when they voted before."""
    seats = session.execute(
        sa.update(SeatRow)
        .where(SeatRow.approval == approval, SeatRow.person == person, SeatRow.verdict.is_(None))
        .values(verdict=verdict, reason=reason, voted_at=at)
        .returning(SeatRow.seat)
    )
    return seats.first() is not None


def move_seat(
    session: Session, approval: ApprovalId, seat: str, *, person: PersonKey, deputy_for: PersonKey | None
) -> bool:
    """Give a seat that has not voted to somebody else; False when it has voted meanwhile."""
    moved = session.execute(
        sa.update(SeatRow)
        .where(SeatRow.approval == approval, SeatRow.seat == seat, SeatRow.verdict.is_(None))
        .values(person=person, deputy_for=deputy_for)
        .returning(SeatRow.seat)
    )
    return moved.first() is not None


def set_status(
    session: Session, approval: ApprovalId, status: ApprovalStatus, *, was: ApprovalStatus, at: datetime
) -> bool:
    """Decide a request; False when it was not in the state that was read."""
    moved = session.execute(
        sa.update(ApprovalRow)
        .where(ApprovalRow.id == approval, ApprovalRow.status == was)
        .values(status=status, decided_at=at)
        .returning(ApprovalRow.id)
    )
    return moved.first() is not None


def set_due(session: Session, approval: ApprovalId, due: datetime) -> None:
    """An open request is to be answered by another instant."""
    session.execute(
        sa.update(ApprovalRow)
        .where(ApprovalRow.id == approval, ApprovalRow.status == ApprovalStatus.OPEN)
        .values(due=due)
    )
