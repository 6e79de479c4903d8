"""What a plan of the rest warns of: people who are away or have too much, years that are not published. Pure."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from opsflow.campaigns import warnings
from opsflow.campaigns.plan import PlannedTask
from opsflow.engine.replanning.items import Ground
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.stages.model import Task


def warned(
    tasks: Sequence[Task], organisation: Organisation, zone: ZoneInfo, provisional: Sequence[int]
) -> Iterator[Text]:
    """Every warning about what is still to be done."""
    ahead = [_planned(task, zone) for task in tasks if not task.finished]
    yield from warnings.about_people(ahead, organisation, zone)
    yield from warnings.about_years(provisional)


def provisional_years(ground: Ground, tasks: Sequence[Task]) -> tuple[int, ...]:
    """The years whose calendar is a guess, among those that the rest touches."""
    days = [local_date(at, ground.zone) for task in tasks if not task.finished for at in (task.start, task.due)]
    days += [ground.window.first_day, ground.window.last_day]
    return ground.calendar.provisional_years(min(days), max(days))


def _planned(task: Task, zone: ZoneInfo) -> PlannedTask:
    first, last = local_date(task.start, zone), local_date(task.due, zone)
    return PlannedTask(
        id=task.code, stage=task.stage, kind=task.kind, title=task.title, role=task.role, department=task.department,
        owner=task.owner, deputy_for=task.deputy_for, approvers=task.approvers, days=task.days, start=task.start,
        due=task.due, earliest_start=first, earliest_finish=last, latest_start=first, latest_finish=last,
        float_days=task.float_days, critical=task.critical, gate_task=task.gate_task, after=task.after,
        deliverable=task.deliverable,
    )  # fmt: skip
