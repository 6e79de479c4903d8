"""The campaign's story, from its journal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from opsflow.documents.model import EventFacts, IncidentFacts
from opsflow.engine.dossier.words import Words
from opsflow.engine.subjects import subject_title
from opsflow.incidents.model import Incident, risk_of
from opsflow.journal.model import ENGINE, Entry


def event_facts(words: Words, entries: Iterable[Entry]) -> list[EventFacts]:
    """One line for each entry that has a sentence in `labels.yaml`, in order of time."""
    found: list[EventFacts] = []
    for entry in entries:
        sentence = words.labels.event.get(entry.action)
        if sentence is not None:
            who = "opsflow" if entry.actor == ENGINE else words.actor(entry.actor) or ""
            what = words.say(sentence).format_map(_Values(words, entry))
            found.append({"at": words.local(entry.at), "who": who, "what": what.strip()})
    return found


def incident_facts(words: Words) -> list[IncidentFacts]:
    """What went wrong, in order."""
    return [_incident(words, incident) for incident in words.snapshot.incidents]


def _incident(words: Words, incident: Incident) -> IncidentFacts:
    risk = risk_of(words.snapshot.campaign.file, incident.risk) if incident.risk else None
    return {
        "number": incident.number,
        "title": words.say(incident.title),
        "severity": incident.severity.value,
        "severity_title": words.title(words.labels.severity, incident.severity),
        "status": incident.status.value,
        "status_title": words.title(words.labels.incident_status, incident.status),
        "risk": words.say(risk.title) if risk else None,
        "plan_b": words.say(risk.plan_b) if risk and incident.plan_b_at else None,
        "opened_at": words.local(incident.opened_at),
        "opened_by": words.person(incident.opened_by),
        "acknowledged_at": words.maybe_local(incident.acknowledged_at),
        "acknowledged_by": words.maybe_person(incident.acknowledged_by),
        "in_time": (incident.acknowledged_at or incident.closed_at or words.snapshot.now) <= incident.acknowledge_by,
        "closed_at": words.maybe_local(incident.closed_at),
        "cause": words.maybe(incident.cause),
        "done": words.maybe(incident.done),
        "sop_proposal": words.maybe(incident.sop_proposal),
    }


class _Values(Mapping[str, str]):
    """The values a sentence may name; one the entry does not have is left out of the sentence."""

    def __init__(self, words: Words, entry: Entry) -> None:
        self.words = words
        self.known: dict[str, Any] = {**entry.data, "object": entry.object}
        if entry.action.startswith("approval."):
            _, subject, version = entry.object.split("/")
            self.known |= {"subject": words.say(subject_title(words.snapshot, subject)), "version": version}

    def __getitem__(self, name: str) -> str:
        value = self.known.get(name)
        if isinstance(value, Mapping) and set(value) == {"en", "zh"}:
            return str(value[self.words.language])
        return "" if value is None else str(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)
