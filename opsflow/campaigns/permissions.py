"""Who may do what: one table of verbs, read from `permissions.yaml`, that every door asks. What no line names is refused."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import field_validator

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.team import role_holders, stand_in
from opsflow.kernel.errors import NotFound, Refused
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import Permission, PersonKey, Role
from opsflow.kernel.text import TextField
from opsflow.kernel.yamlfile import read
from opsflow.org.model import Organisation

FILE = "permissions.yaml"
MOST_NAMED = 5
"""People whom a refusal names."""


class Tie(StrEnum):
    """What binds a person to the one thing that is acted on; the use case says which of them hold."""

    OWNER = "owner"
    HEAD = "head"
    MANAGER = "manager"
    SPONSOR = "sponsor"
    ASKED = "asked"
    DECIDER = "decider"
    DRAFTER = "drafter"
    SELF = "self"
    ON_DUTY = "on_duty"


class Line(FileModel):
    """One verb."""

    what: TextField
    """As it stands in a sentence: `finish a task`."""
    may: tuple[str, ...]
    """Permissions and ties; one of them is enough."""

    @field_validator("may")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = [*Permission, *Tie]
        for name in names:
            if name not in known:
                raise ValueError(f"expected one of {', '.join(known)}")
        return names


class Matrix(FileModel):
    """The whole table."""

    permissions: dict[Permission, TextField]
    ties: dict[Tie, TextField]
    everyone: tuple[Permission, ...]
    """What everybody of the organisation holds."""
    roles: dict[Role, tuple[Permission, ...]]
    verbs: dict[str, Line]

    def grants(self, verb: str) -> frozenset[str]:
        """Who may; nobody where the table has no such verb."""
        line = self.verbs.get(verb)
        return frozenset(line.may) if line else frozenset()

    def who(self, verb: str) -> str:
        """The same in words: `its owner (or ...), the campaign manager`."""
        names = {str(name): text.en for held in (self.permissions, self.ties) for name, text in held.items()}
        line = self.verbs.get(verb)
        return ", or ".join(dict.fromkeys(names[name] for name in line.may)) if line and line.may else "nobody"


class NotAllowed(Refused):
    """The table does not let them."""

    def __init__(self, matrix: Matrix, verb: str, by: PersonKey, what: str, people: Sequence[PersonKey] = ()) -> None:
        """`people`: who they are, as far as that is known without what is acted on."""
        line = matrix.verbs.get(verb)
        does = line.what.en if line else f"do what {FILE} has no line for, {verb}"
        more = f" and {len(people) - MOST_NAMED} more" if len(people) > MOST_NAMED else ""
        named = f" Here: {', '.join(people[:MOST_NAMED])}{more}." if people else ""
        super().__init__(f"{by} cannot {does}: {what}. Who can: {matrix.who(verb)}.{named}")


def load_matrix(folders: tuple[Path, ...]) -> Matrix:
    """The table of the first folder that has one; BadFile names every mistake in it."""
    for folder in folders:
        if (folder / FILE).is_file():
            return _read(folder / FILE, (folder / FILE).stat().st_mtime_ns)
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is missing.")


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> Matrix:  # noqa: ARG001 - tells one state of the file from another
    return read(path, Matrix)


def roles_of(campaign: Campaign, person: PersonKey) -> frozenset[Role]:
    """The roles somebody fills in a campaign now, heads and deputies of departments included."""
    organisation = campaign.organisation
    found = {role for role, holder in role_holders(campaign.file, organisation).items() if holder == person}
    for department in organisation.departments.values():
        found |= {Role.DEPARTMENT_HEAD} if department.head == person else set()
        found |= {Role.DEPUTY} if department.deputy == person else set()
    return frozenset(found)


def permissions_of(matrix: Matrix, campaign: Campaign, person: PersonKey) -> frozenset[Permission]:
    """What somebody holds in a campaign: by being there, by role, by name."""
    if person not in campaign.organisation.people:
        return frozenset()
    by_role = {each for role in roles_of(campaign, person) for each in matrix.roles.get(role, ())}
    by_name = {each for each, people in campaign.organisation.permissions.items() if person in people}
    return frozenset({*matrix.everyone, *by_role, *by_name})


def check_person(organisation: Organisation, person: PersonKey) -> None:
    """Refuse somebody the organisation does not know."""
    if person not in organisation.people:
        raise Refused(f"{person} is nobody in {organisation.name.en}; people are listed in org.yaml.")


def check(
    matrix: Matrix,
    campaign: Campaign,
    verb: str,
    what: str,
    *,
    by: PersonKey,
    today: date,
    ties: Iterable[Tie] = (),
) -> None:
    """Whether somebody may do this today. NotAllowed: the table says no. Refused: nobody of this organisation.

    `what`: the thing acted on and whose it is, for the refusal. `ties`: what binds the person to it, the campaign
    manager's and the sponsor's excepted, which are looked up here.
    """
    check_person(campaign.organisation, by)
    held = {*permissions_of(matrix, campaign, by), *ties, *_duties(campaign, by, today)}
    if not held & matrix.grants(verb):
        raise NotAllowed(matrix, verb, by, what, who_may(matrix, campaign, verb, today))


def who_may(matrix: Matrix, campaign: Campaign, verb: str, today: date) -> list[PersonKey]:
    """Those who may for what they are in the campaign; who is bound to the one thing acted on is not among them."""
    grants = matrix.grants(verb)
    return [
        person
        for person in campaign.organisation.people
        if grants & {*permissions_of(matrix, campaign, person), *_duties(campaign, person, today)}
    ]


def check_standing(
    matrix: Matrix, organisation: Organisation, verb: str, what: str, *, by: PersonKey, today: date
) -> None:
    """The same for what belongs to no campaign: the organisation's standing roles count. NotAllowed, Refused: as above."""
    check_person(organisation, by)
    acts = {role for role, holder in organisation.roles.items() if by in _acting(holder, today, organisation)}
    heads = {
        role
        for department in organisation.departments.values()
        for role, holder in ((Role.DEPARTMENT_HEAD, department.head), (Role.DEPUTY, department.deputy))
        if holder == by
    }
    held: set[str] = {each for role in acts | heads for each in matrix.roles.get(role, ())}
    held |= {*matrix.everyone, *(each for each, people in organisation.permissions.items() if by in people)}
    held |= {tie for role, tie in _STANDING.items() if role in acts}
    if not held & matrix.grants(verb):
        raise NotAllowed(matrix, verb, by, what)


_STANDING = {Role.CAMPAIGN_MANAGER: Tie.MANAGER, Role.LEADER: Tie.SPONSOR}


def _acting(holder: PersonKey, today: date, organisation: Organisation) -> tuple[PersonKey, PersonKey]:
    """Who holds a role, and who acts for them today."""
    now = organisation.now(holder)
    return now, stand_in(now, today, organisation).person


def _duties(campaign: Campaign, person: PersonKey, today: date) -> set[Tie]:
    holders = role_holders(campaign.file, campaign.organisation)
    found = set()
    for role, tie in _STANDING.items():
        holder = holders.get(role)
        if holder is not None and person in (holder, stand_in(holder, today, campaign.organisation).person):
            found.add(tie)
    return found
