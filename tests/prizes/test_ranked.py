"""Prizes without chance: who is first has the first, equal ones are told apart by what nobody chose."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsflow.kernel.errors import Refused
from opsflow.prizes.draws.lottery import Drawn, Sealed
from opsflow.prizes.draws.model import Entrant
from opsflow.prizes.draws.ranked import ranked, seal_ranked

AT = datetime(2026, 8, 24, 2, tzinfo=UTC)
"""10:00 in Shanghai."""
RULES: dict[str, Any] = {
    "form": "ranking", "prizes": [["gold", 1], ["silver", 2]], "alternates": 1, "most_a_day": None, "zone": "Asia/Shanghai",
}  # fmt: skip


def name(number: int) -> str:
    return f"{number:032x}"


def entrant(number: int, score: int = 0, minutes: int | None = 0, listed: str | None = None) -> Entrant:
    at = AT + timedelta(minutes=minutes) if minutes is not None else None
    return Entrant(name(number), 1, score, at, None, listed=listed)


def sealed(*entrants: Entrant, **changes: Any) -> Sealed:
    return seal_ranked(campaign="c", draw="d", rules=RULES | changes, entrants=entrants, refused={name(99): "burst"})


def drawn(*entrants: Entrant, **changes: Any) -> list[tuple[int, str | None]]:
    found = ranked(sealed(*entrants, **changes), RULES | changes)
    assert [place.rank for place in found] == list(range(1, len(found) + 1))
    return [(int(place.id, 16), place.prize) for place in found]


def test_the_highest_sum_is_first_and_of_equal_ones_the_earlier() -> None:
    found = drawn(entrant(1, 5), entrant(2, 9, 3), entrant(3, 9, 1), entrant(4, 7), entrant(5, 1))
    assert found == [(3, "gold"), (2, "silver"), (4, "silver"), (1, None)]


def test_wholly_equal_ones_are_told_apart_by_the_commitment() -> None:
    """Nobody who chooses ids before the list is sealed knows who will be first."""
    crowd = [entrant(number, 5) for number in range(40)]
    first = {drawn(*crowd, alternates=extra)[0][0] for extra in range(12)}
    assert len(first) > 4
    assert drawn(*crowd) == drawn(*reversed(crowd))


def test_a_threshold_gives_in_the_order_in_which_it_was_reached() -> None:
    given = (entrant(1, 0, 30), entrant(2, 0, 10), entrant(3, 0, 20), entrant(4, 0, 40))
    assert drawn(*given, form="threshold", alternates=0) == [(2, "gold"), (3, "silver"), (1, "silver")]


def test_a_days_share_is_the_campaigns_day() -> None:
    """F66: what is reached after a day's share is gone gets none; midnight is where the campaign is."""
    day = 14 * 60  # from 10:00 to midnight
    given = (entrant(1, 0, 0), entrant(2, 0, day - 1), entrant(3, 0, day), entrant(4, 0, day + 5))
    assert drawn(*given, form="threshold", most_a_day=1) == [(1, "gold"), (3, "silver")]


def test_a_list_gives_what_it_says() -> None:
    given = (entrant(1, listed="silver"), entrant(2, listed="gold"), entrant(3, listed="silver"))
    assert sorted(drawn(*given, form="list")) == [(1, "silver"), (2, "gold"), (3, "silver")]


def test_the_commitment_is_of_everything_that_decides() -> None:
    first = sealed(entrant(1, 5), entrant(2, 6))
    others = [
        sealed(entrant(1, 5), entrant(2, 7)),
        sealed(entrant(1, 5, 1), entrant(2, 6)),
        sealed(entrant(1, 5)),
        sealed(entrant(1, 5), entrant(2, 6), alternates=2),
        sealed(entrant(1, 5), entrant(2, 6, listed="gold")),
    ]
    assert len({each.commitment for each in (first, *others)}) == 6
    assert first == sealed(entrant(2, 6), entrant(1, 5))


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(Refused, match="Nobody is left"):
        sealed()


def test_fewer_entrants_than_prizes_leave_prizes_over() -> None:
    assert ranked(sealed(entrant(1)), RULES) == (Drawn(1, name(1), "gold"),)
