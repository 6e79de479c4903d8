"""Rows of past results, and of forecasts that were kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import CampaignRow, ForecastRow, PastResultRow
from opsflow.kernel.terms import CampaignKey, Level, PersonKey
from opsflow.metrics.forecasts.model import Case, Forecast, Used


def cases(session: Session) -> tuple[Case, ...]:
    """Every past result that came in from a file."""
    query = sa.select(PastResultRow).order_by(PastResultRow.name, PastResultRow.kpi)
    return tuple(_case(row) for row in session.scalars(query.execution_options(populate_existing=True)))


def put_case(session: Session, case: Case, *, by: PersonKey, now: datetime) -> None:
    """Write a past result down, or put it in the place of what is there for the same campaign and measure."""
    values = {
        "level": case.level.value, "goal": case.goal, "launch": case.launch, "days": case.days,
        "aggregation": case.aggregation, "value": str(case.value), "by": by, "recorded_at": now,
    }  # fmt: skip
    row = {"name": case.name, "kpi": case.kpi, **values}
    if not insert_or_nothing(session, PastResultRow, [row], returning=PastResultRow.name):
        mine = sa.and_(PastResultRow.name == case.name, PastResultRow.kpi == case.kpi)
        session.execute(sa.update(PastResultRow).where(mine).values(**values))


def ended(session: Session, *, before: datetime) -> Sequence[CampaignKey]:
    """Campaigns whose live time ended before an instant and that were not called off."""
    query = (
        sa.select(CampaignRow.key)
        .where(CampaignRow.ends <= before, CampaignRow.status.not_in(("stopped", "cancelled")))
        .order_by(CampaignRow.key)
    )
    return [CampaignKey(key) for key in session.scalars(query)]


def kept(session: Session, campaign: CampaignKey) -> Mapping[str, Forecast]:
    """The forecasts that a campaign is measured against, by KPI."""
    return {row.kpi: _forecast(row) for row in session.scalars(_KEPT, {"campaign": campaign})}


_KEPT = sa.select(ForecastRow).where(ForecastRow.campaign == sa.bindparam("campaign"))


def keep(
    session: Session, campaign: CampaignKey, forecasts: Sequence[Forecast], *, by: PersonKey, now: datetime
) -> None:
    """Put forecasts in the place of those that were kept before."""
    session.execute(sa.delete(ForecastRow).where(ForecastRow.campaign == campaign))
    rows = [
        {
            "campaign": campaign,
            "kpi": each.kpi,
            "low": _text(each.low),
            "middle": str(each.middle),
            "high": _text(each.high),
            "cases": {one.name: [one.weight, str(one.value)] for one in each.cases},
            "by": by,
            "at": now,
        }
        for each in forecasts
    ]
    if rows:
        insert_many(session, ForecastRow, rows)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _case(row: PastResultRow) -> Case:
    return Case(
        name=row.name,
        kpi=row.kpi,
        level=Level(row.level),
        goal=row.goal,
        launch=row.launch,
        days=row.days,
        aggregation=cast(Literal["sum", "latest", "mean"], row.aggregation),
        value=Decimal(row.value),
    )


def _forecast(row: ForecastRow) -> Forecast:
    return Forecast(
        kpi=row.kpi,
        low=None if row.low is None else Decimal(row.low),
        middle=Decimal(row.middle),
        high=None if row.high is None else Decimal(row.high),
        cases=tuple(Used(name, weight, Decimal(value)) for name, (weight, value) in row.cases.items()),
    )
