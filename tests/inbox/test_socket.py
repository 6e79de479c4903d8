"""The same inbox over Socket Mode: a websocket that we open, each envelope acknowledged, each press taken once."""

import time
from collections.abc import Iterator

import pytest
from websockets.sync.server import ServerConnection

from opsflow.inbox.socket import SlackSocket
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import TaskCode
from opsflow.stages.service import task_matter
from tests.engine.small import KEY, PLANNER
from tests.inbox.office import Office, form_of, texts
from tests.slack.server import Socket
from tests.slack.workspace import APP_TOKEN, BOT_TOKEN


@pytest.fixture
def listening(desk: Office) -> Iterator[Office]:
    """Our side has connected."""
    socket = SlackSocket(desk.inbox, app_token=APP_TOKEN, api_url=desk.slack.url, ping_seconds=0.5)
    socket.start()
    yield desk
    socket.stop()


def wire(desk: Office) -> Socket:
    return desk.slack.socket


def opened(desk: Office, missed: str, *, but: object = None) -> ServerConnection:
    """The connection that Slack has beside this one: ours may be up before Slack has written it down."""
    slack = wire(desk)
    with slack.changed:
        assert slack.changed.wait_for(lambda: [each for each in slack.connections if each is not but], timeout=20), (
            missed
        )
        return next(each for each in slack.connections if each is not but)


def test_a_press_is_acknowledged_recorded_and_answered_once_however_often_and_wherever_it_comes(
    listening: Office,
) -> None:
    desk = listening
    payload = desk.press(PLANNER, "confirm", desk.card(task_matter(KEY, TaskCode("P1")), PLANNER))
    assert wire(desk).wait(*[wire(desk).send(payload) for _ in range(4)]) == [{}] * 4
    body = form_of(payload)
    desk.post(body, desk.signed(body))
    desk.rest()
    recorded = [answer for answer in desk.answers(payload) if "you have confirmed the date" in str(answer)]
    assert (len(recorded), len(desk.answers(payload))) == (1, 5)
    assert desk.journal("task.confirmed") == [(PLANNER, "task.confirmed", "P1")]


def test_forms_are_answered_in_the_acknowledgement_and_commands_come_too(listening: Office) -> None:
    desk = listening
    view = desk.opens(PLANNER, "done", desk.card(task_matter(KEY, TaskCode("P1")), PLANNER))
    (answer,) = wire(desk).wait(wire(desk).send(desk.submission(PLANNER, view, {"evidence": "brief.pdf"})))
    pending = desk.inbox.desk.wording.form["pending"].en
    shown = texts(answer["view"])
    assert (desk.replaced(view["id"], view) if shown == pending else shown).startswith("Recorded: done")
    payload = desk.command(PLANNER, "help")
    wire(desk).wait(wire(desk).send(payload, kind="slash_commands"))
    assert desk.said(payload).startswith("/opsflow status")


def test_hanging_up_does_not_wait_for_slack(desk: Office, caplog: pytest.LogCaptureFixture) -> None:
    """The library alone waits for what is left of the three seconds for which its reader listens, and then for a second."""
    socket = SlackSocket(desk.inbox, app_token=APP_TOKEN, api_url=desk.slack.url)
    socket.start()
    time.sleep(0.5)  # until its reader listens
    began = time.monotonic()
    socket.stop()
    assert time.monotonic() - began < 1.7
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


def test_neither_a_line_that_is_cut_nor_a_payload_that_is_none_ends_it(listening: Office) -> None:
    desk = listening
    first = opened(desk, "nobody connected")
    first.close()
    opened(desk, "nobody came back", but=first)
    for nothing in ({"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "opsflow:done:0"}]}, {}):
        wire(desk).send(nothing)
    payload = desk.press(PLANNER, "confirm", desk.card(task_matter(KEY, TaskCode("P1")), PLANNER))
    wire(desk).wait(wire(desk).send(payload))
    assert desk.said(payload).startswith("Recorded")


def test_a_token_of_another_kind_says_the_cure(desk: Office) -> None:
    with pytest.raises(PortFailed, match="OPSFLOW_SLACK_APP_TOKEN"):
        SlackSocket(desk.inbox, app_token=BOT_TOKEN, api_url=desk.slack.url).start()
