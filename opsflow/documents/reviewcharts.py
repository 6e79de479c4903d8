"""The charts of a review: bars of deadlines, of the self-check and of money as numbers; no drawing and no words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypedDict

from opsflow.documents.model import Dossier
from opsflow.documents.timeline import Chart, chart

LABELS, BARS, VALUES = 210.0, 520.0, 150.0
"""Widths: names left of the bars, the bars, figures right of them; in the units of the viewBox."""
ROW = 26.0
MOST_PERCENT = Decimal(150)
WEAK = Decimal(6)
"""Points below which a module of the self-check is reworked."""


class Segment(TypedDict):
    """A part of a bar; `kind` tells what it stands for."""

    kind: str
    x: float
    width: float


class BarRow(TypedDict):
    """One bar with its name and figures."""

    label: str
    y: float
    segments: list[Segment]
    figures: list[Decimal | int]
    """What stands beside it, in the order of the chart's words."""
    mark: float | None
    """x of a mark on it: where it stood before."""


class Bars(TypedDict):
    """A chart of bars below each other."""

    width: float
    height: float
    rows: list[BarRow]
    line: float | None
    """x of a line through all bars."""


class ReviewCharts(TypedDict):
    """Everything that the review page draws; None or no rows: there is nothing to draw."""

    timeline: Chart
    kpis: Bars | None
    deadlines: Bars
    self_check: Bars | None
    money: Bars | None


def review_charts(dossier: Dossier) -> ReviewCharts:
    """The charts of a campaign as it is now."""
    return ReviewCharts(
        timeline=chart(dossier),
        kpis=_kpis(dossier),
        deadlines=_deadlines(dossier),
        self_check=_self_check(dossier),
        money=_money(dossier),
    )


def _deadlines(dossier: Dossier) -> Bars:
    """Each department's tasks: kept, late, open."""
    records = [record for record in dossier["records"] if record["total"]]
    most = max((record["total"] for record in records), default=1)
    rows = [
        _row(
            place,
            record["department"],
            [("kept", record["on_time"]), ("late", record["late"]), ("open", record["open"])],
            most,
            figures=[record["on_time"], record["late"], record["open"]],
        )
        for place, record in enumerate(records)
    ]
    return _bars(rows)


def _kpis(dossier: Dossier) -> Bars | None:
    """What each measure came to, in percent of its target; a line at the target, bars end at one and a half of it."""
    rows: list[BarRow] = []
    for kpi in sorted(dossier["campaign"]["kpis"], key=lambda kpi: not kpi["primary"]):
        if kpi["result"] is not None and kpi["target"] > 0:
            percent = max(kpi["result"] / kpi["target"] * 100, Decimal(0))
            shown = min(percent, MOST_PERCENT)
            kind = "mean" if kpi["met"] else "weak"
            rows.append(_row(len(rows), kpi["title"], [(kind, shown)], MOST_PERCENT, figures=[round(percent)]))
    return _bars(rows, line=_x(Decimal(100), MOST_PERCENT)) if rows else None


def _self_check(dossier: Dossier) -> Bars | None:
    """The mean of each module in the last round; a mark where the first round put it."""
    if not dossier["self_check"]:
        return None
    first = {module["id"]: module["mean"] for module in dossier["self_check"][0]["modules"]}
    rows = []
    for place, module in enumerate(dossier["self_check"][-1]["modules"]):
        mean, before = module["mean"] or Decimal(0), first.get(module["id"])
        kind = "weak" if mean < WEAK else "mean"
        row = _row(place, module["title"], [(kind, mean)], Decimal(10), figures=[mean])
        if before is not None and before != mean:
            row["mark"] = _x(before, Decimal(10))
        rows.append(row)
    return _bars(rows, line=_x(WEAK, Decimal(10)))


def _money(dossier: Dossier) -> Bars | None:
    """Each line of the budget; of the rewards also what was paid through opsflow."""
    budget, prizes = dossier["campaign"]["budget"], dossier["prizes"]
    lines = [line for line in budget["lines"] if line["amount"]]
    if not lines:
        return None
    most = max(line["amount"] for line in lines)
    rows = []
    for place, line in enumerate(lines):
        spent = prizes["spent"] if prizes and line["line"] == "rewards" else None
        row = _row(place, line["title"], [("planned", line["amount"])], most, figures=[line["amount"]])
        if spent is not None:
            row["segments"].append(Segment(kind="spent", x=LABELS, width=_width(min(spent, most), most)))
            row["figures"].append(spent)
        rows.append(row)
    return _bars(rows)


def _row(
    place: int,
    label: str,
    parts: Sequence[tuple[str, Decimal | int]],
    most: Decimal | int,
    *,
    figures: list[Decimal | int],
) -> BarRow:
    segments, x = [], LABELS
    for kind, value in parts:
        width = _width(value, most)
        if value:
            segments.append(Segment(kind=kind, x=round(x, 1), width=width))
        x += width
    return BarRow(label=label, y=place * ROW, segments=segments, figures=figures, mark=None)


def _width(value: Decimal | int, most: Decimal | int) -> float:
    return round(float(value) / float(most) * BARS, 1) if most else 0.0


def _x(value: Decimal, most: Decimal) -> float:
    return round(LABELS + float(value) / float(most) * BARS, 1)


def _bars(rows: list[BarRow], *, line: float | None = None) -> Bars:
    return Bars(width=LABELS + BARS + VALUES, height=max(len(rows), 1) * ROW, rows=rows, line=line)
