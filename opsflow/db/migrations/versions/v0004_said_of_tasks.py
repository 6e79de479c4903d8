"""What owners say of their tasks (confirmed, snoozed, help wanted), who acknowledged a matter, overridden gate facts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what may be empty, so that rows that are there stay as they are."""
    for name in ("confirmed_by", "help_by"):
        op.add_column("tasks", sa.Column(name, sa.String(), nullable=True))
    for name in ("confirmed_due", "snoozed_until", "help_at"):
        op.add_column("tasks", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("tasks", sa.Column("help_text", sa.JSON(), nullable=True))
    op.add_column("matters", sa.Column("acknowledged_by", sa.String(), nullable=True))
    op.add_column("matters", sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "gate_overrides",
        sa.Column("campaign", sa.String(), primary_key=True),
        sa.Column("stage", sa.String(), primary_key=True),
        sa.Column("fact", sa.String(), primary_key=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign", "stage"], ["stages.campaign", "stages.name"]),
    )
