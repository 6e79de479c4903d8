"""Rows of alerts: which KPI is off track, since when, and when it recovered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import KpiAlertRow
from opsflow.kernel.terms import CampaignKey


@dataclass(frozen=True, slots=True)
class Alert:
    """A time for which a KPI was off track."""

    kpi: str
    number: int
    raised_at: datetime
    pace: Decimal
    """As it was told."""
    recovered_at: datetime | None


def alerts(session: Session, campaign: CampaignKey) -> tuple[Alert, ...]:
    """Every one of a campaign, by KPI, the oldest first."""
    query = (
        sa.select(KpiAlertRow)
        .where(KpiAlertRow.campaign == campaign)
        .order_by(KpiAlertRow.kpi, KpiAlertRow.number)
        .execution_options(populate_existing=True)
    )
    return tuple(
        Alert(row.kpi, row.number, row.raised_at, Decimal(row.pace), row.recovered_at) for row in session.scalars(query)
    )


def latest(session: Session, campaign: CampaignKey) -> Mapping[str, Alert]:
    """The newest one of each KPI that had any."""
    return {each.kpi: each for each in alerts(session, campaign)}


def add(session: Session, campaign: CampaignKey, kpi: str, number: int, *, pace: Decimal, now: datetime) -> bool:
    """Write one down; False when somebody has already."""
    row = {
        "campaign": campaign,
        "kpi": kpi,
        "number": number,
        "raised_at": now,
        "pace": str(pace),
        "recovered_at": None,
    }
    return bool(insert_or_nothing(session, KpiAlertRow, [row], returning=KpiAlertRow.number))


def set_recovered(session: Session, campaign: CampaignKey, alert: Alert, *, now: datetime) -> bool:
    """Write down that it is on track again; False when that was written already."""
    moved = session.execute(
        sa.update(KpiAlertRow)
        .where(
            KpiAlertRow.campaign == campaign,
            KpiAlertRow.kpi == alert.kpi,
            KpiAlertRow.number == alert.number,
            KpiAlertRow.recovered_at.is_(None),
        )
        .values(recovered_at=now)
        .returning(KpiAlertRow.number),
        execution_options={"synchronize_session": False},
    )
    return moved.first() is not None
