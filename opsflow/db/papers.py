"""Tables of what is said, scored and written: meetings and their minutes, the self-check, documents."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base
from opsflow.kernel.text import Text


class MeetingRow(Base):
    """A meeting that was held."""

    __tablename__ = "meetings"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str]
    mode: Mapped[str]
    held_at: Mapped[datetime]
    recorded_by: Mapped[str]
    outcome: Mapped[str | None]
    attendees: Mapped[list[str]]


class MinuteRow(Base):
    """One thing said, decided, asked or promised in a meeting."""

    __tablename__ = "meeting_minutes"
    __table_args__ = (sa.ForeignKeyConstraint(["campaign", "meeting"], ["meetings.campaign", "meetings.id"]),)

    campaign: Mapped[str] = mapped_column(primary_key=True)
    meeting: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    person: Mapped[str | None]
    text: Mapped[Text]
    owner: Mapped[str | None]
    due: Mapped[date | None]
    task: Mapped[str | None]
    """Confirmations: the task whose date was confirmed."""
    cause: Mapped[str | None]
    """Causes of the review: process, operation, planning, copy, traffic, other."""
    taken: Mapped[bool | None]
    """Opinions: whether the next draft took it up."""
    reply: Mapped[Text | None]


class DocumentRow(Base):
    """One document in one language and one revision."""

    __tablename__ = "documents"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[str]
    title: Mapped[Text]
    state: Mapped[str]
    body: Mapped[str]
    tells_of: Mapped[str]
    """The finished tasks it was written from, by id; equal ones are not written twice."""
    written_at: Mapped[datetime]


class SelfCheckRow(Base):
    """One round of scoring: who scores which modules."""

    __tablename__ = "self_check_rounds"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    reviewers: Mapped[dict[str, Any]]
    """Reviewer -> the ids of the modules they score."""
    opened_at: Mapped[datetime]
    due: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    passed: Mapped[bool | None]


class ScoreRow(Base):
    """One reviewer's points for one self-check module in one round."""

    __tablename__ = "self_check_scores"
    __table_args__ = (
        sa.CheckConstraint("points between 0 and 10", name="points"),
        sa.ForeignKeyConstraint(["campaign", "round"], ["self_check_rounds.campaign", "self_check_rounds.round"]),
    )

    campaign: Mapped[str] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    reviewer: Mapped[str] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(primary_key=True)
    points: Mapped[int]
    comment: Mapped[Text | None]
    scored_at: Mapped[datetime]
