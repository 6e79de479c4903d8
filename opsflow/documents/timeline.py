"""Lays a campaign out on an axis of days: numbers for the index page's chart, no drawing and no words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal, TypedDict

from opsflow.documents.model import Dossier, MeetingFacts, PhaseFacts, StageFacts, TaskFacts

LABELS = 150.0
"""Width kept free for the names of the lanes, left of the days."""
DAYS = 960.0
"""Width of the days."""
LANE = 52.0
MONTHS = 30.0
"""Height of the axis above the first lane."""


class Bar(TypedDict):
    """A span on the axis."""

    x: float
    width: float
    first: date
    last: date


class Month(TypedDict):
    """A calendar month as far as the axis shows it."""

    x: float
    width: float
    first: date


class Diamond(TypedDict):
    """A meeting: where it was planned, or held."""

    x: float
    title: str
    at: datetime
    held: bool


class Lane(TypedDict):
    """One stage: its planned span, its real span, its critical tasks, its meetings."""

    id: str
    title: str
    y: float
    planned: Bar | None
    actual: Bar | None
    critical: list[Bar]
    meetings: list[Diamond]


class PhaseBar(TypedDict):
    """One phase of the live window."""

    title: str
    bar: Bar
    peak: bool


class Milestone(TypedDict):
    """A day marked through all lanes."""

    kind: Literal["launch", "end", "today"]
    x: float
    day: date


class ChainLink(TypedDict):
    """A critical task with its planned span and the day it was done."""

    task: TaskFacts
    bar: Bar
    done_x: float | None


class Chart(TypedDict):
    """Everything the chart macro draws; x and y in the units of its viewBox."""

    width: float
    height: float
    left: float
    months: list[Month]
    weeks: list[float]
    lanes: list[Lane]
    live_y: float
    live: Bar
    phases: list[PhaseBar]
    milestones: list[Milestone]
    chain: list[ChainLink]


class Axis:
    """Where a date stands between the first and the last day, both included."""

    def __init__(self, first: date, last: date) -> None:
        self.first = first
        self.last = last
        self._unit = DAYS / ((last - first).days + 1)

    def holds(self, day: date) -> bool:
        """Whether a day is on it."""
        return self.first <= day <= self.last

    def x(self, day: date) -> float:
        """The left edge of a day."""
        return round(LABELS + (day - self.first).days * self._unit, 1)

    def bar(self, first: date, last: date) -> Bar:
        """A span, both days included; one that ends before it starts is a day long."""
        last = max(first, last)
        return Bar(x=self.x(first), width=round(((last - first).days + 1) * self._unit, 1), first=first, last=last)

    def middle(self, day: date) -> float:
        """The middle of a day, for what happens on it."""
        return round(self.x(day) + self._unit / 2, 1)


def chart(dossier: Dossier, *, today: date | None = None) -> Chart:
    """Lay out the stages, the live window and the critical tasks of a campaign; `today` is marked where it falls in."""
    axis = Axis(*_extent(dossier))
    shown = [stage for stage in dossier["stages"] if stage["opens"] is not None or stage["opened_at"] is not None]
    lanes = [_lane(axis, stage, dossier, MONTHS + LANE * place) for place, stage in enumerate(shown)]
    live_y = MONTHS + LANE * len(lanes)
    campaign = dossier["campaign"]
    return Chart(
        width=LABELS + DAYS,
        height=live_y + LANE,
        left=LABELS,
        months=_months(axis),
        weeks=_weeks(axis),
        lanes=lanes,
        live_y=live_y,
        live=axis.bar(campaign["launch"].date(), campaign["last_day"]),
        phases=[_phase(axis, phase) for phase in campaign["phases"]],
        milestones=[
            Milestone(kind="launch", x=axis.x(campaign["launch"].date()), day=campaign["launch"].date()),
            Milestone(kind="end", x=axis.x(campaign["last_day"] + timedelta(days=1)), day=campaign["last_day"]),
            *([Milestone(kind="today", x=axis.middle(today), day=today)] if today and axis.holds(today) else []),
        ],
        chain=[_link(axis, task) for task in sorted(dossier["tasks"], key=_due) if _on_chain(task)],
    )


def _extent(dossier: Dossier) -> tuple[date, date]:
    days = [dossier["first_day"], dossier["campaign"]["launch"].date(), dossier["campaign"]["last_day"]]
    for stage in dossier["stages"]:
        instants = (stage["opens"], stage["closes"], stage["opened_at"], stage["closed_at"])
        days += [at.date() for at in instants if at is not None]
    for task in dossier["tasks"]:
        days += [at.date() for at in (task["start"], task["due"], task["done_at"]) if at is not None]
    return min(days), max(days)


def _lane(axis: Axis, stage: StageFacts, dossier: Dossier, y: float) -> Lane:
    tasks = [task for task in dossier["tasks"] if task["stage"] == stage["id"] and _on_chain(task)]
    meetings = [meeting for meeting in dossier["meetings"] if meeting["stage"] == stage["id"]]
    # A stage that is still open reaches to now; without an opening there is nothing real to show.
    closed = stage["closed_at"] or dossier["now"]
    return Lane(
        id=stage["id"],
        title=stage["title"],
        y=y,
        planned=_span(axis, stage["opens"], stage["closes"]),
        actual=_span(axis, stage["opened_at"], closed),
        critical=_merged(axis, tasks),
        meetings=[_diamond(axis, meeting) for meeting in meetings],
    )


def _span(axis: Axis, first: datetime | None, last: datetime | None) -> Bar | None:
    if first is None or last is None:
        return None
    return axis.bar(first.date(), min(last.date(), axis.last))


def _merged(axis: Axis, tasks: Sequence[TaskFacts]) -> list[Bar]:
    """The critical days of a stage: overlapping and adjoining spans as one bar."""
    spans: list[tuple[date, date]] = []
    for first, last in sorted((task["start"].date(), task["due"].date()) for task in tasks):
        if spans and first <= spans[-1][1] + timedelta(days=1):
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return [axis.bar(first, last) for first, last in spans]


def _diamond(axis: Axis, meeting: MeetingFacts) -> Diamond:
    at = meeting["held_at"] or meeting["at"]
    return Diamond(x=axis.middle(at.date()), title=meeting["title"], at=at, held=meeting["held_at"] is not None)


def _phase(axis: Axis, phase: PhaseFacts) -> PhaseBar:
    return PhaseBar(title=phase["title"], bar=axis.bar(phase["start"].date(), phase["last_day"]), peak=phase["peak"])


def _on_chain(task: TaskFacts) -> bool:
    return task["critical"] and task["kind"] != "live" and task["status"] != "cancelled"


def _due(task: TaskFacts) -> datetime:
    return task["due"]


def _link(axis: Axis, task: TaskFacts) -> ChainLink:
    done = task["done_at"]
    return ChainLink(
        task=task,
        bar=axis.bar(task["start"].date(), task["due"].date()),
        done_x=None if done is None else axis.middle(done.date()),
    )


def _months(axis: Axis) -> list[Month]:
    months: list[Month] = []
    first = axis.first
    while first <= axis.last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        bar = axis.bar(first, min(following - timedelta(days=1), axis.last))
        months.append(Month(x=bar["x"], width=bar["width"], first=first))
        first = following
    return months


def _weeks(axis: Axis) -> list[float]:
    monday = axis.first + timedelta(days=-axis.first.weekday() % 7)
    return [axis.x(monday + timedelta(weeks=week)) for week in range(((axis.last - monday).days // 7) + 1)]
