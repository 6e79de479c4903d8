"""What `opsflow up` opens for presses: each door that the settings name, whatever Slack is like at the time, until the end."""

import logging
import os
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from pydantic import SecretStr

from opsflow.cli.up import _channels, _presses
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.inbox.http import PATH
from opsflow.inbox.listening import listening
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.terms import TaskCode
from opsflow.running.process import Child, Program, loopback
from opsflow.running.supervisor import PRESS_SECONDS
from opsflow.settings import Settings
from opsflow.stages.service import task_matter
from tests.engine.small import KEY, PLANNER
from tests.inbox.office import Office, form_of
from tests.slack.workspace import APP_TOKEN, BOT_TOKEN, SECRET, Fault

TOKEN, SOCKET_MODE, SIGNED = (
    {"slack_bot_token": SecretStr(BOT_TOKEN)},
    {"slack_app_token": SecretStr(APP_TOKEN)},
    {"slack_signing_secret": SecretStr(SECRET)},
)
P1 = task_matter(KEY, TaskCode("P1"))
GIVEN_BACK_AFTER = 0.3
"""Seconds; a press waits two for the database."""


def with_doors(desk: Office, **more: SecretStr) -> Context:
    settings = desk.ctx.settings.model_copy(update={"slack_api_url": desk.slack.url, **more})
    return replace(desk.ctx, settings=settings)


def test_without_a_secret_or_without_a_bot_there_is_no_door(desk: Office) -> None:
    for more in ({}, TOKEN, SOCKET_MODE | SIGNED):
        with listening(with_doors(desk, **more), print) as events:
            assert events is None
    assert desk.workspace.calls["apps.connections.open"] == 0


def test_the_other_logs_of_opsflow_are_heard_beside_it(desk: Office) -> None:
    """Bolt gives the logger that is called like its app the level of the one it was handed, which hides payloads."""
    assert desk.inbox.app.name not in {"opsflow", "root", ""}
    assert logging.getLogger("opsflow.web.app").isEnabledFor(logging.WARNING)


def test_both_doors_stand_side_by_side(desk: Office) -> None:
    said: list[str] = []
    with listening(with_doors(desk, **TOKEN, **SOCKET_MODE, **SIGNED), said.append) as events:
        assert events is not None
        payload = desk.press(PLANNER, "confirm", desk.card(P1, PLANNER))
        desk.slack.socket.wait(desk.slack.socket.send(payload))
        assert desk.said(payload).startswith("Recorded")
    assert said == ["Socket Mode listens."]


def test_a_slack_that_is_down_at_first_is_tried_again(desk: Office) -> None:
    said: list[str] = []
    desk.workspace.fail("apps.connections.open", Fault("error"), Fault("drop_before"))
    with listening(with_doors(desk, **TOKEN, **SOCKET_MODE), said.append, first_pause=0.01) as events:
        assert events is None
        payload = desk.press(PLANNER, "confirm", desk.card(P1, PLANNER))
        desk.slack.socket.wait(desk.slack.socket.send(payload))
    assert [line.partition(":")[0] for line in said] == [*["Socket Mode does not listen"] * 2, "Socket Mode listens."]


def test_who_ends_while_slack_is_down_does_not_wait_for_it(desk: Office) -> None:
    desk.workspace.fail("apps.connections.open", *[Fault("error")] * 9)
    began = time.monotonic()
    with listening(with_doors(desk, **TOKEN, **SOCKET_MODE), lambda _: None, first_pause=60):
        pass
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("doors", "told"),
    [
        ({}, "do not come in"),
        (SOCKET_MODE, "Socket Mode"),
        (SIGNED, "HTTP at http://127.0.0.1:8420/slack/events"),
        (SOCKET_MODE | SIGNED, "Socket Mode and HTTP at"),
        (SIGNED | {"public_url": "https://opsflow.example.com"}, "HTTP at https://opsflow.example.com/slack/events"),
    ],
    ids=["none", "socket", "http", "both", "public"],
)
def test_up_says_which_doors_are_open(doors: dict[str, SecretStr], told: str) -> None:
    assert _presses(Settings().model_copy(update=doors), "http://127.0.0.1:8420/").startswith(told)


def test_up_says_where_people_are_told() -> None:
    """Who named no channel is told on Slack where it is set up, and else in the file."""
    assert _channels(Settings().model_copy(update=TOKEN)).startswith("Slack, and what people name")
    assert "messages.jsonl" in _channels(Settings())


@pytest.fixture
def page(desk: Office, tmp_path: Path) -> Iterator[tuple[Child, str]]:
    """The pages' real process over the desk's database, and where it answers."""
    opened = socket.create_server(("127.0.0.1", 0))
    environment = dict(os.environ) | loopback(os.environ)
    environment |= {
        "OPSFLOW_WORKSPACE": str(desk.ctx.settings.workspace),
        "OPSFLOW_DATABASE_URL": desk.ctx.settings.database,
        "OPSFLOW_SLACK_BOT_TOKEN": BOT_TOKEN,
        "OPSFLOW_SLACK_SIGNING_SECRET": SECRET,
        "OPSFLOW_SLACK_API_URL": desk.slack.url,
    }
    program = Program("page", "opsflow.cli.page", (str(opened.fileno()),), (opened.fileno(),))
    child = Child(program, tmp_path, environment, lambda _, line: print(line))
    child.start()
    assert child.ready.wait(60), child.said
    yield child, f"http://127.0.0.1:{opened.getsockname()[1]}"
    child.kill()
    opened.close()


def asked(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(urllib.request.Request(url, body, headers or {}), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def held(database: Database) -> sqlite3.Connection:
    """Somebody who has the database's write lock."""
    holder = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    return holder


def give_back(holder: sqlite3.Connection, seconds: float) -> Thread:
    """Let the lock go after so long."""

    def let_go() -> None:
        time.sleep(seconds)
        holder.execute("ROLLBACK")
        holder.close()

    waiting = Thread(target=let_go)
    waiting.start()
    return waiting


def test_the_pages_process_takes_presses_and_finishes_those_under_way_when_it_is_told_to_stop(
    desk: Office, page: tuple[Child, str]
) -> None:
    """The control: were the process to end at once, the press that waits for the database would be recorded by nobody."""
    child, url = page
    now = int(SystemClock().now().timestamp())
    assert asked(f"{url}{PATH}") == 405
    payload = desk.press(PLANNER, "confirm", desk.card(P1, PLANNER))
    body = form_of(payload)
    assert asked(f"{url}{PATH}", body, desk.signed(body, at=now, secret="another")) == 401
    holder = held(desk.ctx.database)
    assert asked(f"{url}{PATH}", body, desk.signed(body, at=now)) == 200
    confirmed = "select count(*) from journal where action = 'task.confirmed'"
    assert holder.execute(confirmed).fetchone() == (0,)
    waiting = give_back(holder, GIVEN_BACK_AFTER)
    child.stop(PRESS_SECONDS)
    waiting.join()
    assert desk.said(payload).startswith("Recorded")
    assert desk.journal("task.confirmed") == [(PLANNER, "task.confirmed", "P1")]
