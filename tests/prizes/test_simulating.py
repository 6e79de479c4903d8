"""What a draw may come to: the spread is that of the binomial, and of how little is known of the share."""

import pytest

from opsflow.kernel.money import Money
from opsflow.prizes.draws.simulating import Seen, Spread, simulate


def cost(winners: int) -> Money:
    return Money(winners * 500, "CNY")


def played(seen: Seen, participants: int, *, places: int = 10**9, by_chance: bool = False, seed: int = 1) -> Spread:
    return simulate(
        seen, participants=participants, cost=cost, places=places, by_chance=by_chance, rounds=4_000, seed=seed
    )


@pytest.mark.parametrize("participants", [400, 10_000])
def test_where_the_share_is_known_the_spread_is_that_of_the_binomial(participants: int) -> None:
    """30 per cent of N: the mean is 0.3 N, 1.645 standard deviations of sqrt(N * 0.21) to each side. Summed and normal."""
    found = played(Seen(10**9, 3 * 10**8), participants).entrants
    deviation = (participants * 0.21) ** 0.5
    wanted = [0.3 * participants - 1.645 * deviation, 0.3 * participants, 0.3 * participants + 1.645 * deviation]
    assert found == pytest.approx(wanted, abs=0.25 * deviation)


def test_where_little_is_known_it_is_wider() -> None:
    known, guessed = played(Seen(100_000, 30_000), 10_000), played(Seen(10, 3), 10_000)
    width = [found.entrants[2] - found.entrants[0] for found in (known, guessed)]
    assert width[1] > 5 * width[0]


def test_no_more_win_than_there_are_places_and_cost_follows_winners() -> None:
    found = played(Seen(100, 50), 1_000, places=400, by_chance=True)
    assert found.winners == (400, 400, 400)
    assert found.cost == (cost(400),) * 3
    assert found.odds == pytest.approx(0.8, abs=0.05)
    assert played(Seen(100, 50), 1_000).odds is None


def test_nobody_and_everybody() -> None:
    assert played(Seen(10**9, 0), 1_000).entrants == (0, 0, 0)
    assert played(Seen(10**9, 10**9), 1_000).entrants == (1_000, 1_000, 1_000)
    assert played(Seen(10**9, 0), 1_000, by_chance=True).odds is None


def test_the_same_seed_gives_the_same_figures() -> None:
    assert played(Seen(9, 3), 500) == played(Seen(9, 3), 500)
    assert played(Seen(9, 3), 500) != played(Seen(9, 3), 500, seed=2)
