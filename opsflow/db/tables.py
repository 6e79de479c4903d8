"""Every table. Instants are UTC; keys are made of meaning; what must be first is decided by a unique constraint."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from opsflow.db.types import Bilingual, Instant
from opsflow.kernel.text import Text

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
JSON_LIST = sa.JSON(none_as_null=True)


class Base(DeclarativeBase):
    """The declarative base; constraints get names, so that an error can be told by them."""

    metadata = sa.MetaData(naming_convention=CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant(),
        Text: Bilingual(none_as_null=True),
        dict[str, Any]: sa.JSON(),
        list[str]: JSON_LIST,
        list[dict[str, str]]: JSON_LIST,
    }


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
    """What happened. Append-only."""

    __tablename__ = "journal"
    __table_args__ = (sa.Index(None, "campaign", "seq"),)

    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    campaign: Mapped[str | None]
    object: Mapped[str]
    data: Mapped[dict[str, Any]]


class MatterRow(Base):
    """Whether the thing a message speaks of is still open, and in which version."""

    __tablename__ = "matters"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    open: Mapped[bool]


class OutboxRow(Base):
    """One notice to one person."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.Index("ix_outbox_due", "status", "not_before", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    campaign: Mapped[str | None]
    person: Mapped[str]
    template: Mapped[str]
    data: Mapped[dict[str, Any]]
    urgent: Mapped[bool]
    matter: Mapped[str | None]
    matter_version: Mapped[int | None]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    delivery: Mapped[int | None] = mapped_column(sa.ForeignKey("deliveries.id"))
    reason: Mapped[str | None]
    """Why it was dropped, held back or failed."""


class DeliveryRow(Base):
    """One message as it was sent: one or several notices to one person."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str]
    channel: Mapped[str]
    sent_at: Mapped[datetime]
    local_day: Mapped[date]
    """The recipient's calendar day, for the daily message budget."""
    urgent: Mapped[bool]
    receipt: Mapped[str]
    body: Mapped[str]


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
    status: Mapped[str]
    settled_at: Mapped[datetime | None]


class TickRow(Base):
    """When a scheduled sweep last ran."""

    __tablename__ = "ticks"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
