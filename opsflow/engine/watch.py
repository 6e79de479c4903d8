"""Incidents and the duty roster, as people look at them."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.duty import Shift, gaps, on_duty, shifts
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import all_campaigns, load_campaign
from opsflow.campaigns.team import Holder
from opsflow.context import Context
from opsflow.deadlines.store import steps
from opsflow.incidents.model import Incident
from opsflow.incidents.store import incident, incidents
from opsflow.journal.model import Entry
from opsflow.journal.service import read
from opsflow.kernel.terms import CampaignKey, PersonKey


@dataclass(frozen=True)
class Watched:
    """The incidents of one campaign."""

    campaign: Campaign
    incidents: tuple[Incident, ...]


@dataclass(frozen=True)
class Story:
    """One incident with its log."""

    campaign: Campaign
    incident: Incident
    entries: tuple[Entry, ...]
    """What people did, in order."""
    told: tuple[tuple[str, PersonKey, datetime], ...]
    """Step, person and instant of everybody it went to later."""


@dataclass(frozen=True)
class Roster:
    """Who is on duty when."""

    campaign: Campaign
    now: datetime
    present: tuple[Holder, ...]
    """Who is on duty at this moment."""
    shifts: tuple[Shift, ...]
    """Within the live window; none: the duty lead answers all the time."""
    gaps: tuple[tuple[datetime, datetime], ...]


def watched(ctx: Context, campaign: CampaignKey | None = None) -> tuple[Watched, ...]:
    """The incidents of a campaign, or of all. NotFound: there is no such campaign."""
    with ctx.reading() as session:
        keys = all_campaigns(session) if campaign is None else (campaign,)
        return tuple(Watched(load_campaign(session, key), incidents(session, key)) for key in keys)


def story(ctx: Context, campaign: CampaignKey, number: int) -> Story:
    """One incident. NotFound: no such campaign or incident."""
    with ctx.reading() as session:
        held, found = load_campaign(session, campaign), incident(session, campaign, number)
        entries = tuple(entry for entry in read(session, campaign) if entry.object == found.code)
        return Story(held, found, entries, steps(session, campaign, found.code))


def roster(ctx: Context, campaign: CampaignKey) -> Roster:
    """Who is on duty in a campaign, and when nobody is. NotFound: there is no such campaign."""
    now = ctx.clock.now()
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
    return Roster(held, now, on_duty(held.file, held.organisation, now), shifts(held.file), gaps(held.file))
