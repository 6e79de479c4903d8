"""Who takes over from whom in one campaign: roles, departments, permissions. Pure."""

from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.team import role_holders
from opsflow.kernel.terms import PersonKey
from opsflow.org.model import Department, Organisation


def duties(file: CampaignFile, organisation: Organisation, person: PersonKey) -> tuple[str, ...]:
    """What somebody is beside an owner of tasks: `campaign_manager`, `head of design`, `admin`."""
    roles = [role.value for role, holder in role_holders(file, organisation).items() if holder == person]
    for name, department in organisation.departments.items():
        roles += [f"head of {name}"] if department.head == person else []
        roles += [f"deputy of {name}"] if department.deputy == person else []
    roles += [permission.value for permission, people in organisation.permissions.items() if person in people]
    return tuple(roles)


def taken_over(organisation: Organisation, was: PersonKey, to: PersonKey) -> Organisation:
    """The organisation once somebody has taken over whatever another one was.

    The campaign file still names whom it named, so that no approval of it re-opens: `successors` says who that is now.
    """
    successors = {key: to if now == was else now for key, now in organisation.successors.items()}
    successors[was] = to
    successors.pop(to, None)
    return organisation.model_copy(
        update={
            "roles": {role: to if person == was else person for role, person in organisation.roles.items()},
            "departments": {name: _led(each, was, to) for name, each in organisation.departments.items()},
            "permissions": {
                name: tuple(dict.fromkeys(to if person == was else person for person in people))
                for name, people in organisation.permissions.items()
            },
            "successors": successors,
        }
    )


def _led(department: Department, was: PersonKey, to: PersonKey) -> Department:
    """A deputy who takes the head's place leaves none behind."""
    head = to if department.head == was else department.head
    deputy = to if department.deputy == was else department.deputy
    return department.model_copy(update={"head": head, "deputy": deputy if deputy != head else None})
