"""What a KPI may come to, from past campaigns: a weighted mean, and a prediction interval by Student's t. Pure.

A case counts by how alike it is: level, goal, and how many months apart its launch lay in the year. The interval is the one
that the next observation of a normal population lies in (mean, plus and minus t times s times the root of 1 + 1/n), on the
logarithms where every figure is above nothing; n is the effective number of the weighted cases (Kish). Few cases make
it wide, one makes none, and none makes no forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import atan, cos, exp, lgamma, log, pi, sqrt, tan
from typing import Literal

from opsflow.kernel.terms import Level

SHARE = 0.8
"""How often the interval should hold what comes."""
HANDFUL = 5
"""Fewer like cases than these are few."""
LEAST_LIKE = 0.2
"""A case that weighs less is not alike."""
PEAK = "peak-per-hour"
"""The measure of past campaigns that capacity is planned by: requests in the busiest hour. It does not grow with days."""
LEVELS = tuple(Level)
BY_LEVEL = (1.0, 0.5, 0.2, 0.2)
OTHER_GOAL = 0.4
_MOST = 1e18
_STEPS = 400


@dataclass(frozen=True, slots=True)
class Case:
    """What a past campaign came to, of one measure."""

    name: str
    kpi: str
    level: Level
    goal: str
    launch: date
    days: int
    aggregation: Literal["sum", "latest", "mean"]
    value: Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """The campaign that a forecast is for."""

    level: Level
    goal: str
    launch: date
    days: int


@dataclass(frozen=True, slots=True)
class Used:
    """A case as it was used."""

    name: str
    weight: float
    """0 to 1: how alike it is."""
    value: Decimal
    """For as many days as the campaign has."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a measure may come to."""

    kpi: str
    low: Decimal | None
    """None: one case makes no interval."""
    middle: Decimal | None
    """None: there is no like case, and so no figure."""
    high: Decimal | None
    cases: tuple[Used, ...]
    """The most alike first."""

    @property
    def few(self) -> bool:
        """Whether it rests on little."""
        return len(self.cases) < HANDFUL


def forecast(kpi: str, wanted: Wanted, cases: Sequence[Case]) -> Forecast:
    """What a measure may come to for a campaign, from the cases of that measure that are alike."""
    weighed = [(likeness(case, wanted), case) for case in cases if case.kpi == kpi]
    found = sorted(
        (Used(case.name, weight, _scaled(case, wanted)) for weight, case in weighed if weight >= LEAST_LIKE),
        key=lambda used: (-used.weight, used.name),
    )
    used = tuple(found)
    if not used:
        return Forecast(kpi, None, None, None, ())
    low, middle, high = interval([float(each.value) for each in used], [each.weight for each in used])
    return Forecast(kpi, _decimal(low), _decimal(middle), _decimal(high), used)


def likeness(case: Case, wanted: Wanted) -> float:
    """How alike a past campaign is, 0 to 1: the product of level, goal and season."""
    apart = abs(LEVELS.index(case.level) - LEVELS.index(wanted.level))
    months = abs(case.launch.month - wanted.launch.month)
    season = 1 - min(months, 12 - months) / 12
    return BY_LEVEL[apart] * (1.0 if case.goal == wanted.goal else OTHER_GOAL) * season


def interval(values: Sequence[float], weights: Sequence[float]) -> tuple[float | None, float, float | None]:
    """Low, middle and high of weighted values; without low and high for a single one, or where they would be no numbers."""
    logs = all(value > 0 for value in values)
    points = [log(value) for value in values] if logs else list(values)
    total, squares = sum(weights), sum(weight * weight for weight in weights)
    mean = sum(weight * point for weight, point in zip(weights, points, strict=True)) / total
    middle = exp(mean) if logs else mean
    if len(values) < 2:
        return None, middle, None
    spread = sum(weight * (point - mean) ** 2 for weight, point in zip(weights, points, strict=True))
    count = total * total / squares
    deviation = sqrt(spread / (total - squares / total))
    half = t_quantile(0.5 + SHARE / 2, max(count - 1, 1.0)) * deviation * sqrt(1 + 1 / count)
    if not logs:
        return mean - half, middle, mean + half
    return (exp(mean - half), middle, exp(mean + half)) if mean + half < log(_MOST) else (None, middle, None)


@lru_cache(maxsize=256)
def t_quantile(share: float, freedom: float) -> float:
    """The value below which Student's t lies with a share above a half; `freedom`: its degrees, 1 or more.

    With t = sqrt(freedom) tan(a) the density of a is proportional to cos(a)^(freedom - 1), which is smooth and bounded.
    """
    whole = exp(lgamma(freedom / 2) + lgamma(0.5) - lgamma((freedom + 1) / 2)) / 2
    low, high = 0.0, pi / 2
    for _ in range(50):
        middle = (low + high) / 2
        if 0.5 + _area(middle, freedom - 1) / (2 * whole) < share:
            low = middle
        else:
            high = middle
    return sqrt(freedom) * tan(min(low, atan(1e9)))


def _area(end: float, power: float) -> float:
    """Of cos^power from 0 to `end`, by Simpson's rule."""
    step = end / _STEPS
    inner: float = sum((4 if at % 2 else 2) * cos(at * step) ** power for at in range(1, _STEPS))
    last: float = max(cos(end), 0.0) ** power
    return (1 + inner + last) * step / 3


def _scaled(case: Case, wanted: Wanted) -> Decimal:
    return case.value * wanted.days / case.days if case.aggregation == "sum" else case.value


def _decimal(value: float | None) -> Decimal | None:
    """Four digits: a forecast that shows more would claim to know more."""
    return None if value is None else Decimal(f"{value:.4g}")
