"""Participants and results from the command line."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER, begin

BY = ("--by", MANAGER)


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """The small campaign."""
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        begin(context)
        yield context


def test_files_come_in_and_what_is_not_taken_is_kept_with_its_reason(
    desk: Context, capsys: Told, tmp_path: Path
) -> None:
    players, orders = tmp_path / "players.csv", tmp_path / "orders.jsonl"
    players.write_text("account,name,email\nA1,Li,li@example.com\nb2,=cmd(),nope\n李,,\n", encoding="utf-8")
    orders.write_text('{"account": "a1", "day": "2026-08-24", "orders": 3}\n', encoding="utf-8")
    told = said(capsys, "participants", "import", KEY, players, *BY)
    assert told == "players.csv: 2 participants added, 0 changed, 0 known, 1 rows rejected.\n"
    kept = (tmp_path / "players.csv.rejects.csv").read_text("utf-8-sig")
    assert kept.splitlines() == [
        "line,reason,values",
        "3,the e-mail address has no form of one,account: b2,name: =cmd(),email: nope",
    ]
    assert (tmp_path / "players.csv.rejects.csv").stat().st_mode & 0o077 == 0
    told = said(capsys, "participants", "results", KEY, orders, *BY)
    assert told == "orders.jsonl: 1 figures added, 0 changed, 0 known, 0 rows rejected.\n"
    assert said(capsys, "participants", "show", KEY).splitlines() == [
        "small-campaign · 2 participants",
        "  joined                2",
        "  blocked               0",
        "  paying                0",
        "  orders: 3 in all, of 1 participants",
    ]
    found = json.loads(said(capsys, "participants", "show", KEY, "--format", "json"))
    assert found["measures"] == {"orders": {"participants": 1, "sum": 3}}


def test_registrations_are_decided_and_people_blocked(desk: Context, capsys: Told, tmp_path: Path) -> None:
    players = tmp_path / "players.csv"
    players.write_text("account,status\na1,received\nb2,received\n", encoding="utf-8")
    said(capsys, "participants", "import", KEY, players, *BY)
    assert said(capsys, "participants", "approve", KEY, *BY) == "2 of small-campaign: approved.\n"
    assert said(capsys, "participants", "join", KEY, "A1", *BY) == "1 of small-campaign: joined.\n"
    assert said(capsys, "participants", "refuse", KEY, "b2", *BY) == "1 of small-campaign: refused.\n"
    assert "Whom?" in said(capsys, "participants", "refuse", KEY, *BY, code=2)
    assert "is on the blocklist" in said(capsys, "participants", "block", KEY, "a1", "--reason", "A program", *BY)
    assert "any more" in said(capsys, "participants", "unblock", KEY, "a1", *BY)
    assert "Nobody who takes part" in said(capsys, "participants", "block", KEY, "c3", "--reason", "x", *BY, code=4)
    assert "cannot decide about registrations" in said(
        capsys, "participants", "approve", KEY, "--by", "legal-head", code=3
    )
    assert "There is no campaign" in said(capsys, "participants", "show", "nothing", code=4)


@pytest.mark.parametrize("verb", ["import", "results"])
def test_a_file_that_is_none_is_told_and_nothing_is_written(
    desk: Context, capsys: Told, tmp_path: Path, verb: str
) -> None:
    for name, content in (("a.csv", b"account\n\xff\n"), ("a.xlsx", b"PK"), ("a.json", b"{}")):
        (tmp_path / name).write_bytes(content)
        said(capsys, "participants", verb, KEY, tmp_path / name, *BY, code=2)
    said(capsys, "participants", verb, KEY, tmp_path / "none.csv", *BY, code=2)
    assert not list(tmp_path.glob("*.rejects.csv"))
    assert "0 participants" in said(capsys, "participants", "show", KEY)


def test_letters_go_into_a_file_once(desk: Context, capsys: Told, tmp_path: Path) -> None:
    players, out = tmp_path / "players.csv", tmp_path / "welcome.csv"
    players.write_text("account,name\na1,=Li\n", encoding="utf-8")
    said(capsys, "participants", "import", KEY, players, *BY)
    assert said(capsys, "participants", "letters", KEY, "welcome", "-o", out, *BY) == f"1 letters in {out}.\n"
    assert "exists already" in said(capsys, "participants", "letters", KEY, "welcome", "-o", out, *BY, code=3)
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines(keepends=True)))
    assert rows[0] == ["account", "name", "email", "phone", "subject", "text"]
    assert rows[1][:5] == ["a1", "'=Li", "", "", "Welcome to Theme"]
    assert (
        said(capsys, "participants", "letters", KEY, "welcome", "-o", out, "--force", *BY) == f"0 letters in {out}.\n"
    )
    assert "There is no letter `hello`" in said(
        capsys, "participants", "letters", KEY, "hello", "-o", tmp_path / "x", *BY, code=2
    )


def test_somebody_is_erased(desk: Context, capsys: Told, tmp_path: Path) -> None:
    players = tmp_path / "players.csv"
    players.write_text("account,name\na1,Li\n", encoding="utf-8")
    said(capsys, "participants", "import", KEY, players, *BY)
    assert said(capsys, "participants", "erase", KEY, "A1", *BY).startswith("Nothing personal is left of ")
    assert "Nobody who takes part" in said(capsys, "participants", "erase", KEY, "a1", *BY, code=4)
