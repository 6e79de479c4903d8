"""Cards, the state of channels, and what came of each attempt to tell somebody something."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to what is there; notices and messages of before are as if they had been told on their first route."""
    op.add_column("matters", sa.Column("facts", sa.JSON(), nullable=True))
    outbox()
    deliveries()
    cards()
    op.create_table(
        "outbox_attempts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("notice", sa.Integer(), sa.ForeignKey("outbox.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("channel", "outcome", "reason")),
    )
    op.create_index("ix_outbox_attempts_notice", "outbox_attempts", ["notice"])
    op.create_table(
        "channel_pauses",
        sa.Column("channel", sa.String(), primary_key=True),
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )


def outbox() -> None:
    """Which route a notice takes, and whether its recipient acted on it."""
    for name in ("route", "unknowns"):
        op.add_column("outbox", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("since", "acknowledged_at"):
        op.add_column("outbox", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_outbox_matter", "outbox", ["matter"])


def deliveries() -> None:
    """Where a message stands, what it told, and when it is changed."""
    for name in ("address", "key", "content"):
        op.add_column("deliveries", sa.Column(name, sa.String(), nullable=True))
    op.add_column("deliveries", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_deliveries_person_local_day", "deliveries", ["person", "local_day"])


def cards() -> None:
    """What messages show of matters."""
    op.create_table(
        "cards",
        sa.Column("token", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("person", "matter", "kind", "channel", "shows")),
        sa.Column("campaign", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notice", sa.Integer(), sa.ForeignKey("outbox.id"), nullable=False),
        sa.Column("delivery", sa.Integer(), sa.ForeignKey("deliveries.id"), nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("superseded", "stale")),
        sa.UniqueConstraint("notice", name="uq_cards_notice"),
    )
    op.create_index("ix_cards_matter_person", "cards", ["matter", "person"])
    op.create_index("ix_cards_stale", "cards", ["stale"])
    op.create_index("ix_cards_delivery", "cards", ["delivery"])
