"""Setting the ladder of a deadline when it begins: reminders, and who hears of it when it has passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    set_tasks_rungs(session, snapshot, [task], {matter: version_of(session, matter)})


def set_tasks_rungs(session: Session, snapshot: Snapshot, tasks: Sequence[Task], versions: Mapping[str, int]) -> None:
    """The ladders of tasks that open now; `versions` are those of their matters."""
    rungs: list[Rung] = []
    for task in tasks:
        matter = task_matter(snapshot.campaign.key, task.code)
        asked = _Asked(task.code, task.owner, matter, versions[matter], task.due)
        rungs += _rungs(snapshot, task, asked)
    set_rungs(session, rungs)


def set_approval_rungs(session: Session, snapshot: Snapshot, task: Task, approval: Approval) -> None:
    """A ladder for each person whose vote is wanted."""
    for person in approval.waiting_for:
        matter = seat_matter(approval.id, person)
        code = _asked(task.code, approval.version, person)
        asked = _Asked(code, person, matter, version_of(session, matter), approval.due)
        set_rungs(session, _rungs(snapshot, task, asked))


def set_score_rungs(
    session: Session, snapshot: Snapshot, task: Task, *, number: int, reviewers: tuple[PersonKey, ...], due: datetime
) -> None:
    """A ladder for each reviewer whose scores are wanted."""
    for person in reviewers:
        matter = scores_matter(snapshot.campaign.key, number, person)
        code = _asked(task.code, number, person)
        asked = _Asked(code, person, matter, version_of(session, matter), due)
        set_rungs(session, _rungs(snapshot, task, asked))


def _asked(code: TaskCode, number: int, person: PersonKey) -> TaskCode:
    # Each version and each person asked has a ladder of its own: the coordination post hears of both who are late,
    # and one who has voted silences nobody else's steps.
    return TaskCode(f"{code}.v{number}:{person}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is wanted of whom until when."""

    code: TaskCode
    owner: PersonKey
    matter: str
    version: int
    due: datetime


def _rungs(snapshot: Snapshot, task: Task, asked: _Asked) -> list[Rung]:
    campaign = snapshot.campaign
    steps = ladder(
        opens=snapshot.now,
        due=asked.due,
        days=task.days,
        weighty=task.critical or task.gate_task,
        policy=snapshot.policy,
        zone=campaign.zone,
        calendar=house_calendar(campaign.organisation),
        spans=house_hours(campaign.organisation),
    )
    return [
        Rung(
            campaign=campaign.key,
            task=asked.code,
            plan_revision=campaign.plan_revision,
            step=step,
            person=person,
            matter=asked.matter,
            matter_version=asked.version,
            data=_words(snapshot, task, step, owner=asked.owner, due=asked.due),
        )
        for step in steps
        if (person := _person(snapshot, step, asked.owner)) is not None
    ]


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
