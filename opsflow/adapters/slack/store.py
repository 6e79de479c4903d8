"""Rows of the address book: which conversation an address was found to be."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import SlackAddressRow


def conversation(session: Session, workspace: str, address: str) -> str | None:
    """The conversation of an address; None when it was never looked up."""
    return session.scalar(
        sa.select(SlackAddressRow.conversation).where(
            SlackAddressRow.workspace == workspace, SlackAddressRow.address == address
        )
    )


def keep(session: Session, workspace: str, address: str, conversation: str, *, at: datetime) -> None:
    """Remember what an address was found to be."""
    row = {"workspace": workspace, "address": address, "conversation": conversation, "found_at": at}
    insert_or_nothing(session, SlackAddressRow, [row], returning=SlackAddressRow.address)


def forget(session: Session, workspace: str, address: str) -> None:
    """Look an address up anew the next time."""
    session.execute(
        sa.delete(SlackAddressRow).where(SlackAddressRow.workspace == workspace, SlackAddressRow.address == address)
    )
