"""The commands that make and show files start without Prefect, FastAPI and SQLAlchemy."""

import shutil
from pathlib import Path

import pytest

from opsflow.settings import SHIPPED
from tests.cli.test_startup import HEAVY, SAMPLE, run


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "--help"),
        ("new", "mine.yaml", "--title", "Sale", "--target", "1", "--yes"),
        ("copy", str(SAMPLE), "copy.yaml", "--launch", "2027-10-19", "--yes"),
        ("plan", str(SAMPLE), "--today", "2026-06-01", "--format", "xlsx", "-o", "plan.xlsx"),
        ("plan", str(SAMPLE), "--today", "2026-06-01", "--format", "ics"),
        ("sop", "show", "--level", "C"),
        ("sop", "lint"),
        ("schema", "campaign"),
    ],
    ids=lambda arguments: " ".join(part for part in arguments if "/" not in part),
)
def test_a_command_about_files_imports_no_prefect(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shutil.copy(SHIPPED / "samples/org.yaml", tmp_path)
    code, modules, output = run(tmp_path, *arguments)
    assert code == 0, output
    assert modules & set(HEAVY) == set()


@pytest.mark.parametrize("command", [("new",), ("copy",), ("sop", "show"), ("sop", "lint"), ("schema",), ("plan",)])
def test_the_help_of_each_command_shows_an_example(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, _, output = run(tmp_path, *command, "--help")
    assert code == 0
    assert f"\n    opsflow {' '.join(command)}" in output, "an example stands on a line of its own"
