"""The transactions of delivery: what is taken for sending, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.kernel.keys import content_hash, key
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.outbox import store
from opsflow.outbox.buttons import Actions
from opsflow.outbox.model import DeliveryReport, Notice, NoticeStatus, Outcome, Recipient, Route, Waiting
from opsflow.outbox.posts import store as posts
from opsflow.outbox.rules import OVER, SAME, WORN_OUT, Sorted, Ways, pause, sort_out
from opsflow.outbox.texts import DEAD_LETTER

BUSY = "the channel asks to wait"


@dataclass(frozen=True, slots=True)
class Claim:
    """Notices that are ours to send as one message, or to look for."""

    recipient: Recipient
    ways: Ways
    at: datetime
    until: datetime
    route: Route
    notices: tuple[Waiting, ...] = ()
    tokens: tuple[str | None, ...] = ()
    """Of the card of each notice."""
    message: str = ""
    """Its key."""
    content: str | None = None
    """Of a digest: the hash of what it tells."""
    look: bool = False
    """The message may have arrived already."""
    again: bool = False
    """There may be more to take now."""
    turn: datetime | None = None
    """When the next message may go that way, if that is known."""


def take(
    ctx: Context, recipient: Recipient, ways: Ways, actions: Actions, *, lease: timedelta
) -> tuple[Claim, DeliveryReport]:
    """Take what is to be sent now, and settle what is not; matters are looked at here, at the moment of sending."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        store.hold_person(session, recipient.person)
        todo = Sorted()
        if not store.in_flight(session, recipient.person, now=now):
            waiting = store.due(session, recipient.person, now=now)
            sent_today = posts.messages_on(session, recipient.person, local_date(now, recipient.zone))
            todo = sort_out(waiting, recipient, ways, now=now, sent_today=sent_today)
        done = _settle(session, todo, recipient, ways, now=now)
        if todo.look_up:
            store.claim_look(session, todo.look_up, until=now + lease)
            first = todo.look_up[0]
            found = Claim(
                recipient, ways, now, now + lease, ways.of(first), todo.look_up, message=first.message or "", look=True
            )
            return found, done
        claim, more = _claim(ctx, session, todo, recipient, ways, actions, now=now, until=now + lease)
        return claim, done + more


def _settle(session: Session, todo: Sorted, recipient: Recipient, ways: Ways, *, now: datetime) -> DeliveryReport:
    store.settle(session, todo.drop, NoticeStatus.DROPPED, OVER)
    for notice in todo.worn:
        posts.add_attempts(
            session, [notice], at=now, channel=ways.of(notice).channel, outcome=Outcome.WORN_OUT, reason=WORN_OUT
        )
        move_on(session, [notice], recipient, ways, now=now, reason=f"{WORN_OUT}: {notice.reason or ''}".rstrip(": "))
    for notice, until, reason in todo.hold:
        store.hold(session, [notice], until=until, reason=reason)
    return DeliveryReport(dropped=len(todo.drop), held=len(todo.hold), failed=len(todo.worn))


def _claim(
    ctx: Context,
    session: Session,
    todo: Sorted,
    recipient: Recipient,
    ways: Ways,
    actions: Actions,
    *,
    now: datetime,
    until: datetime,
) -> tuple[Claim, DeliveryReport]:
    nothing = Claim(recipient, ways, now, until, ways.routes[0], again=bool(todo.worn))
    send = todo.send
    if not send:
        return nothing, DeliveryReport()
    content = _content(send) if all(notice.template in ways.digest for notice in send) else None
    if content is not None and content == posts.last_digest(session, recipient.person):
        store.settle(session, send, NoticeStatus.DROPPED, SAME)
        return nothing, DeliveryReport(dropped=len(send))
    route = ways.of(send[0])
    channel = ctx.channels[route.channel]
    turn = posts.reserve(session, route, now=now, pace=channel.pace)
    if turn is not None:
        store.hold(session, send, until=turn, reason=BUSY)
        return replace(nothing, route=route, turn=turn), DeliveryReport(held=len(send))
    message = key("message", recipient.person, content_hash([notice.key for notice in send])[:16])
    store.claim(session, send, message=message, at=now, until=until)
    carded = actions.carded(send) if channel.updates else {}
    tokens = posts.make_cards(session, recipient.person, carded, channel=route.channel)
    own = tuple(tokens.get(notice.id) for notice in send)
    again, turn = todo.more or nothing.again, now + channel.pace
    claim = Claim(recipient, ways, now, until, route, send, own, message, content, again=again, turn=turn)
    return claim, DeliveryReport()


def _content(notices: Sequence[Waiting]) -> str:
    return content_hash(sorted(content_hash([each.template, each.matter, each.data]) for each in notices))


def record(ctx: Context, claim: Claim, notices: Sequence[Waiting], *, receipt: str, text: str) -> None:
    """A message went out, or was found to have."""
    at = ctx.clock.now()
    with ctx.transaction() as session:
        delivery = posts.add_delivery(
            session,
            notices,
            person=claim.recipient.person,
            route=claim.route,
            key=claim.message,
            content=claim.content,
            at=at,
            local_day=local_date(at, claim.recipient.zone),
            urgent=all(notice.urgent for notice in notices),
            receipt=receipt,
            text=text,
        )
        store.set_sent(session, notices, claimed_until=claim.until, delivery=delivery)


def put_back(
    ctx: Context, claim: Claim, notices: Sequence[Waiting], *, reason: str, outcome: Outcome = Outcome.FAILED
) -> None:
    """Surely not delivered: tried again later on the same route, but not for ever."""
    now = ctx.clock.now()
    attempts = max(notice.attempts for notice in notices) + 1
    worn = attempts >= claim.ways.most_attempts(notices[0])
    until = now if worn else now + pause(attempts)
    with ctx.transaction() as session:
        if not store.put_back(session, notices, claimed_until=claim.until, not_before=until, reason=reason):
            return
        for what in (outcome, *([Outcome.WORN_OUT] if worn else [])):
            posts.add_attempts(session, notices, at=now, channel=claim.route.channel, outcome=what, reason=reason)
        if worn:
            move_on(session, notices, claim.recipient, claim.ways, now=now, reason=f"{WORN_OUT}: {reason}")


def wait(ctx: Context, claim: Claim, *, until: datetime, reason: str) -> None:
    """The channel asked to wait: nothing goes to that address before, and it was no attempt."""
    with ctx.transaction() as session:
        posts.pause(session, claim.route, until=until)
        if store.put_back_untried(session, claim.notices, claimed_until=claim.until, not_before=until, reason=reason):
            _note(session, claim, Outcome.BUSY, reason, ctx.clock.now())


def give_up_route(ctx: Context, claim: Claim, *, reason: str) -> None:
    """The address can never be reached: on to the next one (F54, F55)."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        if store.put_back(session, claim.notices, claimed_until=claim.until, not_before=now, reason=reason):
            _note(session, claim, Outcome.UNDELIVERABLE, reason, now)
            move_on(session, claim.notices, claim.recipient, claim.ways, now=now, reason=reason)


def doubt(ctx: Context, claim: Claim, *, until: datetime, reason: str, note: bool) -> None:
    """Nobody knows whether the message arrived: from `until` on it is looked for. `note`: that is news."""
    with ctx.transaction() as session:
        if (
            store.set_unknown(session, claim.notices, claimed_until=claim.until, not_before=until, reason=reason)
            and note
        ):
            _note(session, claim, Outcome.UNKNOWN, reason, ctx.clock.now())


def miss(ctx: Context, claim: Claim) -> None:
    """The message was looked for and is not there: its notices go out again."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        if store.set_missing(session, claim.notices, claimed_until=claim.until, at=now):
            _note(session, claim, Outcome.MISSING, f"{claim.message} was looked for and never arrived", now)


def _note(session: Session, claim: Claim, outcome: Outcome, reason: str, at: datetime) -> None:
    posts.add_attempts(session, claim.notices, at=at, channel=claim.route.channel, outcome=outcome, reason=reason)


def move_on(
    session: Session, notices: Sequence[Waiting], recipient: Recipient, ways: Ways, *, now: datetime, reason: str
) -> None:
    """Send notices on the recipient's next channel; after the last, tell the fallback recipient."""
    on = [notice for notice in notices if notice.route + 1 < len(ways.routes)]
    store.next_route(session, on, at=now, reason=reason)
    rest = [notice for notice in notices if notice not in on]
    bury(session, rest, name=recipient.name, fallback=recipient.fallback, now=now, reason=reason)


def bury(
    session: Session, notices: Sequence[Waiting], *, name: Text, fallback: PersonKey | None, now: datetime, reason: str
) -> None:
    """What could not be told is told to the fallback recipient; what could not be told to them either ends there."""
    for notice in notices:
        letter = fallback is not None and notice.template != DEAD_LETTER
        if fallback is not None and letter:
            store.enqueue(session, _dead_letter(notice, fallback, name=name, reason=reason), now=now)
        store.settle(session, [notice], NoticeStatus.FALLBACK if letter else NoticeStatus.FAILED, reason)


def _dead_letter(notice: Waiting, to: PersonKey, *, name: Text, reason: str) -> Notice:
    return Notice(
        key=key(DEAD_LETTER, content_hash(notice.key)[:16]),
        person=to,
        template=DEAD_LETTER,
        data={
            "person_name": name,
            "reason": reason,
            "template": notice.template,
            "told": notice.data,
            "campaign_title": notice.data.get("campaign_title", notice.campaign or ""),
        },
        urgent=notice.urgent,
        hours=notice.hours,
        campaign=notice.campaign,
        matter=notice.matter,
        matter_version=notice.matter_version,
    )
