"""Sent or not, nobody knows: a channel that can tell is asked before anything is sent again (F53)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.db.tables import AttemptRow
from opsflow.kernel.clock import VirtualClock
from opsflow.outbox import store
from opsflow.outbox.model import DeliveryReport
from opsflow.outbox.rules import LOOK_AFTER, MOST_UNKNOWN
from opsflow.outbox.service import LEASE, deliver
from opsflow.ports import Message, OutcomeUnknown
from tests.outbox.people import EVERYBODY, LIN, notice, rows, tell


@pytest.fixture(autouse=True)
def _told(ctx: Context) -> None:
    tell(ctx, notice("a"), notice("b"))


def key_of(ctx: Context) -> str:
    """The key that the message about a and b will have."""
    seen: list[Message] = []

    class Looks(MemoryChannel):
        def send(self, message: Message) -> str:
            seen.append(message)
            raise OutcomeUnknown("lin: the line went dead")

    deliver(Context(ctx.settings, ctx.database, ctx.clock, ctx.launcher, {"memory": Looks()}), EVERYBODY)
    return seen[0].key


def test_what_was_taken_and_not_answered_is_recorded_as_sent_and_not_sent_again(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    key = key_of(ctx)
    lost = Message(LIN, "lin@example.com", key, "2 messages for you", "", urgent=False)
    channel.sent.append(lost)
    assert deliver(ctx, EVERYBODY) == DeliveryReport()  # five seconds have not passed
    clock.move_to(clock.now() + LOOK_AFTER)
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=2, messages=1)
    assert channel.sent == [lost]
    assert {status for status, _ in rows(ctx).values()} == {"sent"}


def test_what_never_arrived_is_sent_again(ctx: Context, channel: MemoryChannel, clock: VirtualClock) -> None:
    key = key_of(ctx)
    clock.move_to(clock.now() + LOOK_AFTER)
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=2, messages=1)
    assert [one.key for one in channel.sent] == [key]


def test_while_the_channel_cannot_tell_nothing_is_sent_again_and_others_are_told(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    key_of(ctx)
    channel.unreachable.add(LIN)
    for _ in range(5):
        clock.move_to(clock.now() + timedelta(minutes=5))
        deliver(ctx, EVERYBODY)
    assert channel.sent == []
    assert {status for status, _ in rows(ctx).values()} == {"unknown"}
    channel.unreachable.clear()
    tell(ctx, notice("c"))
    clock.move_to(clock.now() + timedelta(minutes=5))
    deliver(ctx, EVERYBODY)
    assert {status for status, _ in rows(ctx).values()} == {"sent"}


def test_a_message_that_vanishes_three_times_is_not_given_to_the_channel_a_fifth_time(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    channel.dropped.add(key_of(ctx))
    for _ in range(MOST_UNKNOWN + 3):
        clock.move_to(clock.now() + LOOK_AFTER)
        deliver(ctx, EVERYBODY)
    assert channel.sent == []
    assert {status for status, _ in rows(ctx).values()} == {"failed"}
    with ctx.transaction() as session:
        outcomes = session.scalars(sa.select(AttemptRow.outcome)).all()
    assert outcomes.count("unknown") == 2 * (MOST_UNKNOWN + 1)
    assert outcomes.count("missing") == 2 * (MOST_UNKNOWN + 1)


def test_a_channel_that_cannot_tell_sends_it_again_when_the_lease_is_over(ctx: Context, clock: VirtualClock) -> None:
    """At least once, and not pretended otherwise."""
    key = key_of(ctx)
    with ctx.transaction() as session:
        assert store.next_notice(session) == clock.now() + LOOK_AFTER
    blind = MemoryChannel(finds=False)
    blind.dropped.add(key)
    there = Context(ctx.settings, ctx.database, ctx.clock, ctx.launcher, {"memory": blind})
    clock.move_to(clock.now() + LOOK_AFTER)
    deliver(there, EVERYBODY)
    blind.dropped.clear()
    assert deliver(there, EVERYBODY) == DeliveryReport()
    clock.move_to(clock.now() + LEASE)
    assert deliver(there, EVERYBODY) == DeliveryReport(sent=2, messages=1)
    assert [one.key for one in blind.sent] == [key]
