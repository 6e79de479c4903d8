"""When one channel fails the next is tried, and what no channel takes is told to somebody else: nothing is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.db.tables import AttemptRow
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey
from opsflow.org.model import Organisation
from opsflow.outbox import store
from opsflow.outbox.matters import close_matter, open_matter
from opsflow.outbox.model import DeliveryReport
from opsflow.outbox.recipients import not_set_up, recipients
from opsflow.outbox.rules import FEWER_ATTEMPTS, MOST_ATTEMPTS
from opsflow.outbox.service import deliver
from tests.outbox.people import ELEVEN, LIN, WANG, ZHAO, notice, recipient, rows, task, tell

CHAT, MAIL = "chat", "mail"


class Two:
    """Lin is told on a chat and else by mail; what she cannot be told is told to Wang."""

    def __init__(self, ctx: Context) -> None:
        self.chat, self.mail = MemoryChannel(CHAT), MemoryChannel(MAIL, updates=False, finds=False)
        self.ctx = replace(ctx, channels={CHAT: self.chat, MAIL: self.mail})
        self.people = {
            LIN: recipient(LIN, channels=(CHAT, MAIL), fallback=WANG),
            WANG: recipient(WANG, channels=(MAIL,), fallback=ZHAO),
            ZHAO: recipient(ZHAO, channels=("pager",)),
        }

    def deliver(self) -> DeliveryReport:
        return deliver(self.ctx, self.people, fallbacks={ELEVEN: WANG})

    def outcomes(self) -> list[tuple[str, str]]:
        with self.ctx.transaction() as session:
            found = session.execute(sa.select(AttemptRow.channel, AttemptRow.outcome).order_by(AttemptRow.id))
            return [(row.channel, row.outcome) for row in found]


@pytest.fixture
def two(ctx: Context) -> Two:
    return Two(ctx)


def test_an_address_that_can_never_be_reached_sends_the_message_to_the_next_channel_at_once(two: Two) -> None:
    """F54, F55: an archived channel, somebody who is not on Slack."""
    two.chat.gone.add(LIN)
    tell(two.ctx, notice("a"))
    assert two.deliver() == DeliveryReport(sent=1, failed=1, messages=1)
    assert [(one.person, one.address) for one in two.mail.sent] == [(LIN, "lin@mail")]
    assert two.outcomes() == [(CHAT, "undeliverable")]


def test_a_channel_that_keeps_failing_is_left_for_the_next_after_half_an_hour(two: Two, clock: VirtualClock) -> None:
    two.chat.unreachable.add(LIN)
    tell(two.ctx, notice("a"))
    began = clock.now()
    for _ in range(FEWER_ATTEMPTS):
        assert two.mail.sent == []
        two.deliver()
        clock.move_to(clock.now() + timedelta(minutes=17))
    assert [one.person for one in two.mail.sent] == [LIN]
    assert two.outcomes() == [*[(CHAT, "failed")] * FEWER_ATTEMPTS, (CHAT, "worn_out")]
    assert clock.now() - began < timedelta(hours=2)


def test_what_no_channel_takes_is_told_to_the_fallback_recipient_with_its_words(two: Two) -> None:
    two.chat.gone.add(LIN)
    two.mail.gone.add(LIN)
    tell(two.ctx, notice("no budget"))
    two.deliver()
    two.deliver()
    (letter,) = two.mail.sent
    assert (letter.person, letter.title) == (WANG, "Lin could not be told: Double 11 is stopped")
    assert "cannot be reached" in letter.body
    assert "> Reason: no budget" in letter.body or "no budget" in letter.body
    assert rows(two.ctx)["no budget"][0] == "fallback"


def test_a_dead_letter_never_makes_another(two: Two) -> None:
    for person in (LIN, WANG, ZHAO):
        two.chat.gone.add(person)
        two.mail.gone.add(person)
    tell(two.ctx, notice("a"))
    for _ in range(4):
        two.deliver()
    assert sorted(status for status, _ in rows(two.ctx).values()) == ["failed", "fallback"]


def test_a_dead_letter_about_what_is_closed_by_then_is_not_told(two: Two) -> None:
    """F01, F04, at the second-hand."""
    with two.ctx.transaction() as session:
        open_matter(session, "task/1")
    two.chat.gone.add(LIN)
    two.mail.gone.add(LIN)
    two.mail.unreachable.add(WANG)
    tell(two.ctx, task("a"))
    two.deliver()
    with two.ctx.transaction() as session:
        close_matter(session, "task/1")
    two.mail.unreachable.clear()
    two.ctx.clock.move_to(two.ctx.clock.now() + timedelta(hours=1))  # type: ignore[attr-defined]
    two.deliver()
    assert two.mail.sent == []


def test_somebody_nobody_knows_is_a_dead_letter_of_the_campaign(two: Two) -> None:
    """F55: exception, record lost."""
    tell(two.ctx, notice("a", PersonKey("ghost")))
    two.deliver()
    two.deliver()
    assert [(one.person, one.title) for one in two.mail.sent] == [
        (WANG, "ghost could not be told: Double 11 is stopped")
    ]


def test_a_channel_that_is_not_set_up_here_is_passed_over_and_the_first_takes_what_has_no_other(two: Two) -> None:
    tell(two.ctx, notice("a", ZHAO))
    two.deliver()
    assert [(one.person, one.address) for one in two.chat.sent] == [(ZHAO, "zhao@example.com")]


def test_what_goes_to_a_channel_that_was_named_and_is_not_set_up_here_is_kept_and_says_so(two: Two) -> None:
    """Nothing is told on the console and taken for told; the next deliverer with the channel finds it as it was."""
    two.people[ZHAO] = replace(two.people[ZHAO], named=True)
    tell(two.ctx, notice("a", ZHAO))
    assert [two.deliver(), two.deliver()] == [DeliveryReport(held=1)] * 2
    assert two.chat.sent + two.mail.sent == []
    assert rows(two.ctx) == {"a": ("pending", "channel pager is not set up here")}
    with two.ctx.transaction() as session:
        assert store.waiting_for_channels(session) == ((ZHAO, "channel pager is not set up here"),)
    pager = MemoryChannel("pager")
    deliver(replace(two.ctx, channels={**two.ctx.channels, "pager": pager}), two.people)
    assert [(one.person, one.address) for one in pager.sent] == [(ZHAO, "zhao@pager")]
    with two.ctx.transaction() as session:
        assert store.waiting_for_channels(session) == ()


def test_of_several_named_channels_the_first_that_is_set_up_here_is_taken(two: Two) -> None:
    two.people[ZHAO] = replace(recipient(ZHAO, channels=("pager", MAIL, CHAT)), named=True)
    tell(two.ctx, notice("a", ZHAO))
    two.deliver()
    assert [one.address for one in two.mail.sent] == ["zhao@mail"]
    assert two.chat.sent == []


def test_what_is_kept_for_a_channel_is_never_a_dead_letter_however_long(two: Two, clock: VirtualClock) -> None:
    two.people[LIN] = replace(recipient(LIN, channels=("pager",), fallback=WANG), named=True)
    tell(two.ctx, notice("a"))
    for _ in range(5):
        two.deliver()
        clock.move_to(clock.now() + timedelta(days=1))
    assert rows(two.ctx) == {"a": ("pending", "channel pager is not set up here")}
    assert two.mail.sent == []


def test_when_those_that_are_set_up_here_have_failed_the_fallback_recipient_is_told_at_once(two: Two) -> None:
    """Not kept for the channel that is missing: somebody knows of it now."""
    two.people[LIN] = replace(recipient(LIN, channels=("pager", CHAT), fallback=WANG), named=True)
    two.chat.gone.add(LIN)
    tell(two.ctx, notice("a"))
    two.deliver()
    two.deliver()
    assert rows(two.ctx)["a"][0] == "fallback"
    assert [one.person for one in two.mail.sent] == [WANG]


def test_whoever_names_a_channel_has_named_it_for_a_person_or_for_all() -> None:
    def named(own: list[str], house: list[str]) -> tuple[bool, list[str]]:
        person = {"name": "Lin", "department": "operations", "email": "lin@example.com", "channels": own}
        raw = {"name": "Acme", "zone": "Asia/Shanghai", "departments": {}, "people": {LIN: person}, "channels": house}
        found = recipients(Organisation.model_validate(raw))[LIN]
        return found.named, [route.channel for route in found.routes]

    assert named([], []) == (False, ["slack"])  # nobody did: the first run needs no account
    assert named(["slack"], []) == (True, ["slack"])
    assert named([], ["slack", "mailto://x"]) == (True, ["slack", "apprise"])
    assert named(["console"], ["slack"]) == (True, ["console"])


def test_what_sets_slack_up_is_named() -> None:
    only = recipient(LIN, channels=("slack",))
    assert not_set_up(only) == "channel slack is not set up here: set OPSFLOW_SLACK_BOT_TOKEN"


def test_new_messages_begin_at_the_first_channel_while_an_older_one_is_on_the_second(two: Two) -> None:
    two.chat.gone.add(LIN)
    two.mail.unreachable.add(LIN)
    tell(two.ctx, notice("old"))
    two.deliver()
    two.chat.gone.clear()
    tell(two.ctx, notice("new"))
    two.deliver()
    assert [one.person for one in two.chat.sent] == [LIN]
    two.mail.unreachable.clear()
    two.ctx.clock.move_to(two.ctx.clock.now() + timedelta(minutes=2))  # type: ignore[attr-defined]
    two.deliver()
    assert [one.person for one in two.mail.sent] == [LIN]


def test_on_the_last_channel_a_message_is_tried_for_about_a_day(two: Two, clock: VirtualClock) -> None:
    two.mail.unreachable.add(WANG)
    tell(two.ctx, notice("a", WANG, urgent=True))
    for _ in range(MOST_ATTEMPTS - 1):
        two.deliver()
        clock.move_to(clock.now() + timedelta(hours=4))
    assert rows(two.ctx)["a"][0] == "pending"
    two.deliver()
    assert rows(two.ctx)["a"][0] == "fallback"
