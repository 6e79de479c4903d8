"""What incidents and the roster look like: text for a terminal, JSON for other programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from opsflow.cli.acting import moment
from opsflow.kernel.terms import Language

if TYPE_CHECKING:
    from opsflow.campaigns.state import Campaign
    from opsflow.engine.watch import Roster, Story, Watched
    from opsflow.incidents.model import Incident
    from opsflow.journal.model import Entry
    from opsflow.kernel.text import Text

SAID = ("plan_b", "text", "cause", "done", "sop_proposal")
"""What of a log entry is shown, where it has it."""


class JsonIncident(TypedDict):
    """An incident, as other programs read it."""

    campaign: str
    number: int
    title: str
    severity: str
    status: str
    risk: int | None
    opened_at: str
    opened_by: str
    acknowledge_by: str
    acknowledged_at: str | None
    acknowledged_by: str | None
    plan_b_at: str | None
    plan_b_by: str | None
    closed_at: str | None
    closed_by: str | None
    cause: str | None
    done: str | None
    sop_proposal: str | None


class JsonLine(TypedDict):
    """One line of an incident's log."""

    at: str
    who: str
    what: str
    said: str | None


class JsonStory(JsonIncident):
    """An incident with its log."""

    log: list[JsonLine]


class JsonShift(TypedDict):
    """Hours of one person, or (None) of nobody."""

    person: str | None
    start: str
    end: str


class JsonRoster(TypedDict):
    """A roster, as other programs read it."""

    campaign: str
    on_duty: list[str]
    shifts: list[JsonShift]
    gaps: list[JsonShift]


def incident_json(campaign: "Campaign", incident: "Incident") -> JsonIncident:
    """An incident whole; instants carry the offset of the campaign's zone."""
    language = campaign.organisation.language

    def at(instant: datetime | None) -> str | None:
        return instant.astimezone(campaign.zone).isoformat() if instant else None

    def said(text: "Text | None") -> str | None:
        return text[language] if text else None

    return {
        "campaign": campaign.key,
        "number": incident.number,
        "title": incident.title[language],
        "severity": incident.severity.value,
        "status": incident.status.value,
        "risk": incident.risk,
        "opened_at": incident.opened_at.astimezone(campaign.zone).isoformat(),
        "opened_by": incident.opened_by,
        "acknowledge_by": incident.acknowledge_by.astimezone(campaign.zone).isoformat(),
        "acknowledged_at": at(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by,
        "plan_b_at": at(incident.plan_b_at),
        "plan_b_by": incident.plan_b_by,
        "closed_at": at(incident.closed_at),
        "closed_by": incident.closed_by,
        "cause": said(incident.cause),
        "done": said(incident.done),
        "sop_proposal": said(incident.sop_proposal),
    }


def story_json(story: "Story") -> JsonStory:
    """An incident with its log."""
    zone = story.campaign.zone
    log: list[JsonLine] = [
        {"at": at.astimezone(zone).isoformat(), "who": who, "what": what, "said": said or None}
        for at, who, what, said in _log(story)
    ]
    return {**incident_json(story.campaign, story.incident), "log": log}


def list_text(found: Sequence["Watched"]) -> Iterator[str]:
    """Every incident, a line each, campaign by campaign."""
    if not any(watched.incidents for watched in found):
        yield "No incident has been reported."
    for watched in found:
        for incident in watched.incidents:
            yield f"{watched.campaign.key}  {incident_line(watched.campaign, incident)}"


def incident_line(campaign: "Campaign", incident: "Incident") -> str:
    """An incident of a campaign on one line."""
    whose = f" ({incident.acknowledged_by})" if incident.acknowledged_by and not incident.closed_at else ""
    title = incident.title[campaign.organisation.language]
    opened = moment(incident.opened_at, campaign.zone)
    return f"{incident.number:>3}  {opened}  {incident.severity:<8}  {incident.status}{whose}  {title}"


def story_text(story: "Story") -> Iterator[str]:
    """An incident and its log in order of time."""
    campaign, incident = story.campaign, story.incident
    language, zone = campaign.organisation.language, campaign.zone
    yield f"{campaign.key} · incident {incident.number} · {incident.severity} · {incident.status}"
    yield f"  {incident.title[language]}"
    if incident.risk:
        risk = campaign.file.risks[incident.risk - 1]
        yield f"  risk {incident.risk}: {risk.title[language]}; plan B: {risk.plan_b[language]}"
    if not incident.acknowledged_at and not incident.closed_at:
        yield f"  to be acknowledged by {moment(incident.acknowledge_by, zone)} ({zone.key})"
    yield ""
    for at, who, what, said in _log(story):
        yield f"  {moment(at, zone)}  {who}  {what}{f': {said}' if said else ''}"


def _log(story: "Story") -> list[tuple[datetime, str, str, str]]:
    """Instant, person, what happened, and what was said."""
    language = story.campaign.organisation.language
    lines = [
        (entry.at, entry.actor, entry.action.rpartition(".")[2], _said(entry, language)) for entry in story.entries
    ]
    lines += [(at, who, "was told", name.replace("-", ": ", 1)) for name, who, at in story.told]
    return sorted(lines, key=lambda line: line[0])


def _said(entry: "Entry", language: Language) -> str:
    parts = [entry.data[name] for name in SAID if entry.data.get(name)]
    return "; ".join(part[language] if isinstance(part, dict) else str(part) for part in parts)


def roster_json(roster: "Roster") -> JsonRoster:
    """Shifts and gaps, with the offset of the campaign's zone."""
    zone = roster.campaign.zone

    def line(person: str | None, start: datetime, end: datetime) -> JsonShift:
        return {"person": person, "start": start.astimezone(zone).isoformat(), "end": end.astimezone(zone).isoformat()}

    return {
        "campaign": roster.campaign.key,
        "on_duty": [holder.person for holder in roster.present],
        "shifts": [line(shift.person, shift.start, shift.end) for shift in roster.shifts],
        "gaps": [line(None, start, end) for start, end in roster.gaps],
    }


def roster_text(roster: "Roster") -> Iterator[str]:
    """Who is on duty now, every shift, and the gaps in their place."""
    zone = roster.campaign.zone
    names = [
        f"{holder.person} (for {holder.deputy_for})" if holder.deputy_for else str(holder.person)
        for holder in roster.present
    ]
    yield f"{roster.campaign.key} · on duty now: {', '.join(names)} · times in {zone.key}"
    if not roster.shifts:
        yield "There is no roster: the duty lead answers all the time. A campaign file's `duty:` makes one."
    lines = [(shift.start, shift.end, str(shift.person)) for shift in roster.shifts]
    lines += [(start, end, "NOBODY") for start, end in roster.gaps]
    for start, end, who in sorted(lines):
        yield f"  {moment(start, zone)}  to  {moment(end, zone)}  {who}"
    if roster.gaps:
        yield f"In {len(roster.gaps)} stretches nobody is on duty: what happens then goes to the duty lead."
