"""The Slack channel against a workspace on loopback: where a message goes, and what each failure is called."""

from datetime import timedelta

import pytest

from opsflow.kernel.errors import PortFailed
from opsflow.ports import Action, Busy, OutcomeUnknown, Undeliverable
from tests.adapters.slackside import EMAIL, LIN, Side, message, side
from tests.slack.workspace import EVERY_SCOPE, Conversation, Fault

POST = "chat.postMessage"


def test_a_person_is_found_by_e_mail_and_told_in_direct_messages(lines: Side) -> None:
    receipt = lines.channel.send(message())
    (posted,) = lines.workspace.direct(LIN)
    assert receipt == f"{posted.channel}/{posted.ts}"
    assert posted.key == "k/1"


def test_a_member_id_and_a_channel_id_are_addresses_too(lines: Side) -> None:
    lines.workspace.conversations["C0TEAM"] = Conversation("C0TEAM")
    lines.channel.send(message(address=LIN))
    lines.channel.send(message(address="C0TEAM"))
    assert len(lines.workspace.direct(LIN)) == 1
    assert len(lines.workspace.in_channel("C0TEAM")) == 1
    assert lines.workspace.calls["users.lookupByEmail"] == 0


def test_an_address_is_looked_up_once_whatever_process_asks(lines: Side) -> None:
    """A round of delivery is a process of its own, every minute; Slack's look-ups are limited."""
    lines.channel.send(message())
    lines.wait()
    side(lines.slack, lines.database, lines.clock).channel.send(message("k/2"))
    assert lines.workspace.calls["users.lookupByEmail"] == 1
    assert lines.workspace.calls["conversations.open"] == 1


def test_what_the_book_says_of_another_workspace_does_not_count(lines: Side) -> None:
    lines.channel.send(message())
    other = side(lines.slack, lines.database, lines.clock, token="xoxb-another")
    with pytest.raises(PortFailed, match="does not know the token"):
        other.channel.send(message("k/2"))
    assert lines.workspace.calls["users.lookupByEmail"] == 2


def test_a_conversation_that_is_gone_is_looked_up_anew(lines: Side) -> None:
    lines.channel.send(message())
    lines.workspace.conversations.clear()
    with pytest.raises(Undeliverable):
        lines.channel.send(message("k/2"))
    lines.wait()
    lines.channel.send(message("k/3"))
    assert [posted.key for posted in lines.workspace.direct(LIN)] == ["k/1", "k/3"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nobody@example.com", "nobody in the Slack workspace has that e-mail address"),
        ("U0NOBODY", "no such member"),
        ("lin", "neither a member id"),
        ("C0GONE", "no such channel"),
    ],
)
def test_an_address_that_leads_nowhere_is_undeliverable(lines: Side, address: str, reason: str) -> None:
    """F55: person not on Slack."""
    with pytest.raises(Undeliverable, match=f"lin: .*{reason}"):
        lines.channel.send(message(address=address))


def test_an_archived_channel_and_one_without_us_are_undeliverable(lines: Side) -> None:
    """F54: an archived channel breaks the whole round."""
    lines.workspace.conversations["C0OLD"] = Conversation("C0OLD", archived=True)
    lines.workspace.conversations["C0OUT"] = Conversation("C0OUT", member=False)
    for address in ("C0OLD", "C0OUT"):
        with pytest.raises(Undeliverable, match="lin"):
            lines.channel.send(message(address=address))


def test_a_deactivated_account_is_undeliverable(lines: Side) -> None:
    lines.workspace.users[LIN].deleted = True
    with pytest.raises(Undeliverable, match="lin"):
        lines.channel.send(message(address=LIN))


@pytest.mark.parametrize("method", [POST, "users.lookupByEmail", "conversations.open"])
def test_who_asks_to_wait_says_how_long_and_nothing_is_sent(lines: Side, method: str) -> None:
    """F52: 429 loses the message."""
    lines.workspace.fail(method, Fault("limited", seconds=17))
    with pytest.raises(Busy) as busy:
        lines.channel.send(message())
    assert busy.value.retry_after == timedelta(seconds=17)
    assert lines.workspace.posted == []
    lines.channel.send(message())
    assert len(lines.workspace.posted) == 1


def test_a_second_message_in_the_same_second_is_put_off_by_slack(lines: Side) -> None:
    lines.channel.send(message())
    with pytest.raises(Busy) as busy:
        lines.channel.send(message("k/2"))
    assert busy.value.retry_after == lines.channel.pace == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault("drop"), 1),
        (Fault("drop_before"), 0),
        (Fault("error", status=503), 0),
        (Fault("error_after", status=500), 1),
        (Fault("body", error="fatal_error"), 0),
    ],
)
def test_an_answer_that_is_lost_leaves_the_outcome_unknown_and_is_posted_once(
    lines: Side, fault: Fault, arrived: int
) -> None:
    """F53: the library's own retries would post it twice."""
    lines.workspace.fail(POST, fault)
    with pytest.raises(OutcomeUnknown, match="lin"):
        lines.channel.send(message())
    assert len(lines.workspace.posted) == arrived


def test_a_slow_answer_leaves_the_outcome_unknown_and_the_message_is_found(lines: Side) -> None:
    lines.workspace.fail(POST, Fault("slow", seconds=1.3))
    with pytest.raises(OutcomeUnknown):
        lines.channel.send(message())
    lines.workspace.arrived(1)
    assert lines.channel.find(message(), since=lines.clock.now()) is not None


def test_who_is_not_reached_at_all_has_sent_nothing(lines: Side) -> None:
    lines.channel.send(message())
    nobody = side(lines.slack, lines.database, lines.clock)
    nobody.channel._client.base_url = "http://127.0.0.1:9/api/"
    with pytest.raises(PortFailed, match="not reached for lin") as failed:
        nobody.channel.send(message("k/2"))
    assert not isinstance(failed.value, OutcomeUnknown)


def test_a_look_up_that_was_cut_off_is_simply_not_sent(lines: Side) -> None:
    lines.workspace.fail("users.lookupByEmail", Fault("drop"))
    with pytest.raises(PortFailed) as failed:
        lines.channel.send(message())
    assert not isinstance(failed.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        ("invalid_auth", "OPSFLOW_SLACK_BOT_TOKEN"),
        ("token_revoked", "OPSFLOW_SLACK_BOT_TOKEN"),
        ("account_inactive", "Install the app again"),
        ("messages_tab_disabled", "Messages Tab"),
    ],
)
def test_an_app_that_is_set_up_wrongly_says_the_cure(lines: Side, error: str, cure: str) -> None:
    lines.workspace.fail(POST, Fault("body", error=error))
    with pytest.raises(PortFailed, match=cure) as failed:
        lines.channel.send(message())
    assert not isinstance(failed.value, Undeliverable | Busy | OutcomeUnknown)


def test_a_missing_scope_is_named(lines: Side) -> None:
    lines.workspace.scopes = EVERY_SCOPE - {"chat:write"}
    with pytest.raises(PortFailed, match="lacks the scope chat:write"):
        lines.channel.send(message())


def test_a_message_is_found_by_its_key_on_a_later_page(lines: Side) -> None:
    lines.workspace.history_page = 2
    since = lines.clock.now()
    receipts = []
    for number in range(5):
        receipts.append(lines.channel.send(message(f"k/{number}")))
        lines.wait()
    assert lines.channel.find(message("k/0"), since=since) == receipts[0]
    assert lines.channel.find(message("k/9"), since=since) is None


def test_what_was_sent_before_the_attempt_is_not_taken_for_it(lines: Side) -> None:
    lines.channel.send(message())
    lines.wait(600)
    assert lines.channel.find(message(), since=lines.clock.now()) is None


def test_a_message_changes_in_its_place_and_repeating_that_changes_nothing(lines: Side) -> None:
    receipt = lines.channel.send(message(actions=(Action("done", "Done", "token-1"),)))
    for _ in range(2):
        lines.channel.update(receipt, message(body="Done."))
    (posted,) = lines.workspace.posted
    assert [block["type"] for block in posted.blocks] == ["header", "section"]
    assert posted.key == "k/1"


def test_a_message_that_was_deleted_cannot_change(lines: Side) -> None:
    receipt = lines.channel.send(message())
    lines.workspace.posted.clear()
    with pytest.raises(Undeliverable, match="deleted"):
        lines.channel.update(receipt, message())


def test_the_library_writes_nothing_of_a_person_into_the_log(lines: Side, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        lines.channel.send(message(body="The secret plan"))
        lines.wait()
        lines.workspace.fail(POST, Fault("body", error="fatal_error"))
        with pytest.raises(OutcomeUnknown):
            lines.channel.send(message("k/2", body="The secret plan"))
    assert [text for text in caplog.messages if EMAIL in text or "secret" in text or "xoxb" in text] == []
