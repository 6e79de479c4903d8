"""Rows of what came in and was taken."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import MatterRow, SlackPressRow

KEPT = timedelta(days=1)
"""Longer than Slack repeats anything; a signature is worth nothing after five minutes."""


def take(session: Session, ids: Sequence[str], *, at: datetime) -> bool:
    """Take what came in; False when any of it was taken before, by whatever process."""
    session.execute(sa.delete(SlackPressRow).where(SlackPressRow.taken_at < at - KEPT))
    rows = [{"id": each, "taken_at": at} for each in sorted(ids)]
    return len(insert_or_nothing(session, SlackPressRow, rows, returning=SlackPressRow.id)) == len(rows)


def matter(session: Session, id: str) -> tuple[int, bool]:  # noqa: A002  the matter's own word
    """The version of a matter, and whether it is open; one that nobody opened is over."""
    found = session.execute(sa.select(MatterRow.version, MatterRow.open).where(MatterRow.id == id)).one_or_none()
    return (found.version, found.open) if found else (0, False)
