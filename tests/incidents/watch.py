"""A campaign that is live, with a duty roster and two risks, and a clock that passes minute after minute."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from opsflow.context import Context
from opsflow.deadlines.service import fire_due
from opsflow.engine.tick import deliver_due
from opsflow.engine.upcoming import upcoming
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.store import sent
from tests.engine import small
from tests.engine.scene import ZONE, at

DUTY, PLANNER, EXECUTOR, MANAGER, SPONSOR, HEAD, DEPUTY, PMO = (
    PersonKey(name)
    for name in ("duty", "planner", "executor", "manager", "sponsor", "operations-head", "operations-deputy", "pmo")
)
STRANGER = PersonKey("legal-head")
BLANK = Text("The page is blank", "页面空白")
ROSTER = (
    {"person": "executor", "starts": "08:00", "ends": "20:00"},
    {"person": "planner", "starts": "20:00", "ends": "08:00"},
)
RISKS = (
    {"title": "Traffic", "plan_b": {"en": "Static page", "zh": "切静态页"}},
    {"title": "Wrong price", "plan_b": "Take it down", "decides": "leader"},
)
LEVELS = {"S": ("incidents", 15), "A": ("incidents", 30), "B": ("incidents 9:00-22:00", 60), "C": ("none", 240)}


def live(ctx: Context, folder: Path, *, level: str = "S", now: datetime | None = None, **changes: Any) -> Context:
    """The small campaign, live from Monday 24 August to Wednesday, at that moment (Monday 10:00)."""
    given = small.content()
    for name, (off_hours, minutes) in LEVELS.items():
        given["levels"][name] = given["levels"][name] | {"off_hours": off_hours, "incident_minutes": minutes}
    here = small.in_workspace(ctx, folder, given)
    small.begin(here, given=given, **{"level": level, "duty": ROSTER, "risks": RISKS} | changes)
    clock = here.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(now or at("24", 10))
    return here


def pass_minutes(ctx: Context, minutes: int, *, outage: bool = False) -> None:
    """Tick and deliver at once and whenever something comes; with an outage, at its end alone."""
    clock = ctx.clock
    assert isinstance(clock, VirtualClock)
    end = clock.now() + timedelta(minutes=minutes)
    if outage:
        clock.move_to(end)
    while True:
        fire_due(ctx)
        deliver_due(ctx)
        coming = upcoming(ctx, small.KEY)
        if clock.now() >= end:
            return
        clock.move_to(min([end, *(at for at in (coming.rung, coming.notice) if at and at > clock.now())]))


def heard(ctx: Context, *templates: str) -> list[tuple[str, str]]:
    """Day, hour and minute at which each person was told of an incident, in order."""
    with ctx.transaction() as session:
        return [
            (f"{message.sent_at.astimezone(ZONE):%d %H:%M}", message.person)
            for message in sent(session, small.KEY)
            if any(template.removeprefix("incident_") in templates for _, template, _ in message.notices)
        ]
