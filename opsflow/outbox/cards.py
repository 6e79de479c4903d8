"""Cards: what a message shows of one matter, with the buttons for it.

A button carries the token of a card and nothing else; who pressed, and what of, is looked up here at that moment.
"""

from opsflow.db.session import Session
from opsflow.outbox.model import Card, CardKind
from opsflow.outbox.posts import store

__all__ = ["Card", "CardKind", "load_card"]


def load_card(session: Session, token: str) -> Card:
    """The card of a button. NotFound: there is none, and never was."""
    return store.card(session, token)
