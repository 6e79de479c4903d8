"""Rows of sources: when each was last asked for a campaign's figures."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import SourceRunRow
from opsflow.kernel.terms import CampaignKey


def claim(session: Session, campaign: CampaignKey, name: str, *, now: datetime, before: datetime) -> bool:
    """Take it on oneself to ask a source; False when it was asked after `before`, or somebody else is first."""
    row = {"campaign": campaign, "name": name, "asked_at": now, "failure": None}
    if insert_or_nothing(session, SourceRunRow, [row], returning=SourceRunRow.name):
        return True
    mine = sa.and_(SourceRunRow.campaign == campaign, SourceRunRow.name == name, SourceRunRow.asked_at <= before)
    moved = session.execute(
        sa.update(SourceRunRow).where(mine).values(asked_at=now, failure=None).returning(SourceRunRow.name),
        execution_options={"synchronize_session": False},
    )
    return moved.first() is not None


def set_failure(session: Session, campaign: CampaignKey, name: str, failure: str) -> None:
    """Write down why nothing came."""
    mine = sa.and_(SourceRunRow.campaign == campaign, SourceRunRow.name == name)
    session.execute(sa.update(SourceRunRow).where(mine).values(failure=failure))


def failures(session: Session, campaign: CampaignKey) -> dict[str, str]:
    """Why each source that failed the last time did so."""
    query = sa.select(SourceRunRow.name, SourceRunRow.failure).where(
        SourceRunRow.campaign == campaign, SourceRunRow.failure.is_not(None)
    )
    return {row.name: row.failure for row in session.execute(query.order_by(SourceRunRow.name))}
