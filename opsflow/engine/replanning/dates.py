"""What is laid becomes dates, reasons and owners again. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from opsflow.campaigns import reasons
from opsflow.campaigns.livetimes import due_of, in_words, occurrences
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.owners import Roster
from opsflow.campaigns.reasons import Grounds, say
from opsflow.campaigns.schedule import Cause, Slot
from opsflow.engine.replanning.items import Ground, follows_end
from opsflow.engine.replanning.lay import Placed, Standing
from opsflow.kernel.terms import TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.sop.model import Task as TaskSpec
from opsflow.sop.model import TaskKind
from opsflow.stages.model import Task, TaskStatus, base_code
from opsflow.workdays.hours import day_end, day_start


def written(ground: Ground, task: Task, found: Placed, placed: Mapping[TaskCode, Placed]) -> Task:
    """A task with the dates it is laid on; where a day stays, its hour stays as well."""
    start, due = task.start, task.due
    if found.item.standing is Standing.AHEAD:
        start = _start(ground, task, found)
    if local_date(due, ground.zone) != ground.calendar.at(found.last):
        due = day_end(ground.calendar.at(found.last), ground.zone)
    moved = replace(task, start=start, due=due, float_days=found.float_days, critical=_critical(ground, task, found))
    if (moved.start, moved.due, moved.float_days) == (task.start, task.due, task.float_days):
        return moved
    return replace(moved, because=_because(ground, task, moved, found, placed))


def _start(ground: Ground, task: Task, found: Placed) -> datetime:
    day = ground.calendar.at(found.first)
    return task.start if local_date(task.start, ground.zone) == day else day_start(day, ground.zone)


def _critical(ground: Ground, task: Task, found: Placed) -> bool:
    slot = ground.base.get(task.code)
    if slot is None:
        return task.critical
    if follows_end(task):
        return found.float_days <= 0
    return slot.critical or (found.float_days <= 0 and found.finish > slot.boundary + slot.days)


def _because(
    ground: Ground, task: Task, moved: Task, found: Placed, placed: Mapping[TaskCode, Placed]
) -> tuple[Text, ...]:
    said = () if task.held_due is None else (_said(ground, task.held_due),)
    slot = ground.base.get(task.code)
    if slot is None:
        spoken = () if moved.due == task.due or said else (_pushed(ground, found),)
        return (*task.because[:1], *said, *spoken)
    laid = _slot(slot, found)
    if found.cause is Cause.FOLLOWS and not found.binding:  # what it followed was finished sooner; it need not hurry
        laid = replace(laid, cause=slot.cause, binding=slot.binding)
    texts = reasons.because(laid, _grounds(ground, laid, placed))
    if moved.start == task.start and task.because:
        texts = (task.because[0], *texts[1:])
    return (*texts, *said)


def _said(ground: Ground, due: datetime) -> Text:
    return say(
        "Its owner's date: to be finished on {day}.", "负责人确认的完成日：{day}。", day=local_date(due, ground.zone)
    )


def _pushed(ground: Ground, found: Placed) -> Text:
    first = ground.calendar.at(found.first)
    if not found.binding:
        return say("Moved to {day}, the first working day that is left.", "顺延至 {day}（最近的工作日）。", day=first)
    codes = reasons.joined([Text.both(code) for code in found.binding])
    return say("Moved to {day}: it follows {codes}.", "顺延至 {day}：在 {codes} 之后。", day=first, codes=codes)


def _slot(slot: Slot, found: Placed) -> Slot:
    latest_last = max(found.latest - 1, found.last)
    return replace(
        slot,
        first=found.first,
        last=found.last,
        latest_last=latest_last,
        latest_first=found.latest - slot.days if slot.days else latest_last,
        float_days=found.float_days,
        days=found.last - found.first + 1 if slot.days and found.item.held else slot.days,
        cause=found.cause,
        binding=found.binding,
    )


def _grounds(ground: Ground, laid: Slot, placed: Mapping[TaskCode, Placed]) -> Grounds:
    """What the reasons name: the tasks it follows, with the day each is or was finished."""
    level = ground.snapshot.campaign.level
    return Grounds(
        calendar=ground.calendar,
        level=level,
        policy=ground.snapshot.policy,
        launch=ground.window.first_day,
        last_live=ground.window.last_day,
        slots={code: _named(ground, placed[code], laid) for code in laid.binding if code in placed},
        launch_index=ground.launch_index,
    )


def _named(ground: Ground, found: Placed, pattern: Slot) -> Slot:
    """A predecessor as the reasons see it: its title and its last day."""
    task = ground.snapshot.task(found.item.code)
    assert task is not None  # it was laid
    spec = pattern.task.model_copy(update={"id": task.code, "title": task.title})
    return replace(pattern, task=spec, last=found.finish - found.item.ends_a_day)


def owned(ground: Ground, was: Task, task: Task, file: CampaignFile, organisation: Organisation) -> Task:
    """Who does it on its new days. Whom somebody has named, and who has begun, keeps it."""
    spec = ground.base[task.code].task if task.code in ground.base else None
    if spec is None or task.status is not TaskStatus.PLANNED or (was.start, was.due) == (task.start, task.due):
        return task
    roster = Roster(file, organisation, ground.snapshot.policy)
    before, after = (roster.assign(spec, *_days(ground, each)) for each in (was, task))
    if (was.owner, was.deputy_for, was.approvers) != (before.owner, before.deputy_for, before.approvers):
        return task
    return replace(task, owner=after.owner, deputy_for=after.deputy_for, approvers=after.approvers)


def _days(ground: Ground, task: Task) -> tuple[date, date]:
    return local_date(task.start, ground.zone), local_date(task.due, ground.zone)


def live_task(ground: Ground, task: Task) -> Task:
    """The launch and what comes round while the campaign is live move with the window; what was lived stays."""
    if task.kind is TaskKind.LAUNCH:
        return task if task.finished or task.status is TaskStatus.OPEN else _launch(ground, task)
    spec = next((each for each in ground.snapshot.sop.tasks if each.id == base_code(task.code)), None)
    if spec is None or (task.finished and task.status is not TaskStatus.DONE):
        return task
    return _live(ground, task, spec)


def _launch(ground: Ground, task: Task) -> Task:
    window, day = ground.window, ground.window.first_day
    if task.start == window.start:
        return task
    due = max(day_end(day, window.zone), window.start + timedelta(hours=1))
    because = reasons.launch_reasons(day, ground.calendar.is_working_day(day))
    return replace(task, start=window.start, due=due, because=because)


def _live(ground: Ground, task: Task, spec: TaskSpec) -> Task:
    rule, window, now = spec.live[ground.snapshot.campaign.level], ground.window, ground.snapshot.now
    recorded = ground.snapshot.repeats.get(task.code, ())
    # What is on hold has lived nothing, whatever the date.
    lived = {at for at in task.repeats if at <= now and ground.snapshot.was_launched} | set(recorded)
    ruled = occurrences(rule, window)
    times = tuple(sorted(lived | {at for at in ruled if at > now}))
    if not task.repeats and not times:
        return _on_event(task, window.start, window.end)
    if times == task.repeats:
        return task
    # Lengthened after its last time was recorded: it comes round again, so it is open again.
    again = task.finished and any(at > now for at in times)
    if task.finished and not again:
        return task
    start = task.start if task.opened_at is not None or not times else times[0]
    due = max(due_of(rule, window, ruled), times[-1]) if times else window.end
    because = reasons.live_reasons(in_words(rule), len(times))
    moved = replace(task, start=start, due=due, repeats=times, because=because)
    return (
        replace(moved, status=TaskStatus.PLANNED, done_at=None, done_by=None, evidence=None, note=None)
        if again
        else moved
    )


def _on_event(task: Task, start: datetime, end: datetime) -> Task:
    if task.finished:
        return task
    return replace(task, start=task.start if task.opened_at is not None else start, due=end)
