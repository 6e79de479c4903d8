"""Incidents, and the hours in which urgent notices go out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of incidents; notices and deadline steps that are there keep to working hours."""
    op.create_table(
        "incidents",
        sa.Column("campaign", sa.String(), sa.ForeignKey("campaigns.key"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("severity", "opened_by")),
        *(sa.Column(f"{verb}_by", sa.String()) for verb in ("acknowledged", "plan_b", "closed")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("opened_at", "acknowledge_by")),
        *(sa.Column(f"{verb}_at", sa.DateTime(timezone=True)) for verb in ("acknowledged", "plan_b", "closed")),
        sa.Column("risk", sa.Integer()),
        sa.Column("title", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.JSON()) for name in ("cause", "done", "sop_proposal")),
    )
    for table in ("outbox", "rungs"):
        op.add_column(table, sa.Column("hours", sa.String()))
