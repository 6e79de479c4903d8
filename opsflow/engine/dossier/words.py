"""One language's words for a dossier: titles of ids, names of people, instants in the campaign's zone."""

from dataclasses import dataclass
from datetime import date, datetime

from opsflow.documents.labels import Labels, label
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import DepartmentId, Language, PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date


@dataclass(frozen=True)
class Words:
    """Says things of one snapshot in one language."""

    snapshot: Snapshot
    labels: Labels
    language: Language

    def say(self, text: Text) -> str:
        """A text in this language."""
        return text[self.language]

    def maybe(self, text: Text | None) -> str | None:
        """A text in this language, where there is one."""
        return None if text is None else text[self.language]

    def title(self, group: dict[str, Text], name: str) -> str:
        """What an id is called."""
        return self.say(label(group, name))

    def person(self, key: PersonKey) -> str:
        """A person's name; a key nobody has (any more) stands for itself."""
        found = self.snapshot.campaign.organisation.people.get(key)
        return self.say(found.name) if found else str(key)

    def maybe_person(self, key: PersonKey | None) -> str | None:
        """A person's name, where there is a person."""
        return None if key is None else self.person(key)

    def actor(self, key: str | None) -> str | None:
        """Who did it: a person's name, or opsflow."""
        return None if key is None else self.person(PersonKey(key))

    def department(self, department: DepartmentId) -> str:
        """A department's title."""
        spec = self.snapshot.sop.departments.get(department)
        return self.say(spec.title) if spec else str(department)

    def department_of(self, key: PersonKey | None) -> str | None:
        """The title of a person's department."""
        found = self.snapshot.campaign.organisation.people.get(key) if key else None
        return self.department(found.department) if found else None

    def role(self, role: Role) -> str:
        """A role's title."""
        spec = self.snapshot.sop.roles.get(role)
        return self.say(spec.title) if spec else str(role)

    def seat(self, seat: str) -> str:
        """What an approver's seat is called."""
        if seat.startswith("head:"):
            department = self.department(DepartmentId(seat.removeprefix("head:")))
            return self.title(self.labels.seat, "head").replace("{department}", department)
        return self.role(Role(seat))

    def stage(self, stage: Stage) -> str:
        """A stage's title."""
        return self.say(next(spec.title for spec in self.snapshot.sop.stages if spec.id is stage))

    def task(self, code: TaskCode) -> str:
        """A task's id and title."""
        found = self.snapshot.task(code)
        return f"{code} {self.say(found.title)}" if found else str(code)

    def local(self, at: datetime) -> datetime:
        """An instant in the campaign's zone."""
        return at.astimezone(self.snapshot.campaign.zone)

    def maybe_local(self, at: datetime | None) -> datetime | None:
        """An instant in the campaign's zone, where there is one."""
        return None if at is None else self.local(at)

    def day(self, at: datetime) -> date:
        """The campaign's calendar day of an instant."""
        return local_date(at, self.snapshot.campaign.zone)
