"""Tables of draws: each from its freezing on, and who is in it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base


class DrawRow(Base):
    """A draw of a campaign."""

    __tablename__ = "draws"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    revision: Mapped[int]
    """Counts what has changed the list: who writes to it or seals it says which they have read."""
    rules: Mapped[dict[str, Any]]
    """As they are published."""
    entrants: Mapped[int]
    refused: Mapped[int]
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[str]
    appeals_until: Mapped[datetime]
    manifest: Mapped[bytes | None]
    """What is sealed, byte for byte."""
    commitment: Mapped[str | None]
    """Its SHA-256."""
    committed_at: Mapped[datetime | None]
    committed_by: Mapped[str | None]
    number: Mapped[str | None]
    drawn_at: Mapped[datetime | None]
    drawn_by: Mapped[str | None]


class EntrantRow(Base):
    """Somebody in a draw, or left out of it."""

    __tablename__ = "entrants"
    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign", "draw"], ["draws.campaign", "draws.id"]),
        sa.Index("ix_entrants_rank", "campaign", "draw", "rank"),
    )

    campaign: Mapped[str] = mapped_column(primary_key=True)
    draw: Mapped[str] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(primary_key=True)
    tickets: Mapped[int]
    score: Mapped[int] = mapped_column(sa.BigInteger)
    reached_at: Mapped[datetime | None]
    refused: Mapped[str | None]
    """Why they are left out."""
    listed: Mapped[str | None]
    """The prize that a finished list names for them."""
    rank: Mapped[int | None]
    """Their place, once it is drawn."""
    prize: Mapped[str | None]
    """What they have won; with a rank but without a prize: an alternate."""
    lost: Mapped[str | None]
    """Why what they had won went to somebody else."""


class LetterRow(Base):
    """A participant was written a letter of one step."""

    __tablename__ = "participant_letters"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    participant: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
