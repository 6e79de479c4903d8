"""The page a rehearsal opens with: one per language, each self-contained, linking to the other and to every document."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal, TypedDict

from opsflow.documents.html import fill
from opsflow.documents.model import DepartmentRecord, Dossier, MeetingFacts, StageFacts
from opsflow.documents.timeline import Chart, chart
from opsflow.kernel.terms import LANGUAGES, Language

HighlightKind = Literal["refusal", "absence", "weak_module", "late_task", "escalation", "rework", "hold", "stopped"]
Topic = Literal["course", "tasks", "reminders", "late", "approvals", "meetings"]

TEMPLATE = "index.html.j2"
SERIES_FROM = 4
"""So many documents that differ only in their date or number are shown as one series."""
_NUMBERED = re.compile(r"(-[0-9]+)+$")
TOPICS: tuple[Topic, ...] = ("course", "tasks", "reminders", "late", "approvals", "meetings")
_TOPIC_OF: dict[str, Topic] = {
    "task_opened": "tasks",
    "deputy_stands_in": "tasks",
    "question_assigned": "tasks",
    "scores_wanted": "tasks",
    "task_reminder": "reminders",
    "task_overdue": "late",
    "task_escalated": "late",
    "approval_requested": "approvals",
    "approval_decided": "approvals",
    "go_live_requested": "approvals",
    "rework_requested": "approvals",
    "self_check_result": "approvals",
    "meeting_invited": "meetings",
    "meeting_held": "meetings",
    "released": "meetings",
}


class DocumentLink(TypedDict):
    """One document, in every language it exists in."""

    id: str
    title: str
    stage: str
    """Id of its stage."""
    revision: int
    state: Literal["draft", "final"]
    written_at: datetime
    paths: dict[Language, str]
    """Per language, relative to the index page."""


class PersonLine(TypedDict):
    """One person of the campaign."""

    key: str
    name: str
    department: str
    roles: list[str]
    messages: int
    tasks: int
    """Tasks they owned."""
    late: int
    """Of these, done after their due day."""
    absent: list[tuple[date, date]]
    """Days away during the campaign, both included."""


class MessageLine(TypedDict):
    """One message as one person received it."""

    at: datetime
    """In the campaign's zone."""
    person_key: str
    person: str
    channel: str
    title: str
    body: str
    why: str
    """What made opsflow send it, in words."""
    templates: list[str]
    """Ids of the notices it was made of (`task_opened`, ...)."""
    urgent: bool


class Highlight(TypedDict):
    """Something worth reading: what went otherwise than planned."""

    kind: HighlightKind
    at: datetime
    title: str
    text: str
    document: str | None
    """Id of the document that tells more."""


class Reference(TypedDict):
    """A document in the page's language."""

    title: str
    path: str


class HighlightLine(TypedDict):
    """A highlight with the document it leads to."""

    kind: HighlightKind
    at: datetime
    title: str
    text: str
    document: Reference | None


class Totals(TypedDict):
    """The campaign in figures."""

    tasks: int
    tasks_done: int
    tasks_late: int
    meetings: int
    approvals: int
    documents: int
    messages: int
    people: int
    days: int
    """Calendar days from the first task to the last event."""
    flow_runs: int | None
    """Prefect runs; None where nothing ran."""


class StageLine(TypedDict):
    """One stage with its meetings and documents."""

    facts: StageFacts
    meetings: list[MeetingFacts]
    documents: list[DocumentLink]
    series: list[list[DocumentLink]]
    """Documents that come again and again (a report per day), kept apart from the others."""


class MessageMonth(TypedDict):
    """The messages of one calendar month."""

    first: date
    messages: list["TopicalMessage"]


class TopicalMessage(TypedDict):
    """A message with the topics it can be filtered by."""

    line: MessageLine
    topics: list[Topic]
    filter: str
    """Which choice of the page's recipients shows it: `p1`, `p2`, ... in the order of `people` who were written to."""


class IndexPage(TypedDict):
    """Everything the index template may see, in one language."""

    language: Language
    languages: list[tuple[Language, str]]
    """Every language with the file name of its page."""
    organisation: str
    key: str
    title: str
    theme: str
    subtitle: str | None
    level: str
    level_title: str
    goal: str
    zone: str
    launch: datetime
    last_day: date
    live_days: int
    first_day: date
    last_event: date
    seed: int | None
    warnings: list[str]
    totals: Totals
    highlights: list[HighlightLine]
    chart: Chart
    stages: list[StageLine]
    records: list[DepartmentRecord]
    people: list[PersonLine]
    topics: list[Topic]
    """Those that occur."""
    months: list[MessageMonth]


def index_file(language: Language) -> str:
    """The name of the page in a language: `index.html` is the English one."""
    return "index.html" if language == "en" else f"index.{language}.html"


def index_page(
    dossier: Dossier,
    *,
    documents: Sequence[DocumentLink],
    people: Sequence[PersonLine],
    messages: Sequence[MessageLine],
    highlights: Sequence[Highlight],
    seed: int | None = None,
    flow_runs: int | None = None,
) -> IndexPage:
    """Gather the page of the dossier's language; messages and highlights are put in order of time."""
    campaign = dossier["campaign"]
    laid_out = chart(dossier)
    topical = _topical(messages, people)
    last_event = max([dossier["now"].date(), *(line["at"].date() for line in messages)])
    return IndexPage(
        language=dossier["language"],
        languages=[(language, index_file(language)) for language in LANGUAGES],
        organisation=dossier["organisation"],
        key=campaign["key"],
        title=campaign["title"],
        theme=campaign["theme"],
        subtitle=campaign["subtitle"],
        level=campaign["level"],
        level_title=campaign["level_title"],
        goal=campaign["goal"],
        zone=campaign["zone"],
        launch=campaign["launch"],
        last_day=campaign["last_day"],
        live_days=campaign["live_days"],
        first_day=dossier["first_day"],
        last_event=last_event,
        seed=seed,
        warnings=campaign["warnings"],
        totals=_totals(dossier, documents, people, messages, last_event, flow_runs),
        highlights=[
            _highlight(highlight, documents, dossier["language"]) for highlight in sorted(highlights, key=_when)
        ],
        chart=laid_out,
        stages=[_stage(stage, dossier, documents) for stage in dossier["stages"]],
        records=dossier["records"],
        people=list(people),
        topics=[topic for topic in TOPICS if any(topic in message["topics"] for message in topical)],
        months=[
            MessageMonth(first=date(*year_month, 1), messages=list(group))
            for year_month, group in groupby(topical, key=_year_month)
        ],
    )


def render_index(folders: tuple[Path, ...], page: IndexPage) -> str:
    """The page as HTML, from `documents/index.html.j2` of the first folder that has it."""
    return fill(folders, TEMPLATE, page["language"], dict(page))


def _when(line: MessageLine | Highlight) -> datetime:
    return line["at"]


def _year_month(message: TopicalMessage) -> tuple[int, int]:
    at = message["line"]["at"]
    return at.year, at.month


def _topics(line: MessageLine) -> list[Topic]:
    """Notices not in the list tell the course of the campaign: stages, go-live, launch, stop, archive."""
    found = {_TOPIC_OF.get(template, "course") for template in line["templates"] if template != "digest"}
    return [topic for topic in TOPICS if topic in found] or ["course"]


def _topical(messages: Sequence[MessageLine], people: Sequence[PersonLine]) -> list[TopicalMessage]:
    written_to = [person["key"] for person in people if person["messages"]]
    choices = {key: f"p{number}" for number, key in enumerate(written_to, start=1)}
    return [
        TopicalMessage(line=line, topics=_topics(line), filter=choices.get(line["person_key"], ""))
        for line in sorted(messages, key=_when)
    ]


def _highlight(highlight: Highlight, documents: Sequence[DocumentLink], language: Language) -> HighlightLine:
    found = next((document for document in documents if document["id"] == highlight["document"]), None)
    path = None if found is None else found["paths"].get(language)
    return HighlightLine(
        kind=highlight["kind"],
        at=highlight["at"],
        title=highlight["title"],
        text=highlight["text"],
        document=None if found is None or path is None else Reference(title=found["title"], path=path),
    )


def _stage(stage: StageFacts, dossier: Dossier, documents: Sequence[DocumentLink]) -> StageLine:
    own = [document for document in documents if document["stage"] == stage["id"]]
    families: dict[str, list[DocumentLink]] = {}
    for document in own:
        families.setdefault(_NUMBERED.sub("", document["id"]), []).append(document)
    series = [family for family in families.values() if len(family) >= SERIES_FROM]
    return StageLine(
        facts=stage,
        meetings=[meeting for meeting in dossier["meetings"] if meeting["stage"] == stage["id"]],
        documents=[document for document in own if not any(document in family for family in series)],
        series=series,
    )


def _totals(
    dossier: Dossier,
    documents: Sequence[DocumentLink],
    people: Sequence[PersonLine],
    messages: Sequence[MessageLine],
    last_event: date,
    flow_runs: int | None,
) -> Totals:
    tasks = [task for task in dossier["tasks"] if task["status"] != "cancelled"]
    return Totals(
        tasks=len(tasks),
        tasks_done=sum(task["status"] in ("done", "waived") for task in tasks),
        tasks_late=sum(task["late_days"] > 0 for task in tasks),
        meetings=sum(meeting["held_at"] is not None for meeting in dossier["meetings"]),
        approvals=sum(approval["status"] == "approved" for approval in dossier["approvals"]),
        documents=len(documents),
        messages=len(messages),
        people=len(people),
        days=(last_event - dossier["first_day"]).days + 1,
        flow_runs=flow_runs,
    )
