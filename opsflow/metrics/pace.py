"""Where a KPI stands: what was measured, what is missing, and what it comes to at the end if it goes on so. Pure.

Pace of a sum: what the measured days that are over came to, divided by their share of the live time. Days without a
figure count neither way: a gap is a gap, and never nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from opsflow.campaigns.duty import window
from opsflow.campaigns.model import CampaignFile, Kpi
from opsflow.kernel.zoned import instant
from opsflow.metrics.model import Policy, Reading
from opsflow.metrics.rows import live_days

MIDNIGHT = datetime.min.time()


class Standing(StrEnum):
    """How a KPI does."""

    NOTHING = "nothing"
    """There is no figure."""
    EARLY = "early"
    """Too little of the live time is measured to tell."""
    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    REACHED = "reached"
    """The campaign is over, every day is measured, and the target is met."""
    MISSED = "missed"
    OPEN = "open"
    """The campaign is over and figures are missing."""


@dataclass(frozen=True, slots=True)
class LiveDay:
    """One day of the live time."""

    day: date
    share: Decimal
    """Of the whole live time."""
    over: bool
    value: Decimal | None
    """None: nothing was measured."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a KPI stands at an instant."""

    kpi: Kpi
    days: tuple[LiveDay, ...]
    actual: Decimal | None
    """None: nothing was measured."""
    pace: Decimal | None
    """What it comes to at the end if it goes on so; None: it cannot be told."""
    expected: Decimal
    """What it should be by now to reach the target evenly."""
    standing: Standing

    @property
    def gaps(self) -> tuple[date, ...]:
        """Days that are over and have no figure."""
        return tuple(each.day for each in self.days if each.over and each.value is None)


def progress(
    kpi: Kpi, readings: Sequence[Reading], file: CampaignFile, policy: Policy, now: datetime
) -> Progress:  # fmt: skip
    """Where a KPI stands; `readings`: the newest of each slot."""
    days = live(kpi, readings, file, now)
    actual, pace = _actual(kpi, days, readings), _pace(kpi, days, readings)
    passed = sum((each.share for each in days if each.over), Decimal(0))
    expected = kpi.target * passed if kpi.aggregation == "sum" else kpi.target
    ended = now >= window(file)[1]
    return Progress(kpi, days, actual, pace, expected, _standing(kpi, days, actual, pace, policy, ended=ended))


def outcome(kpi: Kpi, readings: Sequence[Reading], file: CampaignFile) -> Decimal | None:
    """What a KPI came to over the whole live time; None: a day of it was not measured."""
    days = live(kpi, readings, file, window(file)[1])
    if kpi.aggregation != "latest" and any(each.value is None for each in days):
        return None
    return _actual(kpi, days, readings)


def live(kpi: Kpi, readings: Sequence[Reading], file: CampaignFile, now: datetime) -> tuple[LiveDay, ...]:
    """Every day of the live time, with what was measured on it."""
    (opens, closes), zone = window(file), ZoneInfo(file.zone)
    first, last = live_days(file)
    measured = _daily(kpi, readings)
    found = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        begins, ends = instant(day, MIDNIGHT, zone), instant(day + timedelta(days=1), MIDNIGHT, zone)
        length = min(ends, closes) - max(begins, opens)
        share = Decimal(int(length.total_seconds())) / Decimal(int((closes - opens).total_seconds()))
        found.append(LiveDay(day, share, min(ends, closes) <= now, measured.get(day)))
    return tuple(found)


def _daily(kpi: Kpi, readings: Sequence[Reading]) -> dict[date, Decimal]:
    """A day's own figure counts, and its instants stand beside it; without one the instants make it."""
    whole = {each.day: each.value for each in readings if each.at is None}
    parts: dict[date, list[Decimal]] = {}
    for each in sorted((one for one in readings if one.at is not None), key=lambda one: one.slot):
        parts.setdefault(each.day, []).append(each.value)
    return {day: _of_parts(kpi, some) for day, some in parts.items()} | whole


def _of_parts(kpi: Kpi, parts: Sequence[Decimal]) -> Decimal:
    match kpi.aggregation:
        case "sum":
            return sum(parts, Decimal(0))
        case "latest":
            return parts[-1]
        case "mean":
            return _mean(parts)


def _mean(values: Sequence[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(Decimal("0.000001"))


def _actual(kpi: Kpi, days: Sequence[LiveDay], readings: Sequence[Reading]) -> Decimal | None:
    if kpi.aggregation == "latest":  # also of a day behind the end: a share that matures
        daily = _daily(kpi, readings)
        return daily[max(daily)] if daily else None
    values = [each.value for each in days if each.value is not None]
    if not values:
        return None
    return sum(values, Decimal(0)) if kpi.aggregation == "sum" else _mean(values)


def _pace(kpi: Kpi, days: Sequence[LiveDay], readings: Sequence[Reading]) -> Decimal | None:
    if kpi.aggregation != "sum":
        return _actual(kpi, days, readings)
    measured = _measured(days)
    share = sum((each.share for each in measured), Decimal(0))
    total = sum((each.value for each in measured if each.value is not None), Decimal(0))
    if len(measured) == len(days):
        return total
    return (total / share).quantize(Decimal("0.000001")) if share else None


def _measured(days: Sequence[LiveDay]) -> list[LiveDay]:
    return [each for each in days if each.over and each.value is not None]


def _standing(
    kpi: Kpi, days: Sequence[LiveDay], actual: Decimal | None, pace: Decimal | None, policy: Policy, *, ended: bool
) -> Standing:
    if actual is None:
        return Standing.NOTHING
    measured = _measured(days)
    if ended and kpi.aggregation != "latest" and len(measured) < len(days):
        return Standing.OPEN
    if ended:
        return Standing.REACHED if _good(kpi, actual, kpi.target) else Standing.MISSED
    if pace is None or sum((each.share for each in measured), Decimal(0)) < policy.least_share:
        return Standing.EARLY
    return Standing.ON_TRACK if _good(kpi, pace, policy.limit(kpi)) else Standing.OFF_TRACK


def _good(kpi: Kpi, value: Decimal, limit: Decimal) -> bool:
    return value >= limit if kpi.direction == "up" else value <= limit
