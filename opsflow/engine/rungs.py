"""Setting the ladder of a deadline when it begins: reminders, and who hears of it when it has passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsflow.approvals.model import Approval, seat_matter
from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.store import load_campaign
from opsflow.campaigns.team import stand_in
from opsflow.db.session import Session
from opsflow.deadlines.model import Rung, Step, Turn, ladder, snoozed, turn_of
from opsflow.deadlines.store import hold_firing, point, set_rungs, silence_reminders, waiting_for_roles
from opsflow.engine.load import house_calendar, house_hours
from opsflow.engine.notices import clock_of
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.store import version_of
from opsflow.selfcheck.service import scores_matter
from opsflow.stages.model import Task, begun_at
from opsflow.stages.permissions import NOT_THE_OWNERS, ties
from opsflow.stages.service import task_matter
from opsflow.workdays.hours import next_working_time


def digest_turn(session: Session, campaign: CampaignKey, now: datetime) -> Turn:
    """When a campaign's lines of the digest come round."""
    held = load_campaign(session, campaign)
    return turn_of(now, zone=held.zone, calendar=house_calendar(held.organisation))


def set_task_rungs(session: Session, snapshot: Snapshot, task: Task) -> None:
    """The ladder of a task that opens now."""
    matter = task_matter(snapshot.campaign.key, task.code)
    set_tasks_rungs(session, snapshot, [task], {matter: version_of(session, matter)})


def set_tasks_rungs(session: Session, snapshot: Snapshot, tasks: Sequence[Task], versions: Mapping[str, int]) -> None:
    """The ladders of tasks that open now; `versions` are those of their matters."""
    rungs: list[Rung] = []
    for task in tasks:
        matter = task_matter(snapshot.campaign.key, task.code)
        asked = _Asked(task.code, task.owner, matter, versions[matter], task.due, begun_at(task, snapshot.now))
        rungs += _rungs(snapshot, task, asked)
    set_rungs(session, rungs)


def snooze_task_rungs(session: Session, snapshot: Snapshot, task: Task, *, until: datetime, quiet_to: datetime) -> None:
    """The owner's reminders before `quiet_to` are silenced; one comes at `until`. Whoever hears of lateness still does."""
    matter = task_matter(snapshot.campaign.key, task.code)
    hold_firing(session)  # else a sweep that has read them already tells them beside the one that is put here
    number = silence_reminders(session, snapshot.campaign.key, task.code, until=quiet_to, at=snapshot.now)
    begun = begun_at(task, snapshot.now)
    asked = _Asked(task.code, task.owner, matter, version_of(session, matter), task.due, begun)
    set_rungs(session, [_rung(snapshot, task, asked, snoozed(number + 1, until), task.owner)])


def set_approval_rungs(session: Session, snapshot: Snapshot, task: Task, approval: Approval) -> None:
    """A ladder for each person whose vote is wanted."""
    for person in approval.waiting_for:
        matter = seat_matter(approval.id, person)
        code = _asked(task.code, approval.version, person)
        version, begun = version_of(session, matter), approval.requested_at
        asked = _Asked(code, person, matter, version, approval.due, begun, wanted="vote")
        set_rungs(session, _rungs(snapshot, task, asked))


def set_score_rungs(
    session: Session,
    snapshot: Snapshot,
    task: Task,
    *,
    number: int,
    reviewers: tuple[PersonKey, ...],
    due: datetime,
    begun: datetime,
) -> None:
    """A ladder for each reviewer whose scores are wanted. `begun`: when the round opened."""
    for person in reviewers:
        matter = scores_matter(snapshot.campaign.key, number, person)
        code = _asked(task.code, number, person)
        asked = _Asked(code, person, matter, version_of(session, matter), due, begun, wanted="scores")
        set_rungs(session, _rungs(snapshot, task, asked))


def point_rungs(session: Session, snapshot: Snapshot) -> None:
    """What is still to be told to whoever fills a role goes to who does, or stands in, by now; for whoever changes that."""
    hold_firing(session)  # else a sweep that has read them already tells both
    found = []
    for rung in waiting_for_roles(session, snapshot.campaign.key):
        role, (task, owner) = Role(rung.role), _whose(snapshot, rung.task)
        person = _person(snapshot, role, rung.at, owner)
        if person is not None and person != rung.person:
            may_act = _may_act(snapshot, task, rung.matter, role, person)
            found.append((rung, person, {**rung.data, "may_act": may_act}))
    point(session, found)


def _whose(snapshot: Snapshot, code: TaskCode) -> tuple[Task, PersonKey]:
    """The task of a ladder, and whose it is: its owner's, or of whom `_asked` names."""
    named, _, asked = code.partition(":")
    task = snapshot.task(TaskCode(named.rpartition(".v")[0] if asked else named))
    if task is None:
        raise LookupError(f"{snapshot.campaign.key} has a deadline of {code}, and no such task.")
    return task, PersonKey(asked) if asked else task.owner


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
    begun: datetime
    """When it was first asked, of whomever."""
    wanted: str | None = None
    """`vote` or `scores`: of a task that others do as well, only this is theirs."""


def _rungs(snapshot: Snapshot, task: Task, asked: _Asked) -> list[Rung]:
    campaign = snapshot.campaign
    steps = ladder(
        opens=snapshot.now,
        begun=asked.begun,
        due=asked.due,
        days=task.days,
        weighty=task.critical or task.gate_task,
        policy=snapshot.policy,
        zone=campaign.zone,
        calendar=house_calendar(campaign.organisation),
        spans=house_hours(campaign.organisation),
    )
    people = ((step, _person(snapshot, step.to, step.at, asked.owner)) for step in steps)
    return [_rung(snapshot, task, asked, step, person) for step, person in people if person is not None]


def _rung(snapshot: Snapshot, task: Task, asked: _Asked, step: Step, person: PersonKey) -> Rung:
    return Rung(
        campaign=snapshot.campaign.key,
        task=asked.code,
        plan_revision=snapshot.campaign.plan_revision,
        step=step,
        person=person,
        matter=asked.matter,
        matter_version=asked.version,
        data=_words(snapshot, task, step, asked) | {"may_act": _may_act(snapshot, task, asked.matter, step.to, person)},
    )


def _person(snapshot: Snapshot, to: Role | None, at: datetime, owner: PersonKey) -> PersonKey | None:
    """Whom a step goes to; where that is not the owner, whoever stands in on the working day on which it is told (F47)."""
    if to is None:
        return owner
    campaign, organisation = snapshot.campaign, snapshot.campaign.organisation
    if to is Role.DEPARTMENT_HEAD:
        entry = organisation.departments.get(organisation.people[owner].department)
        holder = entry.head if entry else None
    else:
        holder = snapshot.holders.get(to)
    if holder is None:
        return None
    calendar, spans = house_calendar(organisation), house_hours(organisation)
    told = next_working_time(at, zone=campaign.zone, calendar=calendar, spans=spans)
    return stand_in(holder, local_date(told, campaign.zone), organisation).person


def _may_act(snapshot: Snapshot, task: Task, matter: str, to: Role | None, person: PersonKey) -> bool:
    """Whether what the card offers is this person's to press: a seat's vote is no task to be done, and whoever hears of
    a task above its head hands it over only where they are its head or the campaign manager as well.
    """
    campaign = snapshot.campaign
    if matter != task_matter(campaign.key, task.code):
        return False
    if to in (None, Role.DEPARTMENT_HEAD):
        return True
    return task.kind not in NOT_THE_OWNERS and (
        person == snapshot.holders.get(Role.CAMPAIGN_MANAGER) or Tie.HEAD in ties(task, campaign.organisation, person)
    )


def _words(snapshot: Snapshot, task: Task, step: Step, asked: _Asked) -> dict[str, Value]:
    words: dict[str, Value] = {
        "campaign_title": snapshot.campaign.title,
        **clock_of(snapshot.campaign),
        "task": task.title,
        "code": task.code,
        "due": asked.due,
    }
    if step.to is not None:
        spec = snapshot.sop.roles.get(step.to)
        words["owner_name"] = snapshot.campaign.organisation.people[asked.owner].name
        words["role_title"] = spec.title if spec else Text.both(step.to)
        if asked.wanted is not None:
            words["wanted"] = asked.wanted
        if asked.due < asked.begun:  # what comes round once is due when it begins
            words["begun"] = asked.begun
    return words
