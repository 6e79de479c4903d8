"""How `opsflow metrics` shows figures."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from opsflow.cli.acting import counted, moment
from opsflow.metrics.activity.model import HORIZONS
from opsflow.metrics.model import shown as figure

if TYPE_CHECKING:
    from opsflow.metrics.activity.model import Retention
    from opsflow.metrics.forecasts.model import Forecast
    from opsflow.metrics.model import Reading
    from opsflow.metrics.overview.service import Overview
    from opsflow.metrics.pace import Progress

STANDINGS = {
    "nothing": "no figure yet",
    "early": "too early to tell",
    "on_track": "on track",
    "off_track": "OFF TRACK",
    "reached": "reached",
    "missed": "missed",
    "open": "open: figures are missing",
}
AGGREGATIONS = {"sum": "in all", "latest": "at last", "mean": "on average"}


def overview_lines(found: "Overview") -> Iterator[str]:
    """For people."""
    held = found.campaign
    yield f"{held.key} · {held.title.en} · live {moment(held.launch, held.zone)} to {moment(held.ends, held.zone)}"
    for each in found.kpis:
        yield ""
        yield from _kpi(each, found)
    if found.retention is not None:
        yield ""
        yield from _retention(found.retention)
    for name, failure in found.silent_sources.items():
        yield f"Source {name}: {failure}"
    if found.points:
        yield ""
        yield "Worth spreading"
        for point in found.points:
            yield f"  {point.number}. {point.text} ({point.by}, {moment(point.at, held.zone)})"


def _retention(found: "Retention") -> Iterator[str]:
    yield f"New users {found.users:,} · {found.before:,} were there before"
    if found.silent:
        yield f"  missing   {spans(found.silent)}: no activity was imported"
    for horizon in HORIZONS:
        back, of = found.total(horizon)
        waits = sum(cohort.back[horizon].users is None for cohort in found.cohorts)
        ripe = f"{back / of:.1%}, {back:,} of {of:,}" if of else "not matured"
        rest = f"; {counted(waits, 'day')} not matured or missing" if waits and of else ""
        yield f"  {f'{horizon} days':9} {ripe}{rest}"


def _kpi(each: "Progress", found: "Overview") -> Iterator[str]:
    kpi = each.kpi
    primary = " (primary)" if kpi.primary else ""
    yield f"{kpi.title.en}{primary} · {STANDINGS[each.standing]}"
    than = "at least" if kpi.direction == "up" else "at most"
    yield f"  target    {than} {figure(kpi.target)} {kpi.unit.en} {AGGREGATIONS[kpi.aggregation]}"
    if kpi.id in found.forecasts:
        yield f"  forecast  {_range(found.forecasts[kpi.id])}"
    actual = "not measured" if each.actual is None else f"{figure(each.actual)} {kpi.unit.en}{_measured(each)}"
    yield f"  actual    {actual}"
    if each.pace is not None and not all(day.over for day in each.days):
        yield f"  pace      {figure(each.pace)} at the end, if it goes on so"
    if each.gaps:
        yield f"  missing   {spans(each.gaps)}"
    for alert in (one for one in found.alerts if one.kpi == kpi.id):
        until = f", back {moment(alert.recovered_at, found.campaign.zone)}" if alert.recovered_at else ""
        yield f"  alert     {moment(alert.raised_at, found.campaign.zone)}, pace {figure(alert.pace)}{until}"
    changed = [one for one in found.corrections if one.kpi == kpi.id and one.revision > 1]
    if changed:
        yield f"  corrected {counted(len(changed), 'time')}, last {changed[-1].slot} by {changed[-1].by}"


def _measured(each: "Progress") -> str:
    over = [day for day in each.days if day.over]
    measured = sum(day.value is not None for day in over)
    return f", of {measured} of {counted(len(over), 'day')} that are over" if over else ""


def overview_facts(found: "Overview") -> dict[str, Any]:
    """For programs; a figure that is not there is null, and never 0."""
    return {
        "campaign": found.campaign.key,
        "retention": None if found.retention is None else _retention_facts(found.retention),
        "kpis": [_kpi_facts(each, found) for each in found.kpis],
        "source_failures": dict(found.silent_sources),
        "talking_points": [
            {"number": each.number, "text": each.text, "by": each.by, "at": each.at.isoformat()}
            for each in found.points
        ],
    }


def _kpi_facts(each: "Progress", found: "Overview") -> dict[str, Any]:
    kpi = each.kpi
    return {
        "id": kpi.id,
        "primary": kpi.primary,
        "direction": kpi.direction,
        "aggregation": kpi.aggregation,
        "target": str(kpi.target),
        "unit": kpi.unit.en,
        "standing": each.standing,
        "actual": _text(each.actual),
        "expected": _text(each.expected),
        "pace": _text(each.pace),
        "missing": [day.isoformat() for day in each.gaps],
        "days": [{"day": day.day.isoformat(), "over": day.over, "value": _text(day.value)} for day in each.days],
        "forecast": forecast_facts(found.forecasts[kpi.id]) if kpi.id in found.forecasts else None,
        "alerts": [
            {
                "raised_at": one.raised_at.isoformat(),
                "pace": _text(one.pace),
                "recovered_at": one.recovered_at.isoformat() if one.recovered_at else None,
            }
            for one in found.alerts
            if one.kpi == kpi.id
        ],
        "history": [_reading_facts(one) for one in found.corrections if one.kpi == kpi.id],
    }


def _reading_facts(one: "Reading") -> dict[str, Any]:
    return {
        "for": one.slot,
        "revision": one.revision,
        "value": str(one.value),
        "source": one.source,
        "by": one.by,
        "at": one.recorded_at.isoformat(),
    }


def _retention_facts(found: "Retention") -> dict[str, Any]:
    return {
        "new_users": found.users,
        "known_before": found.before,
        "missing_days": [day.isoformat() for day in found.silent],
        "cohorts": [
            {
                "day": cohort.day.isoformat(),
                "new_users": cohort.users,
                **{
                    f"day_{horizon}": {"users": back.users, "is": back.ripeness}
                    for horizon, back in cohort.back.items()
                },
            }
            for cohort in found.cohorts
        ],
    }


def forecast_lines(campaign: str, found: "Sequence[Forecast]") -> Iterator[str]:
    """For people: a figure with what it rests on, or why there is none."""
    yield f"{campaign} · what past campaigns say"
    for each in found:
        if each.middle is None:
            yield f"{each.kpi}: no forecast. No past campaign of like level, goal and season has this measure."
            continue
        yield f"{each.kpi}: {_range(each)}"
        if each.few:
            yield f"  little history: {counted(len(each.cases), 'like campaign')}, so do not lean on it"
        for one in each.cases:
            yield f"  {one.weight:4.2f}  {figure(one.value)}  {one.name}"


def forecast_facts(each: "Forecast") -> dict[str, Any]:
    """For programs."""
    return {
        "kpi": each.kpi,
        "low": _text(each.low),
        "middle": _text(each.middle),
        "high": _text(each.high),
        "little_history": each.few,
        "cases": [{"name": one.name, "weight": one.weight, "value": _text(one.value)} for one in each.cases],
    }


def _range(each: "Forecast") -> str:
    assert each.middle is not None  # one without a figure is told otherwise
    if each.low is None or each.high is None:
        return f"{figure(each.middle)}, without an interval: too little is known to tell one"
    return f"{figure(each.middle)}, {figure(each.low)} to {figure(each.high)} in four of five cases"


def spans(days: Sequence[date]) -> str:
    """Days in a row as one span."""
    found: list[list[date]] = []
    for day in days:
        if found and day - found[-1][-1] == timedelta(days=1):
            found[-1].append(day)
        else:
            found.append([day])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in found)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
