"""`opsflow new`: questions and answers, the plan before saving, nothing left behind by those who stop."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from opsflow.campaigns.files import load
from opsflow.cli.new import new
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import BadInput, OpsflowError, Refused
from opsflow.kernel.terms import Role
from opsflow.settings import SHIPPED
from tests.architecture.sources import ROOT

LEAST = ("--title", "Spring sale", "--target", "5000")


@pytest.fixture
def campaigns(tmp_path: Path) -> Path:
    """The empty campaigns folder of a workspace."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    shutil.copy(SHIPPED / "samples/org.yaml", tmp_path)
    return folder


def run(place: Path, *arguments: str, typed: str = "") -> Result:
    app = typer.Typer()
    app.command()(new)
    return CliRunner().invoke(app, [str(place), *arguments], input=typed)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def said(result: Result) -> str:
    assert isinstance(result.exception, OpsflowError), result.output
    return str(result.exception)


def test_title_and_target_are_enough_and_the_file_passes_every_check(campaigns: Path) -> None:
    result = run(campaigns, *LEAST, "--yes")
    assert result.exit_code == 0, result.exception
    (name,) = files(campaigns)
    found = load(campaigns / name, (SHIPPED,)).campaign
    assert (found.title.en, found.level, name) == ("Spring sale", "B", f"{found.key}.yaml")
    assert "Initial planning" in result.output
    assert result.output.rstrip().endswith(f"opsflow plan {campaigns / name}")


@pytest.mark.parametrize("level", ["S", "A", "B", "C"])
def test_the_proposed_launch_fits_at_every_level(campaigns: Path, level: str) -> None:
    result = run(campaigns, *LEAST, "--level", level, "--yes", "--conditions", "presale,on_site", "--goal", "sharing")
    assert result.exit_code == 0, result.output


def test_every_question_can_be_answered_with_return_but_title_and_target(campaigns: Path) -> None:
    typed = "Spring sale\n" + "\n" * 13 + "5000\n" + "\n" * 20
    result = run(campaigns, typed=typed)
    assert result.exit_code == 0, result.output
    assert len(files(campaigns)) == 1


def test_numbers_and_names_choose_and_nonsense_is_asked_again(campaigns: Path) -> None:
    answers = [
        "Spring sale", "春季大促", "Z", "4", "2027-13-01", "2027-05-06", "2027-05-01", "2027-05-07", "Bad Key", "spring-27",
        "4", "2, orders", "1,threshold", "none", "Why", "Whom", "What", "Page", "many", "9000",
        "0", "0", "0", "2000", "36000", "0", "2", "罗宇", "tian-tian", "", "", "y", "y", "y",
    ]  # fmt: skip
    result = run(campaigns, typed="\n".join([*answers, ""]))
    assert result.exit_code == 0, result.output
    found = load(campaigns / "spring-27.yaml", (SHIPPED,)).campaign
    assert (found.level, found.goal, found.purpose, found.mechanics) == (
        "C",
        "repurchase",
        ("retain", "orders"),
        ("lottery", "threshold"),
    )
    assert f"{found.live.start:%Y-%m-%d} {found.live.end:%Y-%m-%d}" == "2027-05-06 2027-05-08"
    assert found.budget.total == 38000
    assert found.kpis[0].target == 9000
    assert found.people[Role.PLANNER] == "luo-yu"
    assert "is none of them. There are: S, A, B, C." in result.output
    assert "write a day as" in result.output


def test_options_answer_everything_without_a_question(campaigns: Path) -> None:
    result = run(
        campaigns / "mine.yaml", *LEAST, "--yes", "--title-zh", "春季大促", "--level", "c", "--key", "spring-27", "--goal", "repurchase",
        "--purpose", "retain,orders", "--mechanics", "lottery", "--conditions", "presale", "--launch", "2027-05-06T10:00",
        "--last-day", "2027-05-07", "--background", "b", "--target-users", "t", "--behaviour", "x", "--carrier", "app",
        "--budget", "rewards=36000", "--budget", "publicity=2000", "--person", "planner=luo-yu",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    found = load(campaigns / "mine.yaml", (SHIPPED,)).campaign
    assert f"{found.live.start:%Y-%m-%dT%H:%M}" == "2027-05-06T10:00"
    assert found.presale
    assert found.budget.total == 38000
    assert found.people[Role.PLANNER] == "luo-yu"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target", "1"), "add --title"),
        (("--title", "x y"), "add --target"),
        ((*LEAST, "--level", "X"), "--level 'X'"),
        ((*LEAST, "--launch", "soon"), "write a day as"),
        ((*LEAST, "--launch", "2027-05-06", "--last-day", "2027-05-05"), "cannot lie before the launch"),
        ((*LEAST, "--mechanics", "lotery"), "Did you mean lottery?"),
        ((*LEAST, "--budget", "food=1"), "LINE=AMOUNT"),
        ((*LEAST, "--budget", "rewards=-1"), "a number from 0 on"),
        ((*LEAST, "--target", "NaN"), "a number"),
        ((*LEAST, "--person", "planner=nobody"), "planner=nobody"),
        ((*LEAST, "--person", "king=lin-yue"), "ROLE=KEY"),
        (("--title", "a\tb\x07", "--target", "1"), "on one line"),
        ((*LEAST, "--launch", "9999-12-31"), "--launch '9999-12-31': a campaign lies in the years 2000 to 2099"),
        ((*LEAST, "--launch", "0001-01-01"), "name a day from 2000-01-01 to 2099-12-24"),
        ((*LEAST, "--level", "C", "--launch", "2099-12-31"), "name a day from 2000-01-01 to 2099-12-30"),
        ((*LEAST, "--launch", "2099-12-20", "--last-day", "2099-12-31"), "nor after 2099-12-30"),
        ((*LEAST, "--budget", "rewards=1", "--budget", "rewards=2"), "rewards has an amount already"),
        ((*LEAST, "--person", "planner=he-jia", "--person", "planner=luo-yu"), "planner is filled already"),
    ],
)
def test_an_answer_that_makes_no_sense_is_named_and_nothing_is_written(
    campaigns: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = run(campaigns, *arguments, "--yes")
    assert isinstance(result.exception, BadInput)
    assert words in said(result)
    assert files(campaigns) == []


def test_a_taken_key_is_refused_and_the_proposed_one_is_free(campaigns: Path) -> None:
    assert run(campaigns, *LEAST, "--yes").exit_code == 0
    (first,) = files(campaigns)
    assert run(campaigns, *LEAST, "--yes").exit_code == 0
    assert files(campaigns) == sorted([first, first.replace(".yaml", "-2.yaml")])
    assert "is taken" in said(run(campaigns, *LEAST, "--yes", "--key", first.removesuffix(".yaml")))


def test_a_launch_too_early_shows_the_cure_and_saves_nothing(campaigns: Path) -> None:
    result = run(campaigns, *LEAST, "--yes", "--level", "S", "--launch", too_early())
    assert isinstance(result.exception, Refused)
    assert "choose another --launch" in said(result)
    assert "What would make it fit:" in result.output
    assert files(campaigns) == []


def test_a_launch_in_the_past_is_refused_like_one_too_early(campaigns: Path) -> None:
    past = (SystemClock().now() - timedelta(days=7)).date().isoformat()
    result = run(campaigns, *LEAST, "--yes", "--level", "C", "--launch", past)
    assert isinstance(result.exception, Refused)
    assert "`opsflow start` refuses a launch that is past" in result.output
    assert files(campaigns) == []
    earliest = said(result).removesuffix(" or later.").rpartition(" ")[2]
    assert run(campaigns, *LEAST, "--yes", "--level", "C", "--launch", earliest).exit_code == 0


def test_the_last_launch_that_files_may_name_is_taken(campaigns: Path) -> None:
    options = ("--level", "B", "--launch", "2099-12-30", "--last-day", "2099-12-30")
    assert run(campaigns, *LEAST, "--yes", *options).exit_code == 0


def test_a_path_with_a_blank_is_quoted_for_the_next_command(campaigns: Path) -> None:
    output = run(campaigns / "spring sale.yaml", *LEAST, "--yes").output
    assert f"Next: opsflow plan '{campaigns / 'spring sale.yaml'}'" in output


def test_the_earliest_launch_that_fits_is_proposed_and_taken(campaigns: Path) -> None:
    options = ("--level", "B", "--launch", too_early(), "--key", "early-1")
    result = run(campaigns, *LEAST, *options, typed="\n" * 40)
    assert result.exit_code == 0, result.output
    found = load(campaigns / "early-1.yaml", (SHIPPED,)).campaign
    assert f"{found.live.start:%Y-%m-%d}" in result.output.split("The earliest launch is ")[1][:12]
    assert (found.live.end - found.live.start).days == 7


@pytest.mark.parametrize("typed", ["", "Spring sale\n", "Spring sale\n" + "\n" * 13 + "5000\n" + "\n" * 3])
def test_an_end_of_input_leaves_nothing_behind(campaigns: Path, typed: str) -> None:
    result = run(campaigns, typed=typed)
    assert isinstance(result.exception, Refused)
    assert "Nothing is written" in said(result)
    assert files(campaigns) == []


def test_no_to_the_plan_leaves_nothing_behind(campaigns: Path) -> None:
    result = run(campaigns, *LEAST, typed="\n" * 20 + "n\n")
    assert result.exit_code != 0
    answers = run(campaigns, *LEAST, "--key", "no-1", typed=("\n" * 18) + "n\n" * 3)
    assert answers.exit_code != 0
    assert files(campaigns) == []


def test_an_interrupt_leaves_nothing_behind_and_no_traceback(campaigns: Path) -> None:
    place = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "opsflow.cli.main", "new", str(campaigns)]
    running = subprocess.Popen(
        command, env=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    assert running.stderr.read(5) == "Title"  # it waits for the first answer
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode != 0
    assert "Traceback" not in told
    assert files(campaigns) == []


def test_a_place_that_is_neither_folder_nor_yaml_is_refused(campaigns: Path) -> None:
    assert "end it with .yaml" in said(run(campaigns / "spring", *LEAST, "--yes"))
    (campaigns / "mine.yaml").write_text("mine")
    refused = run(campaigns / "mine.yaml", *LEAST, "--yes")
    assert isinstance(refused.exception, Refused)
    assert "--force" not in said(refused)  # there is no such option here
    assert (campaigns / "mine.yaml").read_text() == "mine"


def too_early() -> str:
    """A launch that no campaign can reach."""
    return (SystemClock().now() + timedelta(days=2)).date().isoformat()
