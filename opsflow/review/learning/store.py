"""Reads which campaigns are past, and what happened to them beside their tasks."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.campaigns.state import CampaignStatus
from opsflow.db.tables import CampaignRow, JournalRow
from opsflow.kernel.terms import CampaignKey
from opsflow.review.learning.measure import Course

_PAUSED, _RESUMED, _MOVED = "campaign.paused", "campaign.resumed", "task.moved"


def archived(session: Session, sop: str) -> tuple[CampaignKey, ...]:
    """Campaigns of an SOP that ran to their end, oldest launch first."""
    rows = session.scalars(
        sa.select(CampaignRow.key)
        .where(CampaignRow.sop_name == sop, CampaignRow.status == CampaignStatus.ARCHIVED)
        .order_by(CampaignRow.launch, CampaignRow.key)
    )
    return tuple(map(CampaignKey, rows))


def course(session: Session, campaign: CampaignKey) -> Course:
    """Its pauses, and when re-plans moved which task."""
    rows = session.execute(
        sa.select(JournalRow.at, JournalRow.action, JournalRow.object)
        .where(JournalRow.campaign == campaign, JournalRow.action.in_((_PAUSED, _RESUMED, _MOVED)))
        .order_by(JournalRow.number)
    )
    pauses: list[tuple[datetime, datetime]] = []
    moved: dict[str, tuple[datetime, ...]] = {}
    since: datetime | None = None
    for at, action, what in rows:
        if action == _MOVED:
            moved[what] = (*moved.get(what, ()), at)
        elif action == _PAUSED:
            since = since or at
        elif since is not None:
            pauses.append((since, at))
            since = None
    return Course(tuple(pauses), moved)
