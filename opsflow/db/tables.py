"""Every table. Instants are UTC; keys are made of meaning; what must be first is decided by a unique constraint."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base
from opsflow.db.chains import JournalChainRow
from opsflow.db.changing import SopAgreementRow, SopProposalRow
from opsflow.db.drawing import DrawRow, EntrantRow, LetterRow
from opsflow.db.measuring import (
    ActivityRow,
    ForecastRow,
    KpiAlertRow,
    PastResultRow,
    ReadingRow,
    SourceRunRow,
    TalkingPointRow,
)
from opsflow.db.money import (
    AwardRow,
    BudgetRow,
    EntryRow,
    PayeeRow,
    PayoutAttemptRow,
    PayoutDifferenceRow,
    PayoutListRow,
    PayoutRow,
    PayoutRulingRow,
    PayoutSignatureRow,
    PayoutTryRow,
    PostingRow,
    PrizeCodeRow,
    ShipmentRow,
)
from opsflow.db.papers import DocumentRow, MeetingRow, MinuteRow, ScoreRow, SelfCheckRow
from opsflow.db.surveying import AnswerRow, InvitationRow, SendingRow, SurveyRow, VisitRow, VisitTryRow, VoiceRow
from opsflow.db.takingpart import ContactRow, ParticipantRow, ResultRow, SaltRow
from opsflow.db.telling import AttemptRow, CardRow, DeliveryRow, MatterRow, OutboxRow, PauseRow
from opsflow.kernel.text import Text

__all__ = [
    "ActivityRow",
    "AnswerRow",
    "AttemptRow",
    "AwardRow",
    "Base",
    "BudgetRow",
    "CardRow",
    "ContactRow",
    "DeliveryRow",
    "DocumentRow",
    "DrawRow",
    "EntrantRow",
    "EntryRow",
    "ForecastRow",
    "InvitationRow",
    "JournalChainRow",
    "KpiAlertRow",
    "LetterRow",
    "MatterRow",
    "MeetingRow",
    "MinuteRow",
    "OutboxRow",
    "ParticipantRow",
    "PastResultRow",
    "PauseRow",
    "PayeeRow",
    "PayoutAttemptRow",
    "PayoutDifferenceRow",
    "PayoutListRow",
    "PayoutRow",
    "PayoutRulingRow",
    "PayoutSignatureRow",
    "PayoutTryRow",
    "PostingRow",
    "PrizeCodeRow",
    "ReadingRow",
    "ResultRow",
    "SaltRow",
    "ScoreRow",
    "SelfCheckRow",
    "SendingRow",
    "ShipmentRow",
    "SopAgreementRow",
    "SopProposalRow",
    "SourceRunRow",
    "SurveyRow",
    "TalkingPointRow",
    "VisitRow",
    "VisitTryRow",
    "VoiceRow",
]  # fmt: skip
"""What stands elsewhere for its length: whoever asks for the tables gets all of them."""


class CampaignRow(Base):
    """A campaign as it was started: its file, its organisation and its SOP version stay with it."""

    __tablename__ = "campaigns"

    key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[Text]
    level: Mapped[str]
    status: Mapped[str]
    zone: Mapped[str]
    language: Mapped[str]
    launch: Mapped[datetime]
    ends: Mapped[datetime]
    sop_name: Mapped[str]
    sop_version: Mapped[int]
    file: Mapped[dict[str, Any]]
    organisation: Mapped[dict[str, Any]]
    warnings: Mapped[list[dict[str, str]]]
    provisional: Mapped[bool]
    plan_revision: Mapped[int]
    created_at: Mapped[datetime]


class StageRow(Base):
    """One stage of a campaign."""

    __tablename__ = "stages"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    opens: Mapped[datetime | None]
    closes: Mapped[datetime | None]
    meeting: Mapped[str | None]
    meeting_at: Mapped[datetime | None]
    meeting_mode: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reason: Mapped[Text | None]
    """Why it is skipped, held or stopped."""
    revision: Mapped[int] = mapped_column(default=0)


class GateOverrideRow(Base):
    """A condition of a gate that somebody has let pass though it does not hold."""

    __tablename__ = "gate_overrides"
    __table_args__ = (sa.ForeignKeyConstraint(["campaign", "stage"], ["stages.campaign", "stages.name"]),)

    campaign: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    fact: Mapped[str] = mapped_column(primary_key=True)
    by: Mapped[str]
    reason: Mapped[Text]
    at: Mapped[datetime]


class TaskRow(Base):
    """One task of a campaign."""

    __tablename__ = "tasks"
    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign", "stage"], ["stages.campaign", "stages.name"]),
        sa.Index(None, "campaign", "stage"),
        sa.Index(None, "owner", "status"),
    )

    campaign: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str]
    title: Mapped[Text]
    role: Mapped[str | None]
    department: Mapped[str]
    owner: Mapped[str]
    deputy_for: Mapped[str | None]
    approvers: Mapped[list[str]]
    days: Mapped[int]
    start: Mapped[datetime]
    due: Mapped[datetime]
    held_due: Mapped[datetime | None]
    """When somebody said it will be finished: no re-plan moves that."""
    float_days: Mapped[int]
    critical: Mapped[bool]
    gate_task: Mapped[bool]
    after: Mapped[list[str]]
    deliverable: Mapped[Text | None]
    repeats: Mapped[list[str]]
    repeat_rule: Mapped[Text | None]
    because: Mapped[list[dict[str, str]]]
    status: Mapped[str]
    opened_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    evidence: Mapped[str | None]
    """The deliverable: a link, a file's name, a document's id."""
    note: Mapped[Text | None]
    confirmed_by: Mapped[str | None]
    confirmed_due: Mapped[datetime | None]
    """The date that was promised: one that moves is to be promised anew."""
    snoozed_until: Mapped[datetime | None]
    help_by: Mapped[str | None]
    """Who called for help; empty again when somebody has answered."""
    help_at: Mapped[datetime | None]
    help_text: Mapped[Text | None]
    revision: Mapped[int] = mapped_column(default=0)


class RepeatRow(Base):
    """One time a live task came round and was recorded."""

    __tablename__ = "task_repeats"
    __table_args__ = (sa.ForeignKeyConstraint(["campaign", "code"], ["tasks.campaign", "tasks.code"]),)

    campaign: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    note: Mapped[Text | None]


class ApprovalRow(Base):
    """One request for approval of one version of one subject."""

    __tablename__ = "approvals"
    __table_args__ = (sa.UniqueConstraint("campaign", "subject", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    stage: Mapped[str]
    task: Mapped[str]
    subject: Mapped[str]
    version: Mapped[int]
    content_hash: Mapped[str]
    author: Mapped[str]
    """Who wrote what is to be approved, and so may not approve it."""
    status: Mapped[str]
    requested_at: Mapped[datetime]
    due: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class SeatRow(Base):
    """Whose approval is needed, and what they said."""

    __tablename__ = "approval_seats"

    approval: Mapped[str] = mapped_column(sa.ForeignKey("approvals.id"), primary_key=True)
    seat: Mapped[str] = mapped_column(primary_key=True)
    """`leader`, `finance_approver`, `head:legal`, ..."""
    person: Mapped[str]
    deputy_for: Mapped[str | None]
    verdict: Mapped[str | None]
    reason: Mapped[Text | None]
    voted_at: Mapped[datetime | None]


class IncidentRow(Base):
    """Something that went wrong in a campaign, who has it in hand, and how it ended."""

    __tablename__ = "incidents"

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[Text]
    severity: Mapped[str]
    risk: Mapped[int | None]
    """Which risk of the campaign file it is, counted from 1."""
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    acknowledge_by: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    plan_b_at: Mapped[datetime | None]
    plan_b_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    cause: Mapped[Text | None]
    done: Mapped[Text | None]
    sop_proposal: Mapped[Text | None]


class WakeRow(Base):
    """Something that may move a stage, not before an instant.

    Two for the same instant are two: were the second to lean on the first, a run that has read the first already would
    delete both.
    """

    __tablename__ = "wakes"
    __table_args__ = (
        sa.Index(None, "not_before"),
        # An id is never given again: it is part of the run's key, and Prefect answers an old key with the old run.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    stage: Mapped[str]
    not_before: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=1)
    launched_at: Mapped[datetime | None]
    run: Mapped[str | None]
    """The motor's id of the run launched for this attempt."""


class JournalRow(Base):
    """What happened. Append-only, and chained: see `kernel/chain.py`."""

    __tablename__ = "journal"
    __table_args__ = (sa.UniqueConstraint("campaign", "number"),)

    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    campaign: Mapped[str | None]
    object: Mapped[str]
    data: Mapped[dict[str, Any]]
    number: Mapped[int]
    """Its place in the chain of its campaign, from 1, without a gap."""
    hash: Mapped[bytes]
    """SHA-256 of this entry and the hash of the one before."""


class RungRow(Base):
    """One step of a deadline's ladder: a reminder, the due hour, or an escalation."""

    __tablename__ = "rungs"
    __table_args__ = (sa.Index("ix_rungs_due", "status", "at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    task: Mapped[str]
    name: Mapped[str]
    at: Mapped[datetime]
    person: Mapped[str]
    role: Mapped[str]
    matter: Mapped[str]
    matter_version: Mapped[int]
    data: Mapped[dict[str, Any]]
    hours: Mapped[str | None]
    """Of its notice."""
    status: Mapped[str]
    settled_at: Mapped[datetime | None]


class TickRow(Base):
    """When a scheduled sweep last ran."""

    __tablename__ = "ticks"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class SlackAddressRow(Base):
    """Which Slack conversation an address was found to be; `workspace` stands for the token it was found with."""

    __tablename__ = "slack_addresses"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str]
    found_at: Mapped[datetime]


class SlackPressRow(Base):
    """What came in from Slack and was taken: a request's signature, or one press of one button; each is taken once."""

    __tablename__ = "slack_presses"
    __table_args__ = (sa.Index(None, "taken_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime]
