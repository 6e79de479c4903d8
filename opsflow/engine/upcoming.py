"""When something is to happen next: for whoever moves the clock by hand."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import load_campaign, next_wake
from opsflow.context import Context
from opsflow.deadlines.store import next_rung
from opsflow.engine.collection import next_collection
from opsflow.kernel.terms import CampaignKey
from opsflow.outbox.store import next_notice


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next instants of each kind; None: nothing of that kind waits."""

    status: CampaignStatus
    wake: datetime | None
    """A stage may move."""
    rung: datetime | None
    """A deadline step comes."""
    notice: datetime | None
    """Something may be told."""
    collection: datetime | None = None
    """Participants are to be asked something, or no more."""


def upcoming(ctx: Context, campaign: CampaignKey) -> Upcoming:
    """Where a campaign stands as a whole, and what comes next. NotFound: there is no such campaign."""
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        collection = next_collection(ctx, session, held)
        return Upcoming(held.status, next_wake(session), next_rung(session), next_notice(session), collection)
