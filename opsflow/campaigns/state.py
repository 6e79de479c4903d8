"""A campaign under way: what it was started with, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from opsflow.campaigns.model import CampaignFile
from opsflow.kernel import terms
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation


class CampaignStatus(StrEnum):
    """Where a campaign stands as a whole."""

    ACTIVE = "active"
    PAUSED = terms.PAUSED
    """Nothing opens, nothing is reminded of and nobody is told until it is resumed; deadlines stand."""
    STOPPED = "stopped"
    """The decision meeting said stop."""
    CANCELLED = "cancelled"
    """Somebody ended it, for a reason."""
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Campaign:
    """A campaign as it was started."""

    key: CampaignKey
    title: Text
    level: Level
    status: CampaignStatus
    zone: ZoneInfo
    launch: datetime
    ends: datetime
    file: CampaignFile
    organisation: Organisation
    sop_name: str
    sop_version: int
    started_at: datetime
    plan_revision: int
    provisional: bool
    warnings: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Wake:
    """One reason to look at a stage."""

    id: int
    campaign: CampaignKey
    level: Level
    """Of the campaign."""
    stage: Stage
    not_before: datetime
    attempt: int
    launched_at: datetime | None
    run: str | None


def is_over(campaign: Campaign) -> bool:
    """Whether nothing more happens in a campaign, however it ended; one that is only paused is not over."""
    return campaign.status.value not in ("active", "paused")


class PlanMoved(Conflict):
    """Somebody planned the campaign anew meanwhile."""

    def __init__(self, campaign: CampaignKey, revision: int) -> None:
        super().__init__(
            f"The plan of {campaign} is not revision {revision} any more: it was planned anew meanwhile, and nothing of this "
            f"was written. `opsflow replan {campaign}` with the same options shows what would move now."
        )
