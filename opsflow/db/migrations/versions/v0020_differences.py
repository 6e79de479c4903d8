"""Another amount of a key is another difference to a statement; one that a statement shows no more stops nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
TABLE = "payout_differences"


def upgrade() -> None:
    """The currency of what is known is the campaign's: rows did not say it."""
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint("uq_payout_differences_campaign_provider_key_kind", type_="unique")
        table.add_column(sa.Column("currency", sa.String(), nullable=True))
        table.add_column(sa.Column("our_reference", sa.String(), nullable=True))
        table.add_column(sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_payout_differences_campaign_provider"), TABLE, ["campaign", "provider"])
    op.execute(
        "update payout_differences set currency = (select currency from payout_budgets "
        "where payout_budgets.campaign = payout_differences.campaign) where theirs is not null"
    )
