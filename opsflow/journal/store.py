"""Journal rows: added and read. There is no function that changes or deletes one, and the database refuses both."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import JournalRow
from opsflow.journal.model import Entry
from opsflow.kernel.terms import CampaignKey


def add(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    campaign: CampaignKey | None,
    object: str,  # noqa: A002  the entry's own word for what was acted on
    data: Mapping[str, Any],
) -> None:
    """Append one row."""
    session.execute(
        sa.insert(JournalRow).values(
            at=at, actor=actor, action=action, campaign=campaign, object=object, data=dict(data)
        )
    )


def entries(session: Session, campaign: CampaignKey | None) -> tuple[Entry, ...]:
    """All entries of one campaign in their order; of None: those that belong to no campaign."""
    rows = session.scalars(
        sa.select(JournalRow).where(JournalRow.campaign.is_not_distinct_from(campaign)).order_by(JournalRow.seq)
    )
    return tuple(
        Entry(
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            action=row.action,
            campaign=CampaignKey(row.campaign) if row.campaign else None,
            object=row.object,
            data=row.data,
        )
        for row in rows
    )
