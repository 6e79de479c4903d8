"""Lays a network of tasks on working-day ordinals: towards the launch, and from the end (design section 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from functools import lru_cache

from opsflow.campaigns.network import Network, exists, follows_end, leads_to_launch, part, predecessors
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Level, Stage, TaskCode
from opsflow.sop.model import LevelPolicy, Sop, Task, TaskKind
from opsflow.workdays.model import WorkCalendar


class Cause(Enum):
    """What decides the day a task starts."""

    FOLLOWS = auto()
    FIRST_DAY = auto()
    TODAY = auto()
    MEETING = auto()
    BUILD = auto()
    PIN = auto()
    LATE = auto()
    FREEZE = auto()
    END = auto()
    MATURED = auto()
    DEBRIEF = auto()
    REVIEW = auto()


_NAMED_FIRST = {Cause.MEETING}
"""An anchor people know by name is the better reason where the work before it just reaches it."""
_ENDS_A_DAY = {Cause.PIN, Cause.LATE, Cause.FREEZE, Cause.MATURED, Cause.DEBRIEF, Cause.REVIEW}
"""These hold a task of 0 days on a day; the others only say from when there is work."""


@dataclass(frozen=True, slots=True)
class Floor:
    """No task with this floor starts before the boundary."""

    boundary: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Slot:
    """One task on the working-day ordinals: days, both ends included."""

    task: Task
    days: int
    boundary: int
    """The boundary it starts at, before the day of that ordinal; a task of no days may be held on the day before it."""
    first: int
    last: int
    latest_first: int
    latest_last: int
    float_days: int
    critical: bool
    cause: Cause
    binding: tuple[TaskCode, ...]
    """The predecessors it waits for longest."""


@dataclass(frozen=True, slots=True)
class Runway:
    """What the work before the launch needs, counted from the launch (boundary 0), whatever the calendar."""

    network: Network
    heads: tuple[int, ...]
    """Working days of the longest chain before each task."""
    latest: tuple[int, ...]
    """The latest boundary each task may finish at."""
    meeting: int | None
    """Position of the first meeting; None where none is held."""
    need: int
    """Working days of the longest chain to the launch."""
    first_meeting: int
    """Boundary of the first meeting (without one: of the first task)."""
    natural: int
    """Boundary at which the first task starts when there is time enough."""

    def latest_start(self, position: int) -> int:
        return self.latest[position] - self.network.days[position]


def runway(network: Network, sop: Sop, level: Level) -> Runway:
    """Measure the work before the launch."""
    policy = sop.levels[level]
    heads = network.forward([0] * len(network.tasks))
    latest = network.backward([ceiling(task, network.days[n], level, policy) for n, task in enumerate(network.tasks)])
    starts = [finish - days for finish, days in zip(latest, network.days, strict=True)]
    need = max((_needed(network, n, heads[n], starts[n], level) for n in range(len(starts))), default=0)
    meeting = _first_meeting(network, sop, level)
    # A lead that is shorter than its own chain is lengthened: the SOP's tasks, not the figure, are what must be done.
    lead = -policy.first_meeting if meeting is None else min(-policy.first_meeting, starts[meeting])
    before = 0 if meeting is None else heads[meeting]
    return Runway(network, tuple(heads), tuple(latest), meeting, need, lead, min(lead - before, -need))


def _needed(network: Network, position: int, head: int, latest_start: int, level: Level) -> int:
    """Working days from the first one to the launch that a task needs."""
    if network.days[position] or head:
        return head - latest_start
    # A task of no days with nothing before it still has a day: the one it is held on, or any before the launch.
    task = network.tasks[position]
    held = task.as_late_as_possible or _pinned(task, level) is not None
    return max(1, 1 - latest_start) if held else max(1, -latest_start)


def _pinned(task: Task, level: Level) -> int | None:
    """The working day before the launch (0: the launch day) on which a task is held."""
    return task.pin.days.get(level) if task.pin is not None and task.pin.anchor == "launch" else None


def ceiling(task: Task, days: int, level: Level, policy: LevelPolicy) -> int:
    """The latest boundary before the launch (boundary 0) that a task may finish at, whatever follows it."""
    pinned = _pinned(task, level)
    if pinned is not None:
        return min(pinned + max(days, 1), 0 if pinned < 0 else pinned + 1)
    if is_freeze(task) and policy.freeze is not None:
        return min(1 - policy.freeze, 0)
    return 0


class HeldTooLate(BadInput):
    """Tasks of the SOP whose day leaves no room for themselves or for what follows them, whatever the launch."""

    def __init__(self, held: Sequence[tuple[TaskCode, int, int]]) -> None:
        super().__init__(
            " ".join(
                f"{code} is held {_before_launch(pinned)}, but with what follows it it needs to start "
                f"{_before_launch(latest)} at the latest: hold it earlier in the SOP, or shorten what follows."
                for code, pinned, latest in held
            )
        )


def _before_launch(boundary: int) -> str:
    if boundary == 0:
        return "on the launch day"
    return f"{-boundary} working day{'' if boundary == -1 else 's'} before the launch"


def check_held(measured: Runway, level: Level) -> None:
    """Refuse an SOP that contradicts itself: all tasks in one error."""
    found = []
    for position, task in enumerate(measured.network.tasks):
        pinned, latest = _pinned(task, level), measured.latest_start(position)
        # A task of no days ends the day it is held on: its boundary is the end of that day.
        instead = int(not measured.network.days[position])
        if pinned is not None and pinned + instead > latest:
            found.append((task.id, pinned, latest - instead))
    if found:
        raise HeldTooLate(found)


def is_freeze(task: Task) -> bool:
    """The milestone that closes the work on the campaign, before the go-live decision."""
    return task.as_late_as_possible and task.kind is not TaskKind.GO_LIVE


def _first_meeting(network: Network, sop: Sop, level: Level) -> int | None:
    """The meeting no other meeting stands before; one in writing is not a meeting to be laid backward from."""
    written = {meeting.task for meeting in sop.meetings if level in meeting.written_levels}
    for position, task in enumerate(network.tasks):
        if task.kind is TaskKind.MEETING and task.stage is not Stage.EXECUTION and task.id not in written:
            return position
    return None


@dataclass(frozen=True, slots=True)
class Course:
    """What one SOP asks of every campaign of one kind, wherever it lies in the calendar."""

    follows: Mapping[TaskCode, tuple[TaskCode, ...]]
    tasks: tuple[Task, ...]
    """Each after what it follows."""
    measured: Runway
    ending: Network


class _Same:
    """An SOP as a key: itself, not one that is equal, which would take as long to find out as planning does."""

    __slots__ = ("sop",)

    def __init__(self, sop: Sop) -> None:
        self.sop = sop

    def __hash__(self) -> int:
        return id(self.sop)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.sop is self.sop


def course(sop: Sop, level: Level, conditions: frozenset[str]) -> Course:
    """What is to be done for a campaign on which these conditions hold; remembered for as long as the SOP is used."""
    return _course(_Same(sop), level, conditions)


@lru_cache(maxsize=64)
def _course(same: _Same, level: Level, conditions: frozenset[str]) -> Course:
    sop = same.sop
    follows = predecessors(sop, lambda task: exists(task, level, conditions))
    by_code = {task.id: task for task in sop.tasks}
    tasks = tuple(by_code[code] for code in follows)  # in the order of the network
    measured = runway(part(tasks, level, follows, leads_to_launch), sop, level)
    return Course(follows, tasks, measured, part(tasks, level, follows, follows_end))


def before_launch(measured: Runway, level: Level, policy: LevelPolicy, *, launch: int, today: int | None) -> list[Slot]:
    """Lay everything that leads to the launch at its earliest, pinned and closing tasks on their day."""
    network = measured.network
    begin = Floor(measured.natural, Cause.FIRST_DAY)
    if today is not None and today - launch > measured.natural:
        begin = Floor(today - launch, Cause.TODAY)
    prior = frozenset[int]() if measured.meeting is None else network.ancestors(measured.meeting)
    floors = [_floor(measured, n, level, policy, begin, meets=n not in prior) for n in range(len(network.tasks))]
    critical = [head - measured.latest_start(n) == measured.need for n, head in enumerate(measured.heads)]
    return _laid(network, floors, measured.latest, critical, launch)


def _floor(measured: Runway, position: int, level: Level, policy: LevelPolicy, begin: Floor, *, meets: bool) -> Floor:
    task, latest = measured.network.tasks[position], measured.latest_start(position)
    floors = [begin]
    if task.stage is Stage.EXECUTION:
        floors.append(Floor(min(-policy.build, latest), Cause.BUILD))
    elif meets and measured.meeting is not None:
        floors.append(Floor(min(measured.first_meeting, latest), Cause.MEETING))
    if task.pin is not None and level in task.pin.days:
        days = measured.network.days[position]
        floors.append(Floor(task.pin.days[level] + (not days), Cause.PIN))
    elif task.as_late_as_possible:
        floors.append(Floor(latest, Cause.FREEZE if is_freeze(task) else Cause.LATE))
    return max(floors, key=lambda floor: floor.boundary)


def after_end(network: Network, sop: Sop, level: Level, *, last_live: date, calendar: WorkCalendar) -> list[Slot]:
    """Lay everything that follows the end at its earliest; what may be late is measured from the last of it."""
    end = calendar.index(last_live + timedelta(days=1))
    held = _figures(network, sop, level)
    floors = []
    for position, task in enumerate(network.tasks):
        instead = int(not network.days[position])
        candidates = [Floor(end, Cause.END)]
        if task.pin is not None and level in task.pin.days:
            matured = calendar.index(last_live + timedelta(days=task.pin.days[level]))
            candidates.append(Floor(matured + instead, Cause.MATURED))
        if position in held:
            days, cause = held[position]
            candidates.append(Floor(end + days - 1 + instead, cause))
        floors.append(max(candidates, key=lambda floor: floor.boundary))
    starts = network.forward([floor.boundary for floor in floors])
    finish = max((start + days for start, days in zip(starts, network.days, strict=True)), default=end)
    latest = network.backward([finish] * len(starts))
    critical = [latest[n] - days == starts[n] for n, days in enumerate(network.days)]
    return _laid(network, floors, latest, critical, 0)


def _figures(network: Network, sop: Sop, level: Level) -> dict[int, tuple[int, Cause]]:
    """The level's earliest days for hot debrief and review; without a meeting they hold for what leads to it (C: report)."""
    policy = sop.levels[level]
    meetings = {meeting.id: meeting.task for meeting in sop.meetings}
    figures = {"hot_debrief": (policy.hot_debrief, Cause.DEBRIEF), "review": (policy.review, Cause.REVIEW)}
    held: dict[int, tuple[int, Cause]] = {}
    for meeting, (days, cause) in figures.items():
        code = meetings.get(meeting)
        if days is not None and code is not None:
            held.update(dict.fromkeys(_standing_for(network, sop, code), (days, cause)))
    return held


def _standing_for(network: Network, sop: Sop, code: TaskCode) -> list[int]:
    """The task itself, or the review tasks nearest before it where the level has no such task."""
    by_code = {task.id: task for task in sop.tasks}
    waiting, seen, found = [code], {code}, list[int]()
    while waiting:
        one = waiting.pop()
        position = network.position(one)
        if position is not None:
            found.append(position)
            continue
        nearest = [before for before in by_code[one].after if by_code[before].stage is Stage.REVIEW]
        waiting.extend(before for before in nearest if before not in seen)
        seen.update(nearest)
    return found


def _laid(
    network: Network, floors: Sequence[Floor], latest: Sequence[int], critical: Sequence[bool], zero: int
) -> list[Slot]:
    """Turn boundaries into days, `zero` being the ordinal of boundary 0."""
    starts = network.forward([floor.boundary for floor in floors])
    slots: list[Slot] = []
    for n, task in enumerate(network.tasks):
        start, days = starts[n], network.days[n]
        binding = [b for b in network.before[n] if starts[b] + network.days[b] == start]
        cause = _cause(floors[n], start, follows=bool(binding))
        last = zero + start + days - 1 if days else _milestone_day(start + zero, cause, [slots[b] for b in binding])
        latest_last = max(zero + latest[n] - 1, last)
        slots.append(
            Slot(
                task=task,
                days=days,
                boundary=zero + start,
                first=zero + start if days else last,
                last=last,
                latest_first=zero + latest[n] - days if days else latest_last,
                latest_last=latest_last,
                float_days=latest[n] - start - days,
                critical=critical[n],
                cause=cause,
                binding=tuple(sorted(network.tasks[b].id for b in binding)),
            )
        )
    return slots


def _cause(floor: Floor, start: int, *, follows: bool) -> Cause:
    if floor.boundary < start or (follows and floor.cause not in _ENDS_A_DAY | _NAMED_FIRST):
        return Cause.FOLLOWS
    return floor.cause


def _milestone_day(boundary: int, cause: Cause, binding: Sequence[Slot]) -> int:
    """The day of a task of 0 days: its last predecessor's, the day it is held on, else the anchor's."""
    if binding and cause not in _ENDS_A_DAY:
        return max(slot.last for slot in binding)
    return boundary - 1 if cause in _ENDS_A_DAY else boundary
