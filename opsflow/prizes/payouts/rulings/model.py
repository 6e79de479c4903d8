"""When the words of people settle a payout. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.money import Money
from opsflow.kernel.terms import PersonKey

NEEDED = 2
"""Different people who say the same."""


class Verdict(StrEnum):
    """What somebody says became of it."""

    PAID = "paid"
    NOT_PAID = "not_paid"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One person's word."""

    person: PersonKey
    verdict: Verdict
    reference: str | None
    """The provider's, of a payment."""
    evidence: str
    """How they know: a statement, a ticket, a telephone call."""
    at: datetime


def settled(rulings: Sequence[Ruling]) -> Ruling | None:
    """The last word, when enough different people say the same by now; one who has changed their mind counts once."""
    latest = {ruling.person: ruling for ruling in sorted(rulings, key=lambda each: each.at)}
    if not latest:
        return None
    last = max(latest.values(), key=lambda each: each.at)
    same = [each for each in latest.values() if (each.verdict, each.reference) == (last.verdict, last.reference)]
    return last if len(same) >= NEEDED and len(same) == len(latest) else None


def check_ruling(verdict: Verdict, reference: str | None, evidence: str) -> None:
    """BadInput: a payment without the provider's reference, or nothing that shows it."""
    if not evidence.strip():
        raise BadInput("How do you know? Name a statement, a ticket, or whom you asked.")
    if (verdict is Verdict.PAID) != bool(reference):
        raise BadInput("What was paid has the provider's reference, and what was not paid has none.")


class NotAsked(Conflict):
    """Nobody needs to decide it."""

    def __init__(self, award: str, status: str) -> None:
        super().__init__(
            f"The payout of award {award} is {status}: people decide what is needs_human, and that something refused was paid "
            "after all once the provider's statement shows it (`opsflow prizes reconcile`)."
        )


class NotCovered(Refused):
    """What was paid is more than the rewards line has left."""

    def __init__(self, award: str, available: Money) -> None:
        super().__init__(
            f"The payout of award {award} cannot be booked: the rewards line has {available} left. Raise it in the campaign file, then "
            "say the same again."
        )


class NoSuchPayout(NotFound):
    """There is no payout of that award."""

    def __init__(self, award: str) -> None:
        super().__init__(
            f"No payout of award {award} is here. `opsflow prizes status CAMPAIGN` lists those that need people."
        )


class SaidAlready(Conflict):
    """The same word of the same person."""

    def __init__(self, award: str, person: PersonKey) -> None:
        super().__init__(
            f"{person} has said this of award {award} already; somebody else of finance has to say the same."
        )
