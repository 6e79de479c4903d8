"""The tasks of one campaign as a network: which exist, what follows what, and longest paths in one pass each way."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from opsflow.kernel.errors import BadInput, listed
from opsflow.kernel.terms import Level, Stage, TaskCode
from opsflow.sop.model import Sop, Task, TaskKind


@dataclass(frozen=True, slots=True)
class Network:
    """Tasks in an order in which every task stands after its predecessors; everything else by position in it.

    Lengths are boundaries between working days: a task of d days that starts at boundary b ends at b + d.
    """

    tasks: tuple[Task, ...]
    days: tuple[int, ...]
    before: tuple[tuple[int, ...], ...]
    """Positions of the predecessors."""
    after: tuple[tuple[int, ...], ...]
    """Positions of the successors."""

    def forward(self, floors: Sequence[int]) -> list[int]:
        """The earliest boundary each task may start at, none before its floor."""
        starts = list(floors)
        for position, successors in enumerate(self.after):
            finish = starts[position] + self.days[position]
            for successor in successors:
                if starts[successor] < finish:  # noqa: PLR1730 - a call per edge doubles the time of the pass
                    starts[successor] = finish
        return starts

    def backward(self, ceilings: Sequence[int]) -> list[int]:
        """The latest boundary each task may finish at, none after its ceiling."""
        finishes = list(ceilings)
        for position in range(len(finishes) - 1, -1, -1):
            start = finishes[position] - self.days[position]
            for predecessor in self.before[position]:
                if finishes[predecessor] > start:  # noqa: PLR1730 - as above
                    finishes[predecessor] = start
        return finishes

    def ancestors(self, position: int) -> frozenset[int]:
        """Everything that must be finished before a task, however far back."""
        found: set[int] = set()
        waiting = [position]
        while waiting:
            new = [before for before in self.before[waiting.pop()] if before not in found]
            found.update(new)
            waiting.extend(new)
        return frozenset(found)

    def position(self, code: TaskCode) -> int | None:
        """Where a task stands; None when it is not part of this network."""
        return next((n for n, task in enumerate(self.tasks) if task.id == code), None)


def exists(task: Task, level: Level, conditions: frozenset[str]) -> bool:
    """Whether a task is part of the base plan at a level under the conditions that hold."""
    if task.on_demand or level not in (task.live if task.kind is TaskKind.LIVE else task.days):
        return False
    return not task.when or any(set(one.split("+")) <= conditions for one in task.when)


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """All tasks, each after what it follows, whatever their order in the file; a circle is an error that names it."""
    by_code = {task.id: task for task in tasks}
    preceding = _preceding(by_code, by_code)
    following: dict[TaskCode, list[TaskCode]] = {code: [] for code in by_code}
    for code, codes in preceding.items():
        for before in codes:
            following[before].append(code)
    waiting = {code: len(codes) for code, codes in preceding.items()}
    ready = sorted((code for code, count in waiting.items() if not count), reverse=True)
    ordered: list[Task] = []
    while ready:
        code = ready.pop()
        ordered.append(by_code[code])
        for successor in sorted(following[code], reverse=True):
            waiting[successor] -= 1
            if not waiting[successor]:
                ready.append(successor)
    if len(ordered) < len(by_code):
        circle = _circle({code for code, count in waiting.items() if count}, preceding)
        raise BadInput(f"Tasks wait for each other: {' after '.join((*circle, circle[0]))}. Remove one dependency.")
    return ordered


def _circle(stuck: Collection[TaskCode], preceding: Mapping[TaskCode, Sequence[TaskCode]]) -> list[TaskCode]:
    """One circle among tasks that wait for ever: whoever follows a circle waits too, and is no part of it."""
    code, met = min(stuck), dict[TaskCode, int]()
    while code not in met:
        met[code] = len(met)
        code = next(before for before in preceding[code] if before in stuck)
    return list(met)[met[code] :]


def predecessors(sop: Sop, present: Callable[[Task], bool]) -> dict[TaskCode, tuple[TaskCode, ...]]:
    """What each existing task follows, absent predecessors replaced by their own; each task after what it follows.

    A `before` task that is absent is replaced by its successors through the same rule: they inherit what it follows.
    """
    by_code = {task.id: task for task in sop.tasks}
    there = {code for code, task in by_code.items() if present(task)}
    preceding = _preceding(by_code, there)
    real: dict[TaskCode, set[TaskCode]] = {}
    for task in in_order(sop.tasks):
        real[task.id] = found = set[TaskCode]()
        for before in preceding[task.id]:
            if before in there:
                found.add(before)
            else:
                found |= real[before]
    return {code: tuple(sorted(found)) for code, found in real.items() if code in there}


def _preceding(by_code: Mapping[TaskCode, Task], added: Collection[TaskCode]) -> dict[TaskCode, tuple[TaskCode, ...]]:
    """`after` of each task together with the `before` of others; an absent task puts itself before nothing."""
    codes: dict[TaskCode, list[TaskCode]] = {code: [] for code in by_code}
    for task in by_code.values():
        codes[task.id].extend(_known(by_code, task, task.after))
        if task.id in added:
            for before in _known(by_code, task, task.before):
                codes[before].append(task.id)
    return {code: tuple(dict.fromkeys(before)) for code, before in codes.items()}


def _known(by_code: Mapping[TaskCode, Task], task: Task, codes: Sequence[TaskCode]) -> Sequence[TaskCode]:
    if unknown := [code for code in codes if code not in by_code]:
        raise BadInput(
            f"Task {task.id} names {listed(unknown)}, which the SOP does not have: correct `after` or `before`."
        )
    return codes


def part(
    ordered: Sequence[Task],
    level: Level,
    follows: Mapping[TaskCode, Sequence[TaskCode]],
    within: Callable[[Task], bool],
) -> Network:
    """The network of those tasks that belong to one part of the campaign; edges from other parts are left out."""
    tasks = tuple(task for task in ordered if task.id in follows and within(task))
    positions = {task.id: n for n, task in enumerate(tasks)}
    before = tuple(tuple(positions[code] for code in follows[task.id] if code in positions) for task in tasks)
    after: list[list[int]] = [[] for _ in tasks]
    for position, codes in enumerate(before):
        for code in codes:
            after[code].append(position)
    return Network(tasks, tuple(task.days[level] for task in tasks), before, tuple(map(tuple, after)))


def leads_to_launch(task: Task) -> bool:
    """Whether a task is done before the launch."""
    return task.stage not in {Stage.CLOSING, Stage.REVIEW} and task.kind not in {TaskKind.LIVE, TaskKind.LAUNCH}


def follows_end(task: Task) -> bool:
    """Whether a task is done after the end."""
    return task.stage in {Stage.CLOSING, Stage.REVIEW} and task.kind is not TaskKind.LIVE
