"""`opsflow plan` on the shipped samples: what programs read, what people read, and how it refuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from opsflow.cli.plan import plan
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.terms import Language
from opsflow.settings import SHIPPED

SAMPLES = SHIPPED / "samples" / "campaigns"
DOUBLE_ELEVEN = str(SAMPLES / "double-eleven-2026.yaml")
BEFORE = ("--today", "2026-07-01")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(plan)
    return CliRunner().invoke(app, arguments)


def read(*arguments: str) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def tasks_of(found: Any) -> dict[str, Any]:
    return {task["id"]: task for stage in found["stages"] for task in stage["tasks"]}


@pytest.fixture(scope="module")
def double_eleven() -> Any:
    return read(DOUBLE_ELEVEN, *BEFORE, "--language", "en")


def test_json_has_the_keys_of_the_issue_in_their_order(double_eleven: Any) -> None:
    assert list(double_eleven) == ["campaign", "level", "launch", "end", "provisional", "stages", "warnings"]
    stage = double_eleven["stages"][0]
    assert list(stage) == ["name", "opens", "closes", "meeting", "tasks"]
    assert list(stage["meeting"]) == ["at", "mode"]
    assert list(stage["tasks"][0]) == [
        "id", "title", "role", "owner", "deputy_for", "department", "start", "due", "float_days", "critical", "because",
    ]  # fmt: skip


def test_the_window_is_two_instants_in_the_campaigns_zone(double_eleven: Any) -> None:
    assert (double_eleven["launch"], double_eleven["end"]) == ("2026-10-20T00:00:00+08:00", "2026-11-12T00:00:00+08:00")


@pytest.mark.parametrize(
    ("code", "start", "due"),
    [
        ("IP01", "2026-07-31T09:00:00+08:00", "2026-07-31T18:00:00+08:00"),
        ("IP11", "2026-08-11T09:00:00+08:00", "2026-08-11T18:00:00+08:00"),
        ("EX01", "2026-09-09T09:00:00+08:00", "2026-09-09T18:00:00+08:00"),
        ("EX25", "2026-10-10T09:00:00+08:00", "2026-10-10T18:00:00+08:00"),
        ("EX29", "2026-10-20T00:00:00+08:00", "2026-10-20T18:00:00+08:00"),
        ("RV09", "2026-12-07T09:00:00+08:00", "2026-12-07T18:00:00+08:00"),
    ],
)
def test_the_sample_of_double_eleven_falls_on_the_days_of_the_issue(
    double_eleven: Any, code: str, start: str, due: str
) -> None:
    task = tasks_of(double_eleven)[code]
    assert (task["start"], task["due"]) == (start, due)


def test_a_live_task_is_one_entry_with_its_repeats_and_an_approval_has_its_approvers(double_eleven: Any) -> None:
    tasks = tasks_of(double_eleven)
    assert tasks["LV03"]["repeats"][0] == "2026-10-20T09:00:00+08:00"
    assert tasks["LV10"]["repeats"] == []
    assert tasks["CO13"]["approvers"][0] == tasks["CO13"]["owner"]
    assert len(tasks["CO13"]["approvers"]) == 3
    assert "repeats" not in tasks["IP01"]
    assert "approvers" not in tasks["IP01"]


def test_an_absent_heads_work_is_the_deputys_and_says_for_whom(double_eleven: Any) -> None:
    deputised = [task for task in tasks_of(double_eleven).values() if task["deputy_for"]]
    assert deputised
    assert all(task["owner"] != task["deputy_for"] for task in deputised)


def test_a_bare_department_is_the_department_heads(double_eleven: Any) -> None:
    assert tasks_of(double_eleven)["IP02"]["role"] == "department_head"


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*.yaml")))
def test_every_sample_is_planned_and_its_stages_are_the_six(sample: str) -> None:
    found = read(str(SAMPLES / sample), *BEFORE)
    assert [stage["name"] for stage in found["stages"]] == [
        "initial_planning", "coordination", "decision", "execution", "closing", "review",
    ]  # fmt: skip
    for stage in found["stages"]:
        assert bool(stage["tasks"]) == bool(stage["opens"]) == bool(stage["closes"])


def test_a_plan_that_touches_an_unpublished_year_is_provisional() -> None:
    found = read(str(SAMPLES / "spring-game-2027.yaml"), *BEFORE, "--language", "en")
    assert found["level"] == "A"
    assert found["provisional"] is any("is not published" in warning for warning in found["warnings"])


def test_the_same_plan_is_read_in_either_language() -> None:
    english, chinese = (read(DOUBLE_ELEVEN, *BEFORE, "--language", language) for language in ("en", "zh"))
    assert tasks_of(english)["IP11"]["title"] == "Initial planning meeting"
    assert tasks_of(chinese)["IP11"]["title"] == "策划启动会"
    assert tasks_of(chinese)["EX29"]["because"][0] == "活动窗口于 2026-10-20（周二）开启。"
    assert tasks_of(english).keys() == tasks_of(chinese).keys()


def test_the_table_goes_stage_by_stage_with_weekdays_owners_float_and_the_critical_mark() -> None:
    lines = run(DOUBLE_ELEVEN, *BEFORE, "--language", "en").output.splitlines()
    meeting = next(line for line in lines if line.startswith("IP11"))
    assert meeting.split()[1:4] == ["Initial", "planning", "meeting"]
    assert "Tue 2026-08-11" in meeting
    assert meeting.rstrip().endswith("6      critical")
    assert [line.split(":")[0] for line in lines if line.startswith(("Initial", "Coord", "Decis", "Exec", "Clos", "Rev"))] == [
        "Initial planning", "Coordination", "Decision", "Execution", "Closing", "Review",
    ]  # fmt: skip


def on_terminal(width: int, *arguments: str) -> list[str]:
    app = typer.Typer()
    app.command()(plan)
    result = CliRunner(env={"FORCE_COLOR": "1", "COLUMNS": str(width), "TERM": "xterm"}).invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return re.sub(r"\x1b\[[0-9;]*m", "", result.output).splitlines()


@pytest.mark.parametrize("width", [40, 50, 60, 79, 80, 100])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_start_and_due_are_whole_however_narrow_the_terminal_is(
    double_eleven: Any, width: int, language: Language
) -> None:
    lines = on_terminal(width, DOUBLE_ELEVEN, *BEFORE, "--language", language)
    assert max(cell_len(line) for line in lines) <= width
    for code, task in tasks_of(double_eleven).items():
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{code} "))
        dated = next(found for line in lines[at:] if (found := re.findall(r"\d{4}-\d\d-\d\d", line)))
        assert dated == [task["start"][:10], task["due"][:10]], code
    assert not any("…" in line for line in lines)


def test_a_stage_without_tasks_is_shown_as_skipped() -> None:
    result = run(str(SAMPLES / "member-day-2026.yaml"), *BEFORE, "--language", "en")
    assert "Coordination: skipped at this level" in result.output


def test_explain_prints_every_reason_for_one_task() -> None:
    result = run(DOUBLE_ELEVEN, *BEFORE, "--explain", "ex25", "--language", "en")
    assert result.exit_code == 0
    assert result.output.splitlines()[:2] == [
        "EX25 Warm-up goes out: Sat 2026-10-10 09:00 - Sat 2026-10-10 18:00, Huang Lei",
        "  - Held on Sat 2026-10-10, 7 working days before the launch on Tue 2026-10-20.",
    ]


def test_explain_as_json_is_that_task_alone() -> None:
    assert read(DOUBLE_ELEVEN, *BEFORE, "--explain", "EX25")["id"] == "EX25"


def test_an_unknown_task_is_not_found_and_close_ones_are_named() -> None:
    result = run(DOUBLE_ELEVEN, *BEFORE, "--explain", "EX99")
    assert isinstance(result.exception, NotFound)
    assert "Did you mean EX" in str(result.exception)


def test_a_day_that_is_none_is_bad_input() -> None:
    result = run(DOUBLE_ELEVEN, "--today", "tomorrow")
    assert isinstance(result.exception, BadInput)
    assert "2026-08-03" in str(result.exception)


def test_a_refusal_is_json_on_stdout_with_exit_code_3() -> None:
    result = run(DOUBLE_ELEVEN, "--today", "2026-08-17", "--format", "json", "--language", "en")
    assert result.exit_code == 3
    refusal = json.loads(result.stdout)
    assert list(refusal) == [
        "feasible", "short_by_working_days", "earliest_launch", "provisional", "reasons", "changes", "warnings",
    ]  # fmt: skip
    assert refusal["provisional"] is False
    assert (refusal["feasible"], refusal["short_by_working_days"], refusal["earliest_launch"]) == (
        False,
        5,
        "2026-10-27",
    )
    assert refusal["changes"][0] == "Launch 5 working days later: on Tue 2026-10-27 at the earliest."


GUESSED = "The official calendar of 2050 is not published: dates in it are provisional."


@pytest.fixture
def game(tmp_path: Path) -> str:
    """The sample of a spring, in a year that no library knows: it begins in the year before."""
    for name in ("org.yaml", "campaigns/spring-game-2027.yaml"):
        text = (SAMPLES.parent / name).read_text(encoding="utf-8")
        (tmp_path / Path(name).name).write_text(text.replace("2027", "2050").replace("2026", "2049"), encoding="utf-8")
    return str(tmp_path / "spring-game-2027.yaml")


def test_a_refusal_whose_earliest_launch_rests_on_a_guess_says_so(game: str) -> None:
    """F28."""
    late = (game, "--today", "2050-01-04", "--language", "en")
    told = run(*late)
    assert told.exit_code == 3
    assert told.stdout.splitlines()[-1] == f"Warning: {GUESSED}"
    refusal = json.loads(run(*late, "--format", "json").stdout)
    assert (refusal["provisional"], refusal["warnings"][-1]) == (True, GUESSED)
    assert refusal["earliest_launch"].startswith("2050-")


def test_one_explained_task_is_provisional_where_its_dates_are(game: str) -> None:
    early = (game, "--today", "2049-07-01", "--language", "en")
    assert run(*early, "--explain", "RV09").stderr == f"Warning: {GUESSED}\n"
    assert run(*early, "--explain", "EX29").stderr == "", "the launch is as the file says"


@pytest.mark.parametrize("form", ["csv", "ics", "xlsx"])
def test_an_export_says_every_warning_beside_the_file(game: str, tmp_path: Path, form: str) -> None:
    """F28."""
    early = (game, "--today", "2049-07-01", "--language", "en")
    expected = read(*early)["warnings"]
    assert GUESSED in expected
    told = run(*early, "--format", form, "-o", str(tmp_path / "plan"))
    assert told.stdout == f"Written: {tmp_path / 'plan'}\n"
    assert told.stderr.splitlines() == [f"Warning: {warning}" for warning in expected]


def test_a_refusal_is_said_to_people_with_reasons_and_the_way_out() -> None:
    result = run(DOUBLE_ELEVEN, "--today", "2026-08-17", "--language", "en")
    assert result.exit_code == 3
    lines = result.output.splitlines()
    assert lines[0] == (
        "double-eleven-2026 does not fit at level S: 5 working day(s) too few. The earliest launch is 2026-10-27."
    )
    assert "Why:" in lines
    assert "What would make it fit:" in lines


@pytest.mark.parametrize("width", [60, 150])
def test_a_name_in_square_brackets_is_no_markup(game: str, width: int) -> None:
    org = Path(game).with_name("org.yaml")
    org.write_text(org.read_text(encoding="utf-8").replace("Chen Li", "'Chen [/Li]'"), encoding="utf-8")
    lines = on_terminal(width, game, "--today", "2049-07-01", "--language", "en")
    assert any("Chen [/Li]" in line for line in lines)
