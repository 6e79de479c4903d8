"""A believable past, made by dice: for demonstration and tests. Whatever is shown of it says that it is generated. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from opsflow.kernel.terms import CampaignKey, Level, TaskCode
from opsflow.review.learning.model import Case, LeftOut, Past
from opsflow.sop.model import Sop, Task, TaskKind

CAMPAIGNS = 50
SHARES = {Level.S: 9, Level.A: 12, Level.B: 14, Level.C: 15}
"""How many of them have each level; a few large ones, many small ones."""
TRULY_LONGER = 4
"""Tasks that take longer than the SOP says, in truth."""
LATE, EARLY, REPLANNED = 0.12, 0.18, 0.03
"""How often any other task takes a day more, a day less, or was re-planned while it was open."""
_FIRST_YEAR = 2021


@dataclass(frozen=True, slots=True)
class Sample:
    """A generated past with the truth that it was made from."""

    past: Past
    longer: tuple[TaskCode, ...]
    """The tasks that truly take longer than the SOP says, at every level where they take two days or more."""


def sample(sop: Sop, *, seed: int) -> Sample:
    """Fifty campaigns that followed an SOP; the same seed gives the same past."""
    dice = random.Random(seed)  # noqa: S311 - a demonstration
    tasks = [task for task in sop.tasks if _has_length(task)]
    long = [
        task.id for task in tasks if not task.when and all(task.days.get(level, 0) >= 2 for level in (Level.S, Level.A))
    ]
    longer = tuple(sorted(dice.sample(long, min(TRULY_LONGER, len(long)))))
    campaigns = [(level, number) for level, share in SHARES.items() for number in range(share)]
    dice.shuffle(campaigns)
    cases = [
        case
        for place, (level, _) in enumerate(campaigns)
        for case in _campaign(dice, tasks, frozenset(longer), level, place)
    ]
    return Sample(Past(tuple(cases), generated=seed), longer)


def _campaign(
    dice: random.Random, tasks: list[Task], longer: frozenset[TaskCode], level: Level, place: int
) -> Iterator[Case]:
    key = CampaignKey(f"generated-{_FIRST_YEAR + place * 5 // CAMPAIGNS}-{place + 1:02}-{level.lower()}")
    for task in tasks:
        if level not in task.days or (task.when and dice.random() < 0.4):
            continue
        planned = task.days[level]
        actual = _actual(dice, planned, truly_longer=task.id in longer and planned >= 2)
        left_out = LeftOut.REPLANNED if dice.random() < REPLANNED else None
        yield Case(key, level, task.id, task.title, task.owner.department, planned, actual, left_out)


def _actual(dice: random.Random, planned: int, *, truly_longer: bool) -> int:
    if truly_longer:
        return planned + dice.choice((1, 1, 2, 2, 2, 3))
    if planned == 0:
        return 0
    throw = dice.random()
    late = dice.choice((1, 1, 1, 2, 4)) if throw < LATE else 0
    return planned + late - (1 if throw > 1 - EARLY and planned > 1 else 0)


def _has_length(task: Task) -> bool:
    works = task.kind in (TaskKind.WORK, TaskKind.APPROVAL)
    return works and bool(task.days) and not (task.pin or task.on_demand or task.as_late_as_possible)
