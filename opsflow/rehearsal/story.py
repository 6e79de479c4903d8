"""A rehearsal's record as a story: messages with their reasons, people with their share, what went otherwise than planned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.team import role_holders
from opsflow.documents.index import Highlight, HighlightKind, MessageLine, PersonLine
from opsflow.engine.record import Record
from opsflow.engine.subjects import subject_title
from opsflow.journal.model import Entry
from opsflow.kernel.terms import Language, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Sent
from opsflow.rehearsal.voices import fill
from opsflow.rehearsal.words import Words
from opsflow.stages.model import base_code

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
        task = snapshot.task(TaskCode(about))
        if task is not None:
            return Text(f"{about} {task.title.en}", f"{about} {task.title.zh}")
        meetings = {spec.id: spec.title for spec in snapshot.sop.meetings}
        return meetings.get(about) or subject_title(snapshot, about)

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
            late=sum(task.done_at is not None and task.done_at > task.due for task in own),
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
            text=fill(words.text, **values)[self.language],
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
                day = Text.both(local_date(task.due, self.record.snapshot.campaign.zone).isoformat())
                yield self._highlight(
                    "late_task",
                    entry.at,
                    document=self._document_of(task.code),
                    who=self._person_text(entry.actor),
                    what=self._called(task.code),
                    date=day,
                    text=_text(entry.data["note"]) if entry.data["note"] else Text.both(""),
                )

    def _escalations(self) -> Iterator[Highlight]:
        told: dict[str, list[Sent]] = {}
        for sent in self.record.messages:
            for _, template, key in sent.notices:
                if template in UNTIMELY:
                    told.setdefault(key.split("/")[2], []).append(sent)
        for code, messages in told.items():
            names = [self._person_text(person) for person in dict.fromkeys(sent.person for sent in messages)]
            people = Text(", ".join(name.en for name in names), "、".join(name.zh for name in names))
            yield self._highlight("escalation", messages[-1].sent_at, what=self._called(code), text=people)

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

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.record.snapshot.campaign.zone)


def _text(value: object) -> Text:
    """A text of the journal: two languages, or nothing."""
    return Text(value["en"], value["zh"]) if isinstance(value, dict) else Text.both("")
