"""Tables of who takes part in a campaign and what they have done; names and addresses stand in one table of their own."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base


class SaltRow(Base):
    """What the identities of a campaign's participants are digested with."""

    __tablename__ = "participant_salts"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    salt: Mapped[str]


class ParticipantRow(Base):
    """Somebody who takes part, under a random id. Identities are digests; all of them are empty once somebody is erased."""

    __tablename__ = "participants"
    __table_args__ = (
        sa.UniqueConstraint("campaign", "account"),
        sa.UniqueConstraint("campaign", "email"),
        sa.UniqueConstraint("campaign", "phone"),
    )

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    device: Mapped[str | None]
    payee: Mapped[str | None]
    network: Mapped[str | None]
    status: Mapped[str]
    paying: Mapped[bool]
    consent: Mapped[bool]
    registered_at: Mapped[datetime]
    blocked: Mapped[str | None]
    """Why they are on the blocklist."""


class ContactRow(Base):
    """The personal data of a participant, as they were written. Erasing somebody deletes the row."""

    __tablename__ = "participant_contacts"
    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign", "participant"], ["participants.campaign", "participants.id"]),
    )

    campaign: Mapped[str] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]]


class ResultRow(Base):
    """What a participant has of one measure on one day."""

    __tablename__ = "results"
    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign", "participant"], ["participants.campaign", "participants.id"]),
    )

    campaign: Mapped[str] = mapped_column(primary_key=True)
    participant: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(sa.BigInteger)
    reached_at: Mapped[datetime | None]
