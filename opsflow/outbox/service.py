"""Delivery: the only place that sends messages.

A message is sent between two transactions: one claims its notices, the next records it. Who dies in between leaves
the notices claimed until the lease ends; then the same message goes out again under the same key, which a channel that
can tell repeats uses to pass it over. So delivery is at least once, and twice only after a crash in that gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsflow.context import Context
from opsflow.kernel.errors import BadInput, NotFound, PortFailed
from opsflow.kernel.keys import content_hash, key
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.zoned import local_date
from opsflow.outbox import store, texts
from opsflow.outbox.model import DeliveryReport, NoticeStatus, Recipient, Waiting
from opsflow.outbox.rules import MOST_ATTEMPTS, OVER, WORN_OUT, Sorted, pause, sort_out
from opsflow.ports import Message

LEASE = timedelta(minutes=5)
"""How long a deliverer may take for one message."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """Notices that are ours to send as one message."""

    recipient: Recipient
    notices: tuple[Waiting, ...]
    at: datetime
    until: datetime


def deliver(ctx: Context, recipients: Mapping[PersonKey, Recipient], *, lease: timedelta = LEASE) -> DeliveryReport:
    """Send what is due, one message per person at most; whoever cannot be reached holds up nobody (F05)."""
    with ctx.transaction() as session:
        people = store.due_people(session, now=ctx.clock.now())
    report = DeliveryReport()
    for person in people:
        recipient = recipients.get(person)
        report += _tell(ctx, recipient, lease=lease) if recipient else _unknown(ctx, person)
    return report


def _tell(ctx: Context, recipient: Recipient, *, lease: timedelta) -> DeliveryReport:
    report = DeliveryReport()
    while True:  # more than once only when a lost message goes out before the new one
        claim, done = _claim(ctx, recipient, lease=lease)
        report += done
        if not claim.notices:
            return report
        report += _send(ctx, claim)


def _claim(ctx: Context, recipient: Recipient, *, lease: timedelta) -> tuple[_Claim, DeliveryReport]:
    """Take what is to be sent now, and settle what is not; matters are looked at here, at the moment of sending."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        store.hold_person(session, recipient.person)
        todo = Sorted()
        if not store.in_flight(session, recipient.person, now=now):
            waiting = store.due(session, recipient.person, now=now)
            today = local_date(now, recipient.zone)
            sent_today = store.messages_on(session, recipient.person, today)
            todo = sort_out(waiting, recipient, now=now, sent_today=sent_today)
        store.settle(session, todo.drop, NoticeStatus.DROPPED, OVER)
        store.settle(session, todo.give_up, NoticeStatus.FAILED, WORN_OUT)
        if todo.hold_until is not None:
            store.hold(session, todo.hold, until=todo.hold_until, reason=todo.hold_reason)
        store.claim(session, todo.send, until=now + lease)
    done = DeliveryReport(dropped=len(todo.drop), held=len(todo.hold), failed=len(todo.give_up))
    return _Claim(recipient, todo.send, now, now + lease), done


def _send(ctx: Context, claim: _Claim) -> DeliveryReport:
    """Write, send and record one message; what cannot be written or sent is tried again later (F06)."""
    lines: list[tuple[Waiting, texts.Words]] = []
    failed = 0
    for notice in claim.notices:
        try:
            lines.append(
                (notice, texts.words_for(ctx.settings.template_folders, notice, claim.recipient, now=claim.at))
            )
        except (BadInput, NotFound) as error:  # the team may mend its template; the other notices go out meanwhile
            failed += _put_back(ctx, claim, [notice], str(error))
    notices = [notice for notice, _ in lines]
    if not notices:
        return DeliveryReport(failed=failed)
    try:
        message = _message(ctx, claim, lines)
        receipt = ctx.channel.send(message)
    except (BadInput, NotFound, PortFailed) as error:
        return DeliveryReport(failed=failed + _put_back(ctx, claim, notices, str(error)))
    _record(ctx, claim, notices, message, receipt)
    return DeliveryReport(sent=len(notices), failed=failed, messages=1)


def _message(ctx: Context, claim: _Claim, lines: list[tuple[Waiting, texts.Words]]) -> Message:
    folders = ctx.settings.template_folders
    words = lines[0][1] if len(lines) == 1 else texts.digest(folders, lines, claim.recipient, now=claim.at)
    return Message(
        person=claim.recipient.person,
        address=claim.recipient.address,
        key=key("message", claim.recipient.person, content_hash([notice.key for notice, _ in lines])[:16]),
        title=words.title,
        body=words.body,
        urgent=any(notice.urgent for notice, _ in lines),
    )


def _record(ctx: Context, claim: _Claim, notices: list[Waiting], message: Message, receipt: str) -> None:
    at = ctx.clock.now()
    with ctx.transaction() as session:
        store.add_delivery(
            session,
            notices,
            claimed_until=claim.until,
            person=message.person,
            channel=ctx.channel.name,
            at=at,
            local_day=local_date(at, claim.recipient.zone),
            urgent=all(notice.urgent for notice in notices),
            receipt=receipt,
            text=f"{message.title}\n\n{message.body}",
        )


def _put_back(ctx: Context, claim: _Claim, notices: list[Waiting], reason: str) -> int:
    attempts = max(notice.attempts for notice in notices) + 1
    with ctx.transaction() as session:
        store.put_back(
            session, notices, claimed_until=claim.until, not_before=ctx.clock.now() + pause(attempts), reason=reason
        )
        if attempts >= MOST_ATTEMPTS:
            store.settle(session, notices, NoticeStatus.FAILED, f"{WORN_OUT}: {reason}")
    return len(notices)


def _unknown(ctx: Context, person: PersonKey) -> DeliveryReport:
    """Nobody of that key is in the organisation: told to no one, and kept where `failures` shows it (F55)."""
    with ctx.transaction() as session:
        waiting = store.due(session, person, now=ctx.clock.now())
        store.settle(session, waiting, NoticeStatus.FAILED, f"{person} is not in the organisation")
    return DeliveryReport(failed=len(waiting))
