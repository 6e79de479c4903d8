"""What one task looks like, with its story."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from opsflow.cli.acting import moment
from opsflow.journal.model import Entry
from opsflow.kernel.terms import Language, PersonKey

if TYPE_CHECKING:
    from opsflow.campaigns.state import Campaign
    from opsflow.stages.model import Task

TOLD = ("text", "note", "evidence", "was", "owner", "reason")
"""What of an entry is shown, where it has it."""


def task_text(campaign: "Campaign", task: "Task", entries: Sequence[Entry]) -> Iterator[str]:
    """A task as it stands, the reasons for its date, and what happened to it."""
    organisation, zone = campaign.organisation, campaign.zone
    language = organisation.language

    def named(person: PersonKey) -> str:
        return f"{organisation.people[person].name[language]} ({person})" if person in organisation.people else person

    acting = f", for {named(task.deputy_for)}" if task.deputy_for else ""
    yield f"{task.code} {task.title[language]} · {task.stage} · {task.status}{' · critical' if task.critical else ''}"
    yield f"  owner: {named(task.owner)}{acting}"
    yield f"  from {moment(task.start, zone)} to {moment(task.due, zone)} ({zone.key})"
    if task.after:
        yield f"  after: {', '.join(task.after)}"
    if task.deliverable:
        yield f"  to hand in: {task.deliverable[language]}"
    if task.evidence:
        yield f"  handed in: {task.evidence}"
    for reason in task.because:
        yield f"  - {reason[language]}"
    if entries:
        yield ""
    for entry in entries:
        yield f"  {moment(entry.at, zone)}  {entry.actor}  {entry.action}{_told(entry, language)}"


def _told(entry: Entry, language: Language) -> str:
    parts = []
    for name in TOLD:
        value = entry.data.get(name)
        if isinstance(value, dict):
            value = value.get(language)
        if value:
            parts.append(f"{name}: {value}")
    return f"  {'; '.join(parts)}" if parts else ""
