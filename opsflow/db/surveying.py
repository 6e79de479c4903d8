"""Tables of what participants think of a campaign: its survey, who was asked, what they answered, return visits, their words."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base


class SurveyRow(Base):
    """The survey of a campaign as it was opened: a later change of its file asks nobody anything else."""

    __tablename__ = "surveys"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class InvitationRow(Base):
    """Somebody was asked. Its id is in their link, which is signed; of an import, of the answer it brought."""

    __tablename__ = "survey_invitations"
    __table_args__ = (sa.UniqueConstraint("campaign", "participant"),)

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("surveys.campaign"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    participant: Mapped[str | None]
    """None: nobody knows who (on site, or in another tool), or they were erased."""
    source: Mapped[str]
    """`link`, `on-site`, or the name of the tool whose answers were imported."""
    invited_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    """When the page was first opened by it."""
    answered_at: Mapped[datetime | None]


class AnswerRow(Base):
    """What was answered to one question: a row for each thing that was chosen; words stand in `voices`."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign", "invitation"], ["survey_invitations.campaign", "survey_invitations.id"]),
        sa.Index(None, "campaign", "question", "choice"),
    )

    campaign: Mapped[str] = mapped_column(primary_key=True)
    invitation: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    choice: Mapped[str] = mapped_column(primary_key=True)
    """A number of a rating or recommendation, or the id of an option."""


class SendingRow(Base):
    """A letter about a survey that was handed to the mail server, or is to be; one that was taken has a row of letters too."""

    __tablename__ = "survey_sendings"
    __table_args__ = (sa.Index(None, "campaign", "outcome"),)

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("surveys.campaign"), primary_key=True)
    participant: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """Of the letter: `survey`, `survey-reminder/1`, ..."""
    tries: Mapped[int]
    unclear: Mapped[int]
    """How often it may have been taken without our hearing so. It counts from the moment it is taken in hand."""
    next_at: Mapped[datetime]
    """When it may be taken in hand again."""
    outcome: Mapped[str | None]
    """`sent`, or `undeliverable`: the address can never be reached."""


class VoiceRow(Base):
    """Something that a participant said in their own words, and what it is about."""

    __tablename__ = "voices"
    __table_args__ = (sa.Index(None, "campaign", "topic"),)

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    """Of whatever it came with, and the question: the same words are not taken twice."""
    participant: Mapped[str | None]
    source: Mapped[str]
    """`survey`, `visit`, or the name of the tool whose answers were imported."""
    text: Mapped[str]
    """Empty once whoever said it was erased."""
    at: Mapped[datetime]
    topic: Mapped[str]
    """What it is about, as the rule found."""
    because: Mapped[str]
    """The words of the rule that decided; empty: none did."""
    corrected: Mapped[str | None]
    """What it is about, as a person says against the rule."""
    corrected_by: Mapped[str | None]
    corrected_at: Mapped[datetime | None]


class VisitRow(Base):
    """A return visit: who of customer service is to call whom, and what came of it in the end."""

    __tablename__ = "return_visits"
    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign", "participant"], ["participants.campaign", "participants.id"]),
        sa.UniqueConstraint("campaign", "participant"),
        sa.Index(None, "campaign", "agent"),
    )

    campaign: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    participant: Mapped[str | None]
    """None: they were erased."""
    agent: Mapped[str]
    listed_at: Mapped[datetime]
    outcome: Mapped[str | None]
    """None: nobody has been reached, and it is not given up."""
    offer: Mapped[bool]
    """Whether they want to hear of a follow-up offer."""
    settled_at: Mapped[datetime | None]


class VisitTryRow(Base):
    """One attempt to reach a participant; nothing of it changes."""

    __tablename__ = "visit_tries"
    __table_args__ = (sa.ForeignKeyConstraint(["campaign", "visit"], ["return_visits.campaign", "return_visits.id"]),)

    campaign: Mapped[str] = mapped_column(primary_key=True)
    visit: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    by: Mapped[str]
    at: Mapped[datetime]
    channel: Mapped[str]
    """`chat`, `telephone` or `e-mail`."""
    outcome: Mapped[str]
