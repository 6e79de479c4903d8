"""Figures of KPIs from the command line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER, begin
from tests.metrics.test_readings import KPIS, LIVE

BY = ("--by", MANAGER)


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """The small campaign, two days live."""
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        begin(context, kpis=KPIS, live=LIVE)
        clock.move_to(datetime(2026, 8, 26, 1, tzinfo=UTC))
        yield context


def test_figures_come_in_from_each_kind_of_file_and_stand_against_their_target(
    desk: Context, capsys: Told, tmp_path: Path
) -> None:
    sheet, lines, whole = tmp_path / "f.csv", tmp_path / "f.jsonl", tmp_path / "f.json"
    sheet.write_text("kpi,day,value\norders,2026-08-25,1200.5\norders,2026-08-26,NaN\n", encoding="utf-8")
    lines.write_text('{"kpi": "orders", "day": "2026-08-25", "value": 80}\n', encoding="utf-8")
    whole.write_text('[{"kpi": "complaints", "at": "2026-08-25T10:00+08:00", "value": 3}]', encoding="utf-8")
    told = said(capsys, "metrics", "import", KEY, sheet, *BY)
    assert told == "f.csv: 1 figures added, 0 changed, 0 known, 1 rows rejected.\n"
    assert "`value` is a number" in (tmp_path / "f.csv.rejects.csv").read_text("utf-8-sig")
    assert "0 figures added, 1 changed" in said(capsys, "metrics", "import", KEY, lines, *BY)
    assert "1 figures added" in said(capsys, "metrics", "import", KEY, whole, *BY)
    said(capsys, "metrics", "hot", KEY, "The \u202ebear", *BY)
    assert said(capsys, "metrics", "show", KEY).splitlines()[2:14] == [
        "Orders (primary) · OFF TRACK",
        "  target    at least 300 orders in all",
        "  actual    80 orders, of 1 of 2 days that are over",
        "  pace      240 at the end, if it goes on so",
        "  missing   2026-08-24",
        "  corrected 1 time, last 2026-08-25 by manager",
        "",
        "Complaints · on track",
        "  target    at most 30 cases in all",
        "  actual    3 cases, of 1 of 2 days that are over",
        "  pace      9 at the end, if it goes on so",
        "  missing   2026-08-24",
    ]
    found = json.loads(said(capsys, "metrics", "show", KEY, "--format", "json"))
    orders, margin = found["kpis"][0], found["kpis"][2]
    assert (orders["actual"], orders["days"][0]["value"], margin["actual"]) == ("80", None, None)
    assert [one["value"] for one in orders["history"]] == ["1200.5", "80"]
    assert [one["text"] for one in found["talking_points"]] == ["The bear"]


def test_a_forecast_names_what_it_rests_on_and_none_is_no_figure(
    sqlite_database: Database, clock: VirtualClock, capsys: Told, tmp_path: Path
) -> None:
    past = tmp_path / "past.csv"
    past.write_text(
        "name,kpi,level,goal,launch,days,value\n"
        "Autumn,orders,S,sharing,2025-08-20,3,290\nSpring,orders,S,sharing,2025-02-20,6,600\nOdd,orders,Z,,,,\n",
        encoding="utf-8",
    )
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        begin(context, kpis=KPIS, live=LIVE)
        told = said(capsys, "metrics", "history", KEY, past, *BY)
        assert told == "past.csv: 2 results added, 0 changed, 0 known, 1 rows rejected.\n"
        told = said(capsys, "metrics", "forecast", KEY, "--keep", *BY)
        assert told.splitlines() == [
            "small-campaign · what past campaigns say",
            "orders: 293.3, 267.5 to 321.6 in four of five cases",
            "  little history: 2 like campaigns, so do not lean on it",
            "  1.00  290  Autumn",
            "  0.50  300  Spring",
            "Kept: small-campaign is measured against it.",
        ]
        assert "complaints: no forecast." in said(capsys, "metrics", "forecast", KEY)
        assert "  forecast  293.3, 267.5 to 321.6 in four of five cases" in said(capsys, "metrics", "show", KEY)
        found = json.loads(said(capsys, "metrics", "forecast", KEY, "--format", "json"))
        assert [(each["kpi"], each["middle"]) for each in found][:2] == [("orders", "293.3"), ("complaints", None)]


def test_activity_shows_who_came_back_and_what_has_not_matured(desk: Context, capsys: Told, tmp_path: Path) -> None:
    seen = tmp_path / "seen.csv"
    seen.write_text(
        "user_id,day,page\na,2026-08-24,x\nA,2026-08-24,y\nb,2026-08-20,x\n,2026-08-24,x\n", encoding="utf-8"
    )
    told = said(capsys, "metrics", "activity", KEY, seen, *BY)
    assert told == "seen.csv: 2 days of activity added, 0 changed, 1 known, 1 rows rejected.\n"
    assert said(capsys, "metrics", "show", KEY).splitlines()[-4:] == [
        "New users 1 · 1 were there before",
        "  missing   2026-08-25: no activity was imported",
        "  7 days    not matured",
        "  14 days   not matured",
    ]
    found = json.loads(said(capsys, "metrics", "show", KEY, "--format", "json"))
    assert found["retention"]["cohorts"][0]["day_7"] == {"users": None, "is": "not_matured"}
