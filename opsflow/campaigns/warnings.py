"""What a plan warns of: its lead, its people, its provisional years. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from opsflow.campaigns.plan import PlannedTask
from opsflow.campaigns.reasons import say, working_days
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.sop.model import TaskKind
from opsflow.workdays.model import WorkCalendar

_AS_FILED = (TaskKind.LAUNCH, TaskKind.LIVE)
"""Their dates are those of the campaign file, whatever days are worked."""
TASKS_AT_ONCE = 8
"""More tasks than this at the same time for one person is a warning."""


def about_lead(calendar: WorkCalendar, *, launch: date, natural: date, today: date) -> Iterator[Text]:
    """A launch in the past, or less time than the level's lead."""
    late = calendar.index(today) - calendar.index(natural)
    if launch < today:
        yield say("The launch on {day} is in the past.", "上线日 {day}已过。", day=launch)
    elif late > 0:
        yield say(
            "The lead is shortened by {days}: the usual first day was {day}.",
            "提前量缩短 {days}：通常应于 {day}启动。",
            days=working_days(late),
            day=natural,
        )


def about_overrides(codes: Sequence[TaskCode]) -> Iterator[Text]:
    """Approvals whose owner the campaign file would like to choose."""
    for code in codes:
        yield say(
            "The owner given for {code} is not used: the level decides who approves.",
            "{code} 指定的负责人未采用：审批人由级别决定。",
            code=code,
        )


def about_years(years: Sequence[int]) -> Iterator[Text]:
    """Years whose calendar is a guess."""
    for year in years:
        yield say(
            "The official calendar of {year} is not published: dates in it are provisional.",
            "{year} 年官方放假安排尚未公布：相关日期为暂定。",
            year=year,
        )


def about_task(task: PlannedTask, years: Sequence[int], zone: ZoneInfo) -> Iterator[Text]:
    """The years among `years`, whose calendar is a guess, that a task's dates are counted in."""
    if task.kind not in _AS_FILED:
        touched = {local_date(at, zone).year for at in (task.start, task.due)}
        yield from about_years([year for year in years if year in touched])


def about_people(tasks: Sequence[PlannedTask], organisation: Organisation, zone: ZoneInfo) -> Iterator[Text]:
    """Somebody away with nobody to stand in, and people with too many tasks at once."""
    for task in tasks:
        for person in dict.fromkeys((task.owner, *task.approvers)):
            who = organisation.people[person]
            if who.is_absent(task.earliest_start) or who.is_absent(task.earliest_finish):
                yield say(
                    "{person} is away on the first or due day of {code}, and nobody can stand in.",
                    "{person} 在 {code} 的起始日或到期日不在岗，且无人可代。",
                    person=who.name,
                    code=task.id,
                )
    for person, (count, at) in sorted(_peaks(tasks).items()):
        yield say(
            "{person} has {count} tasks at once on {day}.",
            "{person} 在 {day}同时有 {count} 个任务。",
            person=organisation.people[person].name,
            count=count,
            day=local_date(at, zone),
        )


def _peaks(tasks: Sequence[PlannedTask]) -> dict[PersonKey, tuple[int, datetime]]:
    """Per overloaded person the most tasks at once, and from when; what repeats or waits for an event is left out."""
    dated = [task for task in tasks if task.kind is not TaskKind.LIVE]
    moves = [(task.start, 1, task.owner) for task in dated] + [(task.due, -1, task.owner) for task in dated]
    load: Counter[PersonKey] = Counter()
    worst: dict[PersonKey, tuple[int, datetime]] = {}
    for at, change, person in sorted(moves):
        load[person] += change
        if load[person] > worst.get(person, (TASKS_AT_ONCE, at))[0]:
            worst[person] = (load[person], at)
    return worst
