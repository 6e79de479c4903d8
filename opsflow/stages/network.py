"""What may start when something is finished: the pure side of tasks that follow each other."""

from collections.abc import Collection, Sequence
from datetime import datetime

from opsflow.kernel.terms import Stage, TaskCode
from opsflow.sop.model import TaskKind
from opsflow.stages.model import Task, TaskStatus

MOVES_ITS_STAGE = frozenset({TaskKind.RELEASE, TaskKind.MEETING, TaskKind.GO_LIVE, TaskKind.LAUNCH})
"""Finishing one of these changes the state of its stage even when nothing follows at once."""


def ready(task: Task, finished: Collection[TaskCode]) -> bool:
    """Whether everything it follows is finished."""
    return all(code in finished for code in task.after)


def finished_codes(tasks: Sequence[Task]) -> frozenset[TaskCode]:
    """The tasks that are done, cancelled or waived, and those that do not exist (any more)."""
    known = {task.code for task in tasks}
    named = {code for task in tasks for code in task.after}
    return frozenset(task.code for task in tasks if task.finished) | (named - known)


def live_since(tasks: Sequence[Task], launch: datetime) -> datetime | None:
    """From when a campaign is live: its launch, or the decision to go live where that came later; None: it was not taken."""
    check = next((task for task in tasks if task.kind is TaskKind.GO_LIVE), None)
    if check is None:
        return launch
    return max(launch, check.done_at or launch) if check.finished else None


def came_round(task: Task, *, since: datetime | None, until: datetime) -> tuple[datetime, ...]:
    """When a live task has come round: not before its campaign was live (`live_since`)."""
    return tuple(at for at in task.repeats if since is not None and since <= at <= until)


def wakes_after(tasks: Sequence[Task], code: TaskCode, *, now: datetime) -> set[tuple[Stage, datetime]]:
    """Which stages may move, and when, now that a task is finished (`tasks` as they are after it)."""
    finished = finished_codes(tasks)
    wakes = {
        (task.stage, max(now, task.start))
        for task in tasks
        if task.status is TaskStatus.PLANNED and code in task.after and ready(task, finished)
    }
    own = next(task for task in tasks if task.code == code)
    # What no task follows may be what the stage itself waits for: its gate, or the outcome of a rework.
    last = not any(code in task.after for task in tasks)
    if last or own.kind in MOVES_ITS_STAGE or all(task.finished for task in tasks if task.stage == own.stage):
        wakes.add((own.stage, now))
    return wakes


def wakes_at_opening(tasks: Sequence[Task], stage: Stage, *, now: datetime) -> set[tuple[Stage, datetime]]:
    """When the tasks of a stage that is open now may start, as far as nothing unfinished precedes them."""
    finished = finished_codes(tasks)
    return {
        (stage, max(now, task.start))
        for task in tasks
        if task.stage == stage and task.status is TaskStatus.PLANNED and ready(task, finished)
    }


def wakes_under_way(
    tasks: Sequence[Task], stage: Stage, *, ends: datetime, now: datetime
) -> set[tuple[Stage, datetime]]:
    """Every instant at which an open stage may move though nobody acts."""
    wakes = wakes_at_opening(tasks, stage, now=now)
    for task in tasks:
        # A check that is late and a live task that is over move the stage by themselves.
        if task.stage == stage and (task.kind is TaskKind.GO_LIVE or (task.kind is TaskKind.LIVE and task.repeats)):
            wakes.add((stage, task.due))
        if task.stage == stage and task.kind is TaskKind.LIVE:
            wakes.add((stage, ends))
    return wakes
