"""What planner tests plan with: the standard SOP, an organisation of fourteen departments, campaigns of every level."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import yaml

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Infeasible, Plan
from opsflow.campaigns.planner import plan
from opsflow.kernel.terms import TaskCode
from opsflow.org.model import Organisation
from opsflow.settings import SHIPPED
from opsflow.sop.model import Sop

DEPARTMENTS = (
    "operations", "product", "design", "engineering", "marketing", "data", "risk", "customer_service", "finance",
    "procurement", "legal", "merchandising", "content", "coordination",
)  # fmt: skip


@cache
def standard_sop() -> Sop:
    return Sop.model_validate(yaml.safe_load((SHIPPED / "sop/campaign/v1.yaml").read_text(encoding="utf-8")))


def everything(sop: Sop) -> Sop:
    """The SOP with every condition switched on, for counting."""
    return sop.model_copy(update={"tasks": tuple(task.model_copy(update={"when": ()}) for task in sop.tasks)})


def organisation(**changes: Any) -> Organisation:
    """Every department with a head and a deputy, every role filled."""
    people: dict[str, Any] = {}
    for department in DEPARTMENTS:
        people[f"{department}-head"] = {"name": f"Head of {department}", "department": department}
        people[f"{department}-deputy"] = {"name": f"Deputy of {department}", "department": department}
    people["sponsor"] = {"name": {"en": "Lin Yue", "zh": "林越"}, "department": "coordination"}
    for role in ("manager", "planner", "executor", "duty"):
        people[role] = {"name": role.title(), "department": "operations"}
    people["pmo"] = {"name": "Pmo", "department": "coordination"}
    content = {
        "name": "Company",
        "zone": "Asia/Shanghai",
        "departments": {name: {"head": f"{name}-head", "deputy": f"{name}-deputy"} for name in DEPARTMENTS},
        "people": people,
        "roles": {
            "leader": "sponsor",
            "coordination_post": "pmo",
            "campaign_manager": "manager",
            "planner": "planner",
            "executor": "executor",
            "duty_lead": "duty",
            "finance_approver": "finance-deputy",
        },
    }
    return Organisation.model_validate(content | changes)


def campaign(**changes: Any) -> CampaignFile:
    """A campaign without conditions, by default with the dates of Double 11 2026."""
    content = {
        "key": "some-campaign",
        "title": "Some campaign",
        "level": "S",
        "goal": "sharing",
        "zone": "Asia/Shanghai",
        "theme": {"title": "Theme"},
        "background": "Season",
        "target_users": "Everybody",
        "behaviour": "Share",
        "carrier": "H5",
        "live": {
            "start": "2026-10-20T00:00",
            "end": "2026-11-12T00:00",
            "phases": [
                {"id": "warm-up", "title": "Warm-up", "start": "2026-10-20T00:00", "end": "2026-11-01T00:00"},
                {"id": "first-wave", "title": "First", "start": "2026-11-01T00:00", "end": "2026-11-11T00:00"},
                {"id": "peak", "title": "Peak", "start": "2026-11-11T00:00", "end": "2026-11-12T00:00", "peak": True},
            ],
        },
        "kpis": [{"id": "orders", "title": "Orders", "target": "1000", "unit": "orders", "primary": True}],
        "budget": {"lines": [{"line": "rewards", "amount": "10000"}]},
    }
    return CampaignFile.model_validate(content | changes)


def answer(
    file: CampaignFile, today: str = "2026-06-01", *, org: Organisation | None = None, sop: Sop | None = None
) -> Plan | Infeasible:
    org = org or organisation()
    return plan(file, org, sop or standard_sop(), working_days(org), date.fromisoformat(today))


def planned(
    file: CampaignFile, today: str = "2026-06-01", *, org: Organisation | None = None, sop: Sop | None = None
) -> Plan:
    found = answer(file, today, org=org, sop=sop)
    assert isinstance(found, Plan), found
    return found


def refused(file: CampaignFile, today: str, *, sop: Sop | None = None) -> Infeasible:
    found = answer(file, today, sop=sop)
    assert isinstance(found, Infeasible)
    return found


def first_day(found: Plan) -> Callable[[str], str]:
    """Reads the start of a task as `Tue 2026-08-11`."""
    return lambda code: f"{found.task(TaskCode(code)).earliest_start:%a %Y-%m-%d}"
