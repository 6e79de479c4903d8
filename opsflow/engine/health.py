"""What a look at the tables tells of the state of the whole: silent sweeps, wakes nobody answers, notices nobody gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.state import Campaign, CampaignStatus, Wake
from opsflow.campaigns.store import all_campaigns, load_campaign, unanswered_wakes
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.db.ticks import last_tick
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.zoned import local_date
from opsflow.outbox.store import failures, stuck, waiting_for_channels
from opsflow.stages.store import tasks

SWEEPS = {
    "deadline_tracking": timedelta(minutes=1),
    "notification_delivery": timedelta(minutes=1),
    "prize_distribution": timedelta(minutes=5),
    "monitoring": timedelta(minutes=5),
    "feedback_collection": timedelta(minutes=5),
}
"""How often each runs, as `prefect.yaml` has it."""
SILENT_PERIODS = 3
"""After so many of its periods without a run a sweep is missed."""
PATIENCE = timedelta(minutes=10)
"""A wake or a claim that is so long overdue is stuck: both are taken up again within minutes."""


@dataclass(frozen=True)
class Health:
    """The state of the whole at one instant."""

    now: datetime
    sweeps: Mapping[str, datetime | None]
    """When each last ran."""
    active: tuple[CampaignKey, ...]
    provisional: Mapping[CampaignKey, tuple[int, ...]]
    """Campaigns under way whose dates rest on a calendar that was not published, with its years."""
    wakes: tuple[Wake, ...]
    claims: tuple[PersonKey, ...]
    """Whose message was taken by a deliverer that was never heard of again."""
    dead_letters: tuple[tuple[PersonKey, str, str], ...]
    """Person, key and reason."""
    unsent: tuple[tuple[PersonKey, str], ...]
    """Person and reason of what waits for a channel that is not set up."""


def health(ctx: Context) -> Health:
    """Look at everything, and change nothing."""
    now = ctx.clock.now()
    with ctx.reading() as session:
        campaigns = [load_campaign(session, key) for key in all_campaigns(session)]
        active = [campaign for campaign in campaigns if campaign.status is CampaignStatus.ACTIVE]
        return Health(
            now=now,
            sweeps={name: last_tick(session, name) for name in SWEEPS},
            active=tuple(campaign.key for campaign in active),
            provisional={campaign.key: _guessed(session, campaign) for campaign in active if campaign.provisional},
            wakes=unanswered_wakes(session, before=now - PATIENCE),
            claims=stuck(session, before=now - PATIENCE),
            dead_letters=failures(session),
            unsent=waiting_for_channels(session),
        )


def _guessed(session: Session, campaign: Campaign) -> tuple[int, ...]:
    days = [local_date(at, campaign.zone) for task in tasks(session, campaign.key) for at in (task.start, task.due)]
    return working_days(campaign.organisation).provisional_years(min(days), max(days))
