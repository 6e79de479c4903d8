"""Tables of what is proposed to change an SOP, and who has agreed to it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base
from opsflow.kernel.text import Text


class SopProposalRow(Base):
    """One proposal to change an SOP: a reason with evidence, and the edited file once somebody has written it."""

    __tablename__ = "sop_proposals"
    __table_args__ = (sa.UniqueConstraint("key"), sa.Index(None, "campaign"))

    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    """Made of what it says and where it comes from: the same is proposed once."""
    sop: Mapped[str]
    base: Mapped[int]
    """The version that the change starts from; without a change, the one in use where it came up."""
    source: Mapped[str]
    status: Mapped[str]
    reason: Mapped[Text]
    evidence: Mapped[list[dict[str, str]]]
    campaign: Mapped[str | None] = mapped_column(sa.ForeignKey("campaigns.key"))
    task: Mapped[str | None]
    author: Mapped[str]
    made_at: Mapped[datetime]
    change: Mapped[str | None] = mapped_column(sa.Text)
    """The edited file, whole."""
    changed_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decision: Mapped[Text | None]
    """Why it was rejected."""
    version: Mapped[int | None]
    """The version it made, or is about to make."""
    written_hash: Mapped[str | None]
    """SHA-256 of that version's file: one that stands there with this hash is this proposal's."""
    summary: Mapped[Any] = mapped_column(sa.JSON)
    """The change in words, as it stood when it was accepted; empty before."""


class SopAgreementRow(Base):
    """Somebody who has agreed to a proposal, for the change as it was then."""

    __tablename__ = "sop_agreements"

    proposal: Mapped[int] = mapped_column(sa.ForeignKey("sop_proposals.number"), primary_key=True)
    seat: Mapped[str] = mapped_column(primary_key=True)
    change_hash: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    at: Mapped[datetime]
