"""Draws, and who is in them."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables; nothing that exists changes."""
    of_campaign = sa.ForeignKey("campaigns.key", name=op.f("fk_draws_campaign"))
    op.create_table(
        "draws",
        sa.Column("campaign", sa.String(), of_campaign, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("entrants", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        _instant("frozen_at", null=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        _instant("appeals_until", null=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.String(), nullable=True),
        _instant("committed_at"),
        sa.Column("committed_by", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        _instant("drawn_at"),
        sa.Column("drawn_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("campaign", "id", name=op.f("pk_draws")),
    )
    op.create_table(
        "entrants",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("campaign", "draw", "participant")),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        _instant("reached_at"),
        sa.Column("refused", sa.String(), nullable=True),
        sa.Column("listed", sa.String(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("prize", sa.String(), nullable=True),
        sa.Column("lost", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("campaign", "draw", "participant", name=op.f("pk_entrants")),
        sa.ForeignKeyConstraint(
            ["campaign", "draw"], ["draws.campaign", "draws.id"], name=op.f("fk_entrants_campaign_draw")
        ),
    )
    op.create_index("ix_entrants_rank", "entrants", ["campaign", "draw", "rank"])


def _instant(name: str, *, null: bool = True) -> "sa.Column[datetime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)
