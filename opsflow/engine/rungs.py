"""Setting the ladder of a deadline when it begins: reminders, and who hears of it when it has passed."""

from collections.abc import Mapping
from datetime import datetime

from opsflow.approvals.model import Approval, seat_matter
from opsflow.campaigns.team import role_holders
from opsflow.db.session import Session
from opsflow.deadlines.model import Rung, Step, ladder
from opsflow.deadlines.store import set_rungs
from opsflow.engine.load import house_calendar, house_hours
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.store import version_of
from opsflow.selfcheck.service import scores_matter
from opsflow.stages.model import Task
from opsflow.stages.service import task_matter


def set_task_rungs(session: Session, snapshot: Snapshot, task: Task) -> None:
    """The ladder of a task that opens now."""
    matter = task_matter(snapshot.campaign.key, task.code)
    _set(session, snapshot, task, code=task.code, owner=task.owner, matter=matter, due=task.due)


def set_approval_rungs(session: Session, snapshot: Snapshot, task: Task, approval: Approval) -> None:
    """A ladder for each person whose vote is wanted."""
    for person in approval.waiting_for:
        matter = seat_matter(approval.id, person)
        code = _asked(task.code, approval.version, person)
        _set(session, snapshot, task, code=code, owner=person, matter=matter, due=approval.due)


def set_score_rungs(
    session: Session, snapshot: Snapshot, task: Task, *, number: int, reviewers: tuple[PersonKey, ...], due: datetime
) -> None:
    """A ladder for each reviewer whose scores are wanted."""
    for person in reviewers:
        matter = scores_matter(snapshot.campaign.key, number, person)
        code = _asked(task.code, number, person)
        _set(session, snapshot, task, code=code, owner=person, matter=matter, due=due)


def _asked(code: TaskCode, number: int, person: PersonKey) -> TaskCode:
    # Each version and each person asked has a ladder of its own: the coordination post hears of both who are late,
    # and one who has voted silences nobody else's steps.
    return TaskCode(f"{code}.v{number}:{person}")


def _set(
    session: Session, snapshot: Snapshot, task: Task, *, code: TaskCode, owner: PersonKey, matter: str, due: datetime
) -> None:
    campaign = snapshot.campaign
    steps = ladder(
        opens=snapshot.now,
        due=due,
        days=task.days,
        weighty=task.critical or task.gate_task,
        policy=snapshot.policy,
        zone=campaign.zone,
        calendar=house_calendar(campaign.organisation),
        spans=house_hours(campaign.organisation),
    )
    version = version_of(session, matter)
    rungs = [
        Rung(
            campaign=campaign.key,
            task=code,
            plan_revision=campaign.plan_revision,
            step=step,
            person=person,
            matter=matter,
            matter_version=version,
            data=_words(snapshot, task, step, owner=owner, due=due),
        )
        for step in steps
        if (person := _person(snapshot, step, owner)) is not None
    ]
    set_rungs(session, rungs)


def _person(snapshot: Snapshot, step: Step, owner: PersonKey) -> PersonKey | None:
    if step.to is None:
        return owner
    organisation = snapshot.campaign.organisation
    if step.to is Role.DEPARTMENT_HEAD:
        entry = organisation.departments.get(organisation.people[owner].department)
        return entry.head if entry else None
    return role_holders(snapshot.campaign.file, organisation).get(step.to)


def _words(snapshot: Snapshot, task: Task, step: Step, *, owner: PersonKey, due: datetime) -> Mapping[str, Value]:
    words: dict[str, Value] = {
        "campaign_title": snapshot.campaign.title,
        "task": task.title,
        "code": task.code,
        "due": due,
    }
    if step.to is not None:
        spec = snapshot.sop.roles.get(step.to)
        words["owner_name"] = snapshot.campaign.organisation.people[owner].name
        words["role_title"] = spec.title if spec else Text.both(step.to)
    return words
