"""Which message a notice was last taken for: what is lost together is looked up together."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of what was taken before: it cannot be looked up, and goes out again."""
    op.add_column("outbox", sa.Column("message", sa.String(), nullable=True))
