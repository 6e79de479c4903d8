"""Why the launch does not hold, and the shortest list of changes with which it would. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from opsflow.campaigns.reasons import joined, say, special_days, working_days
from opsflow.engine.replanning.change import Change
from opsflow.engine.replanning.items import Ground
from opsflow.engine.replanning.lay import Placed, Rest, Standing, tightest
from opsflow.kernel.terms import TaskCode
from opsflow.kernel.text import Text

MOST_TRIES = 30
"""Working days that are tried beyond what is short: the first or second fits, unless days off lie oddly."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """By how much the launch does not hold."""

    by: int
    """Working days."""
    earliest_launch: date
    reasons: tuple[Text, ...]
    changes: tuple[Text, ...]


def shortage(
    ground: Ground,
    rest: Rest,
    placed: Mapping[TaskCode, Placed],
    change: Change,
    float_of: Callable[[Change], int],
) -> Shortage:
    """Measure the tightest chain; the caller has found it too long."""
    chain = tightest(placed)
    by = -chain[-1].float_days
    earliest = _earliest(ground, change, by, float_of)
    later = say(
        "Launch {days} later: on {day} at the earliest.", "上线推迟 {days}：最早 {day}。",
        days=working_days(by), day=earliest,
    )  # fmt: skip
    return Shortage(
        by=by,
        earliest_launch=earliest,
        reasons=tuple(_reasons(ground, chain)),
        changes=(*_sooner(ground, placed, change), later, *_shorter(ground, rest)),
    )


def _earliest(ground: Ground, change: Change, by: int, float_of: Callable[[Change], int]) -> date:
    """The first day on which the rest fits; every day is tried for real, with all that moves with the launch."""
    calendar, launch = ground.calendar, ground.launch_index
    for more in range(MOST_TRIES):
        day = calendar.at(launch + by + more - 1) + timedelta(days=1)
        day = max(day, ground.window.first_day + timedelta(days=1))
        if float_of(replace(change, launch=day)) >= 0:
            return day
    raise AssertionError(f"No launch within {by + MOST_TRIES} working days fits.")


def _reasons(ground: Ground, chain: tuple[Placed, ...]) -> Iterator[Text]:
    first, last = chain[0], chain[-1]
    finished = ground.calendar.at(last.finish - 1)
    yield say(
        "{id} {title} would be finished on {day}, {days} too late for the launch on {launch}.",
        "{id} {title}最早 {day}完成，比上线日 {launch}所需晚 {days}。",
        id=last.item.code, title=_title(ground, last), day=finished, days=working_days(-last.float_days),
        launch=ground.window.first_day,
    )  # fmt: skip
    if len(chain) > 1:
        tasks = [say("{id} {title}", "{id} {title}", id=each.item.code, title=_title(ground, each)) for each in chain]
        yield say("The chain that decides: {tasks}.", "决定性链路：{tasks}。", tasks=joined(tasks, " > ", " > "))
    start, end = ground.calendar.at(first.first), ground.window.first_day - timedelta(days=1)
    yield from special_days(ground.calendar.skipped(start, end))


def _title(ground: Ground, placed: Placed) -> Text:
    task = ground.snapshot.task(placed.item.code)
    assert task is not None  # it was laid
    return task.title


def _sooner(ground: Ground, placed: Mapping[TaskCode, Placed], change: Change) -> Iterator[Text]:
    """The day by which each thing that was reported late must be finished."""
    for found in (placed[slip.task] for slip in change.slips if slip.task in placed):
        if found.float_days < 0 and found.latest - 1 >= max(ground.soonest, found.first):
            day = ground.calendar.at(found.latest - 1)
            yield say(
                "Finish {id} by {day} instead.", "{id} 改为不晚于 {day}完成。", id=found.item.code, day=day,
            )  # fmt: skip


def _shorter(ground: Ground, rest: Rest) -> Iterator[Text]:
    """Shorten tasks ahead on the deciding chain, none below half of its length; nothing when that is not enough."""
    original = {item.code: item.days for item in rest.items if item.standing is Standing.AHEAD and not item.held}
    taken: Counter[TaskCode] = Counter()
    for _ in range(sum(original.values())):
        placed = rest.placed({code: original[code] - cut for code, cut in taken.items()})
        chain = tightest(placed)
        if chain[-1].float_days >= 0:
            yield _cuts(ground, taken)
            return
        possible = [
            code
            for code in (each.item.code for each in chain)
            if code in original and original[code] - taken[code] > (original[code] + 1) // 2
        ]
        if not possible:
            return
        # One already cut first, that the list stays short, else the longest.
        taken[max(possible, key=lambda code: (code in taken, original[code] - taken[code], code))] += 1


def _cuts(ground: Ground, taken: Counter[TaskCode]) -> Text:
    titles = {task.code: task.title for task in ground.snapshot.tasks}
    cuts = [
        say("{id} {title} by {days}", "{id} {title} {days} 天", id=code, title=titles[code], days=days)
        for code, days in sorted(taken.items())
    ]
    return say("Or shorten, in working days: {cuts}.", "或压缩工期（工作日）：{cuts}。", cuts=joined(cuts))
