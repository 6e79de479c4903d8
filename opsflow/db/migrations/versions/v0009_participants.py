"""Participants, their contacts and their results."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PARTICIPANT = ("campaign", "participant")


def upgrade() -> None:
    """Four tables; nothing that exists changes."""
    op.create_table(
        "participant_salts",
        _campaign("participant_salts"),
        sa.Column("salt", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_participant_salts")),
    )
    identities = ("account", "email", "phone")
    op.create_table(
        "participants",
        _campaign("participants"),
        sa.Column("id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in (*identities, "device", "payee", "network")),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("paying", sa.Boolean(), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("campaign", "id", name=op.f("pk_participants")),
        *(sa.UniqueConstraint("campaign", name, name=op.f(f"uq_participants_campaign_{name}")) for name in identities),
    )
    op.create_table(
        "participant_contacts",
        *(sa.Column(name, sa.String(), nullable=False) for name in PARTICIPANT),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(*PARTICIPANT, name=op.f("pk_participant_contacts")),
        _of_participant("participant_contacts"),
    )
    op.create_table(
        "results",
        *(sa.Column(name, sa.String(), nullable=False) for name in (*PARTICIPANT, "measure")),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(*PARTICIPANT, "measure", "day", name=op.f("pk_results")),
        _of_participant("results"),
    )


def _campaign(table: str) -> "sa.Column[str]":
    name = op.f(f"fk_{table}_campaign")
    return sa.Column("campaign", sa.String(), sa.ForeignKey("campaigns.key", name=name), nullable=False)


def _of_participant(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_campaign_participant")
    return sa.ForeignKeyConstraint(PARTICIPANT, ["participants.campaign", "participants.id"], name=name)
