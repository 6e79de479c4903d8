"""Putting the dossier together."""

from datetime import date
from typing import Literal

from opsflow.documents.labels import Labels
from opsflow.documents.model import DocumentFacts, Dossier
from opsflow.documents.stored import StoredDocument
from opsflow.engine.dossier.feedback import feedback_facts
from opsflow.engine.dossier.figures import retention_facts, talking_point_facts
from opsflow.engine.dossier.filed import campaign_facts
from opsflow.engine.dossier.prizes import prizes_facts
from opsflow.engine.dossier.story import event_facts, incident_facts
from opsflow.engine.dossier.talk import (
    approval_facts,
    meeting_facts,
    open_questions,
    previous_of,
    self_check_facts,
)
from opsflow.engine.dossier.words import Words
from opsflow.engine.dossier.work import escalation_facts, records, role_facts, stage_facts, task_facts
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.model import Entry
from opsflow.kernel.terms import Language, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.model import TaskStatus


def build(
    snapshot: Snapshot,
    *,
    language: Language,
    labels: Labels,
    stage: Stage,
    documents: tuple[StoredDocument, ...],
    entries: tuple[Entry, ...],
    name: str,
    title: Text,
    state: Literal["draft", "final"],
    task: TaskCode | None,
    revision: int,
) -> Dossier:
    """The dossier of one document: its id, what it is called, of which stage, whose task, in which revision."""
    words = Words(snapshot, labels, language)
    tasks, meetings, stages = task_facts(words), meeting_facts(words), stage_facts(words)
    here = next(each for each in stages if each["id"] == stage)
    named = snapshot.other(stage).meeting
    meeting = next((each for each in meetings if each["id"] == named), None)
    return {
        "language": language,
        "now": words.local(snapshot.now),
        "organisation": words.say(snapshot.campaign.organisation.name),
        "campaign": campaign_facts(words),
        "roles": role_facts(words),
        "stages": stages,
        "stage": here,
        "tasks": tasks,
        "overdue": [task for task in tasks if task["status"] == "open" and task["due"] < words.local(snapshot.now)],
        "meetings": meetings,
        "meeting": meeting,
        "previous_meeting": previous_of(meetings, snapshot.meetings, meeting),
        "open_questions": open_questions(words),
        "approvals": approval_facts(words),
        "self_check": self_check_facts(words),
        "documents": [_document(words, document) for document in documents],
        "records": records(words, tasks),
        "escalation": escalation_facts(words),
        "events": event_facts(words, entries),
        "incidents": incident_facts(words),
        "prizes": prizes_facts(words),
        "feedback": feedback_facts(words),
        "talking_points": talking_point_facts(words),
        "retention": retention_facts(words),
        "first_day": min((words.day(task.start) for task in snapshot.tasks), default=words.day(snapshot.now)),
        "first_meeting": _first_meeting(words),
        "build": _build(words),
        "document_id": name,
        "document_title": words.say(title),
        "document_revision": revision,
        "document_state": state,
        "document_task": next((each for each in tasks if each["id"] == task), None),
    }


def _document(words: Words, document: StoredDocument) -> DocumentFacts:
    return {
        "id": document.id,
        "title": words.say(document.title),
        "stage": document.stage,
        "stage_title": words.stage(document.stage),
        "path": f"{document.id}.md",
        "revision": document.revision,
        "state": "final" if document.state == "final" else "draft",
        "written_at": words.local(document.written_at),
    }


def _first_meeting(words: Words) -> date:
    held = [stage.meeting_at for stage in words.snapshot.stages if stage.meeting_at]
    return words.day(min(held)) if held else words.day(words.snapshot.campaign.launch)


def _build(words: Words) -> date | None:
    starts = [
        task.start
        for task in words.snapshot.tasks
        if task.stage is Stage.EXECUTION and task.status is not TaskStatus.CANCELLED
    ]
    return words.day(min(starts)) if starts else None
