"""Tables of telling people: matters, notices, deliveries, cards, attempts, and channels that asked for a pause."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base


class MatterRow(Base):
    """Whether the thing a message speaks of is still open, and in which version."""

    __tablename__ = "matters"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    open: Mapped[bool]
    facts: Mapped[dict[str, Any] | None]
    """What closed or moved it last, for the cards that speak of it: what happened, who did it, who has it now."""
    acknowledged_by: Mapped[str | None]
    """Who has said of this version that they will see to it."""
    acknowledged_at: Mapped[datetime | None]


class OutboxRow(Base):
    """One notice to one person."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.Index("ix_outbox_due", "status", "not_before", "id"),
        sa.Index(None, "matter"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    campaign: Mapped[str | None]
    person: Mapped[str]
    template: Mapped[str]
    data: Mapped[dict[str, Any]]
    urgent: Mapped[bool]
    hours: Mapped[str | None]
    """Urgent ones: the hours of any day in which they go out, `0:00-24:00`; else working hours."""
    matter: Mapped[str | None]
    matter_version: Mapped[int | None]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    """On the present route."""
    route: Mapped[int] = mapped_column(default=0)
    """Which of the recipient's channels is tried, counted from 0."""
    unknowns: Mapped[int] = mapped_column(default=0)
    """How many sends on the present route nobody knows the outcome of."""
    since: Mapped[datetime | None]
    """When the first of those was begun; what is looked up is not older."""
    message: Mapped[str | None]
    """Key of the message that it was last taken for."""
    delivery: Mapped[int | None] = mapped_column(sa.ForeignKey("deliveries.id"))
    acknowledged_at: Mapped[datetime | None]
    """When the recipient acted on what it speaks of."""
    reason: Mapped[str | None]
    """Why it was dropped, held back or failed."""


class DeliveryRow(Base):
    """One message as it was sent: one or several notices to one person."""

    __tablename__ = "deliveries"
    __table_args__ = (sa.Index(None, "person", "local_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str | None]
    key: Mapped[str | None]
    """The message's."""
    content: Mapped[str | None]
    """Of a digest: the hash of what it told."""
    sent_at: Mapped[datetime]
    local_day: Mapped[date]
    """The recipient's calendar day, for the daily message budget."""
    urgent: Mapped[bool]
    receipt: Mapped[str]
    body: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    """At making it show what its cards should."""
    not_before: Mapped[datetime | None]
    """The next of those."""


class CardRow(Base):
    """What a message shows of one matter; its token is what the buttons carry.

    It is there before the message is sent: a button may be pressed before the receipt is recorded.
    """

    __tablename__ = "cards"
    __table_args__ = (
        sa.UniqueConstraint("notice"),
        sa.Index(None, "matter", "person"),
        sa.Index(None, "stale"),
        sa.Index(None, "delivery"),
    )

    token: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    campaign: Mapped[str | None]
    matter: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str]
    """`task`, `approval`, `scores`, `stage`, `incident`."""
    channel: Mapped[str]
    notice: Mapped[int] = mapped_column(sa.ForeignKey("outbox.id"))
    delivery: Mapped[int | None] = mapped_column(sa.ForeignKey("deliveries.id"))
    shows: Mapped[str]
    """What it says of the matter at the moment: that it is open, over, moved, or told anew in another message."""
    superseded: Mapped[bool] = mapped_column(default=False)
    """A later message is this person's card of the matter."""
    stale: Mapped[bool] = mapped_column(default=False)
    """The matter changed since: delivery compares the two."""


class AttemptRow(Base):
    """An attempt to tell somebody something that told them nothing; one that did is a delivery. Append-only."""

    __tablename__ = "outbox_attempts"
    __table_args__ = (sa.Index(None, "notice"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice: Mapped[int] = mapped_column(sa.ForeignKey("outbox.id"))
    at: Mapped[datetime]
    channel: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str]


class PauseRow(Base):
    """Until when nothing is sent on a channel to an address: it asked to wait, or was just sent something."""

    __tablename__ = "channel_pauses"

    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
