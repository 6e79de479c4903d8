"""How long one task of one campaign took, by the rules that `learning.model` states. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsflow.campaigns.state import Campaign
from opsflow.review.learning.model import Case, LeftOut
from opsflow.sop.model import Sop, TaskKind
from opsflow.sop.model import Task as Spec
from opsflow.stages.model import OUTSIDE, Task, TaskStatus

NOON = time(12)
Count = Callable[[date, date], int]
"""Working days between two days, both included."""


@dataclass(frozen=True, slots=True)
class Course:
    """What happened in a campaign beside its tasks."""

    pauses: tuple[tuple[datetime, datetime], ...]
    moved: dict[str, tuple[datetime, ...]]
    """Task -> when a re-plan moved it."""


def cases(campaign: Campaign, sop: Sop, tasks: Iterable[Task], course: Course, count: Count) -> tuple[Case, ...]:
    """Every case of one campaign."""
    specs = {spec.id: spec for spec in sop.tasks}
    return tuple(
        _case(campaign, task, specs[task.code], course, count)
        for task in tasks
        if task.code in specs and _has_length(specs[task.code], campaign) and task.status is TaskStatus.DONE
    )


def _has_length(spec: Spec, campaign: Campaign) -> bool:
    works = spec.kind in (TaskKind.WORK, TaskKind.APPROVAL)
    return works and not (spec.pin or spec.on_demand or spec.as_late_as_possible) and campaign.level in spec.days


def _case(campaign: Campaign, task: Task, spec: Spec, course: Course, count: Count) -> Case:
    planned = spec.days[campaign.level]
    known = (campaign.key, campaign.level, task.code, task.title, task.department, planned)
    if task.evidence == OUTSIDE or task.opened_at is None or task.done_at is None:
        return Case(*known, 0, LeftOut.OUTSIDE)
    moved = any(task.opened_at <= at <= task.done_at for at in course.moved.get(task.code, ()))
    actual = days_between(task.opened_at, task.done_at, course.pauses, campaign.zone, count, at_least=min(planned, 1))
    return Case(*known, actual, LeftOut.REPLANNED if moved else None)


def days_between(
    opened: datetime,
    done: datetime,
    pauses: Sequence[tuple[datetime, datetime]],
    zone: ZoneInfo,
    count: Count,
    *,
    at_least: int,
) -> int:
    """Working days from the opening to the end, pauses left out.

    `at_least`: 1; or 0 for a task that is planned for the day it opens, whose days are those after that one.
    """
    local = opened.astimezone(zone)
    later = local.time() >= NOON or at_least == 0
    first = local.date() + timedelta(days=1) if later else local.date()
    whole = count(first, done.astimezone(zone).date())
    return max(whole - sum(_paused(opened, done, pause, zone, count) for pause in pauses), at_least)


def _paused(opened: datetime, done: datetime, pause: tuple[datetime, datetime], zone: ZoneInfo, count: Count) -> int:
    """Whole working days of a pause within the time that a task was open."""
    first, last = max(opened, pause[0]).astimezone(zone).date(), min(done, pause[1]).astimezone(zone).date()
    return count(first + timedelta(days=1), last - timedelta(days=1)) if last > first else 0
