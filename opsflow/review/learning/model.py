"""Planned against actual working days of past campaigns, and which lengths of the SOP they contradict. Pure.

What counts as a case, and why:

- A task of an archived campaign that was worked on, or an approval that was decided. Campaigns under way are left out: their
  quick tasks are done and their slow ones are not, so they would flatter. Cancelled and stopped ones were abandoned.
- Meetings, releases, go-live, launch, tasks of the live time and milestones on a fixed day are left out: an appointment has no
  length. So are reworks, waived tasks, and what was done outside opsflow.
- Actual days run from the day the task opened to the day it was done, both included, in working days of the house. One that
  opened after noon begins with the next working day, as the plan counts; below one day there is only the 0 of a task that
  the SOP gives 0 days.
- Waiting for an answer to a call for help counts: the SOP has to reckon with it. A campaign's pause does not: nobody worked.
- A task that was re-planned while it was open is left out and counted: nobody can tell its work from the slack it got.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb

from opsflow.kernel.terms import CampaignKey, DepartmentId, Level, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import Sop

ENOUGH = 8
"""Campaigns from which on there are quantiles; below, the cases themselves."""
CHANCE = 0.001
TYPICAL, SAFE = 50, 80
"""Percent of the campaigns that needed no more than P50 and P80."""


class LeftOut(StrEnum):
    """Why a finished task is no case."""

    REPLANNED = "replanned"
    """Re-planned while it was open."""
    OUTSIDE = "outside"
    """Done before its campaign came to opsflow."""


@dataclass(frozen=True, slots=True)
class Case:
    """One task of one past campaign."""

    campaign: CampaignKey
    level: Level
    task: TaskCode
    title: Text
    department: DepartmentId
    planned: int
    """Working days that its campaign's SOP gave it."""
    actual: int
    left_out: LeftOut | None = None
    file: str | None = None
    """The table it was read from; None: opsflow measured it (or made it up, which its past says)."""


@dataclass(frozen=True, slots=True)
class Past:
    """Cases, and whether they are real."""

    cases: tuple[Case, ...]
    generated: int | None = None
    """The seed of a generated past; None: it was measured."""


class Verdict(StrEnum):
    """What the cases say of the SOP's length."""

    LONGER = "longer"
    """More than half of the campaigns needed more, and too many of them for chance: see `is_longer`."""
    SHORTER = "shorter"
    """At least 80 % of them needed less."""
    FITS = "fits"
    FEW = "few"
    """Fewer than eight campaigns: the cases are shown, nothing is concluded."""


@dataclass(frozen=True, slots=True)
class Length:
    """One task at one level."""

    task: TaskCode
    title: Text
    department: DepartmentId
    level: Level
    now: int
    """Working days in the newest version."""
    cases: tuple[Case, ...]
    """In order of days, then of campaigns."""
    left_out: int
    p50: int | None
    p80: int | None
    verdict: Verdict

    @property
    def proposed(self) -> int | None:
        """The length that the SOP should have: what 80 % of the campaigns kept within; None: the one it has."""
        return self.p80 if self.verdict in (Verdict.LONGER, Verdict.SHORTER) else None


@dataclass(frozen=True, slots=True)
class Share:
    """One department at one level, over all its tasks."""

    department: DepartmentId
    level: Level
    cases: int
    kept: int
    """Cases within their planned days."""
    planned: int
    actual: int


@dataclass(frozen=True, slots=True)
class Lessons:
    """Everything that was learned."""

    sop: str
    version: int
    lengths: tuple[Length, ...]
    departments: tuple[Share, ...]
    generated: int | None

    @property
    def proposals(self) -> tuple[Length, ...]:
        """Those whose length the SOP should change."""
        return tuple(each for each in self.lengths if each.proposed is not None)


def quantile(days: Sequence[int], percent: int) -> int:
    """The fewest days within which so many percent of the cases were done: a case that happened, never a mean of two."""
    if not days or not 0 < percent <= 100:
        raise ValueError("A quantile needs cases, and a percentage from 1 to 100.")
    rank = -(-percent * len(days) // 100)
    return sorted(days)[rank - 1]


def is_longer(late: int, of: int) -> bool:
    """Whether so many late cases speak against a length: more than half, and so many that a length which 80 % of campaigns
    keep would show them by chance less than once in a thousand (binomial). Of eight campaigns that is seven.

    Half alone would blame a good length now and then: hundreds of them are looked at at once.
    """
    by_chance = sum(comb(of, n) * 0.2**n * 0.8 ** (of - n) for n in range(late, of + 1))
    return 2 * late > of and by_chance < CHANCE


def learn(past: Past, sop: Sop, *, level: Level | None = None, task: TaskCode | None = None) -> Lessons:
    """What the past says of each length of an SOP, task by task in its order and level by level."""
    wanted = [
        case for case in past.cases if (level is None or case.level is level) and (task is None or case.task == task)
    ]
    by_place: dict[tuple[TaskCode, Level], list[Case]] = {}
    for case in wanted:
        by_place.setdefault((case.task, case.level), []).append(case)
    lengths = [
        _length(by_place[spec.id, at], now)
        for spec in sop.tasks
        for at, now in spec.days.items()
        if (spec.id, at) in by_place
    ]
    return Lessons(sop.name, sop.version, tuple(lengths), _departments(wanted), past.generated)


def _length(found: Sequence[Case], now: int) -> Length:
    cases = sorted((case for case in found if case.left_out is None), key=lambda case: (case.actual, case.campaign))
    days = [case.actual for case in cases]
    latest = found[-1]
    p50 = p80 = None
    verdict = Verdict.FEW
    if len({case.campaign for case in cases}) >= ENOUGH:
        p50, p80 = quantile(days, TYPICAL), quantile(days, SAFE)
        longer = is_longer(sum(day > now for day in days), len(days))
        verdict = Verdict.LONGER if longer else Verdict.SHORTER if p80 < now else Verdict.FITS
    left_out = len(found) - len(cases)
    return Length(
        latest.task, latest.title, latest.department, latest.level, now, tuple(cases), left_out, p50, p80, verdict
    )


def _departments(cases: Iterable[Case]) -> tuple[Share, ...]:
    found: dict[tuple[DepartmentId, Level], list[Case]] = {}
    for case in cases:
        if case.left_out is None:
            found.setdefault((case.department, case.level), []).append(case)
    shares = (
        Share(
            department,
            level,
            len(own),
            sum(case.actual <= case.planned for case in own),
            sum(case.planned for case in own),
            sum(case.actual for case in own),
        )
        for (department, level), own in found.items()
    )
    return tuple(sorted(shares, key=lambda share: (share.department, "SABC".index(share.level))))
