"""The first schema: campaigns with their stages and tasks, decisions, telling people, wakes, the journal."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Columns = tuple[sa.Column[Any], ...]
CAMPAIGN = ("campaign",)


def upgrade() -> None:
    """Make every table. Constraints are named by the convention of `opsflow.db.tables`."""
    campaigns()
    tasks()
    approvals()
    meetings()
    documents()
    self_check()
    wakes()
    telling()
    journal()


def keys(*names: str) -> Columns:
    """Text columns that make the primary key."""
    return tuple(sa.Column(name, sa.String(), primary_key=True) for name in names)


def strings(*names: str, null: bool = False) -> Columns:
    """Text columns."""
    return tuple(sa.Column(name, sa.String(), nullable=null) for name in names)


def integers(*names: str, key: bool = False) -> Columns:
    """Whole numbers; `key`: part of the primary key."""
    return tuple(sa.Column(name, sa.Integer(), primary_key=key, nullable=False) for name in names)


def flags(*names: str, null: bool = False) -> Columns:
    """True or false."""
    return tuple(sa.Column(name, sa.Boolean(), nullable=null) for name in names)


def instants(*names: str, null: bool = False) -> Columns:
    """Instants: with time zone on PostgreSQL, UTC without one on SQLite."""
    return tuple(sa.Column(name, sa.DateTime(timezone=True), nullable=null) for name in names)


def values(*names: str, null: bool = False) -> Columns:
    """JSON: texts in two languages, lists, mappings."""
    return tuple(sa.Column(name, sa.JSON(), nullable=null) for name in names)


def of_campaign(*, key: bool) -> sa.Column[Any]:
    """The campaign a row belongs to."""
    return sa.Column("campaign", sa.String(), sa.ForeignKey("campaigns.key"), primary_key=key, nullable=False)


def campaigns() -> None:
    """Campaigns and their stages."""
    op.create_table(
        "campaigns",
        *keys("key"),
        *strings("level", "status", "zone", "language", "sop_name"),
        *integers("sop_version", "plan_revision"),
        *instants("launch", "ends", "created_at"),
        *values("title", "file", "organisation", "warnings"),
        *flags("provisional"),
    )
    op.create_table(
        "stages",
        of_campaign(key=True),
        *keys("name"),
        *strings("status"),
        *strings("meeting", "meeting_mode", null=True),
        *instants("opens", "closes", "meeting_at", "opened_at", "closed_at", null=True),
        *values("reason", null=True),
        *integers("revision"),
    )


def tasks() -> None:
    """Tasks, and the times a live task came round."""
    op.create_table(
        "tasks",
        *keys("campaign", "code"),
        *strings("stage", "kind", "department", "owner", "status"),
        *strings("role", "deputy_for", "done_by", "evidence", null=True),
        *integers("position", "days", "float_days", "revision"),
        *flags("critical", "gate_task"),
        *instants("start", "due"),
        *instants("opened_at", "done_at", null=True),
        *values("title", "approvers", "after", "repeats", "because"),
        *values("deliverable", "repeat_rule", "note", null=True),
        sa.ForeignKeyConstraint(["campaign", "stage"], ["stages.campaign", "stages.name"]),
    )
    op.create_index("ix_tasks_campaign_stage", "tasks", ["campaign", "stage"])
    op.create_index("ix_tasks_owner_status", "tasks", ["owner", "status"])
    op.create_table(
        "task_repeats",
        *keys("campaign", "code"),
        sa.Column("at", sa.DateTime(timezone=True), primary_key=True),
        *instants("recorded_at"),
        *strings("recorded_by"),
        *values("note", null=True),
        sa.ForeignKeyConstraint(["campaign", "code"], ["tasks.campaign", "tasks.code"]),
    )


def approvals() -> None:
    """Requests for approval, and whose they are."""
    op.create_table(
        "approvals",
        *keys("id"),
        of_campaign(key=False),
        *strings("stage", "task", "subject", "content_hash", "author", "status"),
        *integers("version"),
        *instants("requested_at", "due"),
        *instants("decided_at", null=True),
        sa.UniqueConstraint("campaign", "subject", "version"),
    )
    op.create_table(
        "approval_seats",
        sa.Column("approval", sa.String(), sa.ForeignKey("approvals.id"), primary_key=True),
        *keys("seat"),
        *strings("person"),
        *strings("deputy_for", "verdict", null=True),
        *values("reason", null=True),
        *instants("voted_at", null=True),
    )


def meetings() -> None:
    """Meetings held, and what was said."""
    op.create_table(
        "meetings",
        of_campaign(key=True),
        *keys("id"),
        *strings("stage", "mode", "recorded_by"),
        *strings("outcome", null=True),
        *instants("held_at"),
        *values("attendees"),
    )
    op.create_table(
        "meeting_minutes",
        *keys("campaign", "meeting"),
        *integers("position", key=True),
        *strings("kind"),
        *strings("person", "owner", "task", "cause", null=True),
        *values("text"),
        *values("reply", null=True),
        sa.Column("due", sa.Date()),
        *flags("taken", null=True),
        sa.ForeignKeyConstraint(["campaign", "meeting"], ["meetings.campaign", "meetings.id"]),
    )


def documents() -> None:
    """Documents by language and revision."""
    op.create_table(
        "documents",
        of_campaign(key=True),
        *keys("id", "language"),
        *integers("revision", key=True),
        *strings("stage", "state", "body", "tells_of"),
        *values("title"),
        *instants("written_at"),
    )


def self_check() -> None:
    """Rounds of scoring, and the points."""
    op.create_table(
        "self_check_rounds",
        of_campaign(key=True),
        *integers("round", key=True),
        *values("reviewers"),
        *instants("opened_at", "due"),
        *instants("closed_at", null=True),
        *flags("passed", null=True),
    )
    op.create_table(
        "self_check_scores",
        *keys("campaign"),
        *integers("round", key=True),
        *keys("reviewer", "module"),
        *integers("points"),
        *values("comment", null=True),
        *instants("scored_at"),
        sa.CheckConstraint("points between 0 and 10", name="points"),
        sa.ForeignKeyConstraint(["campaign", "round"], ["self_check_rounds.campaign", "self_check_rounds.round"]),
    )


def wakes() -> None:
    """What may move a stage, and when a sweep last ran."""
    op.create_table(
        "wakes",
        *integers("id", key=True),
        of_campaign(key=False),
        *strings("stage"),
        *strings("run", null=True),
        *integers("attempt"),
        *instants("not_before"),
        *instants("launched_at", null=True),
        # A wake's id is part of its run's key, and wakes are deleted: without this SQLite would give the id again,
        # and the motor would answer with the old run.
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wakes_not_before", "wakes", ["not_before"])
    op.create_table("ticks", *keys("name"), *instants("at"))


def telling() -> None:
    """Matters, notices, messages sent, and the steps of deadlines."""
    op.create_table("matters", *keys("id"), *integers("version"), *flags("open"))
    op.create_table(
        "deliveries",
        *integers("id", key=True),
        *strings("person", "channel", "receipt", "body"),
        *instants("sent_at"),
        sa.Column("local_day", sa.Date(), nullable=False),
        *flags("urgent"),
    )
    op.create_table(
        "outbox",
        *integers("id", key=True),
        *strings("key", "person", "template", "status"),
        *strings("campaign", "matter", "reason", null=True),
        *values("data"),
        *flags("urgent"),
        sa.Column("matter_version", sa.Integer()),
        *instants("created_at", "not_before"),
        *integers("attempts"),
        sa.Column("delivery", sa.Integer(), sa.ForeignKey("deliveries.id")),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_outbox_due", "outbox", ["status", "not_before", "id"])
    op.create_table(
        "rungs",
        *keys("key"),
        of_campaign(key=False),
        *strings("task", "name", "person", "role", "matter", "status"),
        *integers("matter_version"),
        *instants("at"),
        *instants("settled_at", null=True),
        *values("data"),
    )
    op.create_index("ix_rungs_due", "rungs", ["status", "at"])


def journal() -> None:
    """The journal, and what keeps it append-only."""
    op.create_table(
        "journal",
        *integers("seq", key=True),
        *instants("at"),
        *strings("actor", "action", "object"),
        *strings("campaign", null=True),
        *values("data"),
    )
    op.create_index("ix_journal_campaign_seq", "journal", ["campaign", "seq"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create function journal_is_append_only() returns trigger language plpgsql as "
            "$$ begin raise exception 'the journal is append-only'; end $$"
        )
        op.execute(
            "create trigger journal_is_append_only before update or delete or truncate on journal "
            "for each statement execute function journal_is_append_only()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger journal_refuses_{verb} before {verb} on journal "
            "begin select raise(abort, 'the journal is append-only'); end"
        )
