"""Tables of what a campaign measures: readings of its KPIs, alerts, talking points, forecasts, past results, activity."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base


class ReadingRow(Base):
    """A figure of a KPI for a day or an instant. Nothing is changed: a correction is the next revision, the newest counts."""

    __tablename__ = "kpi_readings"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    kpi: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    """What it is for: the day, or the instant in UTC."""
    revision: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    """In the campaign's zone."""
    at: Mapped[datetime | None]
    value: Mapped[str]
    """A decimal number: no database rounds it."""
    source: Mapped[str]
    by: Mapped[str]
    recorded_at: Mapped[datetime]


class KpiAlertRow(Base):
    """Whether people were told that a KPI is off track; the next time that it is so has the next number."""

    __tablename__ = "kpi_alerts"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    kpi: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime]
    pace: Mapped[str]
    recovered_at: Mapped[datetime | None]


class SourceRunRow(Base):
    """When a source of figures was last asked, and what came of it."""

    __tablename__ = "metric_sources"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    failure: Mapped[str | None]
    """Why nothing came; None: it answered."""


class TalkingPointRow(Base):
    """Something that spreads, in somebody's words."""

    __tablename__ = "talking_points"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class PastResultRow(Base):
    """What a campaign of the past came to, from a file."""

    __tablename__ = "past_results"

    name: Mapped[str] = mapped_column(primary_key=True)
    kpi: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    goal: Mapped[str]
    launch: Mapped[date]
    days: Mapped[int]
    aggregation: Mapped[str]
    value: Mapped[str]
    by: Mapped[str]
    recorded_at: Mapped[datetime]


class ForecastRow(Base):
    """A forecast as it was kept: later history does not change what a campaign is measured against."""

    __tablename__ = "kpi_forecasts"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    kpi: Mapped[str] = mapped_column(primary_key=True)
    low: Mapped[str | None]
    middle: Mapped[str]
    high: Mapped[str | None]
    cases: Mapped[dict[str, Any]]
    by: Mapped[str]
    at: Mapped[datetime]


class ActivityRow(Base):
    """A day on which a participant did something; who it was is a digest."""

    __tablename__ = "activity_days"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    participant: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)
    """In the campaign's zone, counted from 0001-01-01 as day 1: seven days later is plus 7 in every database."""
