"""Outputs and inputs that are closed, full or no longer read: no traceback, nothing half done, the command's own exit code."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

SAMPLE = ROOT / "sop_templates" / "samples" / "campaigns" / "double-eleven-2026.yaml"
OPSFLOW = f"{shlex.quote(sys.executable)} -m opsflow.cli.main"
PLAN = f"plan {shlex.quote(str(SAMPLE))} --today 2026-06-01"
OWN_CODES = {
    "--version": 0,
    "--help": 0,
    PLAN: 0,
    f"check {shlex.quote(str(SAMPLE))}": 0,
    "calendar show 2027": 0,
    "check nowhere.yaml": 2,
    "no-such-command": 2,
}
FULL = "The output cannot be read or written: No space left on device."


def bash(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A line of shell; `opsflow` in it is this one."""
    place = os.environ | {"PYTHONPATH": str(ROOT), **more}
    command = ["bash", "-c", line.replace("opsflow", OPSFLOW, 1)]
    return subprocess.run(command, cwd=folder, env=place, capture_output=True, text=True, check=False, timeout=110)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", OWN_CODES)
def test_a_closed_stream_changes_no_exit_code(tmp_path: Path, arguments: str, closed: str) -> None:
    done = bash(f"opsflow {arguments} {closed}", tmp_path)
    assert done.returncode == OWN_CODES[arguments], done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", OWN_CODES)
def test_a_reader_who_has_seen_enough_changes_no_exit_code(tmp_path: Path, arguments: str, unbuffered: str) -> None:
    line = f"(sleep 0.05; opsflow {arguments}; echo $? > code) | true"
    done = bash(line, tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert int((tmp_path / "code").read_text()) == OWN_CODES[arguments], done.stderr
    assert "Traceback" not in done.stderr
    assert "Broken pipe" not in done.stderr


def test_what_is_written_stands_whole_where_nobody_is_told(tmp_path: Path) -> None:
    done = bash("opsflow init w >&-", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "w" / "org.yaml").is_file()


def test_a_closed_output_lends_its_number_to_no_file(tmp_path: Path) -> None:
    """Else what is said would be written into it."""
    done = bash(f"opsflow {PLAN} --format csv -o plan.csv >&- 2>&-", tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "plan.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_version_tells_as_the_others_that_it_cannot_be_written(tmp_path: Path) -> None:
    done = bash("opsflow --version >/dev/full", tmp_path)
    assert done.returncode == 6
    assert done.stderr.startswith(FULL)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [("--help", 6), ("check nowhere.yaml", 2)])
def test_where_nothing_at_all_can_be_told_the_exit_code_tells(tmp_path: Path, arguments: str, code: int) -> None:
    assert bash(f"opsflow {arguments} >/dev/full 2>/dev/full", tmp_path).returncode == code


@pytest.mark.parametrize("closed", ["<&-", "</dev/null"])
@pytest.mark.parametrize("arguments", ["new", "copy {sample} next.yaml --launch 2027-10-20"])
def test_questions_that_nobody_can_answer_end_with_nothing_written(tmp_path: Path, arguments: str, closed: str) -> None:
    assert bash("opsflow init .", tmp_path).returncode == 0
    before = sorted(tmp_path.rglob("*"))
    done = bash(f"opsflow {arguments.format(sample='campaigns/first-campaign.yaml')} {closed}", tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "Nothing is written: " in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
