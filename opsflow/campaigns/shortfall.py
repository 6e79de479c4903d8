"""Why a campaign does not fit before its launch, and the shortest list of changes that would make it fit."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from opsflow.campaigns.reasons import joined, say, special_days, working_days
from opsflow.campaigns.schedule import Runway, runway
from opsflow.kernel.terms import Level, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import Sop, Task
from opsflow.workdays.model import WorkCalendar


@dataclass(frozen=True, slots=True)
class Shortfall:
    """By how much it does not fit, why, and what would help."""

    short_by: int
    earliest_launch: date
    reasons: tuple[Text, ...]
    changes: tuple[Text, ...]


def shortfall(
    measured: Runway,
    sop: Sop,
    level: Level,
    *,
    at_level: Callable[[Level], Runway],
    calendar: WorkCalendar,
    launch: date,
    today: date,
) -> Shortfall:
    """Compare the days there are with the longest chain; the caller has found them too few."""
    there_are = calendar.index(launch) - calendar.index(today)
    short = measured.need - there_are
    earliest = calendar.at(calendar.index(today) + measured.need - 1) + timedelta(days=1)
    return Shortfall(
        short_by=short,
        earliest_launch=earliest,
        reasons=_reasons(measured, calendar, launch, today),
        changes=(
            say(
                "Launch {days} later: on {day} at the earliest.",
                "上线推迟 {days}：最早 {day}。",
                days=working_days(short), day=earliest,
            ),
            *_shorter(measured, sop, level, there_are),
            *_lower(level, at_level, there_are),
        ),
    )  # fmt: skip


def _reasons(measured: Runway, calendar: WorkCalendar, launch: date, today: date) -> tuple[Text, ...]:
    there_are = max(calendar.index(launch) - calendar.index(today), 0)
    should = calendar.at(calendar.index(launch) - measured.need)
    tasks = [
        say("{id} {title} ({days})", "{id} {title}（{days}）", id=task.id, title=task.title, days=days)
        for task, days in ((measured.network.tasks[n], measured.network.days[n]) for n in longest_chain(measured))
    ]
    return (
        say(
            "The longest chain before the launch needs {need} working days; from {today} to the launch on {launch} there "
            "are {have}.",
            "上线前最长链路需 {need} 个工作日；{today}至上线日 {launch}仅有 {have} 个。",
            need=measured.need, today=today, launch=launch, have=there_are,
        ),
        say("Its tasks (working days): {tasks}.", "链路任务（工作日）：{tasks}。", tasks=joined(tasks, " > ", " > ")),
        say("The first task had to start on {day} at the latest.", "首个任务最迟应于 {day}开始。", day=should),
        *special_days(calendar.skipped(today, launch - timedelta(days=1))),
    )  # fmt: skip


def longest_chain(measured: Runway) -> list[int]:
    """Positions of one longest chain, first task first."""
    network, heads = measured.network, measured.heads
    critical = {n for n in range(len(heads)) if heads[n] - measured.latest_start(n) == measured.need}
    roots = [n for n in critical if not heads[n] and not critical.intersection(network.before[n])]
    chain: list[int] = []
    following = roots
    while following:
        chain.append(min(following, key=lambda n: network.tasks[n].id))
        finish = heads[chain[-1]] + network.days[chain[-1]]
        following = [n for n in network.after[chain[-1]] if n in critical and heads[n] == finish]
    return chain


def _shorter(measured: Runway, sop: Sop, level: Level, there_are: int) -> tuple[Text, ...]:
    """Shorten tasks of the longest chain, none below half of its length; nothing when that is not enough."""
    taken: Counter[TaskCode] = Counter()
    original = measured.network.days
    while measured.need > there_are:
        position = _shortest_cut(measured, original, taken)
        if position is None:
            return ()
        taken[measured.network.tasks[position].id] += 1
        days = list(measured.network.days)
        days[position] -= 1
        measured = runway(replace(measured.network, days=tuple(days)), sop, level)
    return (_cut_in_words(measured.network.tasks, taken),)


def _shortest_cut(measured: Runway, original: Sequence[int], taken: Counter[TaskCode]) -> int | None:
    """The task to cut next: one already cut, that the list stays short, else the longest of the chain."""
    tasks, days = measured.network.tasks, measured.network.days
    possible = [n for n in longest_chain(measured) if days[n] > (original[n] + 1) // 2]
    return max(possible, key=lambda n: (tasks[n].id in taken, days[n], tasks[n].id), default=None)


def _cut_in_words(tasks: Sequence[Task], taken: Counter[TaskCode]) -> Text:
    titles = {task.id: task.title for task in tasks}
    cuts = [
        say("{id} {title} by {days}", "{id} {title} {days} 天", id=code, title=titles[code], days=days)
        for code, days in sorted(taken.items())
    ]
    return say("Or shorten, in working days: {cuts}.", "或压缩工期（工作日）：{cuts}。", cuts=joined(cuts))


def _lower(level: Level, at_level: Callable[[Level], Runway], there_are: int) -> tuple[Text, ...]:
    levels = list(Level)
    for lower in levels[levels.index(level) + 1 :]:
        need = at_level(lower).need
        if need <= there_are:
            return (
                say(
                    "Or run it at level {level}, whose longest chain needs {need} working days.",
                    "或改为 {level} 级，其最长链路需 {need} 个工作日。",
                    level=lower.value, need=need,
                ),
            )  # fmt: skip
    return ()
