"""`opsflow copy`: what it asks, what it refuses, and that nothing is written without every answer (M24, F29)."""

import shlex
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
    lines = said(run(campaigns, "--key", "n-1")).splitlines()
    answers = [part for line in lines if line.startswith("  ") for part in shlex.split(line, comments=True)]
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


@pytest.mark.parametrize("key", ["ab", "No-Good", "n" * 41, "n_1", ""])
def test_what_is_no_key_is_said_before_anything_else(campaigns: Path, key: str) -> None:
    told = said(run(campaigns, "--key", key))
    assert told == f"{key!r} is no key. 3 to 40 lower-case letters, digits or hyphens are needed here."


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


DOUBTFUL = "Season 2026-27 with CNY 2026 off; 10/8-10/9; ’26; 05/10/2026; 3-10 days"


def test_what_may_be_an_old_date_is_not_taken_by_yes_but_named_as_an_option(campaigns: Path) -> None:
    reworded(campaigns, DOUBTFUL)
    result = run(campaigns, "--yes")
    assert isinstance(result.exception, Refused)
    assert files(campaigns) == ["old.yaml"]
    told = said(result)
    for words in ("CNY 2026=CNY 2026", "10/8-10/9=10/7-10/8", "05/10/2026=04/10/2027"):
        assert f"\n  --replace '{words}'  # title > en" in told
    assert "--replace 'OLD=OLD' leaves one as it is" in told
    # What is understood is no matter for the reader of this refusal, nor is a length.
    assert told.count("--replace '") == 4


def test_what_may_be_an_old_date_is_open_beside_what_is_understood(campaigns: Path) -> None:
    reworded(campaigns, DOUBTFUL)
    told = said(run(campaigns, "--key", "n-1"))
    sure, _, doubtful = told.partition("which --yes does not decide")
    assert "--replace '2026-27=2027-28'  # title > en" in sure
    assert "--replace '’26=’27'  # title > en" in sure
    assert "--replace 'CNY 2026=CNY 2026'  # title > en" in doubtful
    assert files(campaigns) == ["old.yaml"]


def test_return_takes_the_guess_or_keeps_what_may_be_an_old_date(campaigns: Path) -> None:
    reworded(campaigns, DOUBTFUL)
    result = run(campaigns, "--key", "n-1", typed="\n" * 30)
    assert result.exit_code == 0, result.exception
    assert "'CNY 2026' in title > en, which may be an old date or year, becomes [CNY 2026]:" in result.stderr
    text = (campaigns / "new.yaml").read_text("utf-8")
    assert "Season 2027-28 with CNY 2026 off; 10/7-10/8; ’27; 04/10/2027; 3-10 days" in text
    assert "Left as they are, as you said:\n  title > en: 'CNY 2026'\n" in result.output
    assert "'CNY 2026' ->" not in result.output


def test_words_are_left_as_they_are_where_an_option_says_so(campaigns: Path) -> None:
    reworded(campaigns, DOUBTFUL)
    stays = ("2026-27=2026-27", "CNY 2026=CNY 2026", "10/8-10/9=8 Oct", "’26=’26", "05/10/2026=05/10/2026")
    result = run(campaigns, "--yes", *(part for pair in stays for part in ("--replace", pair)))
    assert result.exit_code == 0, result.exception
    text = (campaigns / "new.yaml").read_text("utf-8")
    assert "Season 2026-27 with CNY 2026 off; 8 Oct; ’26; 05/10/2026; 3-10 days" in text


def test_what_is_seen_only_without_what_stood_beside_it_is_asked_for_as_well(campaigns: Path) -> None:
    reworded(campaigns, "Sale 2026 1008")
    assert "--replace '1008=1007'  # title > en" in said(run(campaigns, "--yes"))
    assert files(campaigns) == ["old.yaml"]


def test_an_option_with_an_apostrophe_can_be_pasted_into_a_shell(campaigns: Path) -> None:
    reworded(campaigns, "Season '26")
    told = said(run(campaigns, "--key", "n-1"))
    line = next(line for line in told.splitlines() if "Season" not in line and "26=" in line and "title > en" in line)
    assert shlex.split(line, comments=True) == ["--replace", "'26='27"]


@pytest.mark.parametrize("sample", sorted((SAMPLES / "campaigns").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_sample_is_refused_for_a_figure(campaigns: Path, sample: Path) -> None:
    shutil.copy(sample, campaigns / "old.yaml")
    assert run(campaigns, "--yes", launch="2028-10-05").exit_code == 0


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
