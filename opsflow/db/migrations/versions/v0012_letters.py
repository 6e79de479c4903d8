"""Which participant was written a letter of which step."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; nothing that exists changes."""
    of_campaign = sa.ForeignKey("campaigns.key", name=op.f("fk_participant_letters_campaign"))
    op.create_table(
        "participant_letters",
        sa.Column("campaign", sa.String(), of_campaign, nullable=False),
        sa.Column("participant", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "participant", "key", name=op.f("pk_participant_letters")),
    )
