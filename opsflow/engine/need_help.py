"""Calling for help: an executor's problem reaches the planners at once, and stays in sight until somebody answers."""

from collections.abc import Iterator

from opsflow.campaigns.service import propose_change
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.campaigns.team import role_holders, stand_in
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import Notices
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.sop.changes.model import NewProposal, Source
from opsflow.sop.changes.service import said_key
from opsflow.stages import store
from opsflow.stages.changes import store as changes
from opsflow.stages.model import Task, TaskStatus, base_code
from opsflow.stages.permissions import check_unfinished
from opsflow.stages.service import check_task, task_matter

HELPERS = (Role.CAMPAIGN_MANAGER, Role.PLANNER)
"""Besides the head of the department."""


def need_help(
    ctx: Context,
    campaign: CampaignKey,
    code: TaskCode,
    *,
    by: PersonKey,
    text: Text,
    sop_proposal: Text | None = None,
) -> tuple[PersonKey, ...]:
    """Say that a task cannot go on as it is; answers who is told: before anything else, but not at night.

    `status` shows it until somebody else says something about the task, gives it to another, or it is finished.
    `sop_proposal`: what the SOP should say from now on; it becomes a proposal of its own, with the trouble as its evidence.
    NotFound: no such campaign or task. NotAllowed: not theirs. Conflict: it is finished.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        snapshot = load_snapshot(ctx, session, campaign, task.stage)
        check_task(ctx, "task.need-help", snapshot.campaign, task, by=by)
        check_unfinished(task, campaign)
        if not changes.call_for_help(session, campaign, task, by=by, text=text, now=now):
            raise Conflict(f"Task {code} of {campaign} has just changed; look at it again.")
        people = helpers(snapshot, task, by)
        enqueue_all(session, _calls(snapshot, task, people, by=by, text=text), now=now)
        data: dict[str, Value] = {"title": task.title, "text": text, "told": list(people)}
        write(session, at=now, actor=by, action="task.help_wanted", campaign=campaign, object=code, data=data)
        if sop_proposal is not None:
            propose_change(
                session,
                snapshot.campaign,
                _proposal(snapshot.campaign, code, by=by, text=text, proposal=sop_proposal),
                now=now,
            )
    return people


def _proposal(campaign: Campaign, code: TaskCode, *, by: PersonKey, text: Text, proposal: Text) -> NewProposal:
    name = said_key(Source.PROBLEM, campaign.key, base_code(code), proposal)
    sop, version = campaign.sop_name, campaign.sop_version
    return NewProposal(name, sop, version, Source.PROBLEM, proposal, by, (text,), campaign.key, code)


def helpers(snapshot: Snapshot, task: Task, by: PersonKey) -> tuple[PersonKey, ...]:
    """The head of the owner's department, campaign manager and planner, or who stands in; never who calls.

    Where all of them are who calls, the coordination post.
    """
    campaign = snapshot.campaign
    organisation, day = campaign.organisation, local_date(snapshot.now, campaign.zone)
    department = organisation.departments.get(organisation.people[task.owner].department)
    holders = role_holders(campaign.file, organisation)
    named = [department.head if department else None, *(holders.get(role) for role in HELPERS)]
    found = {stand_in(person, day, organisation).person: None for person in named if person is not None}
    found.pop(by, None)
    post = holders.get(Role.COORDINATION_POST)
    return tuple(found) or ((post,) if post is not None else ())


def _calls(
    snapshot: Snapshot, task: Task, people: tuple[PersonKey, ...], *, by: PersonKey, text: Text
) -> Iterator[Notice]:
    notices = Notices(snapshot.campaign, snapshot.sop)
    data: dict[str, Value] = {
        "task": task.title,
        "code": task.code,
        "due": task.due,
        "owner_name": notices.name(task.owner),
        "by_name": notices.name(by),
        "text": text,
    }
    matter = task_matter(snapshot.campaign.key, task.code) if task.status is TaskStatus.OPEN else None
    for person in people:
        yield notices.make(
            "help_wanted", person, task.code, int(snapshot.now.timestamp()), data=data, matter=matter, urgent=True
        )


def answered(ctx: Context, session: Session, task: Task, campaign: CampaignKey, *, by: PersonKey, text: Text) -> None:
    """Somebody else's remark answers a call for help: who called is told."""
    if task.help_by in (None, by) or task.finished or not changes.help_came(session, campaign, task):
        return
    snapshot = load_snapshot(ctx, session, campaign, task.stage)
    notices = Notices(snapshot.campaign, snapshot.sop)
    assert task.help_by is not None
    data: dict[str, Value] = {"task": task.title, "code": task.code, "by_name": notices.name(by), "text": text}
    notice = notices.make(
        "help_answered", task.help_by, task.code, int(snapshot.now.timestamp()), data=data, urgent=True
    )
    enqueue_all(session, [notice], now=snapshot.now)
