"""Slack: the address book, and what came in and was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables; nothing that exists changes."""
    op.create_table(
        "slack_addresses",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "address", name=op.f("pk_slack_addresses")),
    )
    op.create_table(
        "slack_presses",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_presses")),
    )
    op.create_index(op.f("ix_slack_presses_taken_at"), "slack_presses", ["taken_at"])
