"""What stands in an archive: each part of a campaign as a file, by its name. No session, no clock."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.documents.filling import filled
from opsflow.documents.html import page
from opsflow.documents.render import tidy
from opsflow.documents.reviewpage import REPORT, review_page
from opsflow.documents.stored import StoredDocument
from opsflow.engine.archiving.plain import as_json, as_lines
from opsflow.engine.record import Record
from opsflow.feedback.reporting.plain import as_plain
from opsflow.journal.model import Stored as Entry
from opsflow.kernel.csvfile import Cell, csv_table
from opsflow.kernel.terms import Language, Stage
from opsflow.kernel.text import Text
from opsflow.sop.changes.model import Proposal
from opsflow.stages.model import Task

SUMS = "SHA256SUMS"
_COLUMNS: tuple[tuple[str, Text], ...] = (
    ("code", Text("No.", "编号")),
    ("stage", Text("Stage", "阶段")),
    ("title", Text("Task", "任务")),
    ("department", Text("Department", "部门")),
    ("owner", Text("Owner", "责任人")),
    ("days", Text("Working days", "工作日")),
    ("start", Text("Start", "开始")),
    ("due", Text("Due", "截止")),
    ("status", Text("Status", "状态")),
    ("opened_at", Text("Opened", "开启")),
    ("done_at", Text("Done", "完成")),
    ("done_by", Text("Done by", "完成人")),
    ("deliverable", Text("Deliverable", "交付物")),
    ("evidence", Text("Handed in", "提交内容")),
    ("note", Text("Note", "备注")),
)


@dataclass(frozen=True)
class Gathered:
    """Everything of a campaign, read at one instant."""

    record: Record
    journal: tuple[Entry, ...]
    checkpoints: tuple[str, ...]
    """Signed lines of its chain, as the witness keeps them."""
    proposals: tuple[Proposal, ...]
    proofs: Mapping[str, Mapping[str, bytes]]
    """Of each draw that was drawn: its public files."""
    sop: tuple[str, bytes]
    """The file of the SOP version that it followed, with its name."""
    at: datetime


def contents(found: Gathered, templates: tuple[Path, ...]) -> dict[str, bytes]:
    """Every file of the archive by its path; the last ones list the others with their SHA-256."""
    campaign = found.record.snapshot.campaign
    language = campaign.file.language
    files = dict(_parts(found, language))
    files |= dict(_documents(found.record, templates))
    files |= {
        f"draws/{draw}/{name}": content for draw, proof in found.proofs.items() for name, content in proof.items()
    }
    text = _readme(found, sorted(files), templates, language)
    files["README.md"] = text.encode()
    title = campaign.title[language]
    files["README.html"] = page(templates, text, language=language, title=title).encode()
    files["manifest.json"] = as_json(
        {
            "campaign": campaign.key,
            "written_at": found.at,
            "journal_entries": len(found.journal),
            "journal_head": found.journal[-1].hash.hex() if found.journal else None,
            "files": {
                name: {"sha256": _sha256(content), "bytes": len(content)} for name, content in sorted(files.items())
            },
        }
    )
    sums = (f"{_sha256(content)}  {name}\n" for name, content in sorted(files.items()))
    return files | {SUMS: "".join(sums).encode()}


def _parts(found: Gathered, language: Language) -> Iterator[tuple[str, bytes]]:
    snapshot = found.record.snapshot
    campaign = snapshot.campaign
    yield (
        "campaign.json",
        as_json({"file": campaign.file, "status": campaign.status, "started_at": campaign.started_at}),
    )
    yield "organisation.json", as_json(_organisation(found))
    yield "stages.json", as_json(snapshot.stages)
    yield "tasks.json", as_json(snapshot.tasks)
    yield "tasks.csv", _tasks_csv(snapshot.tasks, campaign.zone, language)
    yield "repeats.json", as_json(snapshot.repeats)
    yield "approvals.json", as_json(snapshot.approvals)
    yield "self-check.json", as_json(snapshot.rounds)
    yield "meetings.json", as_json(snapshot.meetings)
    yield "incidents.json", as_json(snapshot.incidents)
    yield "gate-overrides.json", as_json(snapshot.overrides)
    yield "sop-proposals.json", as_json([_proposal(each) for each in found.proposals])
    yield "prizes.json", as_json(snapshot.prizes)
    if snapshot.feedback is not None:
        yield "feedback.json", as_json(as_plain(snapshot.feedback))
    yield "messages.jsonl", as_lines(found.record.messages)
    yield "journal.jsonl", as_lines(map(_entry, found.journal))
    yield "journal-checkpoints.jsonl", "".join(f"{line}\n" for line in found.checkpoints).encode()
    yield f"sop/{found.sop[0]}", found.sop[1]


def _organisation(found: Gathered) -> dict[str, Any]:
    """Who is who: names, departments, roles. How somebody is reached is nobody's business in an archive."""
    organisation = found.record.snapshot.campaign.organisation
    people = {
        key: {"name": person.name, "department": person.department, "title": person.title}
        for key, person in organisation.people.items()
    }
    return {
        "name": organisation.name,
        "zone": organisation.zone,
        "calendar": organisation.calendar,
        "days": organisation.days,
        "departments": organisation.departments,
        "roles": organisation.roles,
        "people": people,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "number": proposal.number,
        "sop": proposal.sop,
        "base": proposal.base,
        "source": proposal.source,
        "status": proposal.status,
        "reason": proposal.reason,
        "evidence": proposal.evidence,
        "task": proposal.task,
        "author": proposal.author,
        "made_at": proposal.made_at,
        "version": proposal.version,
        "changes": proposal.summary,
        "decision": proposal.decision,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "campaign": entry.campaign,
        "object": entry.object,
        "data": json.loads(entry.data),
        "data_as_stored": entry.data,
        "hash": entry.hash.hex(),
    }


def _tasks_csv(tasks: Sequence[Task], zone: ZoneInfo, language: Language) -> bytes:
    return csv_table(
        [title[language] for _, title in _COLUMNS],
        ([_cell(getattr(task, name), zone, language) for name, _ in _COLUMNS] for task in tasks),
    )


def _cell(value: Any, zone: ZoneInfo, language: Language) -> Cell:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(zone)
        case Text():
            return value[language]
        case int():
            return value
    return str(value)


def _documents(record: Record, templates: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    order = {document.id: place for place, document in enumerate(record.snapshot.sop.documents)}
    stages = tuple(Stage)

    def place(document: StoredDocument) -> tuple[int, int, str]:
        kind = next((place for id_, place in order.items() if document.id.startswith(id_)), len(order))
        return stages.index(document.stage), kind, document.id

    names = {id_: n for n, id_ in enumerate(dict.fromkeys(each.id for each in sorted(record.documents, key=place)), 1)}
    subtitle = record.snapshot.campaign.title
    for each in record.documents:
        name = f"documents/{each.language}/{names[each.id]:02}-{each.id}"
        title = each.title[each.language]
        yield f"{name}.md", each.body.encode()
        shown = (
            review_page(templates, each.body, {**record.dossiers[each.language], "document_title": title})
            if each.id == REPORT
            else page(templates, each.body, language=each.language, title=title, subtitle=subtitle[each.language])
        )
        yield f"{name}.html", shown.encode()


def _readme(found: Gathered, names: Iterable[str], templates: tuple[Path, ...], language: Language) -> str:
    record = found.record
    campaign = record.snapshot.campaign
    listed = list(names)
    documents = [
        {"title": each.title[language], "path": path}
        for each in record.documents
        if each.language == language
        for path in listed
        if path.startswith(f"documents/{language}/") and path.endswith(f"-{each.id}.html")
    ]
    facts = {
        "campaign": record.dossiers[language]["campaign"],
        "organisation": record.dossiers[language]["organisation"],
        "status": campaign.status.value,
        "sop": f"{campaign.sop_name} v{campaign.sop_version}",
        "sop_file": f"sop/{found.sop[0]}",
        "written_at": found.at.astimezone(campaign.zone),
        "documents": sorted(documents, key=lambda each: each["path"]),
        "draws": sorted(found.proofs),
        "entries": len(found.journal),
        "checkpoints": len(found.checkpoints),
        "messages": len(record.messages),
        "asked": record.snapshot.feedback is not None,
        "tasks": len(record.snapshot.tasks),
    }
    roots = tuple(folder / "archive" / language for folder in templates)
    return tidy(filled(roots, "readme.md.j2", language, facts, "markdown"))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
