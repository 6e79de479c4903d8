"""Prefect's pages are read by everybody who runs servers: a whole campaign leaves nothing there that tells who is who."""

import json
import re
from typing import Literal

import pytest
from prefect import get_client

from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.plan import Plan
from opsflow.rehearsal.stagecraft import cast_for, natural_plan, rehearse
from opsflow.settings import SHIPPED, Settings
from tests.flows.servers import pointed_at, running_api
from tests.flows.underway import personal, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Kind = Literal["/flow_runs/filter", "/artifacts/filter", "/logs/filter"]
PAGE = 200


def everything(kind: Kind) -> list[str]:
    """Every row of one kind that the API holds, as JSON."""
    found: list[str] = []
    with get_client(sync_client=True) as client:
        while True:
            asked = {"limit": PAGE, "offset": len(found)}
            page = client.request("POST", kind, json=asked).json()
            found += [json.dumps(row, ensure_ascii=False) for row in page]
            if len(page) < PAGE:
                return found


@pytest.fixture(scope="module")
def shown() -> "dict[Kind, list[str]]":
    """What the API holds after a C campaign, from its first task to its archive."""
    loaded = member_day()
    plan = natural_plan(loaded)
    assert isinstance(plan, Plan)
    with running_api() as api, pointed_at(api):
        cast = cast_for(loaded, plan, seed=3, templates=(SHIPPED,))
        rehearsed = rehearse(cast, settings=Settings(workspace=None), watch=lambda _: None)
        # Each run says when it has ended; the lines are shipped a moment later.
        lines = until(
            lambda: everything("/logs/filter"),
            lambda rows: sum("Finished in state" in row for row in rows) == rehearsed.runs,
            seconds=30,
        )
        return {
            "/flow_runs/filter": everything("/flow_runs/filter"),
            "/artifacts/filter": everything("/artifacts/filter"),
            "/logs/filter": lines,
        }


def member_day() -> Loaded:
    return load(SHIPPED / "samples" / "campaigns" / "member-day-2026.yaml", (SHIPPED,))


@pytest.mark.parametrize("kind", ["/flow_runs/filter", "/artifacts/filter", "/logs/filter"])
def test_a_whole_campaign_leaves_no_name_key_or_address_in_prefect(shown: "dict[Kind, list[str]]", kind: Kind) -> None:
    """P2 of reliability.md: parameters, states, tags, tables and log lines."""
    rows = shown[kind]
    assert len(rows) > 40
    found = [(text, row) for row in rows for text in personal(member_day()) if text in row]
    assert found == []


def test_each_stage_run_has_one_table_and_no_sweep_has_any(shown: "dict[Kind, list[str]]") -> None:
    runs = [json.loads(row) for row in shown["/flow_runs/filter"]]
    tables = [json.loads(row) for row in shown["/artifacts/filter"]]
    stage_runs = sorted(run["id"] for run in runs if run["parameters"])
    assert sorted(table["flow_run_id"] for table in tables) == stage_runs
    assert [table["key"] for table in tables if not re.fullmatch(r"[a-z0-9-]+", table["key"])] == []
