"""When somebody said a task will be finished: what a re-plan keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has said anything yet, so rows that are there stay as they are."""
    op.add_column("tasks", sa.Column("held_due", sa.DateTime(timezone=True), nullable=True))
