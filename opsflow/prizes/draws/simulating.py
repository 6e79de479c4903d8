"""What a draw may come to before anybody has played: spread of entrants, winners and cost, from a share of people who qualify. Pure.

Of n people of whom k qualified, the share that qualifies is Beta(k + 1, n - k + 1) distributed (a uniform prior), and of N
others a binomial number qualifies; both are drawn many times. Above a thousand people the binomial is taken as normal.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opsflow.kernel.money import Money

SMALL = 1_000
_PERCENTILES = (5, 50, 95)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of how many qualify."""

    people: int
    qualified: int


@dataclass(frozen=True, slots=True)
class Spread:
    """The 5th, 50th and 95th percentile of the simulated rounds."""

    entrants: tuple[int, int, int]
    winners: tuple[int, int, int]
    cost: tuple[Money, Money, Money]
    odds: float | None
    """Of one entrant to win, at the median; None: everybody who qualifies wins while there are prizes."""


def simulate(
    seen: Seen, *, participants: int, cost: Callable[[int], Money], places: int, by_chance: bool, rounds: int, seed: int
) -> Spread:
    """Play a draw so many rounds. `cost`: of so many winners. `places`: how many can win at most."""
    dice = random.Random(seed)  # noqa: S311 - a play, not a draw: that one has a public number
    entrants = sorted(
        _binomial(dice, participants, dice.betavariate(seen.qualified + 1, seen.people - seen.qualified + 1))
        for _ in range(rounds)
    )
    at = _percentiles(entrants)
    winners = tuple(min(number, places) for number in at)
    return Spread(
        entrants=at,
        winners=(winners[0], winners[1], winners[2]),
        cost=(cost(winners[0]), cost(winners[1]), cost(winners[2])),
        odds=min(1.0, places / at[1]) if by_chance and at[1] else None,
    )


def _binomial(dice: random.Random, number: int, share: float) -> int:
    if number <= SMALL:
        return sum(dice.random() < share for _ in range(number))
    drawn = round(dice.gauss(number * share, (number * share * (1 - share)) ** 0.5))
    return min(max(drawn, 0), number)


def _percentiles(values: Sequence[int]) -> tuple[int, int, int]:
    low, middle, high = (values[min(len(values) - 1, len(values) * percent // 100)] for percent in _PERCENTILES)
    return low, middle, high
