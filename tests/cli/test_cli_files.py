"""`opsflow check` and `opsflow init`, and how the command line answers."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from opsflow import __version__
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import load
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.cli.commands import COMMANDS, run
from opsflow.cli.workspace import write_workspace
from opsflow.kernel.errors import BadInput, Refused
from opsflow.settings import SHIPPED

SAMPLES = SHIPPED / "samples"
NOW = datetime(2026, 8, 3, 1, tzinfo=UTC)
"""Monday, 09:00 in Shanghai."""

Told = pytest.CaptureFixture[str]


def opsflow(capsys: Told, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command line."""
    code = run(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_check_tells_the_three_kinds_of_file_apart_by_what_they_hold(capsys: Told, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text((SAMPLES / "org.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    sop = SHIPPED / "sop" / "campaign" / "v1.yaml"
    campaign = SAMPLES / "campaigns" / "member-day-2026.yaml"
    code, out, err = opsflow(capsys, "check", str(tmp_path / "a.txt"), str(campaign), str(sop))
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{tmp_path / 'a.txt'}: ok, organisation Yunqi Living, 34 people",
        f"{campaign}: ok, campaign member-day-2026, level C",
        f"{sop}: ok, SOP campaign v1, 155 tasks",
    ]


def test_check_shows_the_problems_of_all_files_and_ends_with_2(capsys: Told, tmp_path: Path) -> None:
    organisation = (SAMPLES / "org.yaml").read_text(encoding="utf-8")
    campaign = (SAMPLES / "campaigns" / "member-day-2026.yaml").read_text(encoding="utf-8")
    (tmp_path / "org.yaml").write_text(organisation.replace("leader: zhou-mingyuan", "leader: zhou"), encoding="utf-8")
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(campaign.replace("level: C", "level: D"), encoding="utf-8")
    (tmp_path / "three.yaml").write_text("a: [", encoding="utf-8")
    files = [str(tmp_path / name) for name in ("org.yaml", "one.yaml", "two.yaml", "three.yaml", "four.yaml")]
    code, out, err = opsflow(capsys, "check", *files)
    assert (code, out) == (2, "")
    places = [re.sub(r": .*", "", line.removeprefix(f"{tmp_path}/")) for line in err.splitlines()]
    leader = next(place for place, line in enumerate(organisation.splitlines(), 1) if "leader: zhou-mingyuan" in line)
    assert places == [f"org.yaml:{leader}:11", "one.yaml:6:8", "two.yaml:6:8", "three.yaml:1:5", "four.yaml:1:1"]


def test_check_shows_ok_lines_beside_the_problems_of_others(capsys: Told, tmp_path: Path) -> None:
    code, out, err = opsflow(capsys, "check", str(SAMPLES / "org.yaml"), str(tmp_path))
    assert code == 2
    assert "ok, organisation" in out
    assert "this is a folder" in err


def test_check_says_when_a_file_is_none_of_these(capsys: Told, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("colour: blue\n", encoding="utf-8")
    code, _, err = opsflow(capsys, "check", str(tmp_path / "x.yaml"))
    assert code == 2
    assert "this is no campaign, organisation, SOP or calendar" in err


def test_check_shows_a_warning_and_ends_well(capsys: Told, tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_text((SAMPLES / "org.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    campaign = (SAMPLES / "campaigns" / "member-day-2026.yaml").read_text(encoding="utf-8")
    (tmp_path / "c.yaml").write_text(campaign.replace("amount: 36000", "amount: 35999"), encoding="utf-8")
    code, out, _ = opsflow(capsys, "check", str(tmp_path / "c.yaml"))
    assert code == 0
    assert "warning: The prizes are worth CNY 36,000" in out


def test_init_writes_a_workspace_that_passes_its_check_and_can_be_planned(capsys: Told, tmp_path: Path) -> None:
    folder = tmp_path / "我的 workspace"
    code, out, err = opsflow(capsys, "init", str(folder))
    assert (code, err) == (0, "")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == ["campaigns/first-campaign.yaml", "org.yaml", "sop_templates/README.md"]
    assert all(name in out for name in files)
    assert opsflow(capsys, "check", str(folder / "org.yaml"), str(folder / files[0]))[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_the_first_campaign_launches_60_working_days_from_today(tmp_path: Path) -> None:
    """Counted by hand: 3 August to 29 October, the holidays of September and October left out, the make-up days in."""
    write_workspace(tmp_path / "w", NOW)
    loaded = load(tmp_path / "w" / "campaigns" / "first-campaign.yaml", [SHIPPED])
    assert loaded.campaign.live.start.isoformat() == "2026-10-30T00:00:00"
    found = plan(loaded.campaign, loaded.organisation, loaded.sop, working_days(loaded.organisation), date(2026, 8, 3))
    assert isinstance(found, Plan)
    assert not [warning for warning in found.warnings if "shorten" in warning.en]


def test_today_is_the_day_in_the_campaigns_zone(tmp_path: Path) -> None:
    """F23: at 17:00 UTC it is tomorrow in Shanghai."""
    write_workspace(tmp_path / "w", datetime(2026, 8, 3, 17, tzinfo=UTC))
    loaded = load(tmp_path / "w" / "campaigns" / "first-campaign.yaml", [SHIPPED])
    assert loaded.campaign.live.start.isoformat() == "2026-11-02T00:00:00"


def test_every_date_of_the_first_campaign_moves_by_the_same_days(tmp_path: Path) -> None:
    """F29: no date of the sample survives."""
    write_workspace(tmp_path / "w", datetime(2031, 5, 6, 1, tzinfo=UTC))
    day = re.compile(r"\d{4}-\d\d-\d\d")
    before = day.findall((SAMPLES / "init" / "campaign.yaml").read_text(encoding="utf-8"))
    after = day.findall((tmp_path / "w" / "campaigns" / "first-campaign.yaml").read_text(encoding="utf-8"))
    moves = {date.fromisoformat(new) - date.fromisoformat(old) for old, new in zip(before, after, strict=True)}
    assert len(moves) == 1
    assert moves.pop() > timedelta(days=1000)


def test_init_quotes_a_folder_with_a_blank_for_the_next_command(capsys: Told, tmp_path: Path) -> None:
    _, out, _ = opsflow(capsys, "init", str(tmp_path / "our house"))
    assert out.splitlines()[-1].startswith(f"Next: cd '{tmp_path / 'our house'}' && opsflow plan ")


def test_init_fills_an_empty_folder_and_does_not_replace_it(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    identity = folder.stat().st_ino
    write_workspace(folder, NOW)
    assert folder.stat().st_ino == identity
    assert (folder / "org.yaml").is_file()


def test_init_writes_into_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w").mkdir()
    monkeypatch.chdir(tmp_path / "w")
    write_workspace(Path(), NOW)
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == ["campaigns", "org.yaml", "sop_templates"]


def test_init_refuses_a_folder_that_is_not_empty_and_touches_nothing(capsys: Told, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    code, out, err = opsflow(capsys, "init", str(tmp_path))
    assert (code, out) == (3, "")
    assert "is not empty, and nothing in it is overwritten. Name a new folder." in err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_init_refuses_a_file_and_a_folder_named_flows(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refused, match="is a file"):
        write_workspace(tmp_path / "file", NOW)
    with pytest.raises(Refused, match="flows"):
        write_workspace(tmp_path / "flows", NOW)


def test_init_says_why_it_cannot_write_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be written"):
        write_workspace(tmp_path / "file" / "w", NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_error_is_its_text_and_its_exit_code_without_a_traceback(capsys: Told, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text((SAMPLES / "campaigns" / "member-day-2026.yaml").read_text("utf-8"), "utf-8")
    code, out, err = opsflow(capsys, "plan", str(tmp_path / "c.yaml"))
    assert (code, out) == (4, "")
    assert err.startswith("There is no org.yaml beside")
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("nonsense",), ("check",), ("check", "--nonsense"), ("init",)])
def test_a_wrong_command_line_ends_with_2_and_how_to_use_it(capsys: Told, arguments: tuple[str, ...]) -> None:
    code, _, err = opsflow(capsys, *arguments)
    assert code == 2
    assert "Usage:" in err


def test_help_lists_every_command_on_one_line_with_an_example(capsys: Told) -> None:
    code, out, _ = opsflow(capsys, "--help")
    assert code == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command.name} +{re.escape(command.summary)}$", out, re.MULTILINE)
    assert "opsflow init my-workspace" in out


@pytest.mark.parametrize("name", ["init", "check"])
def test_the_help_of_a_command_shows_an_example(capsys: Told, name: str) -> None:
    code, out, _ = opsflow(capsys, name, "--help")
    assert code == 0
    assert re.search(rf"^  Example: opsflow {name} \S", out, re.MULTILINE)


def test_the_version_is_shown_wherever_it_is_asked_for(capsys: Told) -> None:
    assert opsflow(capsys, "--version") == (0, f"opsflow {__version__}\n", "")
