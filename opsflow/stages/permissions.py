"""Who may do what with a task: the one answer that every door gives."""

from opsflow.campaigns.permissions import Tie
from opsflow.kernel.errors import Conflict
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
NOT_THE_OWNERS = {
    TaskKind.APPROVAL: "its approvers are asked by their seats",
    TaskKind.SELF_CHECK: "its reviewers are asked one by one",
    TaskKind.GO_LIVE: "it is decided by the sponsor or the first approver",
}
"""What another owner would change nothing about."""


def ties(task: Task, organisation: Organisation, by: PersonKey) -> frozenset[Tie]:
    """What binds somebody to a task: it is theirs (or they are stood in for), or their department's."""
    found = {Tie.OWNER} if by in (task.owner, task.deputy_for) else set()
    for department in {task.department, organisation.people[task.owner].department}:
        entry = organisation.departments.get(department)
        found |= {Tie.HEAD} if entry and by in (entry.head, entry.deputy) else set()
    return frozenset(found)


def check_unfinished(task: Task, campaign: CampaignKey) -> None:
    """Refuse what makes no sense for a task about which nothing is to be done."""
    if task.finished:
        raise Conflict(f"Task {task.code} of {campaign} is {task.status}: nothing is to be done about it.")


def check_open(task: Task, campaign: CampaignKey) -> None:
    """Refuse work on a task that is not open."""
    if task.status is not TaskStatus.OPEN:
        reason = (
            "it opens when what it follows is done"
            if task.status is TaskStatus.PLANNED
            else "nothing is to be done about it"
        )
        raise Conflict(f"Task {task.code} of {campaign} is {task.status}: {reason}.")
