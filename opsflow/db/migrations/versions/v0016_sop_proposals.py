"""Proposals to change an SOP, and who has agreed to them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables; nothing that exists changes."""
    of_campaign = sa.ForeignKey("campaigns.key", name=op.f("fk_sop_proposals_campaign"))
    op.create_table(
        "sop_proposals",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sop", sa.String(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("campaign", sa.String(), of_campaign, nullable=True),
        sa.Column("task", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("written_hash", sa.String(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sop_proposals")),
        sa.UniqueConstraint("key", name=op.f("uq_sop_proposals_key")),
    )
    op.create_index(op.f("ix_sop_proposals_campaign"), "sop_proposals", ["campaign"])
    of_proposal = sa.ForeignKey("sop_proposals.number", name=op.f("fk_sop_agreements_proposal"))
    op.create_table(
        "sop_agreements",
        sa.Column("proposal", sa.Integer(), of_proposal, nullable=False),
        sa.Column("seat", sa.String(), nullable=False),
        sa.Column("change_hash", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("proposal", "seat", "change_hash", name=op.f("pk_sop_agreements")),
    )
