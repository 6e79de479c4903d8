"""Incidents, who may do what with them, and whom they go to while nobody acknowledges them: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from opsflow.campaigns.duty import on_duty, standing
from opsflow.campaigns.model import CampaignFile, Risk
from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.campaigns.team import role_holders, stand_in
from opsflow.deadlines.model import INCIDENT, Step
from opsflow.kernel.errors import BadInput, Conflict, NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Recipient
from opsflow.outbox.rules import earliest, hours_of
from opsflow.sop.model import LevelPolicy

ESCALATES_TO = (Role.DEPARTMENT_HEAD, Role.CAMPAIGN_MANAGER, Role.LEADER)
"""Along these an incident goes that nobody acknowledges; the head is that of whoever is on duty."""


class Severity(StrEnum):
    """How bad it is."""

    MINOR = "minor"
    """A nuisance for some participants."""
    MAJOR = "major"
    """A part of the campaign does not work, or a promise is about to be broken."""
    CRITICAL = "critical"
    """The campaign does not work, or money, data or somebody's safety is at stake."""


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that went wrong."""

    campaign: CampaignKey
    number: int
    """Counted within the campaign, from 1."""
    title: Text
    severity: Severity
    risk: int | None
    """Which risk of the campaign file it is, counted from 1; None: none that was foreseen."""
    opened_at: datetime
    opened_by: PersonKey
    acknowledge_by: datetime
    """When it goes one step further if nobody has acknowledged it."""
    acknowledged_at: datetime | None = None
    acknowledged_by: PersonKey | None = None
    plan_b_at: datetime | None = None
    plan_b_by: PersonKey | None = None
    closed_at: datetime | None = None
    closed_by: PersonKey | None = None
    cause: Text | None = None
    done: Text | None = None
    """What was done about it."""
    sop_proposal: Text | None = None
    """What the SOP should say from now on."""

    @property
    def status(self) -> IncidentStatus:
        """Where it stands."""
        if self.closed_at is not None:
            return IncidentStatus.CLOSED
        return IncidentStatus.OPEN if self.acknowledged_at is None else IncidentStatus.ACKNOWLEDGED

    @property
    def matter(self) -> str:
        """What is open while it is, and raised when somebody takes it in hand."""
        return f"incident/{self.campaign}/{self.number}"

    @property
    def code(self) -> TaskCode:
        """What its steps are stored under."""
        return incident_code(self.number)


def incident_code(number: int) -> TaskCode:
    """Like a task's id, and no task's."""
    return TaskCode(f"incident-{number}")


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told of an incident at which step."""

    step: Step
    person: PersonKey


def escalation(
    campaign: Campaign, policy: LevelPolicy, people: Mapping[PersonKey, Recipient], *, opened: datetime
) -> tuple[Told, ...]:
    """Whom an incident goes to while nobody acknowledges it, and when: each once.

    Each has as many clock minutes as the level gives, and nobody's minutes run in hours in which the level does not let
    them be called. Who is away on the day is not called; who stands in is (F47).
    """
    first = on_duty(campaign.file, campaign.organisation, opened)
    hours, patience = hours_of(policy.off_hours), timedelta(minutes=policy.incident_minutes)
    at = min(earliest(people[holder.person], opened, hours) for holder in first)
    asked, found = {holder.person for holder in first}, []
    for role in ESCALATES_TO:
        holder = _holder(campaign, role, first[0].person)
        if holder is None:
            continue
        told = earliest(people[holder], at + patience, hours)
        person = stand_in(holder, local_date(told, campaign.zone), campaign.organisation).person
        if person not in asked:
            at = earliest(people[person], at + patience, hours)
            late = round((at - opened).total_seconds() / 60)
            found.append(Told(Step(f"{INCIDENT}{role}", at, role, minutes_late=late), person))
            asked.add(person)
    return tuple(found)


def acknowledge_by(
    campaign: Campaign, policy: LevelPolicy, people: Mapping[PersonKey, Recipient], *, opened: datetime
) -> datetime:
    """Until when whoever is on duty says that they have it."""
    hours = hours_of(policy.off_hours)
    first = on_duty(campaign.file, campaign.organisation, opened)
    return min(earliest(people[holder.person], opened, hours) for holder in first) + timedelta(
        minutes=policy.incident_minutes
    )


def _holder(campaign: Campaign, role: Role, on_call: PersonKey) -> PersonKey | None:
    organisation = campaign.organisation
    if role is Role.DEPARTMENT_HEAD:
        entry = organisation.departments.get(organisation.people[on_call].department)
        return entry.head if entry else None
    return role_holders(campaign.file, organisation).get(role)


def answering(campaign: Campaign, now: datetime, by: PersonKey) -> frozenset[Tie]:
    """What binds somebody to the incidents of a campaign: on duty, or head or deputy of whoever is or always answers."""
    organisation = campaign.organisation
    there = {holder.person for holder in on_duty(campaign.file, organisation, now)}
    found = set()
    if by in there or by == role_holders(campaign.file, organisation).get(Role.DUTY_LEAD):
        found.add(Tie.ON_DUTY)
    for person in {*there, standing(campaign.file, organisation)}:
        entry = organisation.departments.get(organisation.people[person].department)
        if entry is not None and by in (entry.head, entry.deputy):
            found.add(Tie.HEAD)
    return frozenset(found)


def deciding(campaign: Campaign, risk: Risk, now: datetime) -> frozenset[PersonKey]:
    """Who decides on a risk's plan B: whoever fills the role that the campaign file names."""
    holders = role_holders(campaign.file, campaign.organisation)
    found = {holders[role] for role in (risk.decides,) if role in holders}
    if risk.decides is Role.DUTY_LEAD:
        found |= {holder.person for holder in on_duty(campaign.file, campaign.organisation, now)}
    if risk.decides is Role.DEPARTMENT_HEAD and risk.seen_by in campaign.organisation.departments:
        found.add(campaign.organisation.departments[risk.seen_by].head)
    return frozenset(found)


def risk_of(file: CampaignFile, number: int) -> Risk:
    """A risk of the campaign file, counted from 1. BadInput: there is none of that number."""
    if not 1 <= number <= len(file.risks):
        known = "; ".join(f"{at} {risk.title.en}" for at, risk in enumerate(file.risks, 1))
        raise BadInput(f"Campaign {file.key} has no risk {number}. It has: {known or 'none'}.")
    return file.risks[number - 1]


def check_under_way(campaign: Campaign) -> None:
    """Conflict: the campaign is over."""
    if campaign.status in (CampaignStatus.STOPPED, CampaignStatus.CANCELLED, CampaignStatus.ARCHIVED):
        raise Conflict(f"Campaign {campaign.key} is {campaign.status}: no incident is opened in it any more.")


def check_not_closed(incident: Incident) -> None:
    """Conflict: it is over."""
    if incident.closed_at is not None:
        raise Conflict(
            f"Incident {incident.number} of {incident.campaign} was closed by {incident.closed_by} at "
            f"{incident.closed_at:%Y-%m-%d %H:%M} UTC."
        )


class NoSuchIncident(NotFound):
    """No incident of that number."""

    def __init__(self, campaign: CampaignKey, number: int) -> None:
        super().__init__(
            f"There is no incident {number} in {campaign}. `opsflow incident list {campaign}` shows those there are."
        )


class AlreadyAcknowledged(Conflict):
    """Somebody has it in hand."""

    def __init__(self, incident: Incident) -> None:
        super().__init__(
            f"Incident {incident.number} of {incident.campaign} was acknowledged by {incident.acknowledged_by} at "
            f"{incident.acknowledged_at:%Y-%m-%d %H:%M} UTC."
        )
