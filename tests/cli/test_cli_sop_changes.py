"""`opsflow sop propose`, `list`, `diff`, `accept`, `reject`: what is typed, and what is read."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.worklist import worklist
from opsflow.kernel.clock import VirtualClock
from tests.cli.desk import Told, said
from tests.engine.driving import People, live
from tests.engine.small import KEY, begin
from tests.review.desk import FIVE, edited, workspace


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    ctx = workspace(sqlite_database, clock, tmp_path)
    with use_context(ctx):
        yield ctx


def test_from_a_problem_to_the_next_version(here: Context, tmp_path: Path, capsys: Told) -> None:
    begin(here)
    live(People(here, KEY, idle=frozenset({"P1"})), until=lambda: bool(worklist(here, KEY).tasks))
    said(capsys, "task", "need-help", KEY, "P1", "Too short", "--sop", "Five days for E1", "--by", "planner")
    assert said(capsys, "sop", "list") == (
        "   1  small v1  waits for its edited file  an executor's problem (small-campaign P1), planner, 2026-08-04\n"
        "      Five days for E1\n"
    )
    file = edited(tmp_path, E1=FIVE)
    out = said(capsys, "sop", "propose", "small", "--of", 1, "--file", file, "--by", "executor")
    assert out == "Proposal 1 is kept. See it: opsflow sop diff 1\n"
    assert said(capsys, "sop", "diff", 1) == (
        "Proposal 1: small v1, waits to be accepted\nWhy: Five days for E1\n"
        "From: an executor's problem, small-campaign P1, planner\nEvidence: Too short\nChange written by: executor\n\n"
        "Lengths\n  E1 Task E1 takes 5 working days at level S, 3 before.\n\n"
        "Levels\n  At level S the longest chain before the launch is 16 working days; it was 14.\n\nStill to agree: the coordination post\n"
    )
    assert "S 级由 3 个工作日改为 5 个工作日" in said(capsys, "sop", "diff", 1, "--language", "zh")
    assert "+" in said(capsys, "sop", "diff", 1, "--format", "unified")
    found = json.loads(said(capsys, "sop", "diff", 1, "--format", "json"))
    assert [each["area"] for each in found["differences"]] == ["lengths", "levels"]
    out = said(capsys, "sop", "accept", 1, "--by", "pmo")
    assert out.startswith("Proposal 1 is accepted: version 2 is written")
    assert said(capsys, "sop", "list") == "No proposal waits for anybody.\n"
    (done,) = json.loads(said(capsys, "sop", "list", "--all", "--format", "json"))
    assert (done["status"], done["version"], done["agreed"][0]["person"]) == ("accepted", 2, "pmo")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("propose", "small"), 2, "Add --reason TEXT"),
        (("propose", "small", "--of", "1"), 2, "name it with --file"),
        (("propose", "small", "--reason", "x", "--file", "nope.yaml"), 2, "there is no such file"),
        (("propose", "small", "--reason", "x", "--campaign", "nope"), 4, "There is no campaign nope"),
        (("diff", "7"), 4, "There is no proposal 7"),
        (("accept", "7"), 4, "There is no proposal 7"),
        (("reject", "7", "--reason", "x"), 4, "There is no proposal 7"),
    ],
)
def test_a_mistake_is_named(here: Context, capsys: Told, words: tuple[str, ...], code: int, says: str) -> None:
    by = () if words[0] == "diff" else ("--by", "pmo")
    assert says in said(capsys, "sop", *words, *by, code=code)


def test_a_rejection_says_why(here: Context, capsys: Told) -> None:
    said(capsys, "sop", "propose", "small", "--reason", "Shorter", "--by", "planner")
    said(capsys, "sop", "reject", 1, "--reason", "One case is no pattern", "--by", "pmo")
    assert "rejected by pmo: One case is no pattern" in said(capsys, "sop", "list", "--all")
    assert "was rejected by pmo already" in said(capsys, "sop", "reject", 1, "--reason", "x", "--by", "pmo", code=5)
