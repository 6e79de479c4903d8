"""`opsflow plan -o`: files for other programs, written whole, never over another one unasked."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from opsflow.cli.plan import plan
from opsflow.kernel.errors import BadInput, Refused
from opsflow.settings import SHIPPED

SAMPLE = str(SHIPPED / "samples/campaigns/double-eleven-2026.yaml")
BEFORE = ("--today", "2026-07-01", "--language", "en")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(plan)
    return CliRunner().invoke(app, [SAMPLE, *BEFORE, *arguments])


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("xlsx", b"PK"),
        ("csv", b"\xef\xbb\xbfStage,Task"),
        ("ics", b"BEGIN:VCALENDAR"),
        ("json", b"{"),
        ("table", b"do"),
    ],
)
def test_each_format_goes_to_a_file(tmp_path: Path, form: str, begins: bytes) -> None:
    result = run("--format", form, "-o", str(tmp_path / "plan"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "plan").read_bytes().startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_a_workbook_needs_a_file() -> None:
    result = run("--format", "xlsx")
    assert isinstance(result.exception, BadInput)
    assert "-o plan.xlsx" in str(result.exception)


def test_text_formats_go_to_the_terminal_without_a_file() -> None:
    assert run("--format", "csv").stdout_bytes.startswith(b"\xef\xbb\xbfStage,Task")
    assert run("--format", "ics").stdout_bytes.endswith(b"END:VCALENDAR\r\n")


def test_another_file_is_not_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("mine")
    assert isinstance(run("--format", "csv", "-o", str(tmp_path / "plan.csv")).exception, Refused)
    assert (tmp_path / "plan.csv").read_text() == "mine"
    assert run("--format", "csv", "-o", str(tmp_path / "plan.csv"), "--force").exit_code == 0
    assert (tmp_path / "plan.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("named", ["campaign.yaml", "./campaign.yaml", "link.yaml"])
def test_the_campaign_file_is_never_replaced_by_its_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "campaign.yaml"
    file.write_bytes(Path(SAMPLE).read_bytes())
    (tmp_path / "link.yaml").symlink_to(file)
    app = typer.Typer()
    app.command()(plan)
    result = CliRunner().invoke(app, [str(file), "--format", "ics", "-o", named, "--force"])
    assert isinstance(result.exception, BadInput)
    assert "the campaign file itself" in str(result.exception)
    assert file.read_bytes() == Path(SAMPLE).read_bytes()


def test_a_plan_that_does_not_fit_writes_no_file_and_says_why(tmp_path: Path) -> None:
    result = run("--today", "2026-08-17", "--format", "xlsx", "-o", str(tmp_path / "plan.xlsx"))
    assert result.exit_code == 3
    assert "What would make it fit" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["csv", "ics"])
def test_a_plan_that_does_not_fit_is_no_calendar_and_no_table_of_prose(form: str) -> None:
    result = run("--today", "2026-08-17", "--format", form)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "What would make it fit" in result.stderr


def test_one_explained_task_is_no_table(tmp_path: Path) -> None:
    result = run("--explain", "EX28", "--format", "csv")
    assert isinstance(result.exception, BadInput)
    explained = run("--explain", "EX28", "--format", "json", "-o", str(tmp_path / "task.json"))
    assert explained.exit_code == 0
    assert json.loads((tmp_path / "task.json").read_text(encoding="utf-8"))["id"] == "EX28"
