"""Campaigns in the middle of their life, made by hand: what was planned and what has been done of it by an instant."""

from collections.abc import Callable, Collection
from dataclasses import fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import CampaignKey, TaskCode
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.sop.model import Sop
from opsflow.stages.model import StageStatus, Stored, Task, TaskStatus
from opsflow.workdays.hours import day_start

_KNOWN = {each.name for each in fields(Task)}


def underway(file: CampaignFile, organisation: Organisation, sop: Sop, *, today: date) -> Snapshot | None:
    """A campaign on the day it is started; None when it does not fit."""
    found = plan(file, organisation, sop, working_days(organisation), today)
    if not isinstance(found, Plan):
        return None
    zone = ZoneInfo(file.zone)
    now = day_start(today, zone)
    stages = tuple(
        Stored(
            campaign=CampaignKey(file.key), name=each.name,
            status=StageStatus.PLANNED if each.tasks else StageStatus.SKIPPED, opens=each.opens, closes=each.closes,
            meeting=each.meeting.id if each.meeting else None, meeting_at=each.meeting.at if each.meeting else None,
            meeting_mode=each.meeting.mode if each.meeting else None, opened_at=None, closed_at=None, reason=None,
            revision=0,
        )
        for each in found.stages
    )  # fmt: skip
    campaign = Campaign(
        key=CampaignKey(file.key), title=file.title, level=file.level, status=CampaignStatus.ACTIVE, zone=zone,
        launch=found.launch, ends=found.end, file=file, organisation=organisation, sop_name=sop.name, sop_version=1,
        started_at=now, plan_revision=1, provisional=found.provisional, warnings=found.warnings,
    )  # fmt: skip
    return Snapshot(
        now=now, campaign=campaign, sop=sop, stage=stages[0], stages=stages, tasks=tuple(map(_task, found.tasks)),
        approvals=(), rounds=(), meetings=(), repeats={}, documents={}, reviewers={}, rework_due=now,
    )  # fmt: skip


def _task(planned: object) -> Task:
    given = {each.name: getattr(planned, each.name) for each in fields(planned) if each.name in _KNOWN}  # type: ignore[arg-type]
    return Task(
        **given, code=planned.id, status=TaskStatus.PLANNED, opened_at=None, done_at=None, done_by=None,  # type: ignore[attr-defined]
        evidence=None, note=None,
    )  # fmt: skip


def lived(
    snapshot: Snapshot,
    now: datetime,
    *,
    late: Collection[str] = (),
    finished: Callable[[Task], datetime] = lambda task: task.due,
) -> Snapshot:
    """The campaign at a later instant: everybody has been on time, but for tasks that are not done yet at all."""
    done: dict[TaskCode, Task] = {}
    opened: dict[TaskCode, Task] = {}
    waiting = {task.code: task for task in snapshot.tasks}
    while True:
        ready = [
            task for task in waiting.values()
            if task.start <= now and all(code in done or code not in {each.code for each in snapshot.tasks} for code in task.after)
        ]  # fmt: skip
        if not ready:
            break
        for task in ready:
            del waiting[task.code]
            at = finished(task)
            if at <= now and task.code not in late:
                done[task.code] = replace(
                    task, status=TaskStatus.DONE, opened_at=task.start, done_at=at, done_by=task.owner
                )
            else:
                opened[task.code] = replace(task, status=TaskStatus.OPEN, opened_at=task.start)
    tasks = tuple(done.get(task.code) or opened.get(task.code) or task for task in snapshot.tasks)
    repeats = {task.code: tuple(at for at in task.repeats if at <= now) for task in tasks if task.repeats}
    return replace(snapshot, now=now, tasks=tasks, repeats=repeats, stages=_stages(snapshot, tasks))


def _stages(snapshot: Snapshot, tasks: tuple[Task, ...]) -> tuple[Stored, ...]:
    started = {task.stage for task in tasks if task.status is not TaskStatus.PLANNED}
    return tuple(
        replace(stage, status=StageStatus.OPEN, opened_at=stage.opens) if stage.name in started else stage
        for stage in snapshot.stages
    )


def day(at: datetime, snapshot: Snapshot) -> date:
    """The day of an instant on the campaign's calendar."""
    return local_date(at, snapshot.campaign.zone)
