"""What one task looks like, with its story."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from opsflow.cli.acting import moment
from opsflow.journal.model import Entry
from opsflow.kernel.terms import Language, PersonKey

if TYPE_CHECKING:
    from opsflow.campaigns.state import Campaign
    from opsflow.stages.model import Task

TOLD = ("text", "note", "evidence", "was", "owner", "reason", "until")
"""What of an entry is shown, where it has it."""


def task_text(campaign: "Campaign", task: "Task", entries: Sequence[Entry], *, now: datetime) -> Iterator[str]:
    """A task as it stands at this instant, the reasons for its date, and what happened to it."""
    organisation, zone = campaign.organisation, campaign.zone
    language = organisation.language

    def named(person: PersonKey) -> str:
        return f"{organisation.people[person].name[language]} ({person})" if person in organisation.people else person

    acting = f", for {named(task.deputy_for)}" if task.deputy_for else ""
    yield f"{task.code} {task.title[language]} · {task.stage} · {task.status}{' · critical' if task.critical else ''}"
    yield f"  owner: {named(task.owner)}{acting}"
    yield f"  from {moment(task.start, zone)} to {moment(task.due, zone)} ({zone.key})"
    yield from _said(task, named, zone, language, now)
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
        yield f"  {moment(entry.at, zone)}  {entry.actor}  {entry.action}{_told(entry, language, zone)}"


def _said(
    task: "Task", named: Callable[[PersonKey], str], zone: ZoneInfo, language: Language, now: datetime
) -> Iterator[str]:
    """What its owner says of it."""
    if task.confirmed and task.confirmed_by:
        yield f"  date confirmed by {named(task.confirmed_by)}"
    if task.snoozed_until and task.snoozed_until > now and not task.finished:
        yield f"  snoozed until {moment(task.snoozed_until, zone)}"
    if task.help_by and task.help_text and not task.finished:
        yield f"  {named(task.help_by)} needs help: {task.help_text[language]}"


def _told(entry: Entry, language: Language, zone: ZoneInfo) -> str:
    parts = []
    for name in TOLD:
        value = entry.data.get(name)
        if name == "until" and isinstance(value, str):  # an instant, as the journal keeps it
            value = moment(datetime.fromisoformat(value), zone)
        if isinstance(value, dict):
            value = value.get(language)
        if value:
            parts.append(f"{name}: {value}")
    return f"  {'; '.join(parts)}" if parts else ""
