"""Putting off reminders: the owner has quiet until an instant; the date stays, and so does who hears when it is missed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.engine.load import load_snapshot
from opsflow.engine.rungs import snooze_task_rungs
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import instant, local_date
from opsflow.outbox.matters import Facts, acknowledge_matter
from opsflow.outbox.store import drop_pending
from opsflow.stages import store
from opsflow.stages.changes import store as changes
from opsflow.stages.model import Task
from opsflow.stages.permissions import NOT_THE_OWNERS, check_open
from opsflow.stages.service import check_task, task_matter

SILENCED = "snoozed by its owner"


def snooze(ctx: Context, campaign: CampaignKey, code: TaskCode, *, until: datetime, by: PersonKey) -> datetime:
    """Remind the owner of an open task at `until`, and not before; answers when that is.

    A time without a zone is read on the snoozer's own clock (F10). The reminder comes instead of those that would have
    come until the end of that day, so that nobody gets both. The date stays, and a missed one is told to others as
    ever: a snooze ends before the task is due. NotFound: no such campaign or task. NotAllowed: not theirs. Refused:
    asked of several people. Conflict: not open. BadInput: `until` is past, or not before the task is due.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        check_task(ctx, "task.snooze", held, task, by=by)
        if task.kind in NOT_THE_OWNERS:
            raise Refused(f"Task {code} of {campaign} cannot be snoozed: {NOT_THE_OWNERS[task.kind]}.")
        check_open(task, campaign)
        zone = clock_of(held, by)
        at = _instant(until, zone)
        _check(task, campaign, at, now=now, zone=zone)
        if not changes.snooze_task(session, campaign, task, until=at):
            raise Conflict(f"Task {code} of {campaign} has just changed; look at it again before snoozing it.")
        snapshot = load_snapshot(ctx, session, campaign, task.stage)
        tomorrow = instant(local_date(at, zone) + timedelta(days=1), time(0), zone)
        snooze_task_rungs(session, snapshot, task, until=at, quiet_to=tomorrow)
        matter = task_matter(campaign, code)
        drop_pending(session, matter, task.owner, template="task_reminder", reason=SILENCED)
        said: Facts = {"what": "snoozed", "by_name": held.organisation.people[by].name, "until": at}
        acknowledge_matter(session, matter, by=by, at=now, facts=said)
        data: dict[str, Value] = {"title": task.title, "until": at}
        write(session, at=now, actor=by, action="task.snoozed", campaign=campaign, object=code, data=data)
    return at


def clock_of(campaign: Campaign, person: PersonKey) -> ZoneInfo:
    """The zone somebody lives in; the organisation's where they have none of their own."""
    organisation = campaign.organisation
    return ZoneInfo(organisation.people[person].zone or organisation.zone)


def _instant(until: datetime, zone: ZoneInfo) -> datetime:
    aware = until if until.tzinfo is not None else instant(until.date(), until.time(), zone)
    return aware.astimezone(UTC)


def _check(task: Task, campaign: CampaignKey, until: datetime, *, now: datetime, zone: ZoneInfo) -> None:
    if until <= now:
        raise BadInput(
            f"{until.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key}) is past: name a later time to be reminded at."
        )
    if until >= task.due:
        due = f"{task.due.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
        raise BadInput(
            f"Task {task.code} of {campaign} is due {due}: a snooze ends before that. If the date cannot be held, call for "
            "help (`opsflow task need-help`)."
        )
