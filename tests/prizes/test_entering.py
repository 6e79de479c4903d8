"""Who takes part in a draw, with how many tickets, and who is left out for which reason."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opsflow.campaigns.drawrules import DrawRule, Tickets
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.model import Participant, ParticipantId, ParticipantStatus
from opsflow.prizes.draws.entering import Figure, Judge, Suspects, tickets_of
from opsflow.prizes.draws.model import Entrant

ZONE = ZoneInfo("Asia/Shanghai")
ID = "a" * 32
NOBODY = Suspects()


def who(**changes: Any) -> Participant:
    found: dict[str, Any] = {
        "campaign": CampaignKey("c"),
        "id": ParticipantId(ID),
        "status": ParticipantStatus.JOINED,
        "paying": False,
        "consent": False,
        "registered_at": datetime(2026, 8, 1, tzinfo=UTC),
        "blocked": None,
        "device": None,
        "payee": None,
        "network": None,
    }
    return Participant(**(found | changes))


def figures(*values: tuple[str, int, int], **reached: str) -> list[Figure]:
    """`(measure, day of August, value)`; `reached`: the hour by `d<day>`."""
    at = {int(day[1:]): datetime.fromisoformat(f"2026-08-{day[1:]:0>2}T{hour}+08:00") for day, hour in reached.items()}
    return [Figure(measure, date(2026, 8, day), value, at.get(day)) for measure, day, value in values]


def judged(
    person: Participant, given: Sequence[Figure] = (), *, suspects: Suspects = NOBODY, **rule: Any
) -> Entrant | None:
    said = {"id": "draw", "title": "x", "form": "lottery", "prizes": [{"prize": "cup", "quantity": "1"}]} | rule
    read = DrawRule.model_validate(said)
    return Judge(read, read.filters or (), suspects, ZONE).entrant(person, given)


@pytest.mark.parametrize(
    ("status", "takes_part"),
    [("received", False), ("approved", True), ("refused", False), ("joined", True), ("erased", False)],
)
def test_only_who_is_approved_or_has_joined_takes_part(status: str, takes_part: bool) -> None:
    assert (judged(who(status=ParticipantStatus(status))) is not None) is takes_part


@pytest.mark.parametrize(
    ("asked", "found"), [("all", [True, True]), ("paying", [False, True]), ("ordinary", [True, False])]
)
def test_a_draw_may_be_for_paying_or_ordinary_users(asked: str, found: list[bool]) -> None:
    assert [judged(who(paying=paying), who=asked) is not None for paying in (False, True)] == found


def test_conditions_are_on_sums_and_who_has_no_result_has_none() -> None:
    rule: dict[str, Any] = {"when": ["orders >= 3", "points <= 10"]}
    assert judged(who(), figures(("orders", 1, 2), ("orders", 2, 1)), **rule) is not None
    assert judged(who(), figures(("orders", 1, 2)), **rule) is None
    assert judged(who(), figures(("orders", 1, 3), ("points", 1, 11)), **rule) is None
    assert judged(who(), when=["orders <= 0"]) is not None


@pytest.mark.parametrize(
    ("tickets", "paying", "expected"),
    [
        ({}, False, 12),
        ({"per": "5"}, False, 2),
        (
            {"per": "5", "most_a_day": "9"},
            False,
            1,
        ),  # 5 on the first day; 7 and 0 on others: the rests of days are lost
        ({"most_a_day": "3"}, False, 6),
        ({"most_a_day": "3", "most": "4"}, False, 4),
        ({"paying_times": "2"}, False, 12),
        ({"paying_times": "2"}, True, 24),
        ({"paying_times": "2", "most_a_day": "8", "most": "15"}, True, 15),
    ],
)
def test_tickets_are_counted_and_capped(tickets: dict[str, str], paying: bool, expected: int) -> None:
    given = figures(("orders", 1, 4), ("orders", 2, 8), ("orders", 3, 0), ("points", 1, 99))
    rule = Tickets.model_validate({"measure": "orders"} | tickets)
    assert tickets_of(rule, given, paying=paying) == expected


def test_without_a_ticket_nobody_takes_part() -> None:
    rule: dict[str, Any] = {"tickets": {"measure": "orders", "per": "2"}}
    assert judged(who(), figures(("orders", 1, 1)), **rule) is None
    found = judged(who(), figures(("orders", 1, 2)), **rule)
    assert found is not None
    assert (found.tickets, found.score, found.reached_at) == (1, 0, None)


def test_a_rank_is_a_sum_and_the_moment_of_its_last_figure() -> None:
    given = figures(("points", 1, 5), ("points", 2, 7), ("points", 3, 0), d1="09:00", d2="10:00", d3="11:00")
    found = judged(who(), given, form="ranking", measure="points")
    assert found is not None
    assert (found.tickets, found.score) == (1, 12)
    assert found.reached_at == datetime(2026, 8, 2, 2, tzinfo=UTC)


def test_a_threshold_is_reached_when_all_its_conditions_first_hold() -> None:
    rule: dict[str, Any] = {"form": "threshold", "when": ["orders >= 2", "points >= 5"]}
    given = figures(("orders", 1, 2), ("points", 2, 5), ("orders", 3, 9), d1="09:00", d2="10:00", d3="11:00")
    found = judged(who(), given, **rule)
    assert found is not None
    assert found.reached_at == datetime(2026, 8, 2, 2, tzinfo=UTC)
    # Without an hour: the last moment of the day, in the campaign's zone.
    late = judged(who(), figures(("orders", 1, 2), ("points", 1, 5)), **rule)
    assert late is not None
    assert late.reached_at == datetime(2026, 8, 1, 16, tzinfo=UTC)


def test_who_is_left_out_is_told_why() -> None:
    filters = [{"name": "blocklist"}, {"name": "same_device"}, {"name": "burst"}]
    suspects = Suspects({"same_device": frozenset({ID}), "burst": frozenset({ID})}, frozenset({ID}))

    def reason(person: Participant, **more: Any) -> str | None:
        found = judged(person, **more)
        assert found is not None
        return found.refused

    assert reason(who(blocked="a program"), filters=filters, suspects=suspects) == "blocklist"
    assert reason(who(), filters=filters, suspects=suspects) == "same_device"
    assert reason(who(), filters=filters[2:], suspects=suspects) == "burst"
    assert reason(who(blocked="a program"), filters=[], suspects=suspects) == "has won as much as one person may"
    assert reason(who(blocked="a program"), filters=[]) is None
