"""Matters: whether the thing a notice speaks of is still open, and in which version.

Whoever opens, moves or closes something says so here in the same transaction; delivery looks at the moment of sending
(F01, F02, F04, F13).
"""

from opsflow.db.session import Session
from opsflow.outbox import store


def open_matter(session: Session, matter: str) -> int:
    """Open a matter and return its version. One that is open stays as it is; a closed one opens in a new version."""
    if not store.add_matter(session, matter):
        store.reopen_matter(session, matter)
    return store.version_of(session, matter)


def raise_matter(session: Session, matter: str) -> int:
    """The thing moved: the version goes up, and what was written about the old one is not sent any more.

    A closed matter stays closed, whatever moves.
    """
    if not store.add_matter(session, matter):
        store.raise_version(session, matter)
    return store.version_of(session, matter)


def close_matter(session: Session, matter: str) -> None:
    """The thing is over. Closing again, or closing what nobody opened, changes nothing."""
    store.set_closed(session, matter)
