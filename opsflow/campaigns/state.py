"""A campaign under way: what it was started with, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation


class CampaignStatus(StrEnum):
    """Where a campaign stands as a whole."""

    ACTIVE = "active"
    STOPPED = "stopped"
    """The decision meeting said stop."""
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
    plan_revision: int
    provisional: bool
    warnings: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Wake:
    """One reason to look at a stage."""

    id: int
    campaign: CampaignKey
    stage: Stage
    not_before: datetime
    attempt: int
    launched_at: datetime | None
    run: str | None
