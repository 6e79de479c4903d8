"""A draw from the command line, from the list to the proof that a participant checks with Python alone."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsflow.bootstrap import use_context
from opsflow.campaigns.store import load_campaign
from opsflow.cli.commands import run
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from tests.campaigns.planning import organisation
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER, begin
from tests.prizes.drawing import LIST, LOTTERY, NUMBER, PRIZES, SOURCE, crowd, evening, id_of, play

BY = ("--by", MANAGER)


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """Twenty people have played in the small campaign, which is over."""
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        begin(context, prizes=PRIZES, draws=[LOTTERY, LIST], prize_terms={"number_source": SOURCE})
        evening(context)
        play(context, *crowd(20, orders="2"))
        yield context


def test_a_draw_from_its_list_to_a_proof_anybody_can_check(desk: Context, capsys: Told, tmp_path: Path) -> None:
    told = said(capsys, "prizes", "freeze", KEY, "lots", *BY)
    assert told.splitlines() == [
        "lots · lottery · frozen",
        "  20 take part, 0 are left out",
        "  3 win: 1 phone, 2 mug; it costs CNY 1,290.00, tax included",
        "If this is right, seal it:",
        "  opsflow prizes commit small-campaign lots --winners 3 --cost 1290.00",
    ]
    wrong = said(capsys, "prizes", "commit", KEY, "lots", "--winners", 2, "--cost", "1,290", *BY, code=3)
    assert "gives 3 prizes for CNY 1,290.00, and you said 2" in wrong
    commitment = said(capsys, "prizes", "commit", KEY, "lots", "--winners", 3, "--cost", "1290.00", *BY).split()[-1]
    assert "known from" in said(capsys, "prizes", "draw", KEY, "lots", "--number", NUMBER, *BY, code=3)
    evening(desk, "28", 16)
    told = said(capsys, "prizes", "draw", KEY, "lots", "--number", NUMBER, *BY)
    assert told.startswith("lots is drawn: 3 win, 2 are alternates.\n  phone (1)\n         1  ")
    assert "drawn with 3245.67" in said(capsys, "prizes", "draw", KEY, "lots", "--number", "1", *BY, code=5)
    folder = tmp_path / "proof"
    told = said(capsys, "prizes", "proof", KEY, "lots", "-o", folder)
    assert f"verify.py {folder} {commitment} {NUMBER}" in told
    checked = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), str(folder), commitment, NUMBER],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert checked.stdout.startswith("The proof holds: 5 drawn of 20")
    assert said(capsys, "prizes", "verify", folder, commitment, NUMBER).startswith("The proof holds")
    assert "does not hold" in said(capsys, "prizes", "verify", folder, commitment, "3245.68", code=3)
    assert "is no proof" in said(capsys, "prizes", "verify", tmp_path, commitment, code=2)
    assert "exists already" in said(capsys, "prizes", "proof", KEY, "lots", "-o", folder, code=3)


def test_a_draw_that_the_rewards_line_does_not_cover_is_sealed_with_a_warning(
    sqlite_database: Database, clock: VirtualClock, capsys: Told, tmp_path: Path
) -> None:
    budget = {"lines": [{"line": "rewards", "amount": "1280"}]}
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        begin(context, prizes=PRIZES, draws=[LOTTERY], prize_terms={"number_source": SOURCE}, budget=budget)
        evening(context)
        play(context, *crowd(20, orders="2"))
        warning = "warning: that is CNY 10.00 more than the rewards line has for it"
        assert warning in said(capsys, "prizes", "freeze", KEY, "lots", *BY)
        assert run(["prizes", "commit", KEY, "lots", "--winners", "3", "--cost", "1290.00", *BY]) == 0
        told = capsys.readouterr()
        assert told.err.startswith(warning)
        assert told.out.startswith("lots is sealed.")


def test_one_participant_checks_their_own_line(desk: Context, capsys: Told, tmp_path: Path) -> None:
    winners, who, folder = tmp_path / "winners.csv", id_of(desk, "u1"), tmp_path / "mine"
    winners.write_text("account,prize\nU1,mug\nu2,coupon\n", encoding="utf-8")
    asked = ("prizes", "proof", KEY, "jury", "--participant")
    said(capsys, "prizes", "freeze", KEY, "jury", "--winners", winners, *BY)
    assert "is not committed yet" in said(capsys, *asked, who, "-o", folder, code=3)
    said(capsys, "prizes", "commit", KEY, "jury", "--winners", 2, "--cost", "25", *BY)
    assert "Nobody of the id ghost" in said(capsys, *asked, "ghost", "-o", folder, code=4)
    told = said(capsys, *asked, who, "-o", folder)
    command = shlex.split(told.partition("They check it: ")[2])
    checked = subprocess.run([sys.executable, "-I", "-S", *command[1:]], capture_output=True, text=True, check=True)
    assert checked.stdout.startswith(f"{who} is one of 2 on the list 'entrants' that was sealed")
    assert sorted(each.name for each in folder.iterdir()) == ["included.py", "inclusion.json"]


def test_anybody_checks_a_finished_list_with_the_command_that_proof_prints(
    desk: Context, capsys: Told, tmp_path: Path
) -> None:
    winners, folder = tmp_path / "winners.csv", tmp_path / "proof"
    winners.write_text("account,prize\nU1,mug\nu2,coupon\n", encoding="utf-8")
    said(capsys, "prizes", "freeze", KEY, "jury", "--winners", winners, *BY)
    said(capsys, "prizes", "commit", KEY, "jury", "--winners", 2, "--cost", "25", *BY)
    said(capsys, "prizes", "draw", KEY, "jury", *BY)
    told = said(capsys, "prizes", "proof", KEY, "jury", "-o", folder)
    command = shlex.split(told.partition("Anybody checks it: ")[2])
    checked = subprocess.run([sys.executable, "-I", "-S", *command[1:]], capture_output=True, text=True, check=True)
    assert checked.stdout == "The proof holds: 2 places of 2 on the list.\n"
    assert said(capsys, "prizes", "verify", folder, command[-1]) == checked.stdout


def test_what_became_of_somebody(desk: Context, capsys: Told, tmp_path: Path) -> None:
    winners = tmp_path / "winners.csv"
    winners.write_text("account,prize\nU1,mug\nu2,coupon\n", encoding="utf-8")
    said(capsys, "prizes", "freeze", KEY, "jury", "--winners", winners, *BY)
    said(capsys, "prizes", "commit", KEY, "jury", "--winners", 2, "--cost", "25", *BY)
    said(capsys, "prizes", "draw", KEY, "jury", *BY)
    told = said(capsys, "prizes", "where", KEY, "u1", *BY).splitlines()
    assert told[0] == f"{id_of(desk, 'u1')} · joined"
    assert told[1].startswith("  jury: won mug (place ")
    assert (
        said(capsys, "prizes", "replace", KEY, "jury", "u1", "--reason", "Staff", *BY)
        == "No alternate is left: it stays.\n"
    )
    found = json.loads(said(capsys, "prizes", "where", KEY, "u1", "--format", "json", *BY))
    assert [each["fate"] for each in found["draws"]] == ["had won, and lost it: Staff"]
    assert said(capsys, "prizes", "where", KEY, "u3", *BY).splitlines()[1] == "  in no draw yet"
    assert "Nobody who takes part" in said(capsys, "prizes", "where", KEY, "ghost", *BY, code=4)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("account,prize\nu2,\n", "a winner has a prize of this draw"),
        ("account,prize\nu2,mug,x\n", "it has 3 values"),
        ("account,prize\nu2,phone\n", "a winner has a prize of this draw"),
        ("account,prize\nu1,mug\n", "stands in the list already"),
    ],
)
def test_rows_of_a_list_that_are_none_are_rejected_with_their_reason(
    desk: Context, capsys: Told, tmp_path: Path, content: str, part: str
) -> None:
    winners, rejects = tmp_path / "winners.csv", tmp_path / "not-taken.csv"
    winners.write_text(content.replace("prize\n", "prize\nu1,mug\n"), encoding="utf-8")
    arguments = ["prizes", "freeze", KEY, "jury", "--winners", str(winners), "--rejects", str(rejects), *BY]
    assert run(arguments) == 0
    told = capsys.readouterr()
    assert "1 rows rejected, with reasons: " in told.err
    assert "1 take part" in told.out
    head, line = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert head == "line,reason,values"
    assert line.startswith("3,")
    assert part in line


def test_a_list_that_cannot_be_read_is_told(desk: Context, capsys: Told, tmp_path: Path) -> None:
    assert "is no file that can be read" in said(
        capsys, "prizes", "freeze", KEY, "jury", "--winners", tmp_path / "none.csv", *BY, code=2
    )


def test_times_and_amounts_that_are_none_are_told(desk: Context, capsys: Told) -> None:
    for time in ("tomorrow", "2026-08-31T15:00+08:00", "31.8."):
        assert "write a local time" in said(capsys, "prizes", "freeze", KEY, "lots", "--number-at", time, *BY, code=2)
    said(capsys, "prizes", "freeze", KEY, "lots", *BY)
    for cost in ("1e3", "NaN", "-1", "12.345"):
        said(capsys, "prizes", "commit", KEY, "lots", "--winners", 3, f"--cost={cost}", *BY, code=2)


def test_winners_are_told_by_a_file_of_links_and_what_nobody_claims_lapses(
    desk: Context, capsys: Told, tmp_path: Path, clock: VirtualClock
) -> None:
    settings = desk.settings.model_copy(update={"public_url": "https://example.com", "secret": SecretStr("s" * 40)})
    said(capsys, "prizes", "freeze", KEY, "lots", *BY)
    said(capsys, "prizes", "commit", KEY, "lots", "--winners", 3, "--cost", "1290.00", *BY)
    evening(desk, "28", 16)
    said(capsys, "prizes", "draw", KEY, "lots", "--number", NUMBER, *BY)
    out = tmp_path / "winners.csv"
    assert "set OPSFLOW_PUBLIC_URL" in said(capsys, "prizes", "claim", KEY, "-o", out, *BY, code=2)
    with use_context(replace(desk, settings=settings)):
        assert said(capsys, "prizes", "claim", KEY, "-o", out, *BY) == f"3 winners to tell, in {out}.\n"
        assert "exists already" in said(capsys, "prizes", "claim", KEY, "-o", out, *BY, code=3)
    lines = out.read_text("utf-8-sig").splitlines()
    assert lines[0] == "account,name,email,phone,prize,prize_zh,until,link"
    assert len(lines) == 4
    assert "https://example.com/claims/" in lines[1]
    clock.move_to(clock.now().replace(month=9, day=20))
    told = said(capsys, "prizes", "lapse", KEY)
    assert told == "3 prizes were not claimed in time; 2 of them go to alternates.\n"


def test_what_the_draws_may_cost_is_shown_with_its_spread(desk: Context, capsys: Told) -> None:
    told = said(capsys, "prizes", "simulate", KEY, "--participants", 1000).splitlines()
    assert told[0] == "1,000 participants; 5th, 50th and 95th percentile"
    assert told[1] == "lots · 100.0% qualify"
    assert told[3].split() == ["win", "3", "3", "3"]
    assert told[-1] == "all draws at most CNY 1,290.00, tax included"
    found = json.loads(said(capsys, "prizes", "simulate", KEY, "--participants", 9, "--share", "0", "--format", "json"))
    assert found["lots"]["cost"] == ["0.00", "0.00", "0.00"]
    assert "There is no campaign" in said(
        capsys, "prizes", "simulate", KEY, "--participants", 9, "--like", "none", code=4
    )


def test_published_terms_change_only_in_the_participants_favour(
    desk: Context, capsys: Told, tmp_path: Path, clock: VirtualClock
) -> None:
    with desk.transaction() as session:
        stored = load_campaign(session, KEY).file
    assert desk.settings.workspace is not None
    source = desk.settings.workspace / "small.yaml"

    def write(**changes: object) -> None:
        given = stored.model_copy(update=changes).model_dump(mode="json", exclude_none=True)
        source.write_text(json.dumps(given, default=str), encoding="utf-8")

    (desk.settings.workspace / "org.yaml").write_text(
        json.dumps(organisation().model_dump(mode="json", exclude_none=True), default=str), encoding="utf-8"
    )
    more = stored.draws[0].model_copy(update={"alternates": 3})
    write(draws=(more, *stored.draws[1:]))
    assert "Add --apply to file it." in said(capsys, "prizes", "terms", KEY, "--from", source)
    assert said(capsys, "prizes", "terms", KEY, "--from", source, "--apply", *BY).splitlines() == [
        "  draw lots: alternates", "Filed.",
    ]  # fmt: skip
    assert "Nothing is written" in said(capsys, "prizes", "terms", KEY, "--from", source, "--apply", *BY, code=3)
    write()
    assert "nothing is filed that anybody loses by" in said(capsys, "prizes", "terms", KEY, "--from", source)
    refused = said(capsys, "prizes", "terms", KEY, "--from", source, "--apply", *BY, code=3)
    assert "only in the participants' favour: draw lots: alternates 2 instead of 3" in refused
    said(capsys, "prizes", "freeze", KEY, "lots", *BY)
    write(draws=(more.model_copy(update={"alternates": 9}), *stored.draws[1:]))
    assert "lots is frozen: its rules stand" in said(
        capsys, "prizes", "terms", KEY, "--from", source, "--apply", *BY, code=5
    )
