"""Who does a task: role, then head or named person, then campaign override, then deputy when absent (design section 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.team import approver_seats, role_holders, seat_holder
from opsflow.kernel.errors import Refused
from opsflow.kernel.terms import DepartmentId, PersonKey, Role, TaskCode
from opsflow.org.model import Organisation
from opsflow.sop.model import LevelPolicy, Task, TaskKind


class RolesUnfilled(Refused):
    """Somebody has to do these tasks, and nobody is named."""

    def __init__(self, campaign: str, gaps: Sequence[tuple[str, Sequence[TaskCode]]]) -> None:
        lines = "; ".join(f"{what} ({', '.join(codes)})" for what, codes in gaps)
        super().__init__(
            f"Campaign {campaign} cannot be planned, nobody fills: {lines}. Name them under `people:` in the campaign "
            "file, or under `roles:` and `departments:` in org.yaml."
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """The people of one task."""

    owner: PersonKey
    deputy_for: PersonKey | None = None
    """Whom the owner stands in for."""
    wrote: bool = False
    """The stand-in is there because the other wrote what is approved, not because of an absence."""
    approvers: tuple[PersonKey, ...] = ()


class Roster:
    """Who fills which role in one campaign."""

    def __init__(self, campaign: CampaignFile, organisation: Organisation, policy: LevelPolicy) -> None:
        self._campaign = campaign
        self._organisation = organisation
        self._seats = approver_seats(policy, campaign, organisation)
        self._holders = role_holders(campaign, organisation)
        authors = (self._holders.get(role) for role in (Role.PLANNER, Role.CAMPAIGN_MANAGER))
        self._authors = frozenset(author for author in authors if author is not None)

    def check(self, tasks: Iterable[Task]) -> None:
        """Refuse a campaign with one error that names everything nobody fills."""
        gaps: dict[str, list[TaskCode]] = {}
        ordered = sorted(tasks, key=lambda task: task.id)
        for task in ordered:
            for gap in self._gaps(task):
                gaps.setdefault(gap, []).append(task.id)
        manager = self._holders.get(Role.CAMPAIGN_MANAGER)
        if manager is not None and manager == self._holders.get(Role.COORDINATION_POST):
            supervised = [task.id for task in ordered if task.owner.role is Role.COORDINATION_POST]
            gaps[f"coordination_post by somebody other than the campaign manager {manager}"] = supervised
        if gaps:
            raise RolesUnfilled(self._campaign.key, sorted(gaps.items()))

    def assign(self, task: Task, first: date, due: date) -> Assignment:
        """The people of a task that runs from one day to another; `check` has passed."""
        if task.kind is TaskKind.APPROVAL:
            return self._approval(task, (first, due))
        person = self._person(task)
        assert person is not None
        owner = self._stand_in(person, (first, due), barred=frozenset()) or person
        return Assignment(owner, deputy_for=person if owner != person else None)

    def ignored_overrides(self, tasks: Iterable[Task]) -> list[TaskCode]:
        """Approvals of the level whose owner the campaign file would like to choose itself."""
        return sorted(task.id for task in tasks if task.owner.approvers and task.id in self._campaign.owners)

    def _approval(self, task: Task, days: tuple[date, date]) -> Assignment:
        chosen: list[PersonKey] = []
        asked: list[PersonKey] = []
        for _, person in self._asked(task):
            assert person is not None
            independent = self._independent(person)
            assert independent is not None
            asked.append(person)
            chosen.append(self._stand_in(independent, days, barred=self._authors) or independent)
        first = asked[0] if asked[0] != chosen[0] else None
        return Assignment(
            owner=chosen[0],
            deputy_for=first,
            wrote=first in self._authors,
            approvers=tuple(dict.fromkeys(chosen)),
        )

    def _gaps(self, task: Task) -> list[str]:
        if task.kind is not TaskKind.APPROVAL:
            person = self._person(task)
            return [] if self._known(person) else [_missing(_label(task), person)]
        gaps = [_missing(label, person) for label, person in self._asked(task) if not self._known(person)]
        for label, person in self._asked(task):
            if self._known(person) and person is not None and self._independent(person) is None:
                gaps.append(f"{label} by somebody who did not write it ({person} did, and has no deputy)")
        return gaps

    def _asked(self, task: Task) -> list[tuple[str, PersonKey | None]]:
        """Whose approval is needed, with the word for it, before deputies."""
        if not task.owner.approvers:
            return [(_label(task), self._person(task))]
        return [(seat, seat_holder(seat, self._campaign, self._organisation)) for seat in self._seats]

    def _person(self, task: Task) -> PersonKey | None:
        override = self._campaign.owners.get(task.id)
        if override is not None:
            return self._organisation.now(override.owner)
        if task.owner.role is None or task.owner.role is Role.DEPARTMENT_HEAD:
            return self._head(task.owner.department)
        if task.owner.role is Role.DEPUTY:
            return self._deputy(task.owner.department)
        return self._holders.get(task.owner.role)

    def _head(self, department: DepartmentId) -> PersonKey | None:
        led = self._organisation.departments.get(department)
        return led.head if led else None

    def _deputy(self, department: DepartmentId) -> PersonKey | None:
        led = self._organisation.departments.get(department)
        return led.deputy if led else None

    def _known(self, person: PersonKey | None) -> bool:
        return person is not None and person in self._organisation.people

    def _substitutes(self, person: PersonKey) -> list[PersonKey]:
        """Who may stand in: the deputy of the person's department, then its head."""
        department = self._organisation.people[person].department
        others = (self._deputy(department), self._head(department))
        return [other for other in others if other is not None and other != person and self._known(other)]

    def _independent(self, person: PersonKey) -> PersonKey | None:
        """Nobody approves what they wrote: then the deputy does."""
        if person not in self._authors:
            return person
        return next((other for other in self._substitutes(person) if other not in self._authors), None)

    def _stand_in(
        self, person: PersonKey, days: tuple[date, date], *, barred: frozenset[PersonKey]
    ) -> PersonKey | None:
        """The person, or who stands in while they are away; None when nobody can."""
        if not self._is_away(person, days):
            return person
        free = (other for other in self._substitutes(person) if other not in barred and not self._is_away(other, days))
        return next(free, None)

    def _is_away(self, person: PersonKey, days: tuple[date, date]) -> bool:
        who = self._organisation.people[person]
        return bool(who.absent) and any(who.is_absent(day) for day in days)


def _label(task: Task) -> str:
    role = task.owner.role
    if role is None or role in {Role.DEPARTMENT_HEAD, Role.DEPUTY}:
        return f"{'deputy' if role is Role.DEPUTY else 'head'} of {task.owner.department}"
    return role.value


def _missing(label: str, person: PersonKey | None) -> str:
    return label if person is None else f"{label} ({person} is not among the people of org.yaml)"
