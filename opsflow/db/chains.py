"""The table of the journal's chains: who appends to one holds its row."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base

NO_CAMPAIGN = ""
"""The chain of entries that belong to no campaign."""


class JournalChainRow(Base):
    """One chain of the journal: that of a campaign, or that of none."""

    __tablename__ = "journal_chains"

    chain: Mapped[str] = mapped_column(primary_key=True)
    """The campaign's key."""
    signed: Mapped[int]
    """Up to which entry a checkpoint outside the database was signed; 0: none was."""
    signed_at: Mapped[datetime | None]
