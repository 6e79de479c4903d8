"""What the pages show: plain values made of a campaign's standing, for templates that hold all words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from opsflow.campaigns.state import Campaign
from opsflow.documents.model import (
    ApprovalFacts,
    CampaignFacts,
    DepartmentRecord,
    DocumentFacts,
    EscalationFacts,
    EventFacts,
    StageFacts,
    TaskFacts,
)
from opsflow.documents.timeline import Chart, chart
from opsflow.engine.load import house_calendar
from opsflow.engine.overview import Overview, Waiting
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.standing import Shelf, Standing
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import Language, PersonKey, TaskCode
from opsflow.kernel.zoned import local_date
from opsflow.stages.model import Task, TaskStatus

COMING = timedelta(days=14)
MOST_COMING = 10
LATEST_EVENTS = 8
SHOWN = 3
"""So many people are named where a line has no room for all."""


class WaitingLine(TypedDict):
    """One thing that waits for one person."""

    person: str
    department: str
    verb: str
    code: str | None
    """The task it belongs to."""
    title: str
    stage: str
    stage_title: str
    due: datetime
    late: bool
    late_days: int
    """Working days; 0 when it was due earlier today."""


class StageLine(TypedDict):
    """One stage, with what waits in it."""

    facts: StageFacts
    under_way: bool
    waiting: list[WaitingLine]
    documents: list[DocumentFacts]


class LoadLine(TypedDict):
    """What somebody has on their desk."""

    person: str
    department: str
    open: int
    late: int
    soon: int
    """Tasks that begin within the next fortnight."""
    everywhere: int
    """Open tasks in all campaigns together."""


class IncidentLine(TypedDict):
    """Something that went wrong."""

    number: int
    title: str
    severity: str
    status: str
    opened_at: datetime
    opened_by: str
    acknowledge_by: datetime
    acknowledged_by: str | None
    plan_b: bool
    closed_at: datetime | None
    done: str | None


class Totals(TypedDict):
    """The campaign in figures."""

    tasks: int
    done: int
    open: int
    late: int
    waiting: int
    documents: int
    days_to_launch: int


class CampaignPage(TypedDict):
    """Everything the campaign's page may show."""

    now: datetime
    organisation: str
    campaign: CampaignFacts
    status: str
    live: bool
    held: bool
    totals: Totals
    chart: Chart
    stages: list[StageLine]
    late: list[WaitingLine]
    waiting: list[WaitingLine]
    """Not late."""
    coming: list[TaskFacts]
    approvals: list[ApprovalFacts]
    incidents: list[IncidentLine]
    """Those not closed first."""
    load: list[LoadLine]
    records: list[DepartmentRecord]
    events: list[EventFacts]
    """The latest, newest first."""


class TaskPage(TypedDict):
    """Everything a task's page may show."""

    now: datetime
    organisation: str
    campaign: CampaignFacts
    task: TaskFacts
    stage: StageFacts
    before: list[TaskFacts]
    """What it follows."""
    behind: list[TaskFacts]
    """What follows it."""
    late_days: int
    escalation: list[EscalationFacts]


class CampaignCard(TypedDict):
    """A campaign that is under way, in the list of all."""

    key: str
    title: str
    level: str
    status: str
    launch: datetime
    last_day: datetime
    days_to_launch: int
    live: bool
    held: bool
    stages: list[str]
    """Titles of those under way."""
    done: int
    tasks: int
    waiting: int
    late: int
    latest: int
    """Working days by which the latest is late."""
    late_people: list[str]
    more_people: int


class FinishedLine(TypedDict):
    """A campaign that is over."""

    key: str
    title: str
    level: str
    status: str
    launch: datetime
    last_day: datetime


class ShelfPage(TypedDict):
    """Everything the list of campaigns may show."""

    under_way: list[CampaignCard]
    over: list[FinishedLine]


def shelf_page(shelf: Shelf, language: Language) -> ShelfPage:
    """The list of campaigns."""
    return {
        "under_way": [_card(view, language) for view in shelf.under_way],
        "over": [_finished(campaign, language) for campaign in shelf.over],
    }


def _card(view: Overview, language: Language) -> CampaignCard:
    campaign, people = view.campaign, view.campaign.organisation.people
    late = list(dict.fromkeys(each.person for each in view.late))
    names = [people[person].name[language] if person in people else str(person) for person in late]
    return {
        **_finished(campaign, language),
        "days_to_launch": _days_to_launch(campaign, view.now),
        "live": view.live,
        "held": view.held,
        "stages": [stage.title[language] for stage in view.stages if stage.under_way],
        "done": sum(stage.done for stage in view.stages),
        "tasks": sum(stage.tasks for stage in view.stages),
        "waiting": len(view.waiting),
        "late": len(view.late),
        "latest": max((late_days(campaign, each.due, view.now) for each in view.late), default=0),
        "late_people": names[:SHOWN],
        "more_people": len(names[SHOWN:]),
    }


def _finished(campaign: Campaign, language: Language) -> FinishedLine:
    return {
        "key": campaign.key,
        "title": campaign.title[language],
        "level": campaign.level.value,
        "status": campaign.status.value,
        "launch": campaign.launch.astimezone(campaign.zone),
        "last_day": (campaign.ends - timedelta(microseconds=1)).astimezone(campaign.zone),
    }


def campaign_page(standing: Standing, language: Language) -> CampaignPage:
    """The page of one campaign."""
    dossier, view, snapshot = standing.dossier, standing.overview, standing.snapshot
    waiting = [_waiting(each, snapshot, language) for each in view.waiting]
    tasks = [task for task in dossier["tasks"] if task["status"] != "cancelled"]
    now = dossier["now"]
    coming = [task for task in tasks if task["status"] in ("planned", "open") and now <= task["due"] < now + COMING]
    return {
        "now": now,
        "organisation": dossier["organisation"],
        "campaign": dossier["campaign"],
        "status": view.campaign.status.value,
        "live": view.live,
        "held": view.held,
        "totals": {
            "tasks": len(tasks),
            "done": sum(task["status"] in ("done", "waived") for task in tasks),
            "open": sum(task["status"] == "open" for task in tasks),
            "late": len(view.late),
            "waiting": len(view.waiting),
            "documents": len(dossier["documents"]),
            "days_to_launch": _days_to_launch(view.campaign, view.now),
        },
        "chart": chart(dossier, today=now.date()),
        "stages": _stages(standing, waiting),
        "late": [line for line in waiting if line["late"]],
        "waiting": [line for line in waiting if not line["late"]],
        "coming": sorted(coming, key=_due)[:MOST_COMING],
        "approvals": [approval for approval in dossier["approvals"] if approval["status"] == "open"],
        "incidents": _incidents(standing, language),
        "load": _load(standing, language),
        "records": dossier["records"],
        "events": dossier["events"][: -LATEST_EVENTS - 1 : -1],
    }


def task_page(standing: Standing, code: TaskCode) -> TaskPage:
    """The page of one task. NotFound: the campaign has none of that id."""
    dossier = standing.dossier
    by_code = {task["id"]: task for task in dossier["tasks"]}
    if code not in by_code:
        raise NotFound(f"Campaign {standing.overview.campaign.key} has no task {code}.")
    task = by_code[code]
    weighty = task["critical"] or task["gate"]
    return {
        "now": dossier["now"],
        "organisation": dossier["organisation"],
        "campaign": dossier["campaign"],
        "task": task,
        "stage": next(stage for stage in dossier["stages"] if stage["id"] == task["stage"]),
        "before": [by_code[each] for each in task["after"] if each in by_code],
        "behind": [each for each in dossier["tasks"] if code in each["after"] and each["status"] != "cancelled"],
        "late_days": task["late_days"],
        "escalation": [step for step in dossier["escalation"] if step["weighty"] is weighty],
    }


def _due(task: TaskFacts) -> tuple[datetime, str]:
    return task["due"], task["id"]


def _days_to_launch(campaign: Campaign, now: datetime) -> int:
    return (local_date(campaign.launch, campaign.zone) - local_date(now, campaign.zone)).days


def late_days(campaign: Campaign, due: datetime, now: datetime) -> int:
    """Working days that have begun since the day something was due; 0 on that day."""
    first = local_date(due, campaign.zone) + timedelta(days=1)
    return house_calendar(campaign.organisation).count(first, local_date(now, campaign.zone))


def _waiting(each: Waiting, snapshot: Snapshot, language: Language) -> WaitingLine:
    return {
        "person": _name(snapshot, each.person, language),
        "department": _department(snapshot, each.person, language),
        "verb": each.verb,
        "code": _code(each, snapshot),
        "title": each.title[language],
        "stage": each.stage,
        "stage_title": next(spec.title for spec in snapshot.sop.stages if spec.id is each.stage)[language],
        "due": each.due.astimezone(snapshot.campaign.zone),
        "late": each.late,
        "late_days": late_days(snapshot.campaign, each.due, snapshot.now) if each.late else 0,
    }


def _code(each: Waiting, snapshot: Snapshot) -> str | None:
    """The task that something belongs to: itself, the meeting's, the approval's."""
    if each.verb == "hold":
        meeting = next((spec for spec in snapshot.sop.meetings if spec.id == each.what), None)
        return meeting.task if meeting else None
    if each.verb == "approve":
        return next((approval.task for approval in snapshot.approvals if approval.id == each.what), None)
    task = snapshot.task(TaskCode(each.what))
    return task.code if task else None


def _stages(standing: Standing, waiting: Sequence[WaitingLine]) -> list[StageLine]:
    dossier = standing.dossier
    under_way = {stage.stored.name: stage.under_way for stage in standing.overview.stages}
    return [
        {
            "facts": stage,
            "under_way": under_way[stage["id"]],  # type: ignore[index]
            "waiting": [line for line in waiting if line["stage"] == stage["id"]],
            "documents": [each for each in dossier["documents"] if each["stage"] == stage["id"]],
        }
        for stage in dossier["stages"]
    ]


def _incidents(standing: Standing, language: Language) -> list[IncidentLine]:
    snapshot, zone = standing.snapshot, standing.snapshot.campaign.zone
    return [
        {
            "number": each.number,
            "title": each.title[language],
            "severity": each.severity.value,
            "status": each.status.value,
            "opened_at": each.opened_at.astimezone(zone),
            "opened_by": _name(snapshot, each.opened_by, language),
            "acknowledge_by": each.acknowledge_by.astimezone(zone),
            "acknowledged_by": _name(snapshot, each.acknowledged_by, language) if each.acknowledged_by else None,
            "plan_b": each.plan_b_at is not None,
            "closed_at": each.closed_at.astimezone(zone) if each.closed_at else None,
            "done": each.done[language] if each.done else None,
        }
        for each in sorted(standing.incidents, key=lambda each: (each.closed_at is not None, -each.number))
    ]


def _load(standing: Standing, language: Language) -> list[LoadLine]:
    """Who has something to do now or soon, the fullest desk first."""
    snapshot = standing.snapshot
    now = snapshot.now
    opened = [task for task in snapshot.tasks if task.status is TaskStatus.OPEN]
    planned = [task for task in snapshot.tasks if task.status is TaskStatus.PLANNED]
    open_, late = _owners(opened), _owners(task for task in opened if task.due < now)
    soon = _owners(task for task in planned if task.start < now + COMING)
    order = sorted(open_ | soon, key=lambda person: (-open_[person], -soon[person], person))
    return [
        {
            "person": _name(snapshot, person, language),
            "department": _department(snapshot, person, language),
            "open": open_[person],
            "late": late[person],
            "soon": soon[person],
            "everywhere": standing.everywhere.get(person, 0),
        }
        for person in order
    ]


def _owners(tasks: Iterable[Task]) -> Counter[PersonKey]:
    return Counter(task.owner for task in tasks)


def _department(snapshot: Snapshot, person: PersonKey, language: Language) -> str:
    found = snapshot.campaign.organisation.people.get(person)
    department = snapshot.sop.departments.get(found.department) if found else None
    return department.title[language] if department else ""


def _name(snapshot: Snapshot, person: PersonKey, language: Language) -> str:
    found = snapshot.campaign.organisation.people.get(person)
    return found.name[language] if found else str(person)
