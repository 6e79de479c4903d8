"""Waking the closing stage when its gate may look different: something was drawn, paid, given up or explained."""

from datetime import datetime

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes
from opsflow.db.session import Session
from opsflow.kernel.terms import Stage


def wake_closing(session: Session, held: Campaign, *, now: datetime) -> None:
    """Have the closing stage look again; before the campaign's end there is nothing for it to see."""
    if now >= held.ends:
        add_wakes(session, held.key, [(Stage.CLOSING, now)])
