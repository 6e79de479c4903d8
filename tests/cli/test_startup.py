"""Commands that need no Prefect, FastAPI or SQLAlchemy do not import them: people wait for every command."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from opsflow import __version__
from tests.architecture.sources import ROOT

SAMPLE = ROOT / "sop_templates" / "samples" / "campaigns" / "double-eleven-2026.yaml"
HEAVY = ("prefect", "fastapi", "sqlalchemy")
RUN = """
import json, pathlib, sys
report, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = "opsflow"
code = "crashed"
try:
    from opsflow.cli.main import main
    main()
    code = 0
except SystemExit as end:
    code = end.code or 0
finally:
    pathlib.Path(report).write_text(json.dumps({"code": code, "modules": sorted(sys.modules)}))
"""


def run(folder: Path, *arguments: str, script: str = RUN) -> tuple[int | str, set[str], str]:
    """Exit code, modules loaded at the end, and output of `opsflow <arguments>` in a process of its own."""
    report = folder / "report.json"
    place = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(report), *arguments]
    done = subprocess.run(command, cwd=folder, env=place, capture_output=True, text=True, check=False)
    told = json.loads(report.read_text())
    return told["code"], set(told["modules"]), done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("check", str(SAMPLE)),
        ("calendar", "show", "2026"),
        ("init", "here"),
        ("plan", str(SAMPLE), "--today", "2026-06-01"),
        ("plan", str(SAMPLE), "--today", "2026-06-01", "--format", "json"),
        ("rehearse", "--help"),
        ("up", "--help"),
        ("doctor", "--help"),
    ],
    ids=lambda arguments: " ".join(part for part in arguments if "/" not in part),
)
def test_a_command_that_needs_no_prefect_imports_none(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, modules, output = run(tmp_path, *arguments)
    assert code == 0, output
    assert modules & set(HEAVY) == set()


@pytest.mark.parametrize("arguments", [("up",), ("up", "--prefect-port", "0")], ids=" ".join)
def test_up_says_what_is_wrong_before_prefect_is_imported(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, modules, output = run(tmp_path, *arguments)
    assert code in (2, 4), output
    assert modules & set(HEAVY) == set()


def test_the_version_is_told_before_typer_is_imported(tmp_path: Path) -> None:
    code, modules, output = run(tmp_path, "--version")
    assert code == 0, output
    assert __version__ in output
    assert modules & {"typer", "rich", "pydantic", "yaml"} == set()


def test_a_planted_import_is_seen(tmp_path: Path) -> None:
    _, modules, _ = run(tmp_path, "--version", script="import sqlalchemy\n" + RUN)
    assert modules & set(HEAVY) == {"sqlalchemy"}


def test_a_command_that_crashes_does_not_pass_for_a_light_one(tmp_path: Path) -> None:
    code, _, _ = run(tmp_path, "--version", script=RUN.replace("main()", "raise RuntimeError"))
    assert code == "crashed"


@pytest.mark.parametrize("after", [0.1, 0.2, 0.3])
def test_ctrl_c_while_it_starts_shows_no_traceback(tmp_path: Path, after: float) -> None:
    """Most of what a command takes is imports."""
    command = [sys.executable, "-m", "opsflow.cli.main", "plan", str(SAMPLE)]
    place = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        sleep(after)
        started.send_signal(signal.SIGINT)
        _, told = started.communicate(timeout=60)
    assert b"Traceback" not in told
    # Below 0 it was ended before Python was there to be asked, at 0 it was done before.
    assert started.returncode in {130, -signal.SIGINT, 0}
