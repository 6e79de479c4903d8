"""Writing the journal inside the transaction of what happened, and reading it."""

from collections.abc import Mapping
from datetime import datetime

from opsflow.db.session import Session
from opsflow.journal import store
from opsflow.journal.model import Entry
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.values import Value, record


def write(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    campaign: CampaignKey | None,
    object: str,  # noqa: A002  the entry's own word for what was acted on
    data: Mapping[str, Value] | None = None,
) -> None:
    """Append one entry; it stands or falls with the transaction of what it tells.

    `actor`: a person's key, or `opsflow.journal.model.ENGINE`.
    """
    store.add(session, at=at, actor=actor, action=action, campaign=campaign, object=object, data=record(data or {}))


def read(session: Session, campaign: CampaignKey | None) -> tuple[Entry, ...]:
    """All entries of one campaign, oldest first; of None: those that belong to no campaign."""
    return store.entries(session, campaign)
