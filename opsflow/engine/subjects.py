"""What an approval covers: the content behind its hash, and who wrote it."""

from typing import Any

from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.keys import content_hash
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.model import Task, base_code

WITHOUT_DOCUMENT = {"prize-list": TaskCode("CL05")}
"""Subjects that are no document, with the task that hands them in."""


def subject_of(snapshot: Snapshot, task: Task) -> str:
    """What an approval task approves, by name."""
    covered = snapshot.spec(task).approves
    return covered[0] if covered else str(task.code).lower()


def writing_codes(snapshot: Snapshot, task: Task) -> tuple[TaskCode, ...]:
    """The tasks that wrote what an approval task covers, in order."""
    by_document = {document.id: document.task for document in snapshot.sop.documents}
    named = snapshot.spec(task).approves
    codes = [by_document.get(name) or WITHOUT_DOCUMENT.get(name) for name in named]
    return tuple(code for code in codes if code is not None and snapshot.task(code) is not None) or task.after[:1]


def covered_hash(snapshot: Snapshot, task: Task) -> str:
    """The hash an approval of this task covers: the campaign as filed, and what the writing tasks handed in."""
    codes = set(writing_codes(snapshot, task))
    handed_in: dict[str, Any] = {
        each.code: [each.evidence, each.note.en if each.note else None]
        for each in snapshot.tasks
        if base_code(each.code) in codes and each.finished
    }
    # Who is on duty is settled after the approvals, and no part of what they approve.
    campaign = snapshot.campaign.file.model_dump(mode="json", exclude={"duty"})
    return content_hash({"campaign": campaign, "handed_in": handed_in})


def author_of(snapshot: Snapshot, task: Task) -> PersonKey:
    """Who wrote what an approval task covers."""
    writing = snapshot.task(writing_codes(snapshot, task)[0])
    return writing.owner if writing else task.owner


def subject_title(snapshot: Snapshot, subject: str) -> Text:
    """What an approval's subject is called."""
    for document in snapshot.sop.documents:
        if document.id == subject:
            return document.title
    writing = snapshot.task(WITHOUT_DOCUMENT[subject]) if subject in WITHOUT_DOCUMENT else None
    return writing.deliverable or writing.title if writing else Text.both(subject)
