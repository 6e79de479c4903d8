"""Open payouts are found by their provider too: a chunk of one does not read what waits for another."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
INDEX, TABLE = "ix_payouts_open", "payouts"
OPEN = "status in ('planned', 'sending', 'unknown', 'needs_human')"


def upgrade() -> None:
    """The same index, with the provider before the id."""
    op.drop_index(INDEX, TABLE)
    columns, is_open = ["campaign", "status", "provider", "id"], sa.text(OPEN)
    op.create_index(INDEX, TABLE, columns, sqlite_where=is_open, postgresql_where=is_open)
