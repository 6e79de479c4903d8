"""What the state of campaigns looks like: text for a terminal, JSON for other programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from opsflow.cli.acting import moment
from opsflow.cli.incidentview import JsonIncident, incident_json, incident_line
from opsflow.kernel.terms import Language

if TYPE_CHECKING:
    from opsflow.engine.overview import Overview, StageState, Waiting
    from opsflow.stages.model import Task


class JsonStage(TypedDict):
    """A stage, as other programs read it."""

    name: str
    status: str
    opens: str | None
    closes: str | None
    opened_at: str | None
    closed_at: str | None
    tasks: int
    done: int
    state: str
    next: str


class JsonWaiting(TypedDict):
    """Something that waits for somebody."""

    person: str
    verb: str
    what: str
    stage: str
    title: str
    due: str
    late: bool
    confirmed: bool
    snoozed_until: str | None


class JsonCall(TypedDict):
    """Somebody who needs help."""

    person: str
    task: str
    at: str
    text: str


class JsonOverview(TypedDict):
    """A campaign, as other programs read it."""

    campaign: str
    title: str
    level: str
    status: str
    launch: str
    ends: str
    now: str
    stages: list[JsonStage]
    waiting: list[JsonWaiting]
    help: list[JsonCall]
    incidents: list[JsonIncident]


def overview_json(view: "Overview") -> JsonOverview:
    """A campaign whole; instants carry the offset of its zone."""
    campaign, language = view.campaign, view.campaign.organisation.language

    def local(at: datetime) -> str:
        return at.astimezone(campaign.zone).isoformat()

    def given(at: datetime | None) -> str | None:
        return local(at) if at else None

    return {
        "campaign": campaign.key,
        "title": campaign.title[language],
        "level": campaign.level.value,
        "status": campaign.status.value,
        "launch": local(campaign.launch),
        "ends": local(campaign.ends),
        "now": local(view.now),
        "stages": [
            {
                "name": stage.stored.name.value,
                "status": stage.stored.status.value,
                "opens": given(stage.stored.opens),
                "closes": given(stage.stored.closes),
                "opened_at": given(stage.stored.opened_at),
                "closed_at": given(stage.stored.closed_at),
                "tasks": stage.tasks,
                "done": stage.done,
                "state": stage.outlook.name,
                "next": stage.outlook.message,
            }
            for stage in view.stages
        ],
        "waiting": [
            {"person": each.person, "verb": each.verb, "what": each.what, "stage": each.stage.value, "title": each.title[language],
             "due": local(each.due), "late": each.late, "confirmed": each.confirmed,
             "snoozed_until": given(each.snoozed_until)}
            for each in view.waiting
        ],
        "help": [
            {"person": task.help_by, "task": task.code, "at": local(task.help_at), "text": task.help_text[language]}
            for task in view.calls
            if task.help_by is not None and task.help_at is not None and task.help_text is not None
        ],
        "incidents": [incident_json(campaign, incident) for incident in view.incidents],
    }  # fmt: skip


def list_text(found: Sequence["Overview"]) -> Iterator[str]:
    """All campaigns, a line each."""
    if not found:
        yield "No campaign has been started here. `opsflow start FILE` starts one."
        return
    width = max(len(view.campaign.key) for view in found)
    for view in found:
        campaign = view.campaign
        stages = ", ".join(stage.stored.name for stage in view.stages if stage.under_way) or "no stage under way"
        state = stages if campaign.status == "active" else campaign.status.value
        late = f", {len(view.late)} late" if view.late else ""
        yield (
            f"{campaign.key:<{width}}  {campaign.level}  launch {campaign.launch.astimezone(campaign.zone):%Y-%m-%d}  "
            f"{state}; {len(view.waiting)} waiting{late}"
        )


def campaign_text(view: "Overview") -> Iterator[str]:
    """One campaign: its stages, who is late, what waits for whom."""
    campaign, language = view.campaign, view.campaign.organisation.language
    launch = moment(campaign.launch, campaign.zone)
    yield f"{campaign.key} · {campaign.title[language]} · {campaign.level} · {campaign.status} · launch {launch}"
    yield ""
    for stage in view.stages:
        yield _stage(stage, language)
    if view.calls:
        yield ""
        yield "Needs help:"
        yield from (_call(task, view) for task in view.calls)
    if view.incidents:
        yield ""
        yield "Incidents:"
        yield from (f"  {incident_line(campaign, incident)}" for incident in view.incidents)
    late, rest = view.late, [each for each in view.waiting if not each.late]
    for heading, listed in (("Late:", late), ("Waiting:", rest)):
        if listed:
            yield ""
            yield heading
            yield from (_waiting(each, view) for each in listed)
    if not view.waiting:
        yield ""
        yield "Nothing waits for anybody."


def _stage(stage: "StageState", language: Language) -> str:
    counted = f"{stage.done}/{stage.tasks}" if stage.tasks else "-"
    return (
        f"  {stage.stored.name:<17} {stage.stored.status.replace('_', ' '):<18} {counted:>7}  "
        f"{stage.title[language]}: {stage.outlook.message}"
    )


def _waiting(each: "Waiting", view: "Overview") -> str:
    campaign = view.campaign
    title = each.title[campaign.organisation.language]
    marks = "  (confirmed)" if each.confirmed else ""
    marks += f"  (snoozed until {moment(each.snoozed_until, campaign.zone)})" if each.snoozed_until else ""
    due = moment(each.due, campaign.zone)
    return f"  {due}  {each.person:<16} {each.verb:<8} {each.stage:<17} {each.what}  {title}{marks}"


def _call(task: "Task", view: "Overview") -> str:
    assert task.help_at is not None
    assert task.help_text is not None
    language = view.campaign.organisation.language
    said = f"{task.help_by}: {task.help_text[language]}"
    return f"  {moment(task.help_at, view.campaign.zone)}  {task.code} {task.title[language]}  {said}"
