"""Incidents and the duty roster from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from tests.cli.desk import Told, desk_context, said
from tests.engine.scene import at
from tests.engine.small import KEY, begin
from tests.incidents.watch import RISKS, ROSTER, pass_minutes


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """The small campaign on its first live day."""
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        begin(context, duty=ROSTER, risks=RISKS)
        clock.move_to(at("24", 10))
        yield context


def test_an_incident_from_its_report_to_its_cause(desk: Context, capsys: Told) -> None:
    opened = said(
        capsys, "incident", "open", KEY, "Page is blank", "--risk", 1, "--severity", "critical", "--by", "legal-head"
    )
    assert opened == f"Incident 1 of {KEY} is open; `opsflow deliver` tells who is on duty.\n"
    pass_minutes(desk, 61)
    assert said(capsys, "incident", "list") == f"{KEY}    1  Mon 2026-08-24 10:00  critical  open  Page is blank\n"
    said(capsys, "incident", "note", KEY, 1, "Only in the app", "--by", "legal-head")
    assert said(capsys, "incident", "plan-b", KEY, 1, "--by", "executor") == "Plan B is on: Static page\n"
    assert "in use" not in said(capsys, "incident", "ack", KEY, 1, "--by", "duty", code=5)
    said(
        capsys,
        "incident",
        "close",
        KEY,
        1,
        "--cause",
        "Bad cache",
        "--done",
        "Emptied",
        "--sop",
        "Empty it",
        "--by",
        "duty",
    )
    assert said(capsys, "incident", "show", KEY, 1).splitlines() == [
        "small-campaign · incident 1 · critical · closed",
        "  Page is blank",
        "  risk 1: Traffic; plan B: Static page",
        "",
        "  Mon 2026-08-24 10:00  legal-head  opened",
        "  Mon 2026-08-24 11:00  operations-head  was told: incident: department_head",
        "  Mon 2026-08-24 11:01  legal-head  noted: Only in the app",
        "  Mon 2026-08-24 11:01  executor  acknowledged",
        "  Mon 2026-08-24 11:01  executor  plan_b: Static page",
        "  Mon 2026-08-24 11:01  duty  closed: Bad cache; Emptied; Empty it",
    ]


def test_other_programs_read_it_as_json(desk: Context, capsys: Told) -> None:
    said(capsys, "incident", "open", KEY, "Page is blank", "--by", "legal-head")
    (found,) = json.loads(said(capsys, "incident", "list", KEY, "--format", "json"))
    assert (found["number"], found["status"], found["acknowledge_by"]) == (1, "open", "2026-08-24T11:00:00+08:00")
    whole = json.loads(said(capsys, "incident", "show", KEY, 1, "--format", "json"))
    assert [line["what"] for line in whole["log"]] == ["opened"]
    assert json.loads(said(capsys, "status", KEY, "--format", "json"))["incidents"] == [found]
    assert "Incidents:\n    1  Mon" in said(capsys, "status", KEY)


def test_the_roster_shows_shifts_gaps_and_who_is_there(desk: Context, capsys: Told, tmp_path: Path) -> None:
    assert said(capsys, "incident", "roster", KEY).splitlines()[:3] == [
        "small-campaign · on duty now: executor · times in Asia/Shanghai",
        "  Mon 2026-08-24 00:00  to  Mon 2026-08-24 08:00  planner",
        "  Mon 2026-08-24 08:00  to  Mon 2026-08-24 20:00  executor",
    ]
    found = json.loads(said(capsys, "incident", "roster", KEY, "--format", "json"))
    assert (found["on_duty"], found["gaps"]) == (["executor"], [])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("open", KEY, "x", "--severity", "bad", "--by", "duty"), 2, "There is no severity bad"),
        (("open", KEY, " ", "--by", "duty"), 2, "TITLE is empty"),
        (("ack", KEY, 3, "--by", "duty"), 4, "There is no incident 3"),
        (("show", KEY, 2**31 - 1), 4, "There is no incident 2147483647"),
        (("show", KEY, 10**23), 2, "Invalid value for 'NUMBER'"),
        (("roster", "nothing"), 4, "There is no campaign nothing"),
    ],
)
def test_a_mistake_is_told_by_name(
    desk: Context, capsys: Told, arguments: tuple[object, ...], code: int, message: str
) -> None:
    assert message in said(capsys, "incident", *arguments, code=code)
