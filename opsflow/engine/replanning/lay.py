"""Lays what is left of a campaign on working-day ordinals: done work is fixed, begun work keeps its start. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from opsflow.campaigns.schedule import Cause
from opsflow.kernel.terms import TaskCode


class Standing(Enum):
    """How far a task is when the rest is planned."""

    OVER = auto()
    BEGUN = auto()
    AHEAD = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One task of the rest. Boundaries and days are ordinals of working days."""

    code: TaskCode
    standing: Standing
    after: tuple[TaskCode, ...]
    days: int
    first: int
    """Its first day as planned until now."""
    last: int
    """Its last day: planned until now, said by somebody, or (over) when it was finished."""
    floor: int
    """Ahead: no earlier than this boundary."""
    cause: Cause
    """Why not earlier."""
    ceiling: int
    """The latest boundary it may finish at, whatever follows it."""
    ends_a_day: int
    """1: its finish is the boundary behind its last day; 0: a task of no days that stands before the work of its day."""
    held: bool = False
    """Somebody said when it will be finished, which means the end of that day."""
    waived: bool = False
    """Over without having been done: nothing waits for it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an item lies now."""

    item: Item
    first: int
    last: int
    finish: int
    """The boundary it finishes at."""
    cause: Cause
    binding: tuple[TaskCode, ...]
    """What it waits for longest."""
    latest: int = 0
    """The latest boundary it may finish at; known when all are laid."""

    @property
    def float_days(self) -> int:
        """Working days it may still slip; below 0 it, or what follows it, comes too late."""
        return self.latest - self.finish


@dataclass(frozen=True)
class Rest:
    """All items in an order in which each stands after what it follows."""

    items: tuple[Item, ...]
    soonest: int
    """The first working day on which work can still be done."""
    followers: Mapping[TaskCode, tuple[TaskCode, ...]] = field(default_factory=dict)

    def placed(self, days: Mapping[TaskCode, int] | None = None) -> dict[TaskCode, Placed]:
        """Lay them; `days`: other lengths for some of them, to see whether that would help."""
        lengths = {item.code: item.days for item in self.items} | dict(days or {})
        found: dict[TaskCode, Placed] = {}
        for item in self.items:
            found[item.code] = placed = self._place(item, lengths[item.code], found)
            if item.held:  # promised sooner than it would take: it is not given more time than it has
                lengths[item.code] = min(lengths[item.code], placed.last - placed.first + 1)
        latest = self._latest(lengths)
        return {code: replace(placed, latest=latest[code]) for code, placed in found.items()}

    def with_ceiling(self, ceiling: int) -> "Rest":
        """The same items, all of which may finish as late as that."""
        items = tuple(replace(item, ceiling=ceiling) for item in self.items)
        return replace(self, items=items)

    def _place(self, item: Item, days: int, found: Mapping[TaskCode, Placed]) -> Placed:
        before = [found[code] for code in item.after if code in found and not found[code].item.waived]
        if item.standing is Standing.OVER:
            return Placed(item, item.first, item.last, item.last + item.ends_a_day, item.cause, ())
        if item.standing is Standing.BEGUN:
            # What is late is finished today at the earliest: its date stands, what follows it is told the truth.
            on_time = item.last + (1 if item.held else item.ends_a_day)
            finish = on_time if item.last >= self.soonest else self.soonest + 1
            return Placed(item, item.first, item.last, finish, item.cause, ())
        # On the same day the plan's own reason stands: today has moved nothing.
        floor, cause = max((item.floor, item.cause), (self.soonest, Cause.TODAY), key=lambda pair: pair[0])
        start = max([floor, *(each.finish for each in before)])
        binding = tuple(sorted(each.item.code for each in before if each.finish == start))
        if start > floor or (binding and cause is Cause.TODAY):
            cause = Cause.FOLLOWS
        first = start if days else self._milestone_day(item, start, [found[code] for code in binding])
        last = start + days - 1 if days else first
        if item.held and item.last >= first:
            return Placed(item, first, item.last, item.last + 1, cause, binding)
        return Placed(item, first, last, start + days, cause, binding)

    def _milestone_day(self, item: Item, start: int, binding: Sequence[Placed]) -> int:
        """The day of a task of no days: its last predecessor's, else the one it is held on, or the first that is left."""
        following = max((each.last for each in binding), default=start - item.ends_a_day)
        return max(following, self.soonest)

    def _latest(self, lengths: Mapping[TaskCode, int]) -> dict[TaskCode, int]:
        latest: dict[TaskCode, int] = {}
        for item in reversed(self.items):
            later = [latest[code] - lengths[code] for code in self.followers.get(item.code, ())]
            latest[item.code] = min([item.ceiling, *later])
        return latest


def rest_of(items: Sequence[Item], *, soonest: int) -> Rest:
    """The items in order, with what follows each; what they follow elsewhere is left out."""
    codes = {item.code for item in items}
    waiting = {item.code: {code for code in item.after if code in codes} for item in items}
    by_code, ordered = {item.code: item for item in items}, list[Item]()
    while waiting:
        # A circle cannot be stored: whoever adds a dependency is refused then. Should one be, it is laid in some order.
        free = sorted(code for code, before in waiting.items() if not before) or [min(waiting)]
        for code in free:
            ordered.append(by_code[code])
            del waiting[code]
        for before in waiting.values():
            before.difference_update(free)
    followers: dict[TaskCode, list[TaskCode]] = {}
    for item in ordered:
        if item.standing is not Standing.OVER:  # what is over holds nobody to a date any more
            for code in item.after:
                followers.setdefault(code, []).append(item.code)
    return Rest(tuple(ordered), soonest, {code: tuple(codes) for code, codes in followers.items()})


def tightest(placed: Mapping[TaskCode, Placed]) -> tuple[Placed, ...]:
    """The chain with the least float, first task first: what decides whether the launch holds."""
    open_ones = [each for each in placed.values() if each.item.standing is not Standing.OVER]
    if not open_ones:
        return ()
    least = min(each.float_days for each in open_ones)
    ends = [each for each in open_ones if each.float_days == least]
    last = max(ends, key=lambda each: (each.finish, each.item.code))
    return tuple(reversed(list(_back(last, least, placed))))


def _back(last: Placed, least: int, placed: Mapping[TaskCode, Placed]) -> Iterator[Placed]:
    one: Placed | None = last
    while one is not None:
        yield one
        before = [placed[code] for code in one.binding if placed[code].item.standing is not Standing.OVER]
        one = next((each for each in before if each.float_days == least), None)
