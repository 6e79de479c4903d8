"""What comes over HTTP is Slack's, fresh, and comes once; whatever else it is, nothing happens."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from opsflow.db.session import Database
from opsflow.inbox.http import MOST_BYTES, SlackEvents
from opsflow.inbox.signature import is_slacks
from opsflow.kernel.terms import TaskCode
from opsflow.stages.service import task_matter
from tests.engine.small import KEY, PLANNER
from tests.flows.underway import until
from tests.inbox.fingers import slack_id
from tests.inbox.office import Office, ask, form_of, office
from tests.slack.workspace import SECRET

MINUTE = 60
Headers = dict[str, str]


def confirming(desk: Office) -> bytes:
    return form_of(desk.press(PLANNER, "confirm", desk.card(task_matter(KEY, TaskCode("P1")), PLANNER)))


def confirmed(desk: Office) -> int:
    desk.rest()
    return len(desk.journal("task.confirmed"))


def now_of(desk: Office) -> int:
    return int(desk.clock.now().timestamp())


def test_what_slack_signed_is_taken(desk: Office) -> None:
    body = confirming(desk)
    assert desk.post(body, desk.signed(body))[0] == 200
    assert confirmed(desk) == 1


FORGERIES: dict[str, Callable[[Office, bytes], Headers]] = {
    "unsigned": lambda desk, body: {**desk.signed(body), "x-slack-signature": ""},
    "signed with letters": lambda desk, body: {**desk.signed(body), "x-slack-signature": "v0=é签名"},
    "signed with another secret": lambda desk, body: desk.signed(body, secret="guess"),
    "signed for another body": lambda desk, body: desk.signed(body + b"&x=1"),
    "301 seconds old": lambda desk, body: desk.signed(body, at=now_of(desk) - 301),
    "301 seconds in the future": lambda desk, body: desk.signed(body, at=now_of(desk) + 301),
    "at a time that is no number": lambda desk, body: {**desk.signed(body), "x-slack-request-timestamp": "soon"},
    "at a time in other digits": lambda desk, body: {**desk.signed(body), "x-slack-request-timestamp": "１７８５"},
    "at a negative time": lambda desk, body: {**desk.signed(body), "x-slack-request-timestamp": "-1"},
    "at a time without end": lambda desk, body: {**desk.signed(body), "x-slack-request-timestamp": "9" * 4000},
    "at no time": lambda desk, body: {name: value for name, value in desk.signed(body).items() if "time" not in name},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_forged_stale_or_malformed_is_401_and_does_nothing(desk: Office, forgery: str) -> None:
    body = confirming(desk)
    headers = {name: value.encode("utf-8").decode("latin-1") for name, value in FORGERIES[forgery](desk, body).items()}
    assert desk.post(body, headers)[0] == 401
    assert confirmed(desk) == 0


class Unguarded(SlackEvents):
    """The guard off."""

    def admits(self, headers: Mapping[str, str], body: bytes) -> bool:
        return True


def test_without_the_check_a_forgery_would_be_taken(desk: Office) -> None:
    """The control: the same request goes through when the guard is off."""
    desk.events = Unguarded(desk.inbox, secret=SECRET)
    body = confirming(desk)
    assert desk.post(body, desk.signed(body, secret="guess"))[0] == 200
    assert confirmed(desk) == 1
    desk.events.close()


def test_somebody_elses_name_in_a_body_breaks_the_signature(desk: Office) -> None:
    """A forged `user.id`."""
    body = confirming(desk)
    headers = desk.signed(body)
    forged = body.replace(slack_id(PLANNER).encode(), b"UOPERATIONSHEAD")
    assert forged != body
    assert desk.post(forged, headers)[0] == 401
    assert confirmed(desk) == 0


def test_bytes_that_are_no_text_are_nobodys(desk: Office) -> None:
    body = b"payload=\xff\xfe"
    assert desk.post(body, desk.signed(body))[0] == 401


@pytest.mark.parametrize("age", [0, 299, -299])
def test_within_five_minutes_on_either_side_it_is_fresh(desk: Office, age: int) -> None:
    body = confirming(desk)
    assert desk.post(body, desk.signed(body, at=now_of(desk) - age))[0] == 200


def test_an_empty_secret_lets_nobody_in(desk: Office) -> None:
    body = confirming(desk)
    headers = desk.signed(body, secret="")
    assert not is_slacks("", headers, body, now=desk.clock.now())


def test_an_exact_replay_is_401_and_does_nothing(desk: Office) -> None:
    body = confirming(desk)
    headers = desk.signed(body)
    assert [desk.post(body, headers)[0] for _ in range(3)] == [200, 401, 401]
    assert confirmed(desk) == 1


def test_a_replay_to_another_process_is_401_as_well(desk: Office) -> None:
    """The store is in the database. What is not known in the time that Slack waits is answered 200, and done no more."""
    body = confirming(desk)
    headers = desk.signed(body)
    assert desk.post(body, headers)[0] == 200
    desk.rest()
    with office(replace(desk.ctx, database=Database(desk.ctx.database.url)), desk.clock, desk.slack) as other:
        # A process that has just begun may take longer to look than Slack waits, on a busy machine.
        until(lambda: other.post(body, headers)[0], lambda status: status == 401, seconds=30)
        other.rest()
    assert confirmed(desk) == 1


def test_a_replayed_command_or_opened_form_is_401(desk: Office) -> None:
    for payload in (desk.command(PLANNER, "tasks"), desk.press(PLANNER, "done", "token")):
        body = form_of(payload)
        headers = desk.signed(body)
        assert desk.post(body, headers)[0] == 200
        desk.rest()
        assert desk.post(body, headers)[0] == 401


def test_signatures_are_forgotten_after_a_day(desk: Office) -> None:
    body = confirming(desk)
    desk.post(body, desk.signed(body))
    desk.rest()
    assert taken(desk) == 2
    desk.clock.move_to(desk.clock.now().replace(day=6))
    later = form_of(desk.command(PLANNER, "help"))
    desk.post(later, desk.signed(later))
    desk.rest()
    assert taken(desk) == 1


def taken(desk: Office) -> int:
    with desk.ctx.transaction() as session:
        return len(session.connection().exec_driver_sql("select id from slack_presses").all())


MALFORMED: Mapping[str, bytes] = {
    "nothing": b"",
    "no form": b"hello",
    "bytes": b"payload=%FF%FE",
    "no json": b"payload=%7Bnope",
    "a list": b"payload=%5B1%5D",
    "a number": b"payload=1",
    "nested without end": b"payload=" + b"%5B" * 200_000,
    "no user": urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": "opsflow:done:0"}]})}).encode(),
    "no action": urlencode({"payload": json.dumps({"type": "block_actions", "user": {"id": "U1"}, "actions": []})}).encode(),
    "a user that is a list": urlencode({"payload": json.dumps({
        "type": "block_actions", "user": ["U1"], "actions": [{"action_id": "opsflow:done:0", "action_ts": "1"}]})}).encode(),
    "a form of nobody's": urlencode({"payload": json.dumps({
        "type": "view_submission", "user": {"id": "U1"}, "trigger_id": "t",
        "view": {"id": "V1", "type": "modal", "callback_id": "opsflow:done", "private_metadata": "nope"}})}).encode(),
    "an unknown kind": urlencode({"payload": json.dumps({"type": "shortcut", "user": {"id": "U1"}})}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_signed_body_that_is_not_what_slack_sends_is_refused_and_nothing_falls_over(desk: Office, kind: str) -> None:
    body = MALFORMED[kind]
    status, text = desk.post(body, desk.signed(body))
    assert status == 400
    assert "Traceback" not in text
    body = confirming(desk)
    assert desk.post(body, desk.signed(body))[0] == 200
    assert confirmed(desk) == 1


def test_a_body_larger_than_anything_slack_sends_is_not_read_to_its_end(desk: Office) -> None:
    body = b"x" * (MOST_BYTES + 1)
    assert desk.post(body, desk.signed(body))[0] == 413


def test_only_posts_are_answered(desk: Office) -> None:
    assert asyncio.run(ask(desk.events, b"", {}, method="GET"))[0] == 405


def test_an_address_that_is_not_slacks_is_told_nothing(desk: Office) -> None:
    payload = desk.press(PLANNER, "confirm", "token") | {"response_url": "http://evil.example/x"}
    assert desk.send(payload)[0] == 200
    desk.rest()
    assert desk.workspace.answers == []
