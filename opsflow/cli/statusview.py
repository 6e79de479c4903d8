"""What the state of campaigns looks like: text for a terminal, JSON for other programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from opsflow.cli.acting import moment
from opsflow.kernel.terms import Language

if TYPE_CHECKING:
    from opsflow.engine.overview import Overview, StageState, Waiting


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
             "due": local(each.due), "late": each.late}
            for each in view.waiting
        ],
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
    return (
        f"  {moment(each.due, campaign.zone)}  {each.person:<16} {each.verb:<8} {each.stage:<17} {each.what}  {title}"
    )
