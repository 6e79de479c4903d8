"""What one person gets now, what waits for a better hour, and what is not worth telling any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from opsflow.kernel.zoned import instant, local_date
from opsflow.outbox.model import Recipient, Waiting
from opsflow.workdays.hours import next_working_time

MIDNIGHT = time(0)
MOST_ATTEMPTS = 14
LONGEST_PAUSE = timedelta(hours=4)
"""1, 2, 4 ... minutes between attempts and never more than this: fourteen attempts last about a day."""
OVER = "what it speaks of is closed or has moved"
NIGHT = "night or day off"
BUDGET = "message budget of the day used up"
WORN_OUT = f"given up after {MOST_ATTEMPTS} attempts"


@dataclass(frozen=True, slots=True)
class Sorted:
    """What is to be done with the notices of one person."""

    send: tuple[Waiting, ...] = ()
    """As one message, in the order of its lines."""
    drop: tuple[Waiting, ...] = ()
    give_up: tuple[Waiting, ...] = ()
    hold: tuple[Waiting, ...] = ()
    hold_until: datetime | None = None
    hold_reason: str | None = None


def sort_out(waiting: Sequence[Waiting], recipient: Recipient, *, now: datetime, sent_today: int) -> Sorted:
    """Sort the due notices of one person. `sent_today`: messages that count against the daily budget."""
    drop = tuple(notice for notice in waiting if notice.stale)
    give_up = tuple(notice for notice in waiting if not notice.stale and notice.attempts >= MOST_ATTEMPTS)
    # The same message has the same key: what a lost deliverer took goes out again as it was, before anything new.
    live = _lost_together([notice for notice in waiting if not notice.stale and notice.attempts < MOST_ATTEMPTS])
    until, reason = next_moment(recipient, now=now, sent_today=sent_today)
    waits = until > now
    hold = tuple(notice for notice in live if waits and not notice.urgent)
    send = sorted((notice for notice in live if notice.urgent or not waits), key=_line_order)
    return Sorted(tuple(send), drop, give_up, hold, until if hold else None, reason if hold else None)


def _line_order(notice: Waiting) -> tuple[bool, datetime, int]:
    return not notice.urgent, notice.created_at, notice.id


def _lost_together(live: list[Waiting]) -> list[Waiting]:
    lost = [notice for notice in live if notice.claimed]
    if not lost:
        return live
    first = min(notice.not_before for notice in lost)
    return [notice for notice in lost if notice.not_before == first]


def next_moment(recipient: Recipient, *, now: datetime, sent_today: int) -> tuple[datetime, str | None]:
    """When somebody may be told what is not urgent: now, or the next working morning and why not before."""
    opening = _opening(recipient, now)
    if opening > now:
        return opening, NIGHT
    if sent_today >= recipient.messages_per_day:
        tomorrow = local_date(now, recipient.zone) + timedelta(days=1)
        return _opening(recipient, instant(tomorrow, MIDNIGHT, recipient.zone)), BUDGET
    return now, None


def _opening(recipient: Recipient, at: datetime) -> datetime:
    return next_working_time(at, zone=recipient.zone, calendar=recipient.calendar, spans=(recipient.day,))


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts that failed."""
    return min(LONGEST_PAUSE, timedelta(minutes=2 ** min(attempts - 1, 16)))
