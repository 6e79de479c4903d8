"""A campaign small enough to be read: an SOP of twenty tasks, with every kind of task and all six stages."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import StageRow, TaskRow
from opsflow.engine.start import start
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.org.model import Organisation
from opsflow.settings import Settings
from opsflow.sop.lint import lint
from opsflow.sop.model import Sop, TaskKind
from opsflow.stages.model import StageStatus, TaskStatus
from tests.campaigns.planning import campaign, organisation
from tests.engine.driving import People

TODAY = date(2026, 8, 3)
KEY = CampaignKey("small-campaign")
PLANNER, MANAGER, SPONSOR, PMO, LEGAL, OPERATIONS = (
    PersonKey(name) for name in ("planner", "manager", "sponsor", "pmo", "legal-head", "operations-head")
)
MODULES = ("goal", "timing", "theme", "rules", "reward", "publicity", "cost", "risk", "metrics", "division")
STAGES = (("initial_planning", "first_task"), ("coordination", "closed:initial_planning"), ("decision", "first_task"),
          ("execution", "closed:decision"), ("closing", "end"), ("review", "end"))  # fmt: skip
GATES = {
    "initial_planning": ["P1"], "coordination": ["C3"], "decision": ["D2", "D4", "D6"], "execution": ["E3", "L1"],
    "closing": ["W1"], "review": ["V2"],
}  # fmt: skip


def _task(code: str, stage: str, owner: str, days: dict[str, int], **more: Any) -> dict[str, Any]:
    department, _, role = owner.partition("/")
    who: dict[str, Any] = {"department": department}
    if role:
        who |= {"approvers": True} if role == "approvers" else {"role": role}
    if more.get("kind") != "live":
        more.setdefault("deliverable", f"what {code} makes")
    return {"id": code, "stage": stage, "title": f"Task {code}", "owner": who, "days": days, **more}


def _days(s: int, c: int | None = None) -> dict[str, int]:
    """At A as at S, at B as at C; without a figure the task exists at the large levels alone."""
    return {"S": s, "A": s} | ({} if c is None else {"B": c, "C": c})


def _tasks() -> list[dict[str, Any]]:
    end = {"after_end": True}
    daily = {level: {"rule": "daily"} for level in "SABC"}
    on_event = {level: {"rule": "on_event"} for level in "SABC"}
    return [
        _task("P1", "initial_planning", "operations/planner", _days(2, 1)),
        _task("P2", "initial_planning", "operations/campaign_manager", _days(1), kind="meeting", after=["P1"]),
        _task("C1", "coordination", "operations/planner", _days(2), after=["P2"]),
        _task("C2", "coordination", "legal", _days(2), after=["P2"], deliverable=None),
        _task("C3", "coordination", "operations/approvers", _days(1), kind="approval", after=["C1", "C2"],
              approves=["proposal"], rework="C1", gate_task=True),
        _task("C4", "coordination", "operations/campaign_manager", _days(0), kind="release", after=["C3"]),
        _task("D1", "decision", "operations/planner", _days(1, 1), after=["P1", "C4"]),
        _task("D2", "decision", "coordination/coordination_post", _days(1, 0), kind="self_check", after=["D1"],
              rework="D3", gate_task=True),
        _task("D3", "decision", "operations/planner", _days(1, 1), after=["D2"], on_demand=True),
        _task("D4", "decision", "operations/approvers", _days(1, 1), kind="approval", after=["D2"], approves=["plan"],
              rework="D1", gate_task=True),
        _task("D5", "decision", "operations/campaign_manager", _days(0), kind="release", after=["D4"]),
        _task("D6", "decision", "operations/campaign_manager", _days(1, 0), kind="meeting", after=["D4", "D5"],
              rework="D1", gate_task=True),
        _task("E1", "execution", "operations/executor", _days(3, 1), after=["D6"]),
        _task("E2", "execution", "operations/campaign_manager", _days(1, 1), kind="go_live", after=["E1"],
              gate_task=True),
        _task("E3", "execution", "operations/executor", _days(1, 1), kind="launch", after=["E2"],
              pin={"anchor": "launch", "days": dict.fromkeys("SABC", 0)}),
        _task("L1", "execution", "data", {}, kind="live", live=daily),
        _task("L2", "execution", "operations/duty_lead", {}, kind="live", live=on_event),
        _task("W1", "closing", "operations/executor", _days(2, 1), **end),
        _task("V1", "review", "operations/planner", _days(1, 1), **end),
        _task("V2", "review", "coordination/coordination_post", _days(1, 1), after=["W1", "V1"]),
    ]  # fmt: skip


def _level(**changes: Any) -> dict[str, Any]:
    steps = [{"after_hours": 0, "to": "department_head"}, {"after_hours": 4, "to": "coordination_post"},
             {"after_hours": 8, "to": "leader"}]  # fmt: skip
    return {
        "title": "Level", "first_meeting": 9, "build": 4, "freeze": None,
        "meetings": ["kick_off", "decision", "go_live_check"], "approvers": ["leader", "head:legal"],
        "finance": "above_threshold", "self_check": {"reviewers": 2}, "reminders": [{"length_from": 1, "days_before": [1, 0]}],
        "escalation_critical": steps, "escalation_other": steps[1:2], "other_in_digest": True, "off_hours": "none",
        "incident_minutes": 60, "warm_up": None, "report": {"rule": "daily"}, "claim_days": 3, "hot_debrief": None,
        "review": 1,
    } | changes  # fmt: skip


def _meeting(name: str, stage: str, task: str, levels: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "stage": stage, "task": task, "levels": list(levels), "topics": [], **more}


def content() -> dict[str, Any]:
    """The SOP as a file would say it."""
    small = _level(first_meeting=5, meetings=["decision", "go_live_check"], approvers=["head:operations"])
    departments = ("operations", "legal", "data", "finance", "coordination")
    roles = ("leader", "coordination_post", "campaign_manager", "planner", "executor", "duty_lead", "finance_approver",
             "department_head")  # fmt: skip
    return {
        "name": "small", "version": 1, "title": "Small", "purpose": "Tests", "scope": "Tests", "responsibilities": "Tests",
        "roles": {role: {"title": role} for role in roles},
        "departments": {name: {"title": name} for name in departments},
        "levels": {"S": _level(), "A": _level(), "B": small, "C": small},
        "stages": [
            {"id": name, "title": name.title(), "purpose": name, "opens": opens,
             "gate": [{"id": "proved", "text": "Proved", "tasks": GATES[name]}]}
            for name, opens in STAGES
        ],
        "meetings": [
            _meeting("kick_off", "initial_planning", "P2", "SA"),
            _meeting("decision", "decision", "D6", "SABC", written_levels=["B", "C"]),
            _meeting("go_live_check", "execution", "E2", "SABC"),
        ],
        "self_check": [
            {"id": name, "layer": "decision", "title": name, "question": name, "evidence": name, "written_in": ["D1"]}
            for name in MODULES
        ],
        "documents": [
            {"id": "proposal", "stage": "coordination", "task": "C1", "title": "Proposal"},
            {"id": "plan", "stage": "decision", "task": "D1", "title": "Plan"},
            {"id": "live-report", "stage": "execution", "task": "L1", "title": "Live report"},
        ],
        "tasks": _tasks(),
    }  # fmt: skip


@cache
def sop() -> Sop:
    """The SOP; it is as clean as one that is shipped."""
    found = Sop.model_validate(content())
    assert not lint(found)
    return found


def file(**changes: Any) -> CampaignFile:
    """Three days live from Monday 24 August; the first task is Monday 10 August (S) or later."""
    live = {"start": "2026-08-24T00:00", "end": "2026-08-27T00:00"}
    return campaign(**({"key": KEY, "sop": "small", "live": live} | changes))


def planned(campaign_file: CampaignFile, org: Organisation | None = None) -> Plan:
    """Its plan."""
    org = org or organisation()
    found = plan(campaign_file, org, sop(), working_days(org), TODAY)
    assert isinstance(found, Plan), found
    return found


def write_workspace(folder: Path, given: dict[str, Any] | None = None) -> Path:
    """A workspace with this SOP and a line of template for each document."""
    home = folder / "sop_templates" / "sop" / "small"
    home.mkdir(parents=True)
    # JSON is YAML, but for `null`: the reader wants nothing written where nothing is meant.
    text = json.dumps(given or content(), indent=1).replace(": null", ": ")
    (home / "v1.yaml").write_text(text, encoding="utf-8")
    for language in ("en", "zh"):
        documents = folder / "sop_templates" / "documents" / language
        documents.mkdir(parents=True)
        for name in ("proposal", "plan", "live-report"):
            (documents / f"{name}.md.j2").write_text("# {{ document_title }} {{ document_state }}\n", encoding="utf-8")
    return folder


def in_workspace(ctx: Context, folder: Path, given: dict[str, Any] | None = None) -> Context:
    """The same context, with such a workspace."""
    settings = Settings(workspace=write_workspace(folder, given), database_url=ctx.database.url)
    return Context(settings, ctx.database, ctx.clock, ctx.launcher, ctx.channels)


def begin(
    ctx: Context, *, org: Organisation | None = None, given: dict[str, Any] | None = None, **changes: Any
) -> Plan:
    """Start the small campaign and return its plan."""
    org, campaign_file = org or organisation(), file(**changes)
    used = Sop.model_validate(given) if given else sop()
    found = plan(campaign_file, org, used, working_days(org), TODAY)
    assert isinstance(found, Plan), found
    start(ctx, Loaded(campaign_file, org, used), today=TODAY)
    return found


def put_live(ctx: Context, campaign: CampaignKey = KEY) -> None:
    """As if its execution stage had come to its launch in time."""
    with ctx.transaction() as session:
        launch = load_campaign(session, campaign).launch
        here = (StageRow.campaign == campaign, StageRow.name == Stage.EXECUTION)
        session.execute(sa.update(StageRow).where(*here).values(status=StageStatus.LIVE))
        for kind in (TaskKind.GO_LIVE, TaskKind.LAUNCH):
            this = (TaskRow.campaign == campaign, TaskRow.kind == kind)
            done = {"status": TaskStatus.DONE, "opened_at": launch, "done_at": launch}
            session.execute(sa.update(TaskRow).where(*this).values(**done))


def everybody(database: Database, clock: VirtualClock, folder: Path) -> People:
    """Everybody of the started campaign, told over a channel in memory."""
    settings = Settings(database_url=database.url)
    bare = Context(settings, database, clock, MemoryLauncher(), {"memory": MemoryChannel()})
    here = in_workspace(bare, folder)
    begin(here)
    return People(here, KEY)
