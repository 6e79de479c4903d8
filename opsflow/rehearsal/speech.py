"""What is said in a meeting: opinions per person, decisions, questions with owners, dates confirmed, causes, lessons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from opsflow.kernel.terms import DepartmentId, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.rehearsal.cast import Cast
from opsflow.rehearsal.voices import CauseRemark, Found, FoundRemark, Remark, chance, fill, pick
from opsflow.sop.model import TaskKind
from opsflow.stages.meetings import OPINIONS_FROM_ALL
from opsflow.stages.model import Minute, MinuteKind, Outcome, Task, TaskStatus

ANSWER_DAYS, LESSON_DAYS = 3, 10
"""Working days after a meeting by which its questions are answered and its lessons carried out."""
DIRECTIONS = 3
TROUBLES = 2
"""Of each kind that the review speaks of: a meeting has its length."""


@dataclass(frozen=True)
class Speech:
    """One meeting being held."""

    cast: Cast
    meeting: str
    stage: Stage
    at: datetime
    caller: PersonKey
    attendees: tuple[PersonKey, ...]
    tasks: tuple[Task, ...]

    def minutes(self) -> tuple[Minute, ...]:
        """Everything that is written down, in the order of the agenda."""
        return tuple(
            minute
            for part in (
                self._opinions,
                self._directions,
                self._causes,
                self._surprises,
                self._decisions,
                self._confirmations,
                self._questions,
                self._lessons,
            )
            for minute in part()
        )

    def against(self, outcome: Outcome) -> tuple[Minute, ...]:
        """What is written down when the decision is not go: the one sentence that says why."""
        return (Minute(MinuteKind.DECISION, self._fill(self.cast.voices.against[outcome])),)

    def _opinions(self) -> Iterator[Minute]:
        if self.meeting not in OPINIONS_FROM_ALL:
            return
        heard: dict[DepartmentId, int] = {}
        for person in self.attendees:
            department = self._department(person)
            said = list(self.cast.voices.opinions_of(self.meeting, department))
            chance(self.cast.seed, self.meeting, department).shuffle(said)
            place = heard[department] = heard.get(department, -1) + 1
            yield Minute(MinuteKind.OPINION, self._fill(said[place % len(said)].text), person=person)

    def _directions(self) -> Iterator[Minute]:
        if self.meeting != "initial_planning":
            return
        for direction in self.cast.voices.directions[:DIRECTIONS]:
            yield Minute(MinuteKind.DIRECTION, self._fill(direction))

    def _decisions(self) -> Iterator[Minute]:
        for decision in self.cast.voices.decisions.get(self.meeting, ()):
            yield Minute(MinuteKind.DECISION, self._fill(decision))

    def _questions(self) -> Iterator[Minute]:
        for remark in self.cast.voices.questions.get(self.meeting, ()):
            due = self._in_days(ANSWER_DAYS)
            yield Minute(MinuteKind.QUESTION, self._fill(remark.text), owner=self._owner(remark), due=due)

    def _confirmations(self) -> Iterator[Minute]:
        if self.stage is not Stage.DECISION:
            return
        for person in self.attendees:
            task = self._first_task(person)
            if task is not None:
                words = pick(self.cast.voices.confirmations, self.cast.seed, self.meeting, person)
                day = self._date(task.due)
                yield Minute(MinuteKind.CONFIRMATION, words, person=person, due=day, task=task.code)

    def _causes(self) -> Iterator[Minute]:
        if self.meeting != "review":
            return
        for found, task, said in self._troubles():
            who = self.cast.acting(task.owner, self.at)
            yield Minute(
                MinuteKind.CAUSE, self._told(said.why, task, found), person=who, cause=said.cause, task=task.code
            )
        for remark in self._here(self.cast.voices.causes):
            yield Minute(MinuteKind.CAUSE, self._fill(remark.text), person=self._owner(remark), cause=remark.cause)

    def _lessons(self) -> Iterator[Minute]:
        if self.meeting != "review":
            return
        due = self._in_days(LESSON_DAYS)
        for found, task, said in self._troubles():
            owner = self.cast.acting(task.owner, self.at)
            yield Minute(MinuteKind.LESSON, self._told(said.lesson, task, found), owner=owner, due=due)
        for remark in self.cast.voices.lessons:
            yield Minute(MinuteKind.LESSON, self._fill(remark.text), owner=self._owner(remark), due=due)

    def _troubles(self) -> Iterator[tuple[Found, Task, FoundRemark]]:
        """What went wrong, as the record has it: what had to be done again, and what came late, the worst first."""
        known = self.cast.voices.found
        again = [task for task in self.tasks if task.rework and task.status is TaskStatus.DONE]
        late = sorted((task for task in self.tasks if self._late_days(task)), key=lambda task: -self._late_days(task))
        kinds: tuple[tuple[Found, Sequence[Task]], ...] = (("rework", again), ("late", late))
        for kind, tasks in kinds:
            if kind in known:
                yield from ((kind, task, known[kind]) for task in tasks[:TROUBLES])

    def _told(self, text: Text, task: Task, found: Found) -> Text:
        number = self._late_days(task) if found == "late" else 0
        days = Text(f"{number} working {'day' if number == 1 else 'days'}", f"{number} 个工作日")
        return fill(text, task=_named(task), days=days)

    def _late_days(self, task: Task) -> int:
        if task.status is not TaskStatus.DONE or task.done_at is None or task.done_at <= task.due or task.held_up:
            return 0  # what held it up is named itself
        return max(1, self.cast.calendar.count(self._date(task.due) + timedelta(days=1), self._date(task.done_at)))

    def _surprises(self) -> Iterator[Minute]:
        if self.meeting != "hot_debrief":
            return
        for remark in self.cast.voices.surprises:
            yield Minute(MinuteKind.SURPRISE, self._fill(remark.text), person=self._owner(remark))

    def _here(self, remarks: Sequence[CauseRemark]) -> list[CauseRemark]:
        taking_part = {task.department for task in self.tasks}
        return [remark for remark in remarks if remark.department in taking_part]

    def _owner(self, remark: Remark) -> PersonKey:
        """Head of the department it concerns, or who stands in; who called the meeting, where that takes no part."""
        taking_part = {task.department for task in self.tasks}
        entry = self.cast.organisation.departments.get(remark.department)
        if entry is None or remark.department not in taking_part:
            return self.caller
        return self.cast.acting(entry.head, self.at)

    def _first_task(self, person: PersonKey) -> Task | None:
        """What somebody delivers first in the execution: a critical task before any other."""
        own = [
            task
            for task in self.tasks
            if task.stage is Stage.EXECUTION and task.owner == person and task.kind is not TaskKind.LIVE
        ]
        return min(own, key=lambda task: (not task.critical, task.due, task.code), default=None)

    def _department(self, person: PersonKey) -> DepartmentId:
        return self.cast.loaded.organisation.people[person].department

    def _in_days(self, days: int) -> date:
        return self.cast.calendar.shift(self._date(self.at), days)

    def _date(self, at: datetime) -> date:
        return local_date(at, self.cast.zone)

    def _fill(self, text: Text) -> Text:
        file = self.cast.loaded.campaign
        return fill(text, campaign=file.title, theme=file.theme.title)


def _named(task: Task) -> Text:
    """A task as people speak of it; of a rework, what is done anew."""
    return Text(task.title.en.removeprefix("Rework: "), task.title.zh.removeprefix("返工：").removeprefix("重做："))


def deliverable_name(task: Task) -> str:
    """The file somebody hands in: `deliverables/EX02-page-designs.pdf`."""
    wanted = task.deliverable.en if task.deliverable else task.title.en
    letters = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in wanted.lower())
    slug = "-".join(letters.split()[:5])
    return f"deliverables/{TaskCode(task.code)}-{slug}.{_suffix(slug)}"


SHEETS = (
    "list",
    "sheet",
    "table",
    "budget",
    "calendar",
    "forecast",
    "comparison",
    "costs",
    "schedule",
    "count",
    "invoices",
)
TEXTS = ("brief", "minutes", "proposal", "rules", "copy", "script", "agenda", "summary", "record", "notes", "runbook")


def _suffix(slug: str) -> str:
    words = slug.split("-")
    if any(word in SHEETS for word in words):
        return "xlsx"
    return "docx" if any(word in TEXTS for word in words) else "pdf"
