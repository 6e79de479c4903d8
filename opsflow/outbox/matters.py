"""Matters: whether the thing a notice speaks of is still open, and in which version.

Whoever opens, moves or closes something says so here in the same transaction; delivery looks at the moment of sending
(F01, F02, F04, F13), and brings up to date what the cards of the matter show.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from opsflow.db.session import Session
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.outbox import store
from opsflow.outbox.posts.store import mark_stale

Facts = Mapping[str, Value]
"""What cards say of a matter that is over or has moved: `what` (`done`, `approved`, `handed_over`, ... see
`card_over.j2`), `by_name`, `at`, and of what moved `owner_name` or `due`."""


def open_matter(session: Session, matter: str) -> int:
    """Open a matter and return its version. One that is open stays as it is; a closed one opens in a new version."""
    if not store.add_matter(session, matter):
        store.reopen_matter(session, matter)
        mark_stale(session, [matter])
    return store.version_of(session, matter)


def open_matters(session: Session, matters: Sequence[str]) -> dict[str, int]:
    """Open several, and return the version of each."""
    versions = dict.fromkeys(store.add_matters(session, matters), store.FIRST_VERSION)
    known = set(matters) - versions.keys()
    if known:
        store.reopen_matters(session, known)
        mark_stale(session, known)
        versions |= store.versions_of(session, known)
    return versions


def raise_matter(session: Session, matter: str, *, facts: Facts | None = None) -> int:
    """The thing moved: the version goes up, and what was written about the old one is not sent any more.

    A closed matter stays closed, whatever moves. `facts`: what its cards say of it.
    """
    if not store.add_matter(session, matter) and store.raise_version(session, matter):
        _changed(session, matter, facts)
    return store.version_of(session, matter)


def close_matter(session: Session, matter: str, *, facts: Facts | None = None) -> None:
    """The thing is over. Closing again, or closing what nobody opened, changes nothing. `facts`: as above."""
    if store.set_closed(session, matter):
        _changed(session, matter, facts)


def acknowledge_matter(session: Session, matter: str, *, by: PersonKey, at: datetime, facts: Facts) -> None:
    """Somebody has said that they will see to it. It holds until the thing moves; nothing is silenced by it.

    `facts`: what the cards say of it beside what they ask (`what`: `confirmed`, or `snoozed` with `until`; `by_name`).
    """
    if store.set_acknowledged(session, matter, by=by, at=at):
        _changed(session, matter, {**facts, "at": at})
    answer(session, matter, by=by, at=at)


def close_matters_of(session: Session, campaign: CampaignKey, *, facts: Facts | None = None) -> None:
    """The campaign is over, and everything in it. `facts`: as above."""
    closed = store.close_all(session, campaign, facts=facts or {})
    mark_stale(session, closed)


def answer(session: Session, matter: str, *, by: PersonKey, at: datetime) -> None:
    """Somebody acted on a matter: what they were told of it has been taken note of."""
    store.set_answered(session, matter, by, at=at)


def _changed(session: Session, matter: str, facts: Facts | None) -> None:
    store.set_facts(session, matter, facts or {})
    mark_stale(session, [matter])
