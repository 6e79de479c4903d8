"""The tasks of a campaign under way as items to be laid: what has happened, and where the SOP would have them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from opsflow.campaigns.livetimes import Window
from opsflow.campaigns.schedule import Cause, Slot, after_end, before_launch, ceiling, course
from opsflow.engine.replanning.lay import Item, Rest, Standing, rest_of
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import Level, Stage, TaskCode
from opsflow.kernel.zoned import local_date
from opsflow.sop.model import Sop, TaskKind
from opsflow.stages.model import Task, TaskStatus
from opsflow.workdays.hours import day_end
from opsflow.workdays.model import WorkCalendar

HELD_BY_LAUNCH = frozenset({Cause.PIN, Cause.LATE, Cause.FREEZE})
"""The day of these is counted from the launch: it moves with it even when they have begun."""
LIVES = frozenset({TaskKind.LIVE, TaskKind.LAUNCH})


@dataclass(frozen=True)
class Ground:
    """What the rest is laid on: the calendar, the window, and where the SOP lays each task when nothing holds it up."""

    snapshot: Snapshot
    calendar: WorkCalendar
    window: Window
    relaunched: bool
    """The launch day is another one than until now."""
    base: Mapping[TaskCode, Slot]
    soonest: int

    @property
    def zone(self) -> ZoneInfo:
        return self.window.zone

    @property
    def launch_index(self) -> int:
        """The ordinal of the launch day, or of the first working day after it."""
        return self.calendar.index(self.window.first_day)

    @property
    def launched(self) -> bool:
        return self.window.start <= self.snapshot.now

    def ordinal(self, at: datetime) -> int:
        return self.calendar.index(local_date(at, self.zone))


def ground_of(
    snapshot: Snapshot, conditions: frozenset[str], window: Window, calendar: WorkCalendar, *, relaunched: bool
) -> Ground:
    """Where everything would lie had nothing happened yet, counted from the day the campaign was started."""
    now, zone = snapshot.now, window.zone
    today, started = local_date(now, zone), local_date(snapshot.campaign.started_at, zone)
    base = _base(snapshot.sop, snapshot.campaign.level, conditions, window, calendar, started)
    # After the last hour of a day its work is done: what is not finished then is finished tomorrow.
    soonest = calendar.index(today if now < day_end(today, zone) else today + timedelta(days=1))
    return Ground(snapshot, calendar, window, relaunched, base, soonest)


def _base(
    sop: Sop, level: Level, conditions: frozenset[str], window: Window, calendar: WorkCalendar, started: date
) -> dict[TaskCode, Slot]:
    laid, launch = course(sop, level, conditions), calendar.index(window.first_day)
    today = None if window.first_day < started else calendar.index(started)
    slots = [
        *before_launch(laid.measured, level, sop.levels[level], launch=launch, today=today),
        *after_end(laid.ending, sop, level, last_live=window.last_day, calendar=calendar),
    ]
    return {slot.task.id: slot for slot in slots}


def before_of(ground: Ground) -> Rest:
    """What leads to the launch."""
    return _rest(ground, [task for task in ground.snapshot.tasks if leads_to_launch(ground, task)])


def after_of(ground: Ground) -> Rest:
    """What follows the end."""
    return _rest(ground, [task for task in ground.snapshot.tasks if follows_end(task)])


def leads_to_launch(ground: Ground, task: Task) -> bool:
    """Whether a task is to be finished before the launch; one that was added for the live time is not."""
    if task.stage in (Stage.CLOSING, Stage.REVIEW) or task.kind in LIVES:
        return False
    return task.code in ground.base or task.due <= ground.snapshot.campaign.launch


def follows_end(task: Task) -> bool:
    """Whether a task is done after the end."""
    return task.stage in (Stage.CLOSING, Stage.REVIEW) and task.kind not in LIVES


def _rest(ground: Ground, tasks: Iterable[Task]) -> Rest:
    return rest_of([_item(ground, task) for task in tasks], soonest=ground.soonest)


def _item(ground: Ground, task: Task) -> Item:
    slot = ground.base.get(task.code)
    standing = standing_of(task)
    ends = 1 if task.days or slot is None else slot.boundary - slot.last
    first = ground.ordinal(task.start)
    floor, cause = (first, Cause.TODAY) if slot is None else (slot.boundary + min(0, slot.float_days), slot.cause)
    return Item(
        code=task.code,
        standing=standing,
        after=task.after,
        days=slot.days if slot is not None else task.days,
        first=first,
        last=_last(ground, task, slot, ends),
        floor=floor,
        cause=cause,
        ceiling=_ceiling(ground, task, slot),
        ends_a_day=ends,
        held=task.held_due is not None,
        waived=task.finished and task.status is not TaskStatus.DONE,
    )


def standing_of(task: Task) -> Standing:
    """How far a task is."""
    if task.finished:
        return Standing.OVER
    return Standing.BEGUN if task.status is TaskStatus.OPEN else Standing.AHEAD


def _last(ground: Ground, task: Task, slot: Slot | None, ends: int) -> int:
    if task.finished:
        # What was finished on a day off is done when the next working day begins.
        done = local_date(task.done_at or task.due, ground.zone)
        return ground.calendar.index(done + timedelta(days=ends)) - ends
    if task.held_due is not None:
        return ground.ordinal(task.held_due)
    due = ground.ordinal(task.due)
    if slot is None or not ground.relaunched:
        return due
    if slot.cause in HELD_BY_LAUNCH:
        return slot.last
    if slot.task.as_late_as_possible or slot.task.pin is not None:
        # Another launch may have given it more time than it takes; this one takes that back.
        return min(due, max(slot.last, ground.ordinal(task.start) + slot.days - 1))
    return due


def _ceiling(ground: Ground, task: Task, slot: Slot | None) -> int:
    if follows_end(task):
        return 0  # `laid_after` knows it when everything is laid: the last of it decides
    if slot is None:
        return ground.launch_index
    level, snapshot = ground.snapshot.campaign.level, ground.snapshot
    return ground.launch_index + ceiling(slot.task, slot.days, level, snapshot.policy)
