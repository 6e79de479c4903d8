"""An SOP as a document to read and print: what the template `sop.md.j2` may see, and the rendering."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from opsflow.campaigns.livetimes import in_words
from opsflow.campaigns.network import predecessors
from opsflow.documents.filling import filled
from opsflow.documents.labels import Labels, label, load_labels
from opsflow.documents.render import tidy
from opsflow.kernel.terms import DepartmentId, Language, Level, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.agenda import meeting_minutes, topic_minutes, topics_of
from opsflow.sop.model import Document, Escalation, GateFact, LevelPolicy, Meeting, Sop, StageSpec, Task, TaskKind

TEMPLATE = "sop.md.j2"


class DutyFacts(TypedDict):
    stage: str
    text: str


class RoleFacts(TypedDict):
    title: str
    duties: list[DutyFacts]


class DepartmentFacts(TypedDict):
    title: str
    optional: bool
    work: list[DutyFacts]


class StepFacts(TypedDict):
    after_hours: int
    to: str


class ReminderFacts(TypedDict):
    length_from: int
    days_before: list[int]


class LevelFacts(TypedDict):
    id: str
    title: str
    first_meeting: int
    build: int
    freeze: int | None
    warm_up: int | None
    meetings: list[str]
    approvers: list[str]
    finance: str
    reviewers: int
    reviewer_departments: list[str]
    reminders: list[ReminderFacts]
    escalation_critical: list[StepFacts]
    escalation_other: list[StepFacts]
    off_hours: str
    incident_minutes: int
    report: str
    claim_days: int
    hot_debrief: int | None
    review: int


class BookTopic(TypedDict):
    title: str
    minutes: list[int | None]
    """At each of the book's levels."""
    tasks: list[str]


class BookMeeting(TypedDict):
    title: str
    stage: str
    levels: list[str]
    written: list[str]
    minutes: list[int]
    topics: list[BookTopic]
    written_topics: list[str]


class BookTask(TypedDict):
    id: str
    title: str
    kind: str
    department: str
    role: str | None
    approvers: bool
    days: list[str]
    """At each of the book's levels; a dash where the task does not exist."""
    after: list[str]
    before: list[str]
    deliverable: str | None
    when: list[str]
    """Any of them must hold."""
    on_demand: bool
    pinned: str | None
    pin_days: list[str]


class BookFact(TypedDict):
    text: str
    tasks: list[str]


class BookStage(TypedDict):
    title: str
    purpose: str
    opens: str
    opened_by: str | None
    gate: list[BookFact]
    go_live_gate: list[BookFact]
    documents: list[str]
    tasks: list[BookTask]


class BookModule(TypedDict):
    title: str
    layer: str
    question: str
    evidence: str


class BookHead(TypedDict):
    name: str
    version: int
    title: str
    purpose: str
    scope: str
    responsibilities: str


class SopBook(TypedDict):
    """Everything the template may see."""

    language: Language
    sop: BookHead
    levels: list[LevelFacts]
    roles: list[RoleFacts]
    departments: list[DepartmentFacts]
    meetings: list[BookMeeting]
    stages: list[BookStage]
    self_check: list[BookModule]


def render_sop(folders: tuple[Path, ...], sop: Sop, language: Language, level: Level | None = None) -> str:
    """The SOP as Markdown; with a level only what exists at it."""
    roots = tuple(folder / "documents" / language for folder in folders)
    return tidy(filled(roots, TEMPLATE, language, sop_book(sop, load_labels(folders), language, level), "markdown"))


def sop_book(sop: Sop, labels: Labels, language: Language, level: Level | None = None) -> SopBook:
    """The SOP in one language, at all its levels or at one."""
    levels = tuple(found for found in sop.levels if level in (None, found))
    book = _Book(sop, labels, language, levels)
    return {
        "language": language,
        "sop": {
            "name": sop.name,
            "version": sop.version,
            "title": book.say(sop.title),
            "purpose": book.say(sop.purpose),
            "scope": book.say(sop.scope),
            "responsibilities": book.say(sop.responsibilities),
        },
        "levels": [book.level(found, sop.levels[found]) for found in levels],
        "roles": [{"title": book.say(role.title), "duties": book.by_stage(role.duties)} for role in sop.roles.values()],
        "departments": [
            {"title": book.say(part.title), "optional": part.optional, "work": book.by_stage(part.work)}
            for part in sop.departments.values()
        ],
        "meetings": [book.meeting(meeting) for meeting in sop.meetings if set(meeting.levels) & set(levels)],
        "stages": [book.stage(stage) for stage in sop.stages],
        "self_check": [
            {
                "title": book.say(module.title),
                "layer": book.say(label(labels.layer, module.layer)),
                "question": book.say(module.question),
                "evidence": book.say(module.evidence),
            }
            for module in sop.self_check
        ],
    }


class _Book:
    """Turns the parts of one SOP into facts, in one language and at some levels."""

    def __init__(self, sop: Sop, labels: Labels, language: Language, levels: Sequence[Level]) -> None:
        self.sop, self.labels, self.language, self.levels = sop, labels, language, levels
        self.stage_titles = {stage.id: stage.title for stage in sop.stages}
        self.meeting_titles = {meeting.id: meeting.title for meeting in sop.meetings}
        self.here = {task.id for task in sop.tasks if self._exists(task)}
        # At one level a predecessor that does not exist there is replaced by its own; over all levels the SOP's list stands.
        self.before_it = predecessors(sop, self._exists) if len(levels) == 1 else None

    def say(self, text: Text) -> str:
        return text[self.language]

    def by_stage(self, texts: dict[Stage, Text]) -> list[DutyFacts]:
        """In the order of the stages, whatever the order of the file."""
        return [
            {"stage": self.say(title), "text": self.say(texts[stage])}
            for stage, title in self.stage_titles.items()
            if stage in texts
        ]

    def level(self, level: Level, policy: LevelPolicy) -> LevelFacts:
        return {
            "id": level.value,
            "title": self.say(policy.title),
            "first_meeting": policy.first_meeting,
            "build": policy.build,
            "freeze": policy.freeze,
            "warm_up": policy.warm_up,
            "meetings": [self.say(self.meeting_titles[name]) for name in policy.meetings],
            "approvers": [self._seat(seat) for seat in policy.approvers],
            "finance": policy.finance,
            "reviewers": policy.self_check.reviewers,
            "reviewer_departments": [self._department(name) for name in policy.self_check.departments],
            "reminders": [
                {"length_from": reminder.length_from, "days_before": list(reminder.days_before)}
                for reminder in policy.reminders
            ],
            "escalation_critical": [self._step(step) for step in policy.escalation_critical],
            "escalation_other": [self._step(step) for step in policy.escalation_other],
            "off_hours": policy.off_hours,
            "incident_minutes": policy.incident_minutes,
            "report": self.say(in_words(policy.report)),
            "claim_days": policy.claim_days,
            "hot_debrief": policy.hot_debrief,
            "review": policy.review,
        }

    def meeting(self, meeting: Meeting) -> BookMeeting:
        held = [level for level in self.levels if level in meeting.levels]
        spoken = [level for level in held if level not in meeting.written_levels]
        return {
            "title": self.say(meeting.title),
            "stage": self.say(self.stage_titles[meeting.stage]),
            "levels": [level.value for level in spoken],
            "written": [level.value for level in held if level in meeting.written_levels],
            "minutes": [meeting_minutes(meeting, level) for level in spoken],
            "topics": [
                {
                    "title": self.say(topic.title),
                    "minutes": [topic_minutes(topic, level) for level in spoken],
                    "tasks": self._codes(topic.tasks),
                }
                for topic in (topics_of(meeting, written=False) if spoken else [])
            ],
            "written_topics": [
                self.say(topic.title) for topic in (topics_of(meeting, written=True) if len(spoken) < len(held) else [])
            ],
        }

    def stage(self, stage: StageSpec) -> BookStage:
        opens, _, by = stage.opens.partition(":")
        return {
            "title": self.say(stage.title),
            "purpose": self.say(stage.purpose),
            "opens": opens,
            "opened_by": self.say(self.stage_titles[Stage(by)]) if by else None,
            "gate": self._gate(stage.gate),
            "go_live_gate": self._gate(stage.go_live_gate),
            "documents": [
                self._document(document) for document in self.sop.documents if self._written(document, stage)
            ],
            "tasks": [self._task(task) for task in self.sop.tasks if task.stage is stage.id and task.id in self.here],
        }

    def _task(self, task: Task) -> BookTask:
        pin = task.pin
        return {
            "id": task.id,
            "title": self.say(task.title),
            "kind": task.kind.value,
            "department": self._department(task.owner.department),
            "role": self.say(self.sop.roles[task.owner.role].title) if task.owner.role else None,
            "approvers": task.owner.approvers,
            "days": [self._days(task, level) for level in self.levels],
            "after": self._codes(self.before_it[task.id] if self.before_it else task.after),
            "before": [] if self.before_it else self._codes(task.before),
            "deliverable": self.say(task.deliverable) if task.deliverable else None,
            "when": [self._condition(alternative) for alternative in task.when],
            "on_demand": task.on_demand,
            "pinned": pin.anchor if pin else None,
            "pin_days": [str(abs(pin.days[level])) for level in self.levels if level in pin.days] if pin else [],
        }

    def _days(self, task: Task, level: Level) -> str:
        if task.kind is TaskKind.LIVE:
            return self.say(in_words(task.live[level])) if level in task.live else "–"
        return str(task.days[level]) if level in task.days else "–"

    def _gate(self, facts: Sequence[GateFact]) -> list[BookFact]:
        """Facts that no task proves at these levels are left out, as the gate itself leaves them out."""
        found: list[BookFact] = [{"text": self.say(fact.text), "tasks": self._codes(fact.tasks)} for fact in facts]
        return [fact for fact in found if fact["tasks"]]

    def _codes(self, codes: Sequence[TaskCode]) -> list[str]:
        return [code for code in codes if code in self.here]

    def _exists(self, task: Task) -> bool:
        return any(level in task.days or level in task.live for level in self.levels)

    def _written(self, document: Document, stage: StageSpec) -> bool:
        return document.stage is stage.id and document.task in self.here

    def _document(self, document: Document) -> str:
        return self.say(document.title)

    def _department(self, name: DepartmentId) -> str:
        return self.say(self.sop.departments[name].title)

    def _step(self, step: Escalation) -> StepFacts:
        return {"after_hours": step.after_hours, "to": self.say(self.sop.roles[step.to].title)}

    def _seat(self, seat: str) -> str:
        kind, _, department = seat.partition(":")
        if kind == "head":
            return self.say(label(self.labels.seat, kind)).format(department=self._department(DepartmentId(department)))
        return self.say(self.sop.roles[Role(seat)].title)

    def _condition(self, alternative: str) -> str:
        return " + ".join(self._word(condition) for condition in alternative.split("+"))

    def _word(self, condition: str) -> str:
        kind, _, value = condition.partition(":")
        groups = {
            "goal": self.labels.goal,
            "purpose": self.labels.purpose,
            "mechanics": self.labels.mechanics,
            "prize_kinds": self.labels.prize_kind,
        }
        return self.say(label(groups[kind], value)) if kind in groups else condition
