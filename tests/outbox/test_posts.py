"""One card per matter and person, and it shows what has become of the matter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.cards import Card, load_card
from opsflow.outbox.matters import acknowledge_matter, close_matter, open_matter, raise_matter
from opsflow.outbox.model import CardKind, DeliveryReport, Shows
from opsflow.outbox.posts import store as posts
from opsflow.outbox.service import deliver
from opsflow.ports import Message
from tests.outbox.people import ELEVEN, EVERYBODY, LIN, WANG, notice, recipient, task, tell

BY_WANG: dict[str, Value] = {"what": "done", "by_name": Text("Wang Fang", "王芳")}


@pytest.fixture(autouse=True)
def _opened(ctx: Context) -> None:
    with ctx.transaction() as session:
        for matter in ("task/1", "task/2"):
            open_matter(session, matter)


def close(ctx: Context, matter: str = "task/1") -> None:
    with ctx.transaction() as session:
        close_matter(session, matter, facts=BY_WANG | {"at": ctx.clock.now()})


def card_of(ctx: Context, message: Message) -> Card:
    with ctx.transaction() as session:
        return load_card(session, message.actions[0].token)


def test_a_card_has_the_buttons_of_its_template_and_each_carries_its_token(
    ctx: Context, channel: MemoryChannel
) -> None:
    tell(ctx, task("a"))
    deliver(ctx, EVERYBODY)
    (message,) = channel.sent
    assert [(one.name, one.label) for one in message.actions] == [
        ("done", "Done"), ("confirm", "Confirm the date"), ("snooze", "Remind me later"), ("need_help", "I need help"),
        ("reassign", "Hand over"),
    ]  # fmt: skip
    assert len({one.token for one in message.actions}) == 1
    card = card_of(ctx, message)
    assert (card.person, card.campaign, card.matter, card.version, card.kind) == (
        LIN,
        ELEVEN,
        "task/1",
        1,
        CardKind.TASK,
    )
    assert (card.channel, card.receipt, card.shows) == ("memory", "memory-1", Shows.OPEN)


def test_labels_are_in_the_recipients_language(ctx: Context, channel: MemoryChannel) -> None:
    tell(ctx, task("a"))
    deliver(ctx, {LIN: recipient(LIN, language="zh")})
    assert channel.sent[0].actions[0].label == "已完成"


def test_when_the_matter_closes_the_buttons_go_and_the_card_says_who_did_it(
    ctx: Context, channel: MemoryChannel
) -> None:
    """F45: buttons that live on."""
    tell(ctx, task("a"))
    deliver(ctx, EVERYBODY)
    close(ctx)
    assert deliver(ctx, EVERYBODY) == DeliveryReport(updated=1)
    shown = channel.shown["memory-1"]
    assert (shown.title, shown.actions) == ("1 Draft: done by Wang Fang", ())
    assert "2026-08-03 Mon 09:00" in shown.body
    assert len(channel.sent) == 1
    assert deliver(ctx, EVERYBODY) == DeliveryReport()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Seen by Wang Fang, 2026-08-03 Mon 09:00\nThe date is confirmed."),
        ("zh", "王芳 已于 2026年8月3日 周一 09:00 知悉\n已确认按时完成。"),
    ],
)
def test_a_card_that_somebody_sees_to_says_who_and_when_and_still_asks(
    ctx: Context, channel: MemoryChannel, language: Language, said: str
) -> None:
    tell(ctx, task("a"))
    people = {LIN: recipient(LIN, language=language)}
    deliver(ctx, people)
    before = channel.shown["memory-1"]
    with ctx.transaction() as session:
        acknowledge_matter(session, "task/1", by=WANG, at=ctx.clock.now(), facts=BY_WANG | {"what": "confirmed"})
    assert deliver(ctx, people) == DeliveryReport(updated=1)
    shown = channel.shown["memory-1"]
    assert (shown.title, shown.body) == (before.title, f"{before.body}\n\n{said}")
    assert shown.actions == before.actions != ()
    assert deliver(ctx, people) == DeliveryReport()
    with ctx.transaction() as session:
        raise_matter(session, "task/1", facts=BY_WANG | {"what": "moved"})
    assert deliver(ctx, people) == DeliveryReport(updated=1)
    assert "知悉" not in channel.shown["memory-1"].body
    assert "Seen" not in channel.shown["memory-1"].body


def test_what_moved_and_was_not_told_anew_says_who_has_it_now(ctx: Context, channel: MemoryChannel) -> None:
    """F48: a task that was handed over vanishes."""
    tell(ctx, task("a"))
    deliver(ctx, EVERYBODY)
    with ctx.transaction() as session:
        raise_matter(session, "task/1", facts={"what": "handed_over", "owner_name": "Zhao Min"})
    tell(ctx, task("b", WANG))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, messages=1, updated=1)
    assert channel.shown["memory-1"].title == "1 Draft: handed over, now with Zhao Min"
    assert channel.shown["memory-1"].actions == ()
    assert channel.shown["memory-2"].actions != ()


@pytest.mark.parametrize(
    ("what", "title"),
    [("waived", "1 Draft: waived by Wang Fang"), ("rework", "1 Draft: sent back for rework by Wang Fang")],
)
def test_a_card_that_a_verb_closed_says_which_and_who(
    ctx: Context, channel: MemoryChannel, what: str, title: str
) -> None:
    tell(ctx, task("a"))
    deliver(ctx, EVERYBODY)
    with ctx.transaction() as session:
        close_matter(session, "task/1", facts=BY_WANG | {"what": what})
    deliver(ctx, EVERYBODY)
    assert channel.shown["memory-1"].title == title
    assert "nothing left to do" in channel.shown["memory-1"].body


def test_a_card_whose_date_moved_says_who_moved_it_and_that_it_is_still_to_be_done(
    ctx: Context, channel: MemoryChannel
) -> None:
    tell(ctx, task("a"))
    deliver(ctx, EVERYBODY)
    with ctx.transaction() as session:
        due = ctx.clock.now() + timedelta(days=9)
        raise_matter(session, "task/1", facts=BY_WANG | {"what": "moved", "due": due})
    deliver(ctx, EVERYBODY)
    shown = channel.shown["memory-1"]
    assert shown.title == "1 Draft: moved by Wang Fang"
    assert "Due 2026-08-12" in shown.body
    assert "still to be done" in shown.body


def test_a_reminder_is_a_new_message_and_the_old_one_points_to_it(ctx: Context, channel: MemoryChannel) -> None:
    """Only a new message makes the phone ring; and only one of the two has buttons."""
    tell(ctx, task("a"))
    deliver(ctx, EVERYBODY)
    tell(ctx, task("b", template="task_reminder"))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(sent=1, messages=1, updated=1)
    old, new = channel.shown.values()
    assert (old.title, old.actions) == ("1 Draft: see the newer message", ())
    assert [one.name for one in new.actions] == ["done", "snooze", "need_help", "reassign"]
    assert card_of(ctx, channel.sent[0]).superseded
    close(ctx)
    deliver(ctx, EVERYBODY)
    assert [one.title for one in channel.shown.values()] == ["1 Draft: done by Wang Fang"] * 2


def test_in_a_message_about_several_matters_each_has_its_first_button_until_it_is_over(
    ctx: Context, channel: MemoryChannel
) -> None:
    tell(ctx, task("a"), task("b", matter="task/2"), notice("c"))
    deliver(ctx, EVERYBODY)
    assert [(one.name, one.label) for one in channel.sent[0].actions] == [("done", "1: Done"), ("done", "2: Done")]
    close(ctx)
    assert deliver(ctx, EVERYBODY) == DeliveryReport(updated=1)
    shown = channel.shown["memory-1"]
    assert [one.label for one in shown.actions] == ["2: Done"]
    assert "- 1 Draft: done by Wang Fang" in shown.body
    assert "- 2 Draft: yours" in shown.body


def test_in_a_message_about_several_matters_the_one_that_somebody_sees_to_says_who(
    ctx: Context, channel: MemoryChannel
) -> None:
    tell(ctx, task("a"), task("b", matter="task/2"))
    deliver(ctx, EVERYBODY)
    with ctx.transaction() as session:
        acknowledge_matter(session, "task/1", by=WANG, at=ctx.clock.now(), facts=BY_WANG | {"what": "confirmed"})
    assert deliver(ctx, EVERYBODY) == DeliveryReport(updated=1)
    shown = channel.shown["memory-1"]
    assert "- 1 Draft: yours, due 2026-08-07 Fri 18:00 · Seen by Wang Fang, 2026-08-03 Mon 09:00\n" in shown.body
    assert [one.label for one in shown.actions] == ["1: Done", "2: Done"]


def test_what_closes_while_the_message_is_on_its_way_is_shown_right_after(ctx: Context) -> None:
    class Closes(MemoryChannel):
        def send(self, message: Message) -> str:
            close(ctx)
            return super().send(message)

    channel = Closes()
    racing = replace(ctx, channels={"memory": channel})
    tell(ctx, task("a"))
    assert deliver(racing, EVERYBODY) == DeliveryReport(sent=1, messages=1, updated=1)
    assert channel.shown["memory-1"].actions == ()


def test_what_closes_while_the_message_is_being_changed_is_shown_next_time(ctx: Context) -> None:
    class Reopens(MemoryChannel):
        def update(self, receipt: str, message: Message) -> None:
            super().update(receipt, message)
            with ctx.transaction() as session:
                close_matter(session, "task/2", facts=BY_WANG)

    channel = Reopens()
    racing = replace(ctx, channels={"memory": channel})
    tell(ctx, task("a"), task("b", matter="task/2"))
    deliver(racing, EVERYBODY)
    close(ctx)
    deliver(racing, EVERYBODY)
    assert [one.label for one in channel.shown["memory-1"].actions] == ["2: Done"]
    deliver(racing, EVERYBODY)
    assert channel.shown["memory-1"].actions == ()


def test_a_channel_that_does_not_update_has_no_buttons_and_is_sent_nothing_for_a_mere_change(ctx: Context) -> None:
    mail = MemoryChannel("mail", updates=False)
    there = replace(ctx, channels={"mail": mail})
    tell(ctx, task("a"))
    deliver(there, EVERYBODY)
    close(ctx)
    assert deliver(there, EVERYBODY) == DeliveryReport()
    assert [one.actions for one in mail.sent] == [()]


def test_a_repeat_of_a_message_has_the_tokens_of_the_first_try(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    """The first may have arrived, and its buttons be pressed."""
    seen: list[Message] = []

    class Fails(MemoryChannel):
        def send(self, message: Message) -> str:
            seen.append(message)
            self.unreachable.add(LIN)
            return super().send(message)

    tell(ctx, task("a"))
    deliver(replace(ctx, channels={"memory": Fails()}), EVERYBODY)
    clock.move_to(clock.now() + timedelta(minutes=1))
    deliver(ctx, EVERYBODY)
    assert channel.sent[0].actions == seen[0].actions


def test_a_message_that_cannot_be_changed_now_is_changed_later_and_one_that_never_can_is_left(
    ctx: Context, channel: MemoryChannel, clock: VirtualClock
) -> None:
    tell(ctx, task("a"), task("b", WANG, matter="task/2"))
    deliver(ctx, EVERYBODY)
    channel.unreachable.add(LIN)
    channel.gone.add(WANG)
    close(ctx)
    close(ctx, "task/2")
    assert deliver(ctx, EVERYBODY) == DeliveryReport()
    channel.unreachable.clear()
    channel.gone.clear()
    assert deliver(ctx, EVERYBODY) == DeliveryReport()  # not at once
    clock.move_to(clock.now() + timedelta(minutes=1))
    assert deliver(ctx, EVERYBODY) == DeliveryReport(updated=1)
    assert [bool(one.actions) for one in channel.shown.values()] == [False, True]


def test_a_message_that_is_being_changed_is_left_alone_by_another_deliverer(ctx: Context) -> None:
    tell(ctx, task("a"))
    deliver(ctx, EVERYBODY)
    close(ctx)
    now = ctx.clock.now()
    with ctx.transaction() as session:
        (post,) = posts.due_posts(session, ["memory"], now=now, limit=10)
        assert posts.claim_post(session, post, now=now, until=now + timedelta(minutes=5))
        assert not posts.claim_post(session, post, now=now, until=now + timedelta(minutes=5))
        assert posts.due_posts(session, ["memory"], now=now, limit=10) == ()


def test_who_is_told_that_a_task_is_somebody_elses_has_no_buttons(ctx: Context, channel: MemoryChannel) -> None:
    due = ctx.clock.now()
    given = notice("a", matter="task/1", template="task_reassigned", code="1", task="Draft", due=due, yours=False,
                   owner_name="Wang", by_name="Lin")  # fmt: skip
    tell(ctx, given)
    deliver(ctx, EVERYBODY)
    assert channel.sent[0].actions == ()
