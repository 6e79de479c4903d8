"""Delivery: once, together, at a good hour, and only what still holds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import PersonKey
from opsflow.outbox import service, store
from opsflow.outbox.matters import close_matter, open_matter, raise_matter
from opsflow.outbox.model import DeliveryReport, Notice, UnknownMatter
from opsflow.outbox.rules import MOST_ATTEMPTS, OVER
from opsflow.outbox.service import LEASE, deliver
from opsflow.ports import Message
from opsflow.settings import Settings
from tests.outbox.people import ELEVEN, EVERYBODY, LIN, WANG, ZHAO, notice, recipient, rows, tell


def test_the_same_key_is_told_once(ctx: Context, channel: MemoryChannel) -> None:
    """F03: a change announced twice to everybody."""
    assert tell(ctx, notice("a"), notice("a")) == [True, False]
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, messages=1)
    assert tell(ctx, notice("a")) == [False]
    assert deliver(ctx, EVERYBODY) == DeliveryReport()
    assert len(channel.sent) == 1


def test_one_notice_has_its_own_title(ctx: Context, channel: MemoryChannel) -> None:
    tell(ctx, notice("no budget"))
    deliver(ctx, EVERYBODY)
    (message,) = channel.sent
    assert (message.title, message.person, message.address) == ("Double 11 is stopped", LIN, "lin@example.com")
    assert "no budget" in message.body


def test_several_notices_to_one_person_are_one_message(ctx: Context, channel: MemoryChannel) -> None:
    """F32: after an outage one digest, not a burst."""
    tell(
        ctx,
        notice("a", title="Double 11"),
        notice("b", title="Member day"),
        notice("c", urgent=True, title="Double 11"),
    )
    tell(ctx, notice("d", WANG))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=4, messages=2)
    message = channel.sent_to(LIN)[0]
    assert message.title == "3 messages for you, 1 urgent"
    assert message.body.splitlines() == [
        "Double 11",
        "- Urgent: Double 11 is stopped",
        "- Double 11 is stopped",
        "",
        "Member day",
        "- Member day is stopped",
    ]
    assert message.urgent


def test_the_digest_is_in_the_recipients_language(ctx: Context, channel: MemoryChannel) -> None:
    tell(ctx, notice("a"), notice("b"))
    deliver(ctx, {LIN: recipient(LIN, language="zh")})
    assert channel.sent[0].title == "你有 2 条消息"


def test_nothing_is_said_about_what_is_closed(ctx: Context, channel: MemoryChannel) -> None:
    """F01, F04: the item is finished, the reminder still goes out."""
    with ctx.transaction() as session:
        open_matter(session, "task/1")
    tell(ctx, notice("a", matter="task/1"))
    with ctx.transaction() as session:
        close_matter(session, "task/1")
    assert deliver(ctx, EVERYBODY) == DeliveryReport(dropped=1)
    assert channel.sent == []
    assert rows(ctx) == {"a": ("dropped", OVER)}


def test_what_moved_is_told_in_its_new_version_only(ctx: Context, channel: MemoryChannel) -> None:
    """F02: the item is moved, the old notice still fires."""
    with ctx.transaction() as session:
        assert open_matter(session, "task/1") == 1
    tell(ctx, notice("old", matter="task/1"))
    with ctx.transaction() as session:
        assert raise_matter(session, "task/1") == 2
    tell(ctx, notice("new", matter="task/1"))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, dropped=1, messages=1)
    assert "new" in channel.sent[0].body


def test_what_is_closed_while_a_notice_waits_for_the_morning_is_not_told(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    """F13: the chain goes on after acknowledgement. The matter is looked at when the message is sent."""
    clock.move_to(clock.now() + timedelta(hours=12))
    with ctx.transaction() as session:
        open_matter(session, "task/1")
    tell(ctx, notice("a", matter="task/1"), notice("b"))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(held=2)
    with ctx.transaction() as session:
        close_matter(session, "task/1")
    clock.move_to(clock.now() + timedelta(hours=12))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, dropped=1, messages=1)
    assert clock.now().isoformat() == "2026-08-04T01:00:00+00:00"
    assert [message.key for message in channel.sent] != []


def test_a_matter_can_be_opened_closed_and_raised_again_and_again(ctx: Context) -> None:
    with ctx.transaction() as session:
        assert [open_matter(session, "m"), open_matter(session, "m")] == [1, 1]
        close_matter(session, "m")
        close_matter(session, "m")
        assert raise_matter(session, "m") == 1  # what is closed stays closed, whatever moves
        assert open_matter(session, "m") == 2  # and what speaks of its first life stays unsaid
        close_matter(session, "never opened")


def test_a_notice_about_a_matter_nobody_opened_is_an_error(ctx: Context) -> None:
    with pytest.raises(UnknownMatter, match="task/9"):
        tell(ctx, notice("a", matter="task/9"))
    assert rows(ctx) == {}


def test_the_daily_budget_counts_messages_and_spares_urgent_ones(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    people = {LIN: recipient(LIN, messages_per_day=2)}
    for key in ("a", "b", "c"):
        tell(ctx, notice(key))
        deliver(ctx, people)
    assert len(channel.sent) == 2
    tell(ctx, notice("now", urgent=True), notice("d"))
    assert deliver(ctx, people) == DeliveryReport(sent=1, held=1, messages=1)
    clock.move_to(clock.now() + timedelta(days=1))
    assert deliver(ctx, people) == DeliveryReport(sent=2, messages=1)
    assert [message.title for message in channel.sent][3:] == ["2 messages for you"]


def test_an_unreachable_person_holds_up_nobody(ctx: Context, channel: MemoryChannel) -> None:
    """F05: one bad recipient stops the batch."""
    channel.unreachable.add(WANG)
    tell(ctx, notice("a", LIN), notice("b", WANG), notice("c", ZHAO))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=2, failed=1, messages=2)
    assert [message.person for message in channel.sent] == [LIN, ZHAO]


def test_what_failed_is_not_booked_as_sent_and_goes_out_later(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    """F06: a failed send is booked as sent."""
    channel.unreachable.add(LIN)
    tell(ctx, notice("a"))
    deliver(ctx, EVERYBODY)
    assert rows(ctx)["a"][0] == "pending"
    assert deliver(ctx, EVERYBODY) == DeliveryReport()  # not at once
    channel.unreachable.clear()
    clock.move_to(clock.now() + timedelta(minutes=1))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, messages=1)


def test_what_keeps_failing_is_given_up_and_shown(ctx: Context, channel: MemoryChannel, clock: VirtualClock) -> None:
    channel.unreachable.add(LIN)
    tell(ctx, notice("a", urgent=True))
    for _ in range(MOST_ATTEMPTS):
        deliver(ctx, EVERYBODY)
        clock.move_to(clock.now() + timedelta(hours=4))
    with ctx.transaction() as session:
        ((person, key, reason),) = store.failures(session)
        assert store.next_notice(session) is None
    assert (person, key) == (LIN, "a")
    assert "cannot be reached" in reason


def test_somebody_who_is_not_in_the_organisation_is_shown_and_stops_nobody(
    ctx: Context, channel: MemoryChannel
) -> None:
    """F55: the person is not there, and the record is lost."""
    tell(ctx, notice("a", PersonKey("ghost")), notice("b", LIN))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, failed=1, messages=1)
    with ctx.transaction() as session:
        assert store.failures(session) == ((PersonKey("ghost"), "a", "ghost is not in the organisation"),)


def test_a_broken_template_holds_up_no_other_notice(ctx: Context, channel: MemoryChannel) -> None:
    broken = Notice(key="a", person=LIN, template="task_overdue", data={"campaign_title": "Double 11"})
    tell(ctx, broken, notice("b"))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, failed=1, messages=1)
    status, reason = rows(ctx)["a"]
    assert status == "pending"
    assert "task_overdue" in (reason or "")


class Dying(MemoryChannel):
    """A channel in whose hands the process dies: after the message went out, or before."""

    def __init__(self, *, after: bool) -> None:
        super().__init__("dying", finds=False)
        self.after = after

    def send(self, message: Message) -> str:
        if self.after:
            self.sent.append(message)
        raise KeyboardInterrupt


@pytest.mark.parametrize("after", [True, False], ids=["after the send", "before the send"])
def test_a_crash_around_the_send_repeats_the_same_message_under_the_same_key(
    ctx: Context, clock: VirtualClock, after: bool
) -> None:
    """At least once, on a channel that cannot tell: nothing is lost, and the repeat has the same key."""
    channel = MemoryChannel("dying", finds=False)
    ctx = replace(ctx, channels={"dying": channel})
    dying = Dying(after=after)
    crashed = Context(ctx.settings, ctx.database, ctx.clock, ctx.launcher, {"dying": dying})
    tell(ctx, notice("a"), notice("b"))
    with pytest.raises(KeyboardInterrupt):
        deliver(crashed, EVERYBODY)
    tell(ctx, notice("c"))
    assert deliver(ctx, EVERYBODY) == DeliveryReport()  # somebody may still be sending to this person
    clock.move_to(clock.now() + LEASE)
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=3, messages=2)
    assert [message.title for message in channel.sent] == ["2 messages for you", "Double 11 is stopped"]
    assert all(message == channel.sent[0] for message in dying.sent)


def test_what_went_out_can_be_told_afterwards(ctx: Context) -> None:
    tell(ctx, notice("a"), notice("b"), notice("c", WANG))
    deliver(ctx, EVERYBODY)
    with ctx.transaction() as session:
        first, second = store.sent(session, ELEVEN)
        assert store.sent(session, None) == (first, second)
    assert (first.person, [key for _, _, key in first.notices]) == (LIN, ["a", "b"])
    assert first.text.startswith("2 messages for you\n\nDouble 11\n")
    assert first.sent_at == ctx.clock.now()
    assert second.notices == ((ELEVEN, "campaign_stopped", "c"),)


def test_a_port_error_is_the_only_one_that_is_retried(ctx: Context) -> None:
    class Odd(MemoryChannel):
        def send(self, message: Message) -> str:
            raise ZeroDivisionError

    tell(ctx, notice("a"))
    with pytest.raises(ZeroDivisionError):
        deliver(Context(ctx.settings, ctx.database, ctx.clock, ctx.launcher, {"odd": Odd()}), EVERYBODY)
    assert not issubclass(ZeroDivisionError, PortFailed)
    assert rows(ctx)["a"][0] == "sending"


def test_a_digest_that_would_say_what_the_last_one_said_is_not_sent(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock, tmp_path: Path
) -> None:
    """Unchanged state is silent; what is new breaks the silence."""
    own = tmp_path / "sop_templates" / "messages"
    own.mkdir(parents=True)
    (own / "actions.yaml").write_text("labels: {}\ncards: {}\ndigest: [stage_closed]\n", encoding="utf-8")
    ctx = replace(ctx, settings=Settings(workspace=tmp_path, database_url=ctx.database.url))

    def daily(day: int, stage: str) -> None:
        tell(ctx, Notice(key=f"late/{day}/{stage}", person=LIN, template="stage_closed",
                         data={"campaign_title": "Double 11", "stage": stage}))  # fmt: skip

    sent = []
    for day, stages in enumerate([("One",), ("One",), ("One", "Two"), ("Two", "One"), ("One",)]):
        for stage in stages:
            daily(day, stage)
        clock.move_to(clock.now() + timedelta(days=1))
        sent.append(deliver(ctx, EVERYBODY).messages)
    assert sent == [1, 0, 1, 0, 0]  # the last of these days is a Saturday
    clock.move_to(clock.now() + timedelta(days=2))
    assert deliver(ctx, EVERYBODY).messages == 1
    assert [message.title for message in channel.sent][1] == "2 messages for you"


def test_a_slow_channel_holds_up_no_other_and_a_round_ends(ctx: Context, clock: VirtualClock) -> None:
    """F05, in time: what is left when the minute is over is for the next round, those that failed before come last."""
    told = Event()

    class Slow(MemoryChannel):
        def send(self, message: Message) -> str:
            assert told.wait(
                30
            )  # the clock is both channels': it must not be past the minute before the quick one begins
            clock.move_to(clock.now() + timedelta(seconds=25))
            return super().send(message)

    class Quick(MemoryChannel):
        def send(self, message: Message) -> str:
            told.set()
            return super().send(message)

    slow, quick = Slow("slow"), Quick("quick")
    there = Context(ctx.settings, ctx.database, ctx.clock, ctx.launcher, {"slow": slow, "quick": quick})
    crowd = [PersonKey(f"p{n}") for n in range(5)]
    people = {one: recipient(one, channels=("slow",)) for one in crowd} | {LIN: recipient(LIN, channels=("quick",))}
    tell(ctx, *(notice(f"n{one}", one) for one in crowd), notice("a"))
    deliver(there, people)
    assert len(quick.sent) == 1
    assert [one.person for one in slow.sent] == crowd[:3]
    deliver(there, people)
    assert [one.person for one in slow.sent] == crowd


def told_meanwhile(ctx: Context, *, wait: float) -> bool:
    """Whether somebody is told on the quick channel while the slow one is still at its first message."""
    told, seen = Event(), list[bool]()

    class Slow(MemoryChannel):
        def send(self, message: Message) -> str:
            seen.append(told.wait(wait))
            return super().send(message)

    class Quick(MemoryChannel):
        def send(self, message: Message) -> str:
            told.set()
            return super().send(message)

    there = replace(ctx, channels={"slow": Slow("slow"), "quick": Quick("quick")})
    people = {LIN: recipient(LIN, channels=("slow",)), WANG: recipient(WANG, channels=("quick",))}
    tell(ctx, notice("a"), notice("b", WANG))
    assert deliver(there, people).sent == 2
    return seen[0]


def test_nobody_waits_for_a_channel_that_is_not_theirs(ctx: Context) -> None:
    """F05, in time."""
    assert told_meanwhile(ctx, wait=20)


def test_with_one_hand_for_all_channels_everybody_waits_for_the_slowest(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(service, "ThreadPoolExecutor", lambda **_: ThreadPoolExecutor(max_workers=1))
    assert not told_meanwhile(ctx, wait=0.2)
