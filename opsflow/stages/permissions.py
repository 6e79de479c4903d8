"""Who may do what with a task: the one answer that every door gives."""

from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.org.model import Organisation
from opsflow.sop.model import TaskKind
from opsflow.stages.model import Task, TaskStatus

OTHER_DOORS = {
    TaskKind.APPROVAL: "it is done when its approvers have voted",
    TaskKind.SELF_CHECK: "it is done when the reviewers' scores pass",
    TaskKind.MEETING: "it is done by recording the meeting",
    TaskKind.GO_LIVE: "it is done by the go-live decision",
    TaskKind.LIVE: "record each time it came round; it ends with the live window",
}


def check_person(organisation: Organisation, person: PersonKey) -> None:
    """Refuse somebody the organisation does not know."""
    if person not in organisation.people:
        raise Refused(f"{person} is nobody in {organisation.name.en}; people are listed in org.yaml.")


def check_owner(task: Task, campaign: CampaignKey, organisation: Organisation, *, by: PersonKey) -> None:
    """A task is moved by its owner, by the one they stand in for, or by their department's head or deputy."""
    check_person(organisation, by)
    allowed = {task.owner, task.deputy_for}
    for department in {task.department, organisation.people[task.owner].department}:
        entry = organisation.departments.get(department)
        allowed |= {entry.head, entry.deputy} if entry else set()
    if by not in allowed:
        raise NotTheirs(task, campaign, by)


def check_open(task: Task, campaign: CampaignKey) -> None:
    """Refuse work on a task that is not open."""
    if task.status is not TaskStatus.OPEN:
        reason = (
            "it opens when what it follows is done"
            if task.status is TaskStatus.PLANNED
            else "nothing is to be done about it"
        )
        raise Conflict(f"Task {task.code} of {campaign} is {task.status}: {reason}.")


class NotTheirs(Refused):
    """Somebody else's task."""

    def __init__(self, task: Task, campaign: CampaignKey, by: PersonKey) -> None:
        super().__init__(
            f"{by} cannot act on task {task.code} of {campaign}: it is {task.owner}'s. "
            "Its owner, or the head or deputy of the department, can."
        )
