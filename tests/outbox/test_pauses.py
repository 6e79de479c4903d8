"""A channel that asks to wait is left alone, whoever delivers; and no address gets more than the channel's pace."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.db.tables import OutboxRow
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.keys import content_hash, key
from opsflow.kernel.terms import PersonKey
from opsflow.outbox import claiming, service, store
from opsflow.outbox.buttons import Actions
from opsflow.outbox.model import DeliveryReport, Outcome, Recipient, Route
from opsflow.outbox.posts import store as posts
from opsflow.outbox.rules import LOOK_AFTER, Ways
from opsflow.outbox.service import deliver
from tests.outbox.people import EVERYBODY, LIN, WANG, notice, recipient, rows, tell

ROOM = Route("memory", "room")
SECOND = timedelta(seconds=1)


def test_a_message_waits_as_long_as_the_channel_asks_and_that_is_no_attempt(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    """F52: 429 loses the message."""
    channel.busy["lin@example.com"] = timedelta(seconds=90)
    tell(ctx, notice("a"), notice("b", WANG))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, failed=1, messages=1)
    channel.busy.clear()
    tell(ctx, notice("now", urgent=True))
    clock.move_to(clock.now() + timedelta(seconds=89))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(held=1)  # nor does anything else, however urgent
    clock.move_to(clock.now() + SECOND)
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=2, messages=1)
    with ctx.transaction() as session:
        told = [[one.outcome for one in each.attempts] for each in store.ledger(session, person=LIN)]
        counted = session.scalars(sa.select(OutboxRow.attempts).where(OutboxRow.person == LIN)).all()
    assert sorted(told) == [[Outcome.BUSY, Outcome.SENT], [Outcome.SENT]]
    assert counted == [1, 1]


def test_at_one_address_messages_go_out_at_the_channels_pace(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    channel.pace = SECOND
    crowd = [PersonKey(f"p{n}") for n in range(6)]
    people = {one: replace(recipient(one), address="room") for one in crowd}
    tell(ctx, *(notice(f"n{one}", one) for one in crowd))
    for sent in range(1, 7):
        deliver(ctx, people)
        deliver(ctx, people)
        assert len(channel.sent) == sent
        clock.move_to(clock.now() + SECOND)
    assert {status for status, _ in rows(ctx).values()} == {"sent"}


class Passing(VirtualClock):
    """A virtual clock that moves on while somebody waits."""

    def wait_until(self, instant: datetime) -> bool:
        self.move_to(max(instant, self.now()))
        return True


def test_where_time_passes_a_round_waits_for_each_turn_as_long_as_it_lasts(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    channel.pace = SECOND
    crowd = [PersonKey(f"p{n}") for n in range(70)]
    people = {one: replace(recipient(one), address="room") for one in crowd}
    tell(ctx, *(notice(f"n{one}", one) for one in crowd))
    moving = Passing(clock.now())
    passing = replace(ctx, clock=moving)
    assert deliver(passing, people).messages == 60
    assert deliver(passing, people) == DeliveryReport(sent=9, held=1, messages=9)  # the first found the turn of before
    moving.move_to(moving.now() + SECOND)
    assert deliver(passing, people).messages == 1
    with ctx.transaction() as session:
        times = sorted(each.attempts[-1].at for each in store.ledger(session))
    assert min(after - before for before, after in pairwise(times)) >= SECOND


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[PersonKey]:
    """Whose notices were looked at in a transaction, in turn."""
    found: list[PersonKey] = []

    def take(ctx: Context, recipient: Recipient, ways: Ways, actions: Actions, *, lease: timedelta) -> Any:
        found.append(recipient.person)
        return claiming.take(ctx, recipient, ways, actions, lease=lease)

    monkeypatch.setattr(service, "take", take)
    return found


def test_those_at_one_address_who_have_no_turn_are_left_alone_but_what_was_lost_is_looked_for(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock, taken: list[PersonKey]
) -> None:
    channel.pace = SECOND
    crowd = [PersonKey(f"p{n}") for n in range(4)]
    people = {one: replace(recipient(one), address="room") for one in crowd}
    tell(ctx, *(notice(f"n{one}", one) for one in crowd))
    channel.unsure = {key("message", crowd[0], content_hash(["np0"])[:16])}
    deliver(ctx, people)
    clock.move_to(clock.now() + LOOK_AFTER)
    deliver(ctx, people)
    assert taken == [crowd[0], crowd[0], crowd[1], crowd[0], crowd[0]]
    assert [status for status, _ in rows(ctx).values()].count("sent") == 2
    assert len(channel.sent) == 2


def test_who_is_told_everything_in_one_message_is_asked_for_once(ctx: Context, taken: list[PersonKey]) -> None:
    tell(ctx, notice("a"), notice("b"), notice("c", WANG))
    assert deliver(ctx, EVERYBODY).sent == 3
    assert taken == [LIN, WANG]


def _turns(ctx: Context, *, guarded: bool) -> list[bool]:
    """Who of eight that ask at once gets the turn."""
    barrier, got = threading.Barrier(8, timeout=20), list[bool]()

    def ask() -> None:
        barrier.wait()
        with ctx.transaction() as session:
            turn = posts.reserve(session, ROOM, now=ctx.clock.now(), pace=SECOND if guarded else timedelta(0))
        got.append(turn is None)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_of_several_who_want_to_send_at_once_one_has_the_turn(ctx: Context) -> None:
    assert _turns(ctx, guarded=True).count(True) == 1


def test_without_a_pace_they_all_send_at_once(ctx: Context) -> None:
    """The control: the same race with the guard off."""
    assert _turns(ctx, guarded=False).count(True) == 8


def test_the_longest_wait_that_was_asked_for_stands(ctx: Context, clock: VirtualClock) -> None:
    now = clock.now()
    with ctx.transaction() as session:
        posts.pause(session, ROOM, until=now + timedelta(minutes=2))
        posts.pause(session, ROOM, until=now + timedelta(minutes=1))
        assert posts.reserve(session, ROOM, now=now, pace=SECOND) == now + timedelta(minutes=2)
        assert posts.reserve(session, ROOM, now=now, pace=timedelta(0)) == now + timedelta(minutes=2)
