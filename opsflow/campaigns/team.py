"""Who fills a role in a campaign, who stands in for whom, and whose approval a level asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.terms import DepartmentId, PersonKey, Role
from opsflow.org.model import Organisation
from opsflow.sop.model import LevelPolicy

OPERATIONS = DepartmentId("operations")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who acts on a day, and for whom."""

    person: PersonKey
    deputy_for: PersonKey | None = None


def role_holders(file: CampaignFile, organisation: Organisation) -> Mapping[Role, PersonKey]:
    """Role -> person: the organisation's standing roles, overridden by the campaign file."""
    return {role: organisation.now(person) for role, person in {**organisation.roles, **file.people}.items()}


def stand_in(person: PersonKey, day: date, organisation: Organisation) -> Holder:
    """The person, or the first of their department's deputy and head who is there on that day."""
    if not organisation.people[person].is_absent(day):
        return Holder(person)
    department = organisation.departments[organisation.people[person].department]
    for other in (department.deputy, department.head):
        if other is not None and other != person and not organisation.people[other].is_absent(day):
            return Holder(other, deputy_for=person)
    return Holder(person)


def needs_finance(policy: LevelPolicy, file: CampaignFile, organisation: Organisation) -> bool:
    """Whether finance approves as well."""
    return policy.finance == "always" or file.budget.total > organisation.finance_threshold


def approver_seats(policy: LevelPolicy, file: CampaignFile, organisation: Organisation) -> tuple[str, ...]:
    """The seats of `approvers(level)`: `leader`, `finance_approver`, `head:legal`, `head:operations`."""
    seats = list(policy.approvers)
    if needs_finance(policy, file, organisation) and Role.FINANCE_APPROVER not in seats:
        seats.append(Role.FINANCE_APPROVER)
    return tuple(seats)


def seat_holder(seat: str, file: CampaignFile, organisation: Organisation) -> PersonKey | None:
    """Who holds a seat: a role, or `head:<department>`; None when nobody does."""
    if seat.startswith("head:"):
        department = organisation.departments.get(DepartmentId(seat.removeprefix("head:")))
        return department.head if department else None
    return role_holders(file, organisation).get(Role(seat))


def seated(
    seat: str, day: date, *, authors: frozenset[PersonKey], file: CampaignFile, organisation: Organisation
) -> Holder | None:
    """Who gives that approval on a day: its holder, or the deputy when they are away or wrote what is to be approved."""
    holder = seat_holder(seat, file, organisation)
    if holder is None:
        return None
    acting = stand_in(holder, day, organisation)
    if acting.person not in authors:
        return acting
    department = organisation.departments[organisation.people[holder].department]
    others = [other for other in (department.deputy, department.head) if other and other not in authors]
    free = [other for other in others if not organisation.people[other].is_absent(day)]
    return Holder((free or others)[0], deputy_for=holder) if others else None


def go_live_decider(policy: LevelPolicy, file: CampaignFile, organisation: Organisation) -> PersonKey | None:
    """Who decides go-live: the sponsor where the level asks for the sponsor's approval, else the first approver."""
    seats = approver_seats(policy, file, organisation)
    return seat_holder(Role.LEADER if Role.LEADER in seats else seats[0], file, organisation)
