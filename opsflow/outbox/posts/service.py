"""Brings messages that were sent up to date with the matters they speak of.

A message is changed between two transactions, as it is sent; but to change it twice changes nothing, so whatever was lost
is simply done again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from opsflow.context import Context
from opsflow.kernel.errors import BadInput, NotFound, PortFailed, Refused
from opsflow.kernel.terms import PersonKey
from opsflow.outbox import texts
from opsflow.outbox.buttons import Actions
from opsflow.outbox.composing import Written, composed
from opsflow.outbox.linking import linked
from opsflow.outbox.model import DeliveryReport, Post, PostLine, Recipient, Shows
from opsflow.outbox.posts import store
from opsflow.outbox.rules import MOST_ATTEMPTS, pause
from opsflow.ports import Busy, Channel, Message, Undeliverable

AT_ONCE = 100
"""Messages that are changed in one round of one channel."""


def refresh(
    ctx: Context,
    channel: Channel,
    recipients: Mapping[PersonKey, Recipient],
    actions: Actions,
    *,
    lease: timedelta,
    until: datetime,
) -> DeliveryReport:
    """Change the messages of a channel whose matters are over, moved, seen to, or told anew elsewhere; until an instant."""
    with ctx.reading() as session:
        due = store.due_posts(session, [channel.name], now=ctx.clock.now(), limit=AT_ONCE)
    updated = 0
    for post in due:
        if ctx.clock.now() > until:
            break
        recipient = recipients.get(post.person)
        updated += recipient is not None and _refresh(ctx, channel, post, recipient, actions, lease=lease)
    return DeliveryReport(updated=updated)


def _refresh(
    ctx: Context, channel: Channel, post: Post, recipient: Recipient, actions: Actions, *, lease: timedelta
) -> bool:
    now = ctx.clock.now()
    with ctx.transaction() as session:
        if not store.claim_post(session, post, now=now, until=now + lease):
            return False
        found = store.lines(session, post)
        wanted = {line.token: line.wanted for line in found if line.token and line.wanted}
        if all(line.wanted is line.shown for line in found):
            store.settle_post(session, post, wanted, claimed_until=now + lease)
            return False
        turn = store.reserve(session, post.route, now=now, pace=channel.pace)
        if turn is not None:
            store.postpone(session, post, claimed_until=now + lease, not_before=turn)
            return False
    try:
        channel.update(post.receipt, _message(ctx, post, found, recipient, actions, now=now))
    except Busy as error:
        _postpone(ctx, post, claimed_until=now + lease, rest=error.retry_after, asked=True)
    except Undeliverable:  # somebody deleted it, or the channel is archived: there is nothing that could mislead
        with ctx.transaction() as session:
            store.leave_as_it_is(session, post)
    except (BadInput, NotFound, PortFailed, Refused):
        _postpone(ctx, post, claimed_until=now + lease, rest=pause(post.attempts + 1))
    else:
        with ctx.transaction() as session:
            store.settle_post(session, post, wanted, claimed_until=now + lease)
        return True
    return False


def _message(
    ctx: Context, post: Post, lines: tuple[PostLine, ...], recipient: Recipient, actions: Actions, *, now: datetime
) -> Message:
    folders = ctx.settings.template_folders
    written = [_written(folders, line, recipient, now) for line in lines]
    message = composed(folders, actions, written, recipient, route=post.route, key=post.key, now=now)
    return linked(ctx.settings, actions, message, written, recipient, buttons=True, now=now)


def _written(folders: tuple[Path, ...], line: PostLine, recipient: Recipient, now: datetime) -> Written:
    match line.wanted:
        case None | Shows.OPEN:
            return Written(line, texts.words_for(folders, line, recipient, now=now), line.token)
        case Shows.SEEN:
            return Written(line, texts.words_seen(folders, line, recipient, now=now), line.token)
    return Written(line, texts.words_after(folders, line, recipient, now=now), None)


def _postpone(ctx: Context, post: Post, *, claimed_until: datetime, rest: timedelta, asked: bool = False) -> None:
    until = ctx.clock.now() + rest
    with ctx.transaction() as session:
        if asked:
            store.pause(session, post.route, until=until)
        if not asked and post.attempts + 1 >= MOST_ATTEMPTS:
            store.leave_as_it_is(session, post)
        else:
            store.postpone(session, post, claimed_until=claimed_until, not_before=until)
