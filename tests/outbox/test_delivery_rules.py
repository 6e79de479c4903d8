"""Who may be told what, and when."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.outbox.model import Route, Waiting
from opsflow.outbox.rules import (
    BUDGET,
    DAY_AND_NIGHT,
    DIGEST,
    FEWER_ATTEMPTS,
    MERGE,
    MOST_ATTEMPTS,
    NIGHT,
    Ways,
    digest_moment,
    earliest,
    hours_of,
    look_again,
    next_moment,
    pause,
    sort_out,
)
from tests.outbox.people import LIN, recipient


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


MONDAY = at("2026-08-03T10:00")


def waiting(
    id: int,  # noqa: A002
    *,
    urgent: bool = False,
    hours: str | None = DAY_AND_NIGHT,
    stale: bool = False,
    lost_at: datetime | None = None,
    attempts: int = 0,
    created: datetime = MONDAY,
    template: str = "launched",
    route: int = 0,
    unknowns: int = 0,
) -> Waiting:
    return Waiting(
        id=id, key=f"n{id}", campaign=None, template=template, data={}, urgent=urgent, hours=hours, created_at=created,
        not_before=lost_at or MONDAY, attempts=attempts, route=route, unknowns=unknowns, since=lost_at,
        message=lost_at.isoformat() if lost_at else None, claimed=lost_at is not None, matter=None, matter_version=None,
        stale=stale, reason=None,
    )  # fmt: skip


SLACK, MAIL = Route("slack", "U1"), Route("apprise", "mailto://lin@example.com")
WAYS = Ways((SLACK,))


@pytest.mark.parametrize(
    ("now", "zone", "moment"),
    [
        ("2026-08-03T10:00", "Asia/Shanghai", "2026-08-03T10:00"),
        ("2026-08-03T12:30", "Asia/Shanghai", "2026-08-03T12:30"),  # a lunch break is no night
        ("2026-08-03T06:00", "Asia/Shanghai", "2026-08-03T09:00"),
        ("2026-08-03T18:00", "Asia/Shanghai", "2026-08-04T09:00"),
        ("2026-08-07T18:30", "Asia/Shanghai", "2026-08-10T09:00"),  # Friday evening
        ("2026-09-20T10:00", "Asia/Shanghai", "2026-09-20T10:00"),  # a Sunday that is worked (F28)
        ("2026-09-30T20:00", "Asia/Shanghai", "2026-10-08T09:00"),  # over the holiday
        ("2026-08-03T22:00", "America/New_York", "2026-08-04T09:00"),  # night there, day in Shanghai
        ("2026-11-01T01:30", "America/New_York", "2026-11-02T09:00"),  # the night the clocks go back (F18)
    ],
)
def test_nights_and_days_off_are_judged_where_the_recipient_is(now: str, zone: str, moment: str) -> None:
    """F10: snoozed in the wrong zone."""
    found, reason = next_moment(recipient(LIN, zone=zone), now=at(now, zone), sent_today=0)
    assert found == at(moment, zone)
    assert reason == (None if now == moment else NIGHT)


@pytest.mark.parametrize(
    ("now", "moment"), [("2026-08-03T10:00", "2026-08-04T09:00"), ("2026-08-07T10:00", "2026-08-10T09:00")]
)
def test_over_the_daily_budget_waits_for_the_next_working_morning(now: str, moment: str) -> None:
    person = recipient(LIN, messages_per_day=3)
    assert next_moment(person, now=at(now), sent_today=2) == (at(now), None)
    assert next_moment(person, now=at(now), sent_today=3) == (at(moment), BUDGET)


def test_what_is_urgent_goes_out_at_night_and_the_rest_waits() -> None:
    night = at("2026-08-03T23:00")
    todo = sort_out([waiting(1), waiting(2, urgent=True)], recipient(LIN), WAYS, now=night, sent_today=0)
    assert [one.id for one in todo.send] == [2]
    assert [(one.id, until, why) for one, until, why in todo.hold] == [(1, at("2026-08-04T09:00"), NIGHT)]


@pytest.mark.parametrize(
    ("off_hours", "now", "moment"),
    [
        ("incidents", "2026-08-03T23:00", "2026-08-03T23:00"),
        ("incidents", "2026-10-03T03:00", "2026-10-03T03:00"),  # a holiday
        ("incidents 9:00-22:00", "2026-08-03T21:59", "2026-08-03T21:59"),
        ("incidents 9:00-22:00", "2026-08-03T22:00", "2026-08-04T09:00"),
        ("incidents 9:00-22:00", "2026-08-08T03:00", "2026-08-08T09:00"),  # a Saturday
        ("incidents 20:00-2:00", "2026-08-04T01:30", "2026-08-04T01:30"),
        ("incidents 20:00-2:00", "2026-08-04T02:00", "2026-08-04T20:00"),
        ("none", "2026-08-03T17:59", "2026-08-03T17:59"),
        ("none", "2026-08-07T18:00", "2026-08-10T09:00"),  # Friday evening
    ],
)
def test_the_level_says_in_which_hours_something_urgent_goes_out(off_hours: str, now: str, moment: str) -> None:
    """F12: an incident at night, where the level lets nobody be called at night."""
    hours = hours_of(off_hours)
    assert earliest(recipient(LIN), at(now), hours) == at(moment)
    todo = sort_out([waiting(1, urgent=True, hours=hours)], recipient(LIN), WAYS, now=at(now), sent_today=99)
    held = [(notice.id, until) for notice, until, _ in todo.hold]
    assert (not todo.send, held) == ((False, []) if now == moment else (True, [(1, at(moment))]))


def test_what_is_over_is_dropped_even_at_night() -> None:
    todo = sort_out([waiting(1, stale=True)], recipient(LIN), WAYS, now=at("2026-08-03T23:00"), sent_today=0)
    assert [one.id for one in todo.drop] == [1]
    assert not todo.hold


def test_lines_are_ordered_by_urgency_then_time() -> None:
    early, late = MONDAY - timedelta(hours=1), MONDAY
    todo = sort_out(
        [waiting(1, created=late), waiting(2, created=early), waiting(3, urgent=True, created=late)],
        recipient(LIN), WAYS, now=MONDAY, sent_today=0,
    )  # fmt: skip
    assert [one.id for one in todo.send] == [3, 2, 1]


def test_a_lost_message_goes_out_again_as_it_was_before_anything_new() -> None:
    first, second = MONDAY - timedelta(minutes=9), MONDAY - timedelta(minutes=2)
    todo = sort_out(
        [waiting(1), waiting(2, lost_at=first), waiting(3, lost_at=second), waiting(4, lost_at=first)],
        recipient(LIN), WAYS, now=MONDAY, sent_today=0,
    )  # fmt: skip
    assert [one.id for one in todo.send] == [2, 4]


def test_what_failed_too_often_is_given_up() -> None:
    todo = sort_out(
        [waiting(1, attempts=MOST_ATTEMPTS), waiting(2, attempts=MOST_ATTEMPTS - 1)],
        recipient(LIN), WAYS, now=MONDAY, sent_today=0,
    )  # fmt: skip
    assert [one.id for one in todo.worn] == [1]
    assert [one.id for one in todo.send] == [2]


def test_pauses_double_up_to_four_hours_and_last_about_a_day() -> None:
    pauses = [pause(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(pauses) == timedelta(hours=4)
    assert timedelta(hours=20) < sum(pauses, timedelta()) < timedelta(hours=28)


def test_what_is_told_within_the_window_is_one_message_and_what_is_urgent_does_not_wait() -> None:
    lin = recipient(LIN, merge=timedelta(minutes=5))
    early = MONDAY - timedelta(minutes=3)
    todo = sort_out(
        [waiting(1, created=early), waiting(2), waiting(3, urgent=True)], lin, WAYS, now=MONDAY, sent_today=0
    )
    assert [one.id for one in todo.send] == [3]
    assert [(one.id, until, why) for one, until, why in todo.hold] == [
        (id, early + timedelta(minutes=5), MERGE)
        for id in (1, 2)  # noqa: A001
    ]
    later = MONDAY + timedelta(minutes=2)
    todo = sort_out([waiting(1, created=early), waiting(2)], lin, WAYS, now=later, sent_today=0)
    assert [one.id for one in todo.send] == [1, 2]


def test_what_failed_once_has_waited_long_enough_for_others() -> None:
    lin = recipient(LIN, merge=timedelta(minutes=5))
    assert sort_out([waiting(1, attempts=1)], lin, WAYS, now=MONDAY, sent_today=0).send


@pytest.mark.parametrize(
    ("since", "zone", "moment"),
    [
        ("2026-08-03T09:00", "Asia/Shanghai", "2026-08-03T09:30"),
        ("2026-08-03T09:30", "Asia/Shanghai", "2026-08-03T09:30"),
        ("2026-08-03T09:31", "Asia/Shanghai", "2026-08-04T09:30"),
        ("2026-08-07T18:00", "Asia/Shanghai", "2026-08-10T09:30"),  # over the weekend
        ("2026-08-03T23:00", "America/New_York", "2026-08-04T09:30"),
    ],
)
def test_the_digest_comes_at_the_recipients_hour_on_working_days(since: str, zone: str, moment: str) -> None:
    assert digest_moment(recipient(LIN, zone=zone), at(since, zone)) == at(moment, zone)


def test_a_digest_hour_before_work_begins_waits_for_it() -> None:
    early = replace(recipient(LIN), digest_at=time(7))
    assert digest_moment(early, at("2026-08-03T06:00")) == at("2026-08-03T09:00")


def test_what_can_wait_waits_for_the_digest_and_goes_out_late_when_that_was_missed() -> None:
    """F07: due only if a tick falls into the exact hour."""
    ways = Ways((SLACK,), digest=frozenset({"stage_closed"}))
    low, other = waiting(1, template="stage_closed"), waiting(2)
    todo = sort_out([low, other], recipient(LIN), ways, now=MONDAY, sent_today=0)
    assert [one.id for one in todo.send] == [2]
    assert [(one.id, until, why) for one, until, why in todo.hold] == [(1, at("2026-08-04T09:30"), DIGEST)]
    late = at("2026-08-05T16:00")
    assert [one.id for one in sort_out([low], recipient(LIN), ways, now=late, sent_today=0).send] == [1]


def test_a_message_whose_fate_is_unknown_is_looked_up_where_the_channel_can_tell() -> None:
    """F53. With what is closed by now: whether it was told is the question, not whether it is to be."""
    ways = Ways((SLACK,), finds=frozenset({"slack"}))
    lost = MONDAY - timedelta(minutes=6)
    those = [waiting(1), waiting(2, lost_at=lost, stale=True), waiting(3, lost_at=lost)]
    todo = sort_out(those, recipient(LIN), ways, now=MONDAY, sent_today=0)
    assert ([one.id for one in todo.look_up], todo.send, todo.drop) == ([2, 3], (), ())
    after_a_day = MONDAY + timedelta(days=1)
    todo = sort_out(those, recipient(LIN), ways, now=after_a_day, sent_today=0)
    assert ([one.id for one in todo.send], [one.id for one in todo.drop]) == ([3], [2])


def test_a_message_is_looked_for_after_five_seconds_and_less_and_less_often() -> None:
    waits = [look_again(MONDAY, MONDAY + timedelta(seconds=s)) - MONDAY - timedelta(seconds=s) for s in (0, 60, 9999)]
    assert waits == [timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=5)]


def test_notices_on_different_channels_are_different_messages() -> None:
    ways = Ways((SLACK, MAIL))
    todo = sort_out([waiting(1), waiting(2, route=1), waiting(3)], recipient(LIN), ways, now=MONDAY, sent_today=0)
    assert [one.id for one in todo.send] == [1, 3]
    assert ways.of(waiting(2, route=1)) == MAIL


def test_where_there_is_another_channel_one_is_tried_for_half_an_hour_only() -> None:
    tried = [waiting(1, attempts=FEWER_ATTEMPTS), waiting(2, attempts=FEWER_ATTEMPTS, route=1)]
    todo = sort_out(tried, recipient(LIN), Ways((SLACK, MAIL)), now=MONDAY, sent_today=0)
    assert ([one.id for one in todo.worn], [one.id for one in todo.send]) == ([1], [2])
    assert sum((pause(n) for n in range(1, FEWER_ATTEMPTS)), timedelta()) == timedelta(minutes=31)
