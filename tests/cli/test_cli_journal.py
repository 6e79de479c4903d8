"""The journal from the command line: what happened, and whether anybody changed it."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.checkpoints import CheckpointFile
from opsflow.bootstrap import use_context
from opsflow.cli.commands import run
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.comment import comment
from opsflow.journal.service import sign_due
from opsflow.journal.verifying import PERIOD
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import TaskCode
from opsflow.kernel.text import Text
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER, begin
from tests.journal.chained import past_the_guards


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """The small campaign, started and commented on."""
    plain = desk_context(sqlite_database, clock, tmp_path / "ws")
    with use_context(replace(plain, witness=partial(CheckpointFile, plain.settings))) as context:
        plan = begin(context)
        for number in range(3):
            said_ = Text.both(f"remark {number}")
            comment(context, KEY, TaskCode(plan.tasks[0].id), by=MANAGER, text=said_)
        yield context


def sign(desk: Context, clock: VirtualClock) -> Path:
    clock.move_to(clock.now() + PERIOD)
    assert sign_due(desk) == 1
    return CheckpointFile(desk.settings).file


def test_show_tells_who_did_what_when(desk: Context, capsys: Told) -> None:
    lines = said(capsys, "journal", "show", KEY).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["1", "2", "3", "4"]
    assert "Mon 2026-08-03 09:00" in lines[1]
    assert f"{MANAGER}  task.commented" in lines[1]
    assert "text: remark 0" in lines[1]
    assert re.search(r"launch: [A-Z][a-z]{2} 2026-\d\d-\d\d \d\d:\d\d$", lines[0]), "on the campaign's clocks"
    entries = json.loads(said(capsys, "journal", "show", KEY, "--format", "json"))
    assert [entry["number"] for entry in entries] == [1, 2, 3, 4]
    assert {len(entry["hash"]) for entry in entries} == {64}
    assert "no campaign none" in said(capsys, "journal", "show", "none", code=4)


def test_without_a_checkpoint_the_tail_is_unproven_and_with_one_it_is_whole(
    desk: Context, clock: VirtualClock, capsys: Told
) -> None:
    assert "Tail unproven" in _out(capsys, "journal", "verify", code=7)
    found = json.loads(_out(capsys, "journal", "verify", "--format", "json", code=7))
    assert (found["verdict"], found["entries"]) == ("tail unproven", 4)
    sign(desk, clock)
    whole = said(capsys, "journal", "verify")
    assert whole == (
        f"{KEY}: 4 entries, whole, signed up to entry 4 on 2026-08-03 01:10 UTC\n"
        "The journal is what was written, up to its checkpoints.\n"
    )


def test_an_entry_that_was_changed_is_named(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    sign(desk, clock)
    with past_the_guards(desk.database) as session:
        session.execute(sa.text("update journal set actor = 'nobody' where number = 3"))
    told = _out(capsys, "journal", "verify", code=1)
    assert f"{KEY}: 4 entries, broken at entry 3 (row 3): entry 3 is not what was written here" in told
    found = json.loads(_out(capsys, "journal", "verify", "--format", "json", code=1))
    assert found["chains"][0]["fault"]["entry"] == 3


def test_checkpoints_that_were_kept_elsewhere_prove_what_is_missing_here(
    desk: Context, clock: VirtualClock, capsys: Told, tmp_path: Path
) -> None:
    kept = shutil.move(sign(desk, clock), tmp_path / "elsewhere.jsonl")
    with past_the_guards(desk.database) as session:
        session.execute(sa.text("delete from journal where number > 2"))
        session.execute(sa.text("update journal_chains set signed = 0"))
    _out(capsys, "journal", "verify", code=7)
    told = _out(capsys, "journal", "verify", "--checkpoints", kept, code=1)
    assert "the entries from 3 on are missing: the checkpoint of 2026-08-03 01:10 UTC has signed 4" in told
    assert "There is no file" in said(capsys, "journal", "verify", "--checkpoints", tmp_path / "none", code=4)


def test_the_public_key_proves_where_the_secret_is_not(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    file = sign(desk, clock)
    public = json.loads(file.read_text())["key"]
    (file.parent / "checkpoint_key").unlink()
    assert "was signed with another key" in _out(capsys, "journal", "verify", code=1)
    assert "whole" in said(capsys, "journal", "verify", "--key", public)
    assert "no public key" in said(capsys, "journal", "verify", "--key", "12", code=2)


def _out(capsys: Told, *arguments: object, code: int) -> str:
    """What is printed with an exit code that is an answer, not an error."""
    assert run([str(argument) for argument in arguments]) == code
    return capsys.readouterr().out
