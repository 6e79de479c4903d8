"""A campaign is started, moved and told of from the command line, with no server at all."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.bootstrap import use_context
from opsflow.cli.commands import run
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey
from opsflow.running.lock import only_one
from opsflow.settings import SHIPPED
from tests.cli.desk import Told, desk_context, said
from tests.cli.test_startup import run as in_a_process
from tests.doubles import channel_of
from tests.engine.scene import at
from tests.engine.small import KEY, PLANNER, begin

SAMPLES = SHIPPED / "samples"
DOUBLE_ELEVEN = SAMPLES / "campaigns" / "double-eleven-2026.yaml"


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        yield context


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> Path:
    """What `opsflow init` writes, which the shell stands in; no server, no database."""
    for name in ("OPSFLOW_WORKSPACE", "OPSFLOW_DATABASE_URL", "OPSFLOW_PERSON", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    assert run(["init", str(tmp_path / "ws")]) == 0
    capsys.readouterr()
    monkeypatch.chdir(tmp_path / "ws")
    return tmp_path / "ws"


def test_start_makes_the_database_and_a_second_start_says_that_there_is_one(workspace: Path, capsys: Told) -> None:
    told = said(capsys, "start", "campaigns/first-campaign.yaml")
    assert "first-campaign is started: level S" in told
    assert (workspace / ".opsflow" / "opsflow.db").is_file()
    assert "is started already: nothing to do" in said(capsys, "start", "campaigns/first-campaign.yaml")
    assert said(capsys, "status").count("first-campaign") == 1


def test_a_command_finds_the_workspace_from_any_folder_below_it(
    workspace: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(capsys, "start", "campaigns/first-campaign.yaml")
    monkeypatch.chdir(workspace / "campaigns")
    assert "first-campaign" in said(capsys, "status")


def test_a_workspace_without_a_database_says_how_to_make_one(workspace: Path, capsys: Told) -> None:
    assert "Starting the first campaign makes it" in said(capsys, "status", code=4)
    assert not (workspace / ".opsflow").exists()


def test_a_launch_that_is_past_is_refused(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    clock.move_to(clock.now().replace(month=12))
    assert "its launch on 2026-10-20 is past" in said(capsys, "start", DOUBLE_ELEVEN, code=3)
    assert "No campaign has been started here" in said(capsys, "status")


def test_a_plan_that_does_not_fit_is_refused_with_what_would_make_it_fit(
    desk: Context, clock: VirtualClock, capsys: Told
) -> None:
    clock.move_to(clock.now().replace(month=10, day=12))
    told = said(capsys, "start", DOUBLE_ELEVEN, code=3)
    assert "short by" in told
    assert "The earliest launch that works is" in told


def test_what_was_started_in_time_is_started_still_when_it_would_not_fit_any_more(
    desk: Context, clock: VirtualClock, capsys: Told
) -> None:
    said(capsys, "start", SAMPLES / "campaigns" / "member-day-2026.yaml")
    clock.move_to(clock.now().replace(month=11))
    assert "started already" in said(capsys, "start", SAMPLES / "campaigns" / "member-day-2026.yaml")


def test_a_tick_here_runs_the_stages_without_a_server(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    begin(desk)
    clock.move_to(at("4", 10))
    assert "0 stages run here" not in said(capsys, "tick", "--here")
    assert isinstance(desk.launcher, MemoryLauncher)
    assert desk.launcher.launched == {}
    assert "initial_planning" in said(capsys, "status")
    assert "0 stages run here" in said(capsys, "tick", "--here")


def test_a_tick_without_here_launches_and_tells_what_waits_for_prefect(
    desk: Context, clock: VirtualClock, capsys: Told
) -> None:
    begin(desk)
    clock.move_to(at("4", 10))
    launcher = desk.launcher
    assert isinstance(launcher, MemoryLauncher)
    launcher.down = True
    assert "is Prefect up?" in said(capsys, "tick")
    launcher.down = False
    told = said(capsys, "tick")
    assert launcher.launched
    assert "is Prefect up?" not in told


def test_a_stage_that_cannot_run_is_told_and_its_wake_stays(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    begin(desk)
    clock.move_to(at("4", 10))
    assert desk.settings.workspace is not None
    sop = desk.settings.workspace / "sop_templates" / "sop" / "small" / "v1.yaml"
    away = sop.rename(sop.with_suffix(".away"))
    assert "small" in said(capsys, "tick", "--here", code=1)
    away.rename(sop)
    assert "0 stages run here" not in said(capsys, "tick", "--here")


def test_deliver_tells_who_is_asked_once(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    begin(desk)
    clock.move_to(at("4", 10))
    said(capsys, "tick", "--here")
    assert "0 messages" not in said(capsys, "deliver")
    assert channel_of(desk).sent_to(PLANNER)
    assert "0 messages" in said(capsys, "deliver")


def test_status_shows_stages_who_is_late_and_what_waits_for_whom(
    desk: Context, clock: VirtualClock, capsys: Told
) -> None:
    begin(desk)
    clock.move_to(at("4", 10))
    said(capsys, "tick", "--here")
    told = said(capsys, "status", KEY)
    waiting = told.partition("Waiting:")[2]
    assert "planner" in waiting
    assert "P1" in waiting
    clock.move_to(at("20"))
    assert "P1" in said(capsys, "status", KEY).partition("Late:")[2]
    assert "1 late" in said(capsys, "status")


def test_status_as_json_says_the_same(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    begin(desk)
    clock.move_to(at("20"))
    said(capsys, "tick", "--here")
    one = json.loads(said(capsys, "status", KEY, "--format", "json"))
    assert [stage["name"] for stage in one["stages"]][:2] == ["initial_planning", "coordination"]
    assert {"person": "planner", "verb": "do", "what": "P1", "late": True}.items() <= one["waiting"][0].items()
    assert json.loads(said(capsys, "status", "--format", "json")) == [one]


def test_an_unknown_campaign_is_named_with_those_there_are(desk: Context, capsys: Told) -> None:
    begin(desk)
    assert f"There is no campaign nope. Known: {KEY}" in said(capsys, "status", "nope", code=4)


def test_where_up_runs_nobody_is_sent_to_do_what_it_does(workspace: Path, capsys: Told) -> None:
    """Its delivery has the workspace's Slack; another shell's may only have the console."""
    with only_one(workspace / ".opsflow"):
        told = said(capsys, "start", "campaigns/first-campaign.yaml")
        assert "Next: opsflow status first-campaign" in told
        opened = said(capsys, "incident", "open", "first-campaign", "Trial", "--by", "lin-yue")
    assert "opsflow up, which" not in told
    assert "opsflow deliver" not in told + opened
    assert "who is on duty is told" in opened
    assert "opsflow deliver" in said(capsys, "incident", "open", "first-campaign", "Again", "--by", "lin-yue")


@pytest.mark.parametrize("arguments", [["status"], ["tick", "--here"], ["deliver"]], ids=" ".join)
def test_commands_without_a_motor_import_no_prefect(workspace: Path, arguments: list[str], capsys: Told) -> None:
    said(capsys, "start", "campaigns/first-campaign.yaml")
    code, modules, told = in_a_process(workspace, *arguments)
    assert code == 0, told
    assert modules & {"prefect", "fastapi"} == set()


def test_messages_show_what_is_planned_sent_dropped_failed_and_acknowledged(
    desk: Context, clock: VirtualClock, capsys: Told
) -> None:
    begin(desk)
    assert "Nobody was told anything" in said(capsys, "messages")
    clock.move_to(at("4", 10))
    said(capsys, "tick", "--here")
    assert "planned      planner" in said(capsys, "messages", "--person", PLANNER)
    channel_of(desk).unreachable.add(PLANNER)
    said(capsys, "deliver")
    assert "cannot be reached" in said(capsys, "messages", "--person", PLANNER)
    said(capsys, "task", "reassign", KEY, "P1", "--to", "duty", "--by", "manager")
    clock.move_to(at("4", 15))
    said(capsys, "deliver")
    told = said(capsys, "messages", "--campaign", KEY)
    assert "sent         duty" in told
    assert "dropped      planner" in told
    (one,) = json.loads(said(capsys, "messages", "--person", "duty", "--format", "json"))
    assert {"template": "task_reassigned", "about": "P1", "status": "sent", "channel": "memory"}.items() <= one.items()
    said(capsys, "task", "done", KEY, "P1", "--by", "duty", "--evidence", "brief.docx", "--note", "Here it is")
    assert "acknowledged duty" in said(capsys, "messages", "--person", "duty")


def test_messages_as_json_have_every_attempt_with_its_time_channel_and_outcome(
    desk: Context, clock: VirtualClock, capsys: Told
) -> None:
    begin(desk)
    clock.move_to(at("4", 10))
    said(capsys, "tick", "--here")
    channel = channel_of(desk)
    channel.busy[str(PLANNER)] = timedelta(minutes=2)
    said(capsys, "deliver")
    channel.busy.clear()
    channel.unreachable.add(PLANNER)
    clock.move_to(at("4", 10, 5))
    said(capsys, "deliver")
    channel.unreachable.clear()
    clock.move_to(at("4", 10, 10))
    said(capsys, "deliver")
    said(capsys, "task", "confirm", KEY, "P1", "--by", PLANNER)
    (one,) = listed(capsys, PLANNER)
    assert [(tried["at"], tried["channel"], tried["outcome"]) for tried in one["attempts"]] == [
        ("2026-08-04T02:00:00+00:00", "memory", "busy"),
        ("2026-08-04T02:05:00+00:00", "memory", "failed"),
        ("2026-08-04T02:10:00+00:00", "memory", "sent"),
    ]
    assert [bool(tried["reason"]) for tried in one["attempts"]] == [True, True, False]
    assert (one["status"], one["acknowledged_at"]) == ("acknowledged", "2026-08-04T02:10:00+00:00")
    channel.gone.add(PersonKey("duty"))
    said(capsys, "task", "reassign", KEY, "P1", "--to", "duty", "--by", "manager")
    said(capsys, "deliver")
    (given_up,) = listed(capsys, "duty")
    assert (given_up["status"], [tried["outcome"] for tried in given_up["attempts"]]) == ("fallback", ["undeliverable"])
    assert ("dead_letter", "planned", []) in [
        (each["template"], each["status"], each["attempts"]) for each in listed(capsys, "pmo")
    ]


def listed(capsys: Told, person: str) -> list[dict[str, Any]]:
    """What `opsflow messages` says of one person."""
    found: list[dict[str, Any]] = json.loads(said(capsys, "messages", "--person", person, "--format", "json"))
    return found


def test_messages_of_nobody_and_of_no_campaign_are_refused(desk: Context, capsys: Told) -> None:
    begin(desk)
    assert "who is nobody in any" in said(capsys, "messages", "--person", "who", code=4)
    assert "There is no campaign nope" in said(capsys, "messages", "--campaign", "nope", code=4)
    assert "Nobody was told anything" in said(capsys, "messages", "--person", PLANNER)
