"""Campaigns side by side and a year in one table: true figures, empty where nothing is known, never a formula."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import TaskRow
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.text import Text
from opsflow.metrics.service import import_readings
from opsflow.review.comparing.model import COLUMNS, KpiResult
from opsflow.review.comparing.service import compare, year
from tests.cli.desk import Told, said
from tests.engine.scene import at
from tests.engine.small import MANAGER, begin
from tests.review.desk import workspace

FIRST, SECOND, OTHER_YEAR = CampaignKey("first"), CampaignKey("second"), CampaignKey("other")


@pytest.fixture
def here(database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """Two campaigns of August 2026, one of January 2027; of the first, P1 was done in time, P2 late, C1 is overdue."""
    ctx = workspace(database, clock, tmp_path)
    begin(ctx, key=FIRST, title="=cmd()|first")
    begin(ctx, key=SECOND, level="B", budget={"currency": "JPY", "lines": [{"line": "rewards", "amount": "500"}]})
    begin(ctx, key=OTHER_YEAR, live={"start": "2027-01-01T00:00", "end": "2027-01-05T00:00"})
    assert isinstance(clock, VirtualClock)
    clock.move_to(at("20"))
    with ctx.transaction() as session:
        session.execute(sa.update(TaskRow).where(TaskRow.campaign != FIRST).values(due=at("30")))
        session.execute(sa.update(TaskRow).where(TaskRow.campaign == FIRST).values(due=at("30")))
        for code, due, done in (("P1", "12", "11"), ("P2", "13", "14"), ("C1", "14", None)):
            values = {"due": at(due), "status": "done" if done else "open", "done_at": at(done) if done else None}
            session.execute(sa.update(TaskRow).where(TaskRow.campaign == FIRST, TaskRow.code == code).values(**values))
    with use_context(ctx):
        yield ctx


def test_a_campaign_is_told_in_its_figures(here: Context) -> None:
    first, second = compare(here, [FIRST, SECOND])
    assert (first.tasks, first.kept, first.late, first.kept_percent) == (3, 1, 2, 33)
    assert (first.launch, first.last_day, first.live_days) == (date(2026, 8, 24), date(2026, 8, 26), 3)
    assert (first.lead_days, second.lead_days) == (14, 5)
    assert (second.tasks, second.kept_percent) == (0, None)
    assert (str(first.budget), str(second.budget)) == ("CNY 10,000.00", "JPY 500")
    assert first.primary is not None
    assert (first.primary.target, first.primary.actual, first.primary.reached) == (Decimal(1000), None, None)
    assert (first.won, first.rewards_paid, first.incidents, first.replans) == (0, None, 0, 0)


def test_a_year_holds_its_launches_alone(here: Context) -> None:
    assert [each.key for each in year(here, 2026)] == [FIRST, SECOND]
    assert [each.key for each in year(here, 2027)] == [OTHER_YEAR]
    assert year(here, 2025) == ()


def test_a_result_is_told_in_percent_of_its_target() -> None:
    kpi = KpiResult(Text.both("Orders"), Text.both("orders"), Decimal(400), primary=True, actual=Decimal(301))
    assert kpi.reached == Decimal("75.2")


@pytest.mark.parametrize("named", [(FIRST,), (FIRST, FIRST)])
def test_one_campaign_is_no_comparison(here: Context, named: tuple[CampaignKey, ...]) -> None:
    with pytest.raises(BadInput, match="two campaigns or more, each once"):
        compare(here, named)
    with pytest.raises(NotFound, match="There is no campaign nope"):
        compare(here, [FIRST, CampaignKey("nope")])


def test_side_by_side_each_figure_is_a_row(here: Context, capsys: Told) -> None:
    lines = said(capsys, "compare", FIRST, SECOND).splitlines()
    found = {line[:24].strip(): line[24:].split() for line in lines}
    assert found["Kept, %"] == ["33", "-"]
    assert found["Level"] == ["S", "B"]
    records = json.loads(said(capsys, "compare", FIRST, SECOND, "--language", "zh", "--format", "json"))
    assert [each["goal"] for each in records] == ["分享裂变"] * 2
    assert records[0]["kpis"][0]["target"] == "1000"


def test_the_year_goes_into_a_spreadsheet_without_formulas(here: Context, capsys: Told, tmp_path: Path) -> None:
    file = tmp_path / "year.csv"
    said(capsys, "year", 2026, "--format", "csv", "-o", file)
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
    assert len(rows) == 3
    assert rows[0] == [column.title.en for column in COLUMNS]
    assert rows[1][1] == "'=cmd()|first"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    book = tmp_path / "year.xlsx"
    said(capsys, "year", 2026, "--format", "xlsx", "-o", book, "--language", "zh")
    sheet = CalamineWorkbook.from_path(str(book)).get_sheet_by_name("2026").to_python()
    assert sheet[0][:3] == ["活动", "名称", "级别"]
    assert (sheet[1][1], sheet[1][6], sheet[1][17]) == ("=cmd()|first", date(2026, 8, 24), 10000.0)
    with ZipFile(book) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


def test_the_year_on_a_terminal_sums_by_currency(here: Context, capsys: Told) -> None:
    out = said(capsys, "year", 2026)
    assert "1 campaign in CNY: 10,000.00 planned, 0 of prizes paid through opsflow.\n" in out
    assert "1 campaign in JPY: 500 planned" in out
    assert said(capsys, "year", 2025) == "No campaign was launched in 2025.\n"
    assert "add -o results.xlsx" in said(capsys, "year", 2026, "--format", "xlsx", code=2)
    assert [each["campaign"] for each in json.loads(said(capsys, "year", 2026, "--format", "json"))] == [FIRST, SECOND]


def test_what_was_measured_is_compared(here: Context, capsys: Told) -> None:
    days = ("2026-08-24", "2026-08-25", "2026-08-26")
    assert isinstance(here.clock, VirtualClock)
    here.clock.move_to(at("28"))
    figures = [Row(line, {"kpi": "orders", "day": day, "value": "200"}) for line, day in enumerate(days, 2)]
    import_readings(here, FIRST, figures, by=MANAGER)
    first, second = compare(here, [FIRST, SECOND])
    assert [each.primary.actual if each.primary else None for each in (first, second)] == [Decimal(600), None]
    assert first.primary is not None
    assert first.primary.reached == Decimal("60.0")
    assert "600 of 1,000" in said(capsys, "review", FIRST)
