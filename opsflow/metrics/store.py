"""Rows of what a campaign measures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_many
from opsflow.db.tables import ReadingRow, TalkingPointRow
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.metrics.model import Figure, Reading, TalkingPoint

_ORDER = (ReadingRow.kpi, ReadingRow.slot, ReadingRow.revision)


def readings(session: Session, campaign: CampaignKey) -> tuple[Reading, ...]:
    """The newest reading of every slot, by KPI and slot."""
    return tuple(_reading(row) for row in session.scalars(_NEWEST, {"campaign": campaign}))


def _newest() -> sa.Select[tuple[ReadingRow]]:
    of_campaign = ReadingRow.campaign == sa.bindparam("campaign")
    newest = (
        sa.select(ReadingRow.kpi, ReadingRow.slot, sa.func.max(ReadingRow.revision).label("revision"))
        .where(of_campaign)
        .group_by(ReadingRow.kpi, ReadingRow.slot)
        .subquery()
    )
    same = sa.and_(
        of_campaign,
        ReadingRow.kpi == newest.c.kpi,
        ReadingRow.slot == newest.c.slot,
        ReadingRow.revision == newest.c.revision,
    )
    return sa.select(ReadingRow).join(newest, same).order_by(*_ORDER)


_NEWEST = _newest()


def corrected(session: Session, campaign: CampaignKey) -> tuple[Reading, ...]:
    """Every reading of the slots that were corrected, the oldest of each first."""
    slots = (
        sa.select(ReadingRow.kpi, ReadingRow.slot)
        .where(ReadingRow.campaign == campaign, ReadingRow.revision == 2)
        .subquery()
    )
    same = sa.and_(ReadingRow.campaign == campaign, ReadingRow.kpi == slots.c.kpi, ReadingRow.slot == slots.c.slot)
    return tuple(_reading(row) for row in session.scalars(sa.select(ReadingRow).join(slots, same).order_by(*_ORDER)))


def add_readings(
    session: Session, campaign: CampaignKey, figures: Mapping[int, Sequence[Figure]], *, by: PersonKey, now: datetime
) -> None:
    """Store figures, by the revision that they are."""
    rows: list[dict[str, Any]] = [
        {
            "campaign": campaign,
            "kpi": each.kpi,
            "slot": each.slot,
            "revision": revision,
            "day": each.day,
            "at": each.at,
            "value": str(each.value),
            "source": each.source,
            "by": by,
            "recorded_at": now,
        }
        for revision, some in figures.items()
        for each in some
    ]
    if rows:
        insert_many(session, ReadingRow, rows)


def add_talking_point(session: Session, campaign: CampaignKey, text: str, *, by: PersonKey, now: datetime) -> int:
    """Store one under the campaign's next number; the caller holds the campaign, or two would get the same."""
    latest = session.scalar(sa.select(sa.func.max(TalkingPointRow.number)).where(TalkingPointRow.campaign == campaign))
    number = (latest or 0) + 1
    insert_many(session, TalkingPointRow, [{"campaign": campaign, "number": number, "text": text, "by": by, "at": now}])
    return number


def talking_points(session: Session, campaign: CampaignKey) -> tuple[TalkingPoint, ...]:
    """Every one of a campaign, in order."""
    rows = session.scalars(_TALKING_POINTS, {"campaign": campaign})
    return tuple(TalkingPoint(row.number, row.text, row.by, row.at) for row in rows)


_TALKING_POINTS = (
    sa.select(TalkingPointRow)
    .where(TalkingPointRow.campaign == sa.bindparam("campaign"))
    .order_by(TalkingPointRow.number)
)


def _reading(row: ReadingRow) -> Reading:
    return Reading(
        kpi=row.kpi,
        slot=row.slot,
        revision=row.revision,
        day=row.day,
        at=row.at,
        value=Decimal(row.value),
        source=row.source,
        by=row.by,
        recorded_at=row.recorded_at,
    )
