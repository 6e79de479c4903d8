"""When each scheduled sweep last ran: how a silent motor is noticed."""

from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import TickRow

_TICKS = cast(sa.Table, TickRow.__table__)
_AGAIN = sa.update(_TICKS).where(_TICKS.c.name == sa.bindparam("sweep")).returning(_TICKS.c.name)


def record_tick(session: Session, name: str, *, at: datetime) -> None:
    """Note that a sweep runs now."""
    if session.scalar(_AGAIN, {"sweep": name, "at": at}) is None:
        insert_or_nothing(session, TickRow, [{"name": name, "at": at}], returning=TickRow.name)


def last_tick(session: Session, name: str) -> datetime | None:
    """When a sweep last ran; None when it never did."""
    return session.scalar(sa.select(TickRow.at).where(TickRow.name == name))
