"""When each scheduled sweep last ran: how a silent motor is noticed."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import TickRow


def record_tick(session: Session, name: str, *, at: datetime) -> None:
    """Note that a sweep runs now."""
    if not insert_or_nothing(session, TickRow, [{"name": name, "at": at}], returning=TickRow.name):
        session.execute(sa.update(TickRow).where(TickRow.name == name).values(at=at))


def last_tick(session: Session, name: str) -> datetime | None:
    """When a sweep last ran; None when it never did."""
    return session.scalar(sa.select(TickRow.at).where(TickRow.name == name))
