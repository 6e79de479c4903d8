"""A rehearsal's record as a story: messages with their reasons, people with their share, what went otherwise than planned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.team import role_holders
from opsflow.documents.index import Highlight, HighlightKind, MessageLine, PersonLine
from opsflow.engine.record import Record
from opsflow.engine.subjects import subject_title
from opsflow.journal.model import ENGINE, Entry
from opsflow.kernel.terms import Language, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Sent
from opsflow.rehearsal.voices import fill
from opsflow.rehearsal.words import Lateness, Words
from opsflow.sop.model import TaskKind
from opsflow.stages.model import Task, base_code

UNTIMELY = ("task_overdue", "task_escalated")
SELF_CHECK = "self-check"


@dataclass(frozen=True)
class Story:
    """One rehearsal, told in one language."""

    record: Record
    words: Words
    language: Language

    def messages(self) -> list[MessageLine]:
        """Every message in the order in which they went out."""
        return [self._message(sent) for sent in self.record.messages]

    def _message(self, sent: Sent) -> MessageLine:
        title, _, body = sent.text.partition("\n\n")
        return MessageLine(
            at=self._local(sent.sent_at),
            person_key=sent.person,
            person=self._name(sent.person),
            channel=sent.channel,
            title=title,
            body=body,
            why=" ".join(dict.fromkeys(self._why(template, key) for _, template, key in sent.notices)),
            templates=list(dict.fromkeys(template for _, template, _ in sent.notices)),
            urgent=sent.urgent,
        )

    def _why(self, template: str, key: str) -> str:
        """Keys are made of meaning: `<kind>/<campaign>/<what it is about>/.../<person>`."""
        about = key.split("/")[2]
        what = self._stage(about) if template.startswith("stage_") else self._called(about)
        return fill(self.words.why[template], what=what)[self.language]

    def _stage(self, about: str) -> Text:
        return next(spec.title for spec in self.record.snapshot.sop.stages if spec.id == about)

    def _called(self, about: str) -> Text:
        """A task, a meeting or a document by its title."""
        snapshot = self.record.snapshot
        named, asked = _asked(about)
        task = snapshot.task(named)
        if task is not None:
            what = Text(f"{named} {task.title.en}", f"{named} {task.title.zh}")
            return self._theirs(task, what, asked) if asked else what
        meetings = {spec.id: spec.title for spec in snapshot.sop.meetings}
        return meetings.get(about) or subject_title(snapshot, about)

    def _theirs(self, task: Task, what: Text, person: PersonKey) -> Text:
        """A vote or scores, with whose they are: several are asked, and each is late alone."""
        said = self.words.wanted.get("scores" if task.kind is TaskKind.SELF_CHECK else "vote")
        who = self._person_text(person)
        return Text(f"{what.en}, {who.en}", f"{what.zh}，{who.zh}") if said is None else fill(said, what=what, who=who)

    def people(self) -> list[PersonLine]:
        """Everybody who had a task or was told something, department by department."""
        organisation = self.record.snapshot.campaign.organisation
        departments = list(self.record.snapshot.sop.departments)
        lines = [
            self._person(PersonKey(key))
            for key in sorted(
                organisation.people, key=lambda key: (departments.index(organisation.people[key].department), key)
            )
        ]
        return [line for line in lines if line["messages"] or line["tasks"]]

    def _person(self, key: PersonKey) -> PersonLine:
        snapshot = self.record.snapshot
        campaign = snapshot.campaign
        person = campaign.organisation.people[key]
        own = [task for task in snapshot.tasks if task.owner == key]
        holders = role_holders(campaign.file, campaign.organisation)
        first = min(local_date(task.start, campaign.zone) for task in snapshot.tasks)
        last = local_date(snapshot.now, campaign.zone)
        return PersonLine(
            key=key,
            name=person.name[self.language],
            department=snapshot.sop.departments[person.department].title[self.language],
            roles=[snapshot.sop.roles[role].title[self.language] for role, who in holders.items() if who == key],
            messages=sum(sent.person == key for sent in self.record.messages),
            tasks=len(own),
            late=sum(task.done_at is not None and task.done_at > task.due and not task.held_up for task in own),
            absent=[(away.first, away.last) for away in person.absent if away.last >= first and away.first <= last],
        )

    def highlights(self) -> list[Highlight]:
        """What went otherwise than planned, in order of time."""
        found = [
            *self._refusals(),
            *self._absences(),
            *self._weak(),
            *self._late(),
            *self._escalations(),
            *self._ends(),
        ]
        return sorted(found, key=lambda highlight: highlight["at"])

    def _highlight(
        self, kind: HighlightKind, at: datetime, *, document: str | None = None, **values: Text
    ) -> Highlight:
        words = self.words.highlights[kind]
        return Highlight(
            kind=kind,
            at=self._local(at),
            title=fill(words.title, **values)[self.language],
            text=fill(words.text, **values)[self.language].strip(),
            document=document,
        )

    def _refusals(self) -> Iterator[Highlight]:
        for entry in self._entries("approval.rejected"):
            subject = entry.object.split("/")[1]
            yield self._highlight(
                "refusal",
                entry.at,
                document=subject,
                who=self._person_text(entry.actor),
                what=subject_title(self.record.snapshot, subject),
                text=_text(entry.data["reason"]),
            )

    def _absences(self) -> Iterator[Highlight]:
        seen: dict[tuple[str, str], list[Entry]] = {}
        for entry in self._entries("task.opened"):
            if entry.data.get("deputy_for"):
                seen.setdefault((entry.data["owner"], entry.data["deputy_for"]), []).append(entry)
        for (deputy, absent), entries in seen.items():
            codes = ", ".join(entry.object for entry in entries)
            yield self._highlight(
                "absence",
                entries[0].at,
                who=self._person_text(deputy),
                whom=self._person_text(absent),
                text=Text.both(codes),
            )

    def _weak(self) -> Iterator[Highlight]:
        modules = {module.id: module.title for module in self.record.snapshot.sop.self_check}
        for entry in self._entries("self_check.closed"):
            titles = [modules[name] for name in entry.data["weak"]]
            if titles:
                what = Text(", ".join(title.en for title in titles), "、".join(title.zh for title in titles))
                total = Text.both(entry.data["total"])
                yield self._highlight("weak_module", entry.at, document=SELF_CHECK, what=what, text=total)

    def _late(self) -> Iterator[Highlight]:
        for entry in self._entries("task.done"):
            task = self.record.snapshot.task(TaskCode(entry.object))
            if task is not None and entry.data["late"]:
                yield self._came_late(task, entry)

    def _came_late(self, task: Task, entry: Entry) -> Highlight:
        kind, who = self._lateness(task, entry)
        due, begun = self._day(task.due), self._day(task.opened_at or task.due)
        one_day = task.held_up and due == begun
        values = {
            "what": self._called(task.code),
            "who": who,
            "date": self._moment(task.due) if one_day else due,
            "begun": self._moment(task.opened_at or task.due) if one_day else begun,
            "text": _text(entry.data["note"]) if entry.data["note"] else Text.both(""),
        }
        found = self._highlight("late_task", entry.at, document=self._document_of(task.code), **values)
        if kind is not None and kind in self.words.late:
            found["text"] = fill(self.words.late[kind], **values)[self.language].strip()
        return found

    def _lateness(self, task: Task, entry: Entry) -> tuple[Lateness | None, Text]:
        """How it came to be late, and by whom: the engine finishes what several have voted or scored on."""
        snapshot, who = self.record.snapshot, self._person_text(entry.actor)
        if task.held_up:
            return "held_up", who
        if entry.actor != ENGINE:
            return None, who
        approval = snapshot.approval_of(task.code)
        votes = [(seat.voted_at, seat.person) for seat in approval.seats if seat.voted_at] if approval else []
        scores = [scored.actor for scored in self._entries("self_check.scored") if scored.at <= entry.at]
        if task.kind is TaskKind.APPROVAL and votes:
            return "vote", self._person_text(max(votes)[1])
        if task.kind is TaskKind.SELF_CHECK and scores:
            return "scores", self._person_text(scores[-1])
        return "recorded", who

    def _escalations(self) -> Iterator[Highlight]:
        """Who heard when of what was late. Its owner, who may be the department's head, knows; that is no escalation."""
        told: dict[str, list[Sent]] = {}
        for sent in self.record.messages:
            for _, template, key in sent.notices:
                about = key.split("/")[2]
                if template in UNTIMELY and sent.person != self._owner(about):
                    told.setdefault(about, []).append(sent)
        for about, messages in told.items():
            names = [self._person_text(sent.person) for sent in messages]
            times = [f"{self._local(sent.sent_at):%m-%d %H:%M}" for sent in messages]
            pairs = list(zip(names, times, strict=True))
            people = Text(
                ", ".join(f"{name.en} ({at})" for name, at in pairs),
                "、".join(f"{name.zh}（{at}）" for name, at in pairs),
            )
            yield self._highlight("escalation", messages[0].sent_at, what=self._called(about), text=people)

    def _owner(self, about: str) -> PersonKey | None:
        named, asked = _asked(about)
        task = self.record.snapshot.task(named)
        return asked or (task.owner if task else None)

    def _ends(self) -> Iterator[Highlight]:
        for entry in self._entries("stage.hold"):
            yield self._highlight("hold", entry.at, text=_text(entry.data.get("reason")))
        for entry in self._entries("campaign.stopped"):
            yield self._highlight("stopped", entry.at, text=_text(entry.data.get("reason")))

    def _entries(self, action: str) -> Iterator[Entry]:
        return (entry for entry in self.record.entries if entry.action == action)

    def _document_of(self, code: TaskCode) -> str | None:
        specs = self.record.snapshot.document_specs()
        return next((document.id for document in specs if document.task == base_code(code)), None)

    def _person_text(self, key: str) -> Text:
        people = self.record.snapshot.campaign.organisation.people
        return people[PersonKey(key)].name if key in people else Text.both(key)

    def _name(self, key: PersonKey) -> str:
        return self._person_text(key)[self.language]

    def _day(self, at: datetime) -> Text:
        return Text.both(local_date(at, self.record.snapshot.campaign.zone).isoformat())

    def _moment(self, at: datetime) -> Text:
        return Text.both(f"{self._local(at):%Y-%m-%d %H:%M}")

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.record.snapshot.campaign.zone)


def _asked(about: str) -> tuple[TaskCode, PersonKey | None]:
    """The task of a deadline, and of whom a vote or scores are wanted: `DE16`, or `DE16.v1:su-wen`."""
    named, _, person = about.partition(":")
    return (TaskCode(named.rpartition(".v")[0]), PersonKey(person)) if person else (TaskCode(named), None)


def _text(value: object) -> Text:
    """A text of the journal: two languages, or nothing."""
    return Text(value["en"], value["zh"]) if isinstance(value, dict) else Text.both("")
