"""How far a campaign's prizes are, draw by draw, and which conditions of the closing gate that contradicts: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsflow.kernel.money import Money
from opsflow.kernel.terms import TaskCode
from opsflow.kernel.text import Text

PUBLISHED, SETTLED, AGREE = "winners_published", "prizes_settled", "accounts_agree"
"""Conditions of the closing gate that prizes contradict, whatever tasks stand for them."""


@dataclass(frozen=True, slots=True)
class Given:
    """What became of one prize in one draw."""

    prize: Text
    won: int
    """By winners who have it still; whoever lost it is in `lapsed`."""
    unclaimed: int
    """Of those, who must still say where it goes."""
    paid: int
    lapsed: int
    """Not claimed in time, or taken back."""


@dataclass(frozen=True, slots=True)
class Settled:
    """One draw."""

    id: str
    title: Text
    form: str
    entrants: int
    refused: int
    commitment: str | None
    number: str | None
    number_source: Text | None
    drawn_at: datetime | None
    """None: not drawn yet."""
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Settling:
    """All of a campaign's prizes that opsflow gives out."""

    draws: tuple[Settled, ...]
    unpaid: int
    """Payouts that are neither paid nor given up, those of unclaimed prizes left out."""
    differences: int
    """Between our books and a provider's, that nobody has explained."""
    cap: Money | None
    paid: Money | None
    reserved: Money | None

    @property
    def open_points(self) -> Mapping[str, tuple[TaskCode, ...]]:
        """What contradicts which condition, named like tasks and no task's name."""
        undrawn = tuple(TaskCode(draw.id) for draw in self.draws if draw.drawn_at is None)
        unclaimed = sum(given.unclaimed for draw in self.draws for given in draw.given)
        return {
            PUBLISHED: undrawn,
            SETTLED: (*undrawn, *_counted("unclaimed", unclaimed), *_counted("unpaid", self.unpaid)),
            AGREE: _counted("differences", self.differences),
        }


def _counted(what: str, number: int) -> tuple[TaskCode, ...]:
    return (TaskCode(f"{what}-{number}"),) if number else ()
