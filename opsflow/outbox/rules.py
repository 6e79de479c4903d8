"""What one person gets now, what waits for a better hour, and what is not worth telling any more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from opsflow.kernel.zoned import instant, local_date
from opsflow.outbox.model import Recipient, Route, Waiting
from opsflow.workdays.hours import next_working_time

MIDNIGHT = time(0)
ONE_DAY = timedelta(days=1)
DAY_AND_NIGHT = "0:00-24:00"
MOST_ATTEMPTS, FEWER_ATTEMPTS = 14, 6
LONGEST_PAUSE = timedelta(hours=4)
"""1, 2, 4 ... minutes between attempts and never more than this: fourteen attempts last about a day, six half an hour."""
MOST_UNKNOWN = 3
"""After so many sends that vanished a channel is not trusted with a message any more."""
LOOK_AFTER, LONGEST_LOOK = timedelta(seconds=5), timedelta(minutes=5)
"""A message that was taken may take a moment to be found; and what is looked up is not left for long.
Nor for ever: after a day the channel counts as one that cannot tell."""
OVER = "what it speaks of is closed or has moved"
NIGHT = "night or day off"
BUDGET = "message budget of the day used up"
DIGEST = "told in the digest of the day"
MERGE = "waits for what else is to be told"
SAME = "the last digest said the same"
WORN_OUT = "tried too often"


@dataclass(frozen=True, slots=True)
class Ways:
    """What a recipient's channels can do, and what can wait for the digest."""

    routes: tuple[Route, ...]
    """Never empty."""
    finds: frozenset[str] = frozenset()
    """The channels that can tell whether they took a message."""
    digest: frozenset[str] = frozenset()
    """Templates that wait for the daily digest."""

    def of(self, notice: Waiting) -> Route:
        """Where a notice goes now."""
        return self.routes[min(notice.route, len(self.routes) - 1)]

    def most_attempts(self, notice: Waiting) -> int:
        """How often a notice is tried where it goes now: on the last channel for about a day."""
        return FEWER_ATTEMPTS if notice.route + 1 < len(self.routes) else MOST_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Sorted:
    """What is to be done with the notices of one person."""

    send: tuple[Waiting, ...] = ()
    """As one message, in the order of its lines, on one route."""
    more: bool = False
    """Something else may be sent now: on another route, or what is not part of a message that was lost."""
    look_up: tuple[Waiting, ...] = ()
    """One message of which nobody knows whether it arrived; when there is one, it is settled before anything else."""
    drop: tuple[Waiting, ...] = ()
    worn: tuple[Waiting, ...] = ()
    """Tried often enough where they go now: on to the next channel."""
    hold: tuple[tuple[Waiting, datetime, str], ...] = ()
    """Each with until when, and why."""


def sort_out(waiting: Sequence[Waiting], recipient: Recipient, ways: Ways, *, now: datetime, sent_today: int) -> Sorted:
    """Sort the due notices of one person. `sent_today`: messages that count against the daily budget."""
    # The same message has the same key: what a lost deliverer took is settled as it was, before anything new.
    lost = _lost_together(waiting)
    if lost and _can_tell(ways, lost[0], now):
        return Sorted(look_up=tuple(lost))
    drop = tuple(notice for notice in lost or waiting if notice.stale)
    live = [notice for notice in lost or waiting if not notice.stale]
    worn = tuple(each for each in live if each.attempts >= ways.most_attempts(each) or each.unknowns > MOST_UNKNOWN)
    live = [notice for notice in live if notice not in worn]
    hold = tuple(_held(live, recipient, ways, now=now, sent_today=sent_today))
    kept = {notice.id for notice, _, _ in hold}
    send = sorted((notice for notice in live if notice.id not in kept), key=_line_order)
    together = tuple(notice for notice in send if ways.of(notice) == ways.of(send[0]))
    more = len(together) < len(send) or len(waiting) > len(lost or waiting)
    return Sorted(send=together, more=more, drop=drop, worn=worn, hold=hold)


def _can_tell(ways: Ways, lost: Waiting, now: datetime) -> bool:
    """Whether it is worth asking the channel if it took a message."""
    recent = lost.since is not None and now - lost.since < ONE_DAY
    return recent and lost.message is not None and ways.of(lost).channel in ways.finds


def _held(
    live: Sequence[Waiting], recipient: Recipient, ways: Ways, *, now: datetime, sent_today: int
) -> Iterator[tuple[Waiting, datetime, str]]:
    """What waits: for working hours or its own, for tomorrow's budget, for the digest, for what comes right after it."""
    if recipient.room:
        return
    until, reason = next_moment(recipient, now=now, sent_today=sent_today)
    fresh = [each for each in live if not each.urgent and each.template not in ways.digest]
    merged = min((each.created_at for each in fresh), default=now) + recipient.merge
    for notice in live:
        if notice.urgent:
            start = earliest(recipient, now, notice.hours)
            if start > now:
                yield notice, start, NIGHT
        elif reason is not None:
            yield notice, until, reason
        elif notice.template in ways.digest:
            at = digest_moment(recipient, notice.created_at)
            if at > now:
                yield notice, at, DIGEST
        elif merged > now and not notice.attempts:
            yield notice, merged, MERGE


def digest_moment(recipient: Recipient, since: datetime) -> datetime:
    """The first time at or after an instant at which a recipient gets the digest."""
    day = local_date(since, recipient.zone)
    while True:
        day = recipient.calendar.shift(day, 0)
        at = instant(day, recipient.digest_at, recipient.zone)
        if at >= since:
            return _opening(recipient, at)
        day += ONE_DAY


def hours_of(off_hours: str) -> str | None:
    """The hours of a level's incidents, of what the level says about nights and days off: `none`, `incidents`,
    `incidents 9:00-22:00`.
    """
    if off_hours == "none":
        return None
    return off_hours.removeprefix("incidents").strip() or DAY_AND_NIGHT


def earliest(recipient: Recipient, at: datetime, hours: str | None) -> datetime:
    """When somebody may be told something urgent: at once, or when its hours begin where they are."""
    if hours is None:
        return _opening(recipient, at)
    if hours == DAY_AND_NIGHT:
        return at
    opens, closes = (time.fromisoformat(f"{clock:0>5}") for clock in hours.split("-"))
    day = local_date(at, recipient.zone) - ONE_DAY
    while True:  # from yesterday on: hours that end after midnight may not be over
        end = instant(day + ONE_DAY if closes <= opens else day, closes, recipient.zone)
        if at < end:
            return max(at, instant(day, opens, recipient.zone))
        day += ONE_DAY


def _line_order(notice: Waiting) -> tuple[bool, datetime, int]:
    return not notice.urgent, notice.created_at, notice.id


def _lost_together(waiting: Sequence[Waiting]) -> list[Waiting]:
    lost = [notice for notice in waiting if notice.claimed]
    first = min(lost, key=lambda notice: (notice.not_before, notice.id), default=None)
    return [notice for notice in lost if first is not None and notice.message == first.message]


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


def look_again(since: datetime, now: datetime) -> datetime:
    """When to look for a message again: the longer it was not to be found, the later."""
    return now + min(LONGEST_LOOK, max(LOOK_AFTER, now - since))
