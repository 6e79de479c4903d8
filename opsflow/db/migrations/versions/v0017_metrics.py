"""Readings of KPIs, alerts, sources, talking points, past results, forecasts and activity."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables; nothing that exists changes."""
    _table("kpi_readings", ("campaign", "kpi", "slot", "revision:int"), "day:date", "at:instant?", "value", "source", "by",
           "recorded_at:instant")  # fmt: skip
    _table("kpi_alerts", ("campaign", "kpi", "number:int"), "raised_at:instant", "pace", "recovered_at:instant?")
    _table("metric_sources", ("campaign", "name"), "asked_at:instant", "failure?")
    _table("talking_points", ("campaign", "number:int"), "text", "by", "at:instant")
    _table("past_results", ("name", "kpi"), "level", "goal", "launch:date", "days:int", "aggregation", "value", "by",
           "recorded_at:instant")  # fmt: skip
    _table("kpi_forecasts", ("campaign", "kpi"), "low?", "middle", "high?", "cases:json", "by", "at:instant")
    _table("activity_days", ("campaign", "participant", "day:int"))


def _table(table: str, key: tuple[str, ...], *columns: str) -> None:
    kinds: dict[str, sa.types.TypeEngine[Any]] = {
        "": sa.String(),
        "int": sa.Integer(),
        "date": sa.Date(),
        "instant": sa.DateTime(timezone=True),
        "json": sa.JSON(),
    }

    def column(text: str) -> "sa.Column[Any]":
        name, _, kind = text.removesuffix("?").partition(":")
        rest = (sa.ForeignKey("campaigns.key", name=op.f(f"fk_{table}_campaign")),) if name == "campaign" else ()
        return sa.Column(name, kinds[kind], *rest, nullable=text.endswith("?"))

    names = [each.partition(":")[0] for each in key]
    of_key = sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))
    op.create_table(table, *(column(each) for each in (*key, *columns)), of_key)
