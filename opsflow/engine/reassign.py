"""Giving a task to somebody else: what was still to be told to the former owner dies, the new one is told."""

from collections.abc import Iterator
from dataclasses import replace

from opsflow.campaigns.permissions import Tie, check_person, roles_of
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import Notices, passed
from opsflow.engine.rungs import set_task_rungs
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.matters import answer, raise_matter
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.stages import store as stages
from opsflow.stages.model import Task, TaskStatus, begun_at
from opsflow.stages.permissions import NOT_THE_OWNERS, ties
from opsflow.stages.service import check_task, task_matter


def reassign(
    ctx: Context, campaign: CampaignKey, code: TaskCode, *, to: PersonKey, by: PersonKey, note: Text | None = None
) -> None:
    """Give a task that is not finished to somebody else, with its deadline as it is.

    For the head or deputy of its department or of its owner's, for the campaign manager, and for its owner within their
    own department, whose head is told then. NotFound: no such campaign or task. Refused: not theirs to give, nobody of this
    organisation, away until it is due, or done by several people. Conflict: it is finished, or that person's already.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        load_campaign(session, campaign)
        hold_campaign(session, campaign)
        task = stages.task(session, campaign, code)
        snapshot = load_snapshot(ctx, session, campaign, task.stage)
        check_task(ctx, "task.reassign", snapshot.campaign, task, by=by)
        check_person(snapshot.campaign.organisation, to)
        _check(snapshot, task, to=to)
        by_owner = _is_only_owner(snapshot, task, by=by)
        if by_owner:
            _check_department(snapshot, task, to=to, by=by)
        stages.guard_stage(session, snapshot.stage)  # a run that is about to open it, or to tell of it, begins anew
        stages.hand_over(session, campaign, code, owner=to, deputy_for=None)
        given = replace(task, owner=to, deputy_for=None)
        if task.status is TaskStatus.OPEN:  # what has not opened has no reminders, and nobody was told of it
            owner = snapshot.campaign.organisation.people[to].name
            raise_matter(session, task_matter(campaign, code), facts={"what": "handed_over", "owner_name": owner})
            answer(session, task_matter(campaign, code), by=by, at=now)
            set_task_rungs(session, snapshot, given)
        told = _notices(snapshot, task, given, by=by, note=note, head=by_owner)
        enqueue_all(session, told, now=now)
        data: dict[str, Value] = {"title": task.title, "owner": to, "was": task.owner, "note": note}
        write(session, at=now, actor=by, action="task.reassigned", campaign=campaign, object=code, data=data)


def _check(snapshot: Snapshot, task: Task, *, to: PersonKey) -> None:
    campaign, organisation = snapshot.campaign, snapshot.campaign.organisation
    if task.kind in NOT_THE_OWNERS:
        raise Refused(f"Task {task.code} of {campaign.key} has no other owner: {NOT_THE_OWNERS[task.kind]}.")
    if task.finished:
        raise Conflict(f"Task {task.code} of {campaign.key} is {task.status}: nothing is to be done about it.")
    if to == task.owner:
        raise Conflict(f"Task {task.code} of {campaign.key} is {to}'s already.")
    days = [local_date(instant, campaign.zone) for instant in (snapshot.now, task.due)]
    if all(organisation.people[to].is_absent(day) for day in days):
        raise Refused(f"{to} is away, and still is when {task.code} is due on {days[1]}; name somebody who is there.")


def _is_only_owner(snapshot: Snapshot, task: Task, *, by: PersonKey) -> bool:
    """Whether somebody gives it as its owner alone, neither as head or deputy nor as campaign manager."""
    campaign = snapshot.campaign
    held = ties(task, campaign.organisation, by)
    return Tie.OWNER in held and Tie.HEAD not in held and Role.CAMPAIGN_MANAGER not in roles_of(campaign, by)


def _check_department(snapshot: Snapshot, task: Task, *, to: PersonKey, by: PersonKey) -> None:
    organisation = snapshot.campaign.organisation
    own = organisation.people[by].department
    if organisation.people[to].department != own:
        raise Refused(
            f"{by} can hand {task.code} of {snapshot.campaign.key} over within {own} only: ask its head, or the campaign "
            f"manager, to give it to {to}."
        )


def _notices(
    snapshot: Snapshot, was: Task, given: Task, *, by: PersonKey, note: Text | None, head: bool
) -> Iterator[Notice]:
    """The new owner is told unless the task is closed or moves on before; the former one in any case. `head`: the head of
    their department as well.
    """
    notices = Notices(snapshot.campaign, snapshot.sop)
    data: dict[str, Value] = {
        "task": given.title,
        "code": given.code,
        "due": given.due,
        "owner_name": notices.name(given.owner),
        "by_name": notices.name(by),
        **passed(given.due, begun_at(given, snapshot.now), snapshot.now),
    }
    more = {"deliverable": given.deliverable, "because": given.because[0] if given.because else None, "note": note}
    data |= {name: value for name, value in more.items() if value is not None}
    matter = task_matter(snapshot.campaign.key, given.code) if given.status is TaskStatus.OPEN else None
    organisation = snapshot.campaign.organisation
    entry = organisation.departments.get(organisation.people[given.owner].department) if head else None
    for person in dict.fromkeys((given.owner, was.owner, *((entry.head,) if entry else ()))):
        yours = person == given.owner
        yield notices.make(
            "task_reassigned",
            person,
            given.code,
            int(snapshot.now.timestamp()),
            data={**data, "yours": yours},
            matter=matter if yours else None,
        )
