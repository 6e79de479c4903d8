"""A payout provider kept in memory, with books of its own: for rehearsals and tests."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsflow.kernel.clock import Clock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.paying import (
    Accepted,
    Declined,
    FoundPayout,
    Payment,
    PayoutOutcome,
    StatementLine,
    Terms,
    Unclear,
    Unsent,
)
from opsflow.kernel.terms import CampaignKey

EVERY_KIND = frozenset({"physical", "coupon", "code", "cash", "points", "rights"})


@dataclass(frozen=True, slots=True)
class Booked:
    """One payment that the provider made."""

    payment: Payment
    reference: str
    at: datetime


class MemoryPayouts:
    """Pays at once, and remembers; `faults` says what it does instead.

    With a `key_ttl` the same key again within it pays nothing more, and later it pays again; without one every request pays.
    """

    def __init__(
        self,
        clock: Clock,
        name: str = "memory",
        *,
        kinds: frozenset[str] = EVERY_KIND,
        key_ttl: timedelta | None = timedelta(days=1),
        finds: bool = True,
        batch: int = 50,
        settles_within: timedelta = timedelta(minutes=1),
    ) -> None:
        self.name, self._clock = name, clock
        self.terms = Terms(kinds, key_ttl, finds, batch, settles_within, patience=timedelta(seconds=10))
        self.books: list[Booked] = []
        self._first: dict[str, Booked] = {}
        self.faults: Callable[[Payment], str] = _none
        """What happens to a payment: `ok`, `decline`, `drop` (not paid, no answer), `lose` (paid, no answer), `busy`,
        `short` (paid, and the answer names another amount), `bare` (paid, and the answer has no reference)."""
        self.requests = Counter[str]()
        """How often each key was asked for."""
        self.down = False
        """Nothing answers: not even the question what became of a key."""

    def pay(self, payments: Sequence[Payment], *, until: datetime) -> Mapping[str, PayoutOutcome]:
        """Pay each, or do what it was told to do instead."""
        return {
            payment.key: self._pay(payment) if self._clock.now() < until else Unsent("the time was over")
            for payment in payments
        }

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundPayout]:
        """What is in the books. PortFailed: it is down, or tells nobody."""
        if self.down or not self.terms.finds:
            raise PortFailed(f"{self.name} does not say what became of {len(keys)} payments: the double was told so.")
        return {key: _accepted(self._first[key]) for key in keys if key in self._first}

    def statement(self, campaign: CampaignKey) -> Iterable[StatementLine]:
        """Everything in the books."""
        return [
            StatementLine(one.payment.key, one.reference, one.payment.units, one.payment.currency)
            for one in self.books
            if one.payment.campaign == campaign
        ]

    def paid(self) -> Counter[str]:
        """How often each key was paid."""
        return Counter(one.payment.key for one in self.books)

    @property
    def units(self) -> int:
        """All that was paid."""
        return sum(one.payment.units for one in self.books)

    def _pay(self, payment: Payment) -> PayoutOutcome:
        self.requests[payment.key] += 1
        fault = self.faults(payment)
        if self.down:
            return Unsent("nobody answers")
        if fault == "busy":
            return Unsent("come later", timedelta(seconds=5))
        if fault == "drop":
            return Unclear("no answer")
        known = self._known(payment.key)
        if known is not None and known.payment != payment:
            return Unclear("this key was used for something else")
        if fault == "decline" and known is None:
            return Declined("no_account", "there is no such account")
        if known is None:
            known = Booked(payment, f"{self.name}-{len(self.books) + 1}", self._clock.now())
            self.books.append(known)
            self._first.setdefault(payment.key, known)
        if fault == "lose":
            return Unclear("no answer")
        units = payment.units + (fault == "short")
        return Accepted("" if fault == "bare" else known.reference, units, payment.currency)

    def _known(self, key: str) -> Booked | None:
        """What was paid under a key that still lives."""
        ttl, found = self.terms.key_ttl, self._first.get(key)
        return found if found is not None and ttl is not None and self._clock.now() < found.at + ttl else None


def _none(_payment: Payment) -> str:
    return "ok"


def _accepted(booked: Booked) -> Accepted:
    return Accepted(booked.reference, booked.payment.units, booked.payment.currency)
