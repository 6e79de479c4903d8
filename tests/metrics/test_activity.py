"""New users and who came back: as a slow independent count says, in the campaign's zone, and no figure before its time."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.metrics.activity.model import Retention, Ripeness
from opsflow.metrics.activity.rows import activity
from opsflow.metrics.activity.service import import_activity, retention
from opsflow.participants.service import import_participants
from opsflow.prizes.service import erase
from tests.engine.small import KEY, MANAGER, begin, in_workspace

BERLIN = ZoneInfo("Europe/Berlin")
LIVE = {"start": "2026-10-19T00:00", "end": "2026-10-29T00:00"}
"""Ten days; in the night to the 25th Berlin's clocks go back."""
FIRST, LAST = date(2026, 10, 19), date(2026, 10, 28)
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def here(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """A campaign on Berlin's clocks, a week after its end."""
    context = in_workspace(ctx, tmp_path / "ws")
    begin(context, live=LIVE, zone="Europe/Berlin")
    clock.move_to(NOW)
    return context


def take(ctx: Context, *given: tuple[str, str]) -> tuple[Imported, list[str]]:
    refused: list[Rejected] = []
    rows = [
        Row(line, {"participant": who, "day" if len(at) == 10 else "at": at}) for line, (who, at) in enumerate(given, 2)
    ]
    return import_activity(ctx, KEY, rows, by=MANAGER, reject=refused.append), [one.reason for one in refused]


def found(ctx: Context) -> Retention:
    with ctx.reading() as session:
        known = retention(ctx, session, KEY)
    assert known is not None
    return known


def slowly(events: Sequence[tuple[str, datetime]], today: date) -> dict[date, tuple[int, int | None, int | None]]:
    """The same by hand: everybody's set of days, looked at one after the other."""
    days: dict[str, set[date]] = {}
    for who, at in events:
        days.setdefault(who, set()).add(at.astimezone(BERLIN).date())
    known = {day for mine in days.values() for day in mine}
    answer: dict[date, tuple[int, int | None, int | None]] = {}
    for day in sorted({min(mine) for mine in days.values()}):
        new = [mine for mine in days.values() if min(mine) == day]
        back: list[int | None] = []
        for horizon in (7, 14):
            then = day + timedelta(days=horizon)
            back.append(sum(then in mine for mine in new) if then < today and then in known else None)
        if FIRST <= day <= LAST:
            answer[day] = (len(new), back[0], back[1])
    return answer


def test_it_is_what_a_slow_count_says_over_a_clock_change(here: Context) -> None:
    """Seeded; many events lie within an hour of midnight, in Berlin and in UTC."""
    chance, events = random.Random(7), []
    for _ in range(900):
        midnight = datetime(2026, 10, 17, 22, tzinfo=UTC) + timedelta(days=chance.randrange(18))
        events.append((f"u{chance.randrange(120)}", midnight + timedelta(minutes=chance.randrange(-150, 150))))
    rows = [(who, at.isoformat()) for who, at in events]
    taken = take(here, *rows)[0]
    assert (taken.rows, taken.rejected) == (900, 0)
    counted = found(here)
    mine = {each.day: (each.users, each.back[7].users, each.back[14].users) for each in counted.cohorts}
    assert mine == slowly(events, date(2026, 11, 5))
    assert {part for row in mine.values() for part in row[2:]} - {None}, "some have matured"
    assert any(row[2] is None for row in mine.values()), "and some have not"
    assert take(here, *rows)[0] == Imported(known=900)


def test_a_border_of_days_is_the_zones_and_not_utcs(here: Context) -> None:
    take(
        here, ("a", "2026-10-18T22:30:00+00:00"), ("a", "2026-10-26T00:10:00+01:00"), ("b", "2026-10-18T21:30:00+00:00")
    )
    counted = found(here)
    assert ([each.day for each in counted.cohorts], counted.before) == ([FIRST], 1), "00:30 in Berlin, and 23:30 before"
    assert counted.cohorts[0].back[7].users == 1


def test_what_has_not_matured_is_no_nought_and_a_day_without_any_activity_is_missing(here: Context) -> None:
    take(here, ("a", "2026-10-19"), ("b", "2026-10-28"), ("c", "2026-10-20"), ("a", "2026-10-27"))
    first, second, third = found(here).cohorts
    assert (first.back[7].ripeness, first.back[7].users) == (Ripeness.MISSING, None)
    assert (second.back[7].ripeness, second.back[7].users) == (Ripeness.MATURED, 0), "others did something that day"
    assert (third.back[14].ripeness, third.back[14].users) == (Ripeness.NOT_MATURED, None)
    assert third.back[7].ripeness is Ripeness.MISSING, "4 November is over"
    assert found(here).total(7) == (0, 1)
    assert found(here).silent[0] == date(2026, 10, 21)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"day": "2026-10-20"}, "`participant` is an id"),
        ({"participant": "x" * 201, "day": "2026-10-20"}, "`participant` is an id"),
        ({"participant": "a"}, "neither `day` nor `at`"),
        ({"participant": "a", "day": "2026-11-06"}, "lies ahead"),
        ({"participant": "a", "at": "NaN"}, "`at` is a date and time"),
    ],
)
def test_what_is_no_activity_is_refused_with_its_reason(values: dict[str, str], reason: str) -> None:
    with pytest.raises(BadInput) as told:
        activity(Row(2, values), BERLIN, NOW)
    assert reason in str(told.value)


def test_who_is_erased_leaves_no_activity(here: Context) -> None:
    import_participants(here, KEY, [Row(2, {"account": "Ａlice"})], by=MANAGER)
    take(here, (" AL ICE", "2026-10-19"), ("bob", "2026-10-19"))
    assert found(here).users == 2
    erase(here, KEY, "alice", by=MANAGER)
    assert found(here).users == 1
