"""Who may be told what, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.outbox.model import Waiting
from opsflow.outbox.rules import BUDGET, MOST_ATTEMPTS, NIGHT, next_moment, pause, sort_out
from tests.outbox.people import LIN, recipient


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


MONDAY = at("2026-08-03T10:00")


def waiting(
    id: int,  # noqa: A002
    *,
    urgent: bool = False,
    stale: bool = False,
    lost_at: datetime | None = None,
    attempts: int = 0,
    created: datetime = MONDAY,
) -> Waiting:
    return Waiting(
        id=id, key=f"n{id}", campaign=None, template="launched", data={}, urgent=urgent, created_at=created,
        not_before=lost_at or MONDAY, attempts=attempts, claimed=lost_at is not None, stale=stale,
    )  # fmt: skip


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
    todo = sort_out([waiting(1), waiting(2, urgent=True)], recipient(LIN), now=night, sent_today=0)
    assert [one.id for one in todo.send] == [2]
    assert [one.id for one in todo.hold] == [1]
    assert todo.hold_until == at("2026-08-04T09:00")


def test_what_is_over_is_dropped_even_at_night() -> None:
    todo = sort_out([waiting(1, stale=True)], recipient(LIN), now=at("2026-08-03T23:00"), sent_today=0)
    assert [one.id for one in todo.drop] == [1]
    assert not todo.hold


def test_lines_are_ordered_by_urgency_then_time() -> None:
    early, late = MONDAY - timedelta(hours=1), MONDAY
    todo = sort_out(
        [waiting(1, created=late), waiting(2, created=early), waiting(3, urgent=True, created=late)],
        recipient(LIN), now=MONDAY, sent_today=0,
    )  # fmt: skip
    assert [one.id for one in todo.send] == [3, 2, 1]


def test_a_lost_message_goes_out_again_as_it_was_before_anything_new() -> None:
    first, second = MONDAY - timedelta(minutes=9), MONDAY - timedelta(minutes=2)
    todo = sort_out(
        [waiting(1), waiting(2, lost_at=first), waiting(3, lost_at=second), waiting(4, lost_at=first)],
        recipient(LIN), now=MONDAY, sent_today=0,
    )  # fmt: skip
    assert [one.id for one in todo.send] == [2, 4]


def test_what_failed_too_often_is_given_up() -> None:
    todo = sort_out(
        [waiting(1, attempts=MOST_ATTEMPTS), waiting(2, attempts=MOST_ATTEMPTS - 1)],
        recipient(LIN), now=MONDAY, sent_today=0,
    )  # fmt: skip
    assert [one.id for one in todo.give_up] == [1]
    assert [one.id for one in todo.send] == [2]


def test_pauses_double_up_to_four_hours_and_last_about_a_day() -> None:
    pauses = [pause(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(pauses) == timedelta(hours=4)
    assert timedelta(hours=20) < sum(pauses, timedelta()) < timedelta(hours=28)
