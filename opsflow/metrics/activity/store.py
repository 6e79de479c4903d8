"""Rows of activity, taken in and counted by sets."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import ActivityRow, SaltRow
from opsflow.kernel.terms import CampaignKey
from opsflow.metrics.activity.model import HORIZONS, Counted


def salt_of(session: Session, campaign: CampaignKey, new: str) -> str:
    """What the campaign's accounts are digested with; `new` becomes it where there is none."""
    insert_or_nothing(session, SaltRow, [{"campaign": campaign, "salt": new}], returning=SaltRow.salt)
    return session.scalars(sa.select(SaltRow.salt).where(SaltRow.campaign == campaign)).one()


def add(session: Session, campaign: CampaignKey, found: Collection[tuple[str, date]]) -> int:
    """Write down who did something on which day; answers how many of that are new."""
    # In the order of the key, which is that of the table's own pages: three times as fast on SQLite.
    rows: list[dict[str, Any]] = [
        {"campaign": campaign, "participant": who, "day": day.toordinal()} for who, day in sorted(found)
    ]
    return len(insert_or_nothing(session, ActivityRow, rows, returning=ActivityRow.day))


def days(session: Session, campaign: CampaignKey) -> frozenset[date]:
    """Every day of which anything is known."""
    query = sa.select(ActivityRow.day).where(ActivityRow.campaign == campaign).distinct()
    return frozenset(date.fromordinal(day) for day in session.scalars(query))


def counted(session: Session, campaign: CampaignKey) -> Sequence[Counted]:
    """How many were new on each day, and came back after each horizon: one statement, no row leaves the database."""
    firsts = (
        sa.select(ActivityRow.participant, sa.func.min(ActivityRow.day).label("first"))
        .where(ActivityRow.campaign == campaign)
        .group_by(ActivityRow.participant)
        .subquery()
    )
    later = {horizon: aliased(cast(Any, ActivityRow)) for horizon in HORIZONS}
    query = sa.select(firsts.c.first, sa.func.count(), *(sa.func.count(row.day) for row in later.values()))
    joined: Any = firsts
    for horizon, row in later.items():
        same = sa.and_(
            row.campaign == campaign, row.participant == firsts.c.participant, row.day == firsts.c.first + horizon
        )
        joined = sa.outerjoin(joined, row, same)
    rows = session.execute(query.select_from(joined).group_by(firsts.c.first))
    return [_counted(tuple(row)) for row in rows]


def _counted(row: tuple[int, ...]) -> Counted:
    back: Mapping[int, int] = dict(zip(HORIZONS, row[2:], strict=True))
    return Counted(date.fromordinal(row[0]), row[1], back)
