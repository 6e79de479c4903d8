"""What users said, from the command line."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.feedback.voices.model import Said, voice_id
from opsflow.feedback.voices.service import keep
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.rowfile import Row
from opsflow.participants.service import import_participants
from opsflow.settings import Settings
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER, begin
from tests.feedback.asked import asked
from tests.feedback.test_surveys import begun

BY = ("--by", MANAGER)
AT = datetime(2026, 8, 25, 1, tzinfo=UTC)


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """The small campaign."""
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        begin(context)
        yield context


def test_words_are_shown_with_what_decided_and_sorted_otherwise(desk: Context, capsys: Told, tmp_path: Path) -> None:
    texts = ("=HYPERLINK(1)\nprizes", "\x1b[31mNice\u202e")
    with desk.transaction() as session:
        keep(desk, session, KEY, [Said(voice_id("x", text), None, "survey", text, AT) for text in texts])
    shown = said(capsys, "feedback", "voices", KEY, *BY)
    assert "Prizes (because of prize) · survey, Tue 2026-08-25 09:00\n    =HYPERLINK(1)\n    prizes\n" in shown
    assert "Other (no word of the rule)" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    mine = json.loads(said(capsys, "feedback", "voices", KEY, "--topic", "prize", "--format", "json", *BY))[0]["id"]
    assert said(capsys, "feedback", "sort", KEY, mine[:8], "page", *BY) == f"{mine}: page, was prize.\n"
    assert "Page and app (as manager says; the rule found prize)" in said(capsys, "feedback", "voices", KEY, *BY)
    assert said(capsys, "feedback", "sort", KEY, mine, "rule-again", *BY) == f"{mine}: prize, was page.\n"
    out = tmp_path / "voices.csv"
    said(capsys, "feedback", "voices", KEY, "-o", out, *BY)
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert {row["text"] for row in csv.DictReader(file)} == {"'=HYPERLINK(1)\nprizes", "[31mNice"}
    assert "exists already" in said(capsys, "feedback", "voices", KEY, "-o", out, *BY, code=3)


def test_a_list_is_written_filled_in_and_taken_back(desk: Context, capsys: Told, tmp_path: Path) -> None:
    players, out = tmp_path / "players.csv", tmp_path / "calls.csv"
    players.write_text("account,name,phone,consent\na1,=Li,13800000001,yes\nb2,Wu,13800000002,yes\n", encoding="utf-8")
    said(capsys, "participants", "import", KEY, players, *BY)
    desk.clock.move_to(datetime(2026, 8, 28, 2, tzinfo=UTC))  # type: ignore[attr-defined]
    told = said(capsys, "feedback", "visits", KEY, "--list", 3, *BY)
    assert told == "2 listed now, 2 in all.\nNobody else takes part and agrees to be contacted.\n"
    assert said(capsys, "feedback", "visits", KEY, "-o", out, *BY) == f"2 participants to call in {out}.\n"
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["account"])
    assert [row["name"] for row in rows] == ["'=Li", "Wu"]
    rows[0] |= {
        "at": "2026-08-28 09:30",
        "channel": "telephone",
        "outcome": "reached",
        "offer": "yes",
        "note": "奖品好",
    }
    rows[1] |= {"at": "2026-08-28 09:40", "channel": "telephone", "outcome": "no_answer"}
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    for what in ("0 visits added, 2 changed, 0 known", "0 visits added, 0 changed, 2 known"):
        assert f"{what}, 0 rows rejected" in said(capsys, "feedback", "visits", KEY, "--import", out, *BY)
    told = said(capsys, "feedback", "visits", KEY, "--done", "b2", "--channel", "chat", "--outcome", "no_answer", *BY)
    assert told.endswith(": no_answer; 1 more to try.\n")
    assert said(capsys, "feedback", "visits", KEY).splitlines() == [
        "small-campaign · 2 return visits",
        "  customer_service-deputy      2 listed, 1 to call, 1 reached; 1 want an offer",
    ]
    offers = tmp_path / "offers.csv"
    said(capsys, "feedback", "offers", KEY, "-o", offers, *BY)
    text = offers.read_text("utf-8-sig").splitlines()
    assert (text[0], text[1].split(",")[1:]) == (
        "participant,account,name,email,phone",
        ["a1", "'=Li", "", "13800000001"],
    )
    assert "different things" in said(capsys, "feedback", "visits", KEY, "--list", 1, "-o", out, *BY, code=2)
    assert "Add --channel and --outcome" in said(capsys, "feedback", "visits", KEY, "--done", "a1", *BY, code=2)
    assert "or `planned`" in said(capsys, "feedback", "visits", KEY, "--list", "-3", *BY, code=2)


def test_answers_of_another_tool_come_in_and_rejected_rows_are_harmless(
    sqlite_ctx: Context, capsys: Told, tmp_path: Path
) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("序号,recommend,words\n1,9,=cmd()\n2,11,=cmd()\n", encoding="utf-8")
    with use_context(asked(sqlite_ctx, tmp_path / "ws")):
        told = said(capsys, "feedback", "import", KEY, file, "--tool", "forms", *BY)
        assert told == "answers.csv: 1 answers added, 0 changed, 0 known, 1 rows rejected.\n"
        assert json.loads(said(capsys, "feedback", "voices", KEY, "--format", "json", *BY))[0]["text"] == "=cmd()"
    rejected = (tmp_path / "answers.csv.rejects.csv").read_text("utf-8-sig").splitlines()[1]
    assert rejected.startswith("3,")
    assert "words: =cmd()" in rejected


def test_the_report_says_what_was_answered_and_how_sure_it_is(
    sqlite_ctx: Context, capsys: Told, tmp_path: Path
) -> None:
    file = tmp_path / "answers.csv"
    file.write_text(
        "account,satisfaction,recommend,words\nu0,5,10,奖品很好 \x1b[31m\nu1,4,9,\nu2,3,6,\n", encoding="utf-8"
    )
    with use_context(asked(sqlite_ctx, tmp_path / "ws")):
        said(capsys, "feedback", "import", KEY, file, "--tool", "forms", *BY)
        shown = said(capsys, "feedback", "report", KEY, *BY).splitlines()
        facts = json.loads(said(capsys, "feedback", "report", KEY, "--format", "json"))
        assert "  Add --by PERSON for examples." in said(capsys, "feedback", "report", KEY)
    assert shown[0] == (
        "small-campaign · What do you think of it? · opened Mon 2026-08-24 00:00, closes Tue 2026-09-01 10:00"
    )
    assert "  asked by link 0, seen by 0, answered by 0" in shown
    assert "  forms: 3 answers" in shown
    assert "How satisfied are you with the campaign as a whole? · few answers, 3: read with care" in shown
    assert "  mean 4.00 of 5" in shown
    assert "  net promoter 33 (95%: -51 to 85) · 2 promoters, 0 passives, 1 detractors" in shown
    assert any(line.endswith("  奖品很好 [31m") for line in shown)
    assert facts["questions"][1]["nps"]["interval_95"] == [-51, 85]
    assert [topic["examples"] for topic in facts["topics"]] == [[]] * 6


def test_a_survey_is_opened_its_links_are_written_and_it_is_closed(
    sqlite_database: Database, clock: VirtualClock, tmp_path: Path, capsys: Told
) -> None:
    bare = Context(Settings(database_url=sqlite_database.url), sqlite_database, clock, MemoryLauncher(), {})
    with use_context(begun(bare, clock, tmp_path)):
        told = said(capsys, "feedback", "open", KEY, *BY)
        assert "The survey of small-campaign is open: 5 questions, until Tue 2026-09-01 00:00." in told
        assert "3 participants asked." in told
        assert "was opened already" in said(capsys, "feedback", "open", KEY, *BY, code=5)
        out = tmp_path / "links.csv"
        assert said(capsys, "feedback", "links", KEY, "-o", out, *BY) == f"3 links in {out}.\n"
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["account"] for row in rows} == {"u0", "u1", "u2"}
        assert all(row["link"].startswith("https://opsflow.example.com/surveys/") for row in rows)
        assert "exists already" in said(capsys, "feedback", "links", KEY, "-o", out, *BY, code=2)
        codes = tmp_path / "codes.csv"
        assert said(capsys, "feedback", "links", KEY, "-o", codes, "--on-site", 2, *BY) == f"2 links in {codes}.\n"
        assert "is closed" in said(capsys, "feedback", "close", KEY, *BY)
        assert "took answers until" in said(capsys, "feedback", "links", KEY, "-o", out, "--force", *BY, code=5)


def test_letters_that_are_due_are_written_once_and_no_cell_is_a_formula(
    sqlite_ctx: Context, capsys: Told, tmp_path: Path
) -> None:
    out, by = tmp_path / "letters.csv", ("--by", "customer_service-head")
    here = asked(sqlite_ctx, tmp_path / "ws")
    import_participants(here, KEY, [Row(2, {"account": "=u9", "name": "=cmd()", "consent": "yes"})], by=MANAGER)
    with use_context(here):
        assert "OPSFLOW_PUBLIC_URL" in said(capsys, "feedback", "remind", KEY, "-o", out, *by, code=2)
        assert not out.exists()
    settings = here.settings.model_copy(update={"public_url": "https://ops.example.com"})
    with use_context(replace(here, settings=settings)):
        assert "are for others" in said(capsys, "feedback", "remind", KEY, "-o", out, "--by", "planner", code=3)
        assert said(capsys, "feedback", "remind", KEY, "-o", out, *by) == f"5 letters in {out}.\n"
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows = {row["account"]: row for row in csv.DictReader(file)}
        assert set(rows) == {"u0", "u1", "u2", "u3", "'=u9"}
        assert rows["'=u9"]["name"] == "'=cmd()"
        assert rows["u0"]["subject"] == "How was Theme?"
        assert "https://ops.example.com/surveys/" in rows["u0"]["text"]
        assert "exists already" in said(capsys, "feedback", "remind", KEY, "-o", out, *by, code=3)
        assert said(capsys, "feedback", "remind", KEY, "-o", out, "--force", *by) == f"0 letters in {out}.\n"
