"""`opsflow copy`: what it asks, what it refuses, and that nothing is written without every answer (M24, F29)."""

import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from opsflow.cli.copy import copy
from opsflow.kernel.errors import BadInput, OpsflowError, Refused
from opsflow.settings import SHIPPED

SAMPLES = SHIPPED / "samples"


@pytest.fixture
def campaigns(tmp_path: Path) -> Path:
    """A workspace's folder with one campaign of last year."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    shutil.copy(SAMPLES / "org.yaml", tmp_path)
    shutil.copy(SAMPLES / "campaigns/member-day-2026.yaml", folder / "old.yaml")
    return folder


def run(folder: Path, *arguments: str, typed: str = "", launch: str = "2027-10-07", target: str = "new.yaml") -> Result:
    app = typer.Typer()
    app.command()(copy)
    command = [str(folder / "old.yaml"), str(folder / target), "--launch", launch, *arguments]
    return CliRunner().invoke(app, command, input=typed)


def said(result: Result) -> str:
    assert isinstance(result.exception, OpsflowError), result.output
    return str(result.exception)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_yes_takes_every_proposal(campaigns: Path) -> None:
    result = run(campaigns, "--yes")
    assert result.exit_code == 0, result.exception
    text = (campaigns / "new.yaml").read_text(encoding="utf-8")
    assert "key: member-day-2027\n" in text
    assert "Member day of October 2027" in text
    assert "2026" not in text
    assert "Written: " in result.output


def test_key_and_texts_are_asked_for_with_proposals_that_return_accepts(campaigns: Path) -> None:
    typed = "autumn-day\nOctober next year\n" + "\n" * 20
    result = run(campaigns, typed=typed)
    assert result.exit_code == 0, result.exception
    text = (campaigns / "new.yaml").read_text(encoding="utf-8")
    assert "key: autumn-day\n" in text
    assert "Member day of October next year" in text
    assert "on 7 October 2027" in text


def test_without_answers_nothing_is_written_and_each_open_point_is_named_as_an_option(campaigns: Path) -> None:
    result = run(campaigns, "--key", "autumn-day")
    assert isinstance(result.exception, Refused)
    assert "--replace 'October 2026=October 2027'  # title > en" in said(result)
    assert files(campaigns) == ["old.yaml"]


def test_without_a_key_nothing_is_written(campaigns: Path) -> None:
    assert "--key member-day-2027" in said(run(campaigns))
    assert files(campaigns) == ["old.yaml"]


def test_an_end_of_input_in_the_middle_names_what_is_left_only(campaigns: Path) -> None:
    left = said(run(campaigns, typed="autumn-day\n\n"))
    assert "October 2026=" not in left.replace("8 October 2026=", "")
    assert "8 October 2026=7 October 2027" in left
    assert files(campaigns) == ["old.yaml"]


def test_every_text_can_be_answered_beforehand(campaigns: Path) -> None:
    options = [line.partition("#")[0].strip() for line in said(run(campaigns, "--key", "n-1")).splitlines()[1:]]
    answers = [part for option in options for part in ("--replace", option.removeprefix("--replace '").rstrip("' "))]
    result = run(campaigns, "--key", "n-1", *answers)
    assert result.exit_code == 0, result.exception


def test_a_key_that_the_folder_has_is_refused_with_a_free_one(campaigns: Path) -> None:
    assert "member-day-2026-2" in said(run(campaigns, "--yes", "--key", "member-day-2026"))
    assert run(campaigns, "--yes").exit_code == 0
    other = run(campaigns, "--yes", "--key", "member-day-2027", "--force")
    assert "is taken" in said(other)


def test_another_weekday_is_a_warning(campaigns: Path) -> None:
    assert "on a Thursday and is on a Friday now" in run(campaigns, "--yes", launch="2027-10-08").output
    assert "Warning: the launch was" not in run(campaigns, "--yes", "--key", "other", "--force").output


def test_an_existing_file_is_kept(campaigns: Path) -> None:
    (campaigns / "new.yaml").write_text("mine")
    assert "--force" in said(run(campaigns, "--yes"))
    assert (campaigns / "new.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "launch"),
    [(["--replace", "2026"], "2027-10-07"), ([], "tomorrow"), ([], "2026-10-08"), (["--key", "No Good"], "2027-10-07")],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    campaigns: Path, arguments: list[str], launch: str
) -> None:
    result = run(campaigns, "--yes", *arguments, launch=launch)
    assert isinstance(result.exception, BadInput | Refused)
    assert files(campaigns) == ["old.yaml"]


def test_a_folder_gets_a_file_named_by_the_key(campaigns: Path) -> None:
    app = typer.Typer()
    app.command()(copy)
    command = [str(campaigns / "old.yaml"), str(campaigns), "--launch", "2027-10-07", "--yes"]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert files(campaigns) == ["member-day-2027.yaml", "old.yaml"]


def reworded(folder: Path, words: str) -> None:
    """Last year's campaign with another title."""
    old = folder / "old.yaml"
    text = old.read_text(encoding="utf-8").replace("Member day of October 2026", words, 1)
    assert words in text
    old.write_text(text, encoding="utf-8")


def test_every_changed_text_is_told_with_its_field(campaigns: Path) -> None:
    output = run(campaigns, "--yes").output
    assert "  title > en: 'October 2026' -> 'October 2027'\n" in output
    assert "  rules > item 1 > en: '8 October 2026' -> '7 October 2027'\n" in output


@pytest.mark.parametrize("typed", [None, "\n" * 30])
def test_what_may_be_an_old_date_stays_and_is_told(campaigns: Path, typed: str | None) -> None:
    reworded(campaigns, "Season 2026-27 with CNY 2026 off; 10/8-10/9; 05/10/2026")
    result = run(campaigns, *([] if typed else ["--yes"]), typed=typed or "")
    assert result.exit_code == 0, result.exception
    assert "Season 2026-27 with CNY 2026 off; 10/8-10/9; 05/10/2026" in (campaigns / "new.yaml").read_text("utf-8")
    told = result.output.partition("may be old dates or years")[2]
    for words in ("2026-27", "CNY 2026", "10/8-10/9", "05/10/2026"):
        assert f"  {words!r} in title > en\n" in told
    own = run(campaigns, "--yes", "--force", "--key", "n-1", "--replace", "2026-27=2027/28")
    assert "Season 2027/28 with" in (campaigns / "new.yaml").read_text("utf-8")
    assert "2026-27" not in own.output.partition("may be old dates or years")[2]


@pytest.mark.parametrize("launch", ["9999-12-31", "0001-01-01", "2099-12-31"])
def test_a_launch_outside_the_years_there_are_is_named_with_those_that_are(campaigns: Path, launch: str) -> None:
    result = run(campaigns, "--yes", launch=launch)
    assert isinstance(result.exception, BadInput)
    assert f"--launch {launch}" in said(result)
    assert "2000 to 2099" in said(result)
    assert "\n" not in said(result)
    assert files(campaigns) == ["old.yaml"]
    latest = said(result).rstrip(".").rpartition(" ")[2]
    assert run(campaigns, "--yes", launch=latest).exit_code == 0


def test_a_launch_in_the_past_is_told_with_what_refuses_it(campaigns: Path) -> None:
    result = run(campaigns, "--yes", launch="2020-10-08")
    assert result.exit_code == 0, result.exception
    assert "Warning: The launch on Thu 2020-10-08 is in the past." in result.output
    assert "`opsflow start` refuses a launch that is past" in result.output
    assert "Next:" not in result.output


def test_the_plans_own_warnings_are_told(campaigns: Path) -> None:
    assert "The official calendar of 2029 is not published" in run(campaigns, "--yes", launch="2029-10-04").output


def test_a_path_with_a_blank_is_quoted_for_the_next_command(campaigns: Path) -> None:
    output = run(campaigns, "--yes", target="member day.yaml").output
    assert f"Next: opsflow plan '{campaigns / 'member day.yaml'}'" in output


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["nothing here=b"], "has 'nothing here' on its own"),
        (["October 2026=a", "October  2026=b"], "says twice what becomes of 'October 2026'"),
    ],
)
def test_a_replacement_that_finds_nothing_or_comes_twice_is_refused(
    campaigns: Path, pairs: list[str], words: str
) -> None:
    result = run(campaigns, "--yes", *(part for pair in pairs for part in ("--replace", pair)))
    assert isinstance(result.exception, BadInput)
    assert words in said(result)
    assert files(campaigns) == ["old.yaml"]


def test_a_name_that_no_command_looks_at_is_refused(campaigns: Path) -> None:
    assert "end it with .yaml" in said(run(campaigns, "--yes", target="new.txt"))
    assert files(campaigns) == ["old.yaml"]
