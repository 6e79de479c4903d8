"""Sources of figures: JSON over HTTP and a query on the team's own database, asked when they are due and never more."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from opsflow.adapters.figures.configured import ConfiguredSources
from opsflow.adapters.figures.http import HttpSource
from opsflow.adapters.figures.store import QuerySource
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.monitoring import monitor
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.metrics.overview.service import overview
from opsflow.metrics.sources.service import ask_due
from tests.cli.desk import desk_context
from tests.engine.small import KEY, begin
from tests.metrics.test_readings import KPIS, LIVE

ROWS = [{"kpi": "orders", "day": "2026-08-24", "value": 100}]


@contextmanager
def served(answers: list[tuple[int, bytes]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server on loopback that answers one after the other, the last one again; paths and tokens that it was asked with."""
    asked: list[tuple[str, str]] = []

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = answers[min(len(asked), len(answers) - 1)]
            asked.append((self.path, self.headers.get("authorization", "")))
            self.send_response(status)
            self.send_header("location", "/elsewhere")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's own word
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Says) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/figures/{{campaign}}", asked
        server.shutdown()


def team_database(folder: Path) -> Path:
    file = folder / "team 数据.db"
    connection = sqlite3.connect(file)
    connection.execute("create table sales (campaign text, day text, orders real)")
    connection.execute("insert into sales values (?, '2026-08-24', 120.0), ('other', '2026-08-24', 7)", (KEY,))
    connection.commit()
    connection.close()
    return file


QUERY = "select 'orders' as kpi, day, orders as value from sales where campaign = :campaign"


def test_http_is_asked_with_its_token_and_for_its_campaign() -> None:
    with served([(200, json.dumps(ROWS).encode())]) as (url, asked):
        source = HttpSource("shop", url=url, token="secret", internal=True)
        (row,) = source.figures(KEY)
    assert row.values == {"kpi": "orders", "day": "2026-08-24", "value": "100"}
    assert asked == [(f"/figures/{KEY}", "Bearer secret")]


@pytest.mark.parametrize(
    ("status", "content", "why"),
    [
        (500, b"", "status 500"),
        (302, b"", "status 302"),  # a redirect leads past the check of the address
        (200, b'{"a": 1}', "no array of JSON"),
        (200, b"\xff", "no array of JSON"),
        (200, b"[" * 11_000_000, "more than 10485760 bytes"),
    ],
)
def test_what_is_no_answer_is_told(status: int, content: bytes, why: str) -> None:
    with served([(status, content)]) as (url, asked):
        source = HttpSource("shop", url=url, internal=True)
        with pytest.raises(PortFailed, match=why):
            source.figures(KEY)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "https://127.0.0.1/x", "https://169.254.169.254/latest", "https://u:p@example.com/"]
)
def test_addresses_inside_are_for_those_whom_the_file_lets(url: str) -> None:
    with pytest.raises(BadInput):
        HttpSource("shop", url=url)


def test_a_query_reads_the_teams_database_and_writes_nothing(tmp_path: Path) -> None:
    file = team_database(tmp_path)
    before = file.read_bytes()
    (row,) = QuerySource("shop", url=f"sqlite:///{file}", query=QUERY).figures(KEY)
    assert row.values == {"kpi": "orders", "day": "2026-08-24", "value": "120"}
    for query, why in (("delete from sales", "readonly"), ("select colour from sales", "no such column")):
        with pytest.raises(PortFailed, match=why):
            QuerySource("shop", url=f"sqlite:///{file}", query=query).figures(KEY)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file], "no journal beside it either"
    with pytest.raises(PortFailed, match="unable to open"):
        QuerySource("shop", url=f"sqlite:///{tmp_path}/none.db", query=QUERY).figures(KEY)


def test_a_query_reads_postgresql_and_writes_nothing(postgres_url: str) -> None:
    (row,) = QuerySource("shop", url=postgres_url, query="select 'orders' as kpi, 1.50 as value").figures(KEY)
    assert row.values == {"kpi": "orders", "value": "1.50"}
    with pytest.raises(PortFailed, match="read-only transaction"):
        QuerySource("shop", url=postgres_url, query="create table x (a int)").figures(KEY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("type: http", "expected `url`"),
        ("{type: query, query: select 1}", "expected `database`"),
        ("{type: http, url: 'https://example.com', every_minutes: 0}", "every_minutes"),
    ],
)
def test_a_file_that_is_wrong_is_told(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "metrics.yaml"
    inner = text if text.startswith("{") else f"{{{text}}}"
    file.write_text(f"sources:\n  shop: {inner}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=why):
        ConfiguredSources(file, {})


def configured(folder: Path, variables: Mapping[str, str], url: str) -> ConfiguredSources:
    file = folder / "metrics.yaml"
    file.write_text(
        f'sources:\n  shop: {{type: http, url: "{url}", internal: true}}\n'
        f'  ledger: {{type: query, database: TEAM_DB, query: "{QUERY}", every_minutes: 1440}}\n'
        "  others: {type: query, database: UNSET, query: select 1, campaigns: [other-campaign]}\n"
        "  broken: {type: query, database: UNSET, query: select 1}\n",
        encoding="utf-8",
    )
    return ConfiguredSources(file, variables)


def test_the_sweep_asks_what_is_due_once_and_a_failure_holds_up_nobody(
    sqlite_database: Database, clock: VirtualClock, tmp_path: Path
) -> None:
    team = team_database(tmp_path)
    bad = json.dumps([*ROWS, {"kpi": "orders", "day": "2026-08-25", "value": "NaN"}]).encode()
    with served([(500, b""), (200, bad)]) as (url, asked):
        ctx = desk_context(sqlite_database, clock, tmp_path / "ws")
        here: Context = replace(ctx, sources=configured(tmp_path, {"TEAM_DB": f"sqlite:///{team}"}, url))
        begin(here, kpis=KPIS, live=LIVE)
        assert ask_due(here, KEY).rows == 0, "nothing is asked before the launch"
        clock.move_to(datetime(2026, 8, 25, 1, tzinfo=UTC))
        assert monitor(here).figures.added == 1
        assert monitor(here).figures.rows == 0
        found = overview(here, KEY)
        assert found.kpis[0].actual == 120
        assert found.silent_sources == {
            "broken": "Source broken needs the variable UNSET, which is not set where monitoring runs.",
            "shop": "Source shop answered status 500, and no figures.",
        }, "and nothing of one that is another campaign's"
        clock.move_to(datetime(2026, 8, 25, 2, tzinfo=UTC))
        done = monitor(here).figures
        assert (done.changed, done.rejected, len(asked)) == (1, 1, 2)
        found = overview(here, KEY)
        assert "1 rows not taken, the first: `value` is a number" in found.silent_sources["shop"]
        assert [(each.source, each.by) for each in found.corrections] == [("ledger", "opsflow"), ("shop", "opsflow")]
