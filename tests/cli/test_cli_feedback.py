"""What users said, from the command line."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.feedback.voices.model import Said, voice_id
from opsflow.feedback.voices.service import keep
from opsflow.kernel.clock import VirtualClock
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER, begin

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
