"""A provider that holds a batch at a named moment until it is let go; and payers in processes of their own, whose time is shared."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from opsflow.adapters.memory import MemoryLauncher
from opsflow.adapters.payouts.http import Address, HttpPayouts
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import Clock
from opsflow.kernel.paying import Terms
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts import store
from opsflow.prizes.payouts.service import pay_due
from opsflow.settings import Settings
from tests.conftest import START
from tests.contract.bank import Bank, Handler
from tests.faults.payer import left

BATCH = 10
MOMENTS: Mapping[str, int] = {"before": 0, "between": 3, "after": BATCH}
"""How many payments of a batch are booked when it is held."""
PATIENCE_SECONDS = 60.0
TERMS = Terms(
    kinds=frozenset({"coupon"}),
    key_ttl=timedelta(days=1),
    finds=True,
    batch=BATCH,
    settles_within=timedelta(minutes=1),
    patience=timedelta(seconds=PATIENCE_SECONDS),  # nobody gives up a request because this machine is busy
)
LEASE = max(TERMS.lease, 4 * TERMS.patience)


class Seconds(Protocol):
    """A number in memory that several processes share."""

    value: float


class SharedClock:
    """The clock of all processes of a test: time passes when one of them says so, however busy the machine is."""

    def __init__(self, passed: Seconds) -> None:
        self._passed = passed

    def now(self) -> datetime:
        return START + timedelta(seconds=self._passed.value)

    def wait_until(self, instant: datetime) -> bool:
        return self.now() >= instant


@dataclass
class Holding(Bank):
    """Whoever sends to the address of a moment is held there; it says that it is, and goes on when it is let."""

    reached: dict[str, threading.Event] = field(default_factory=lambda: {each: threading.Event() for each in MOMENTS})
    let_go: threading.Event = field(default_factory=threading.Event)
    answered: dict[str, threading.Event] = field(default_factory=lambda: {each: threading.Event() for each in MOMENTS})
    is_forgetful: bool = False
    """It knows no keys, whatever it promised: every request pays."""

    def pay(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.is_forgetful:
            with self.lock:
                self.known.pop(asked["key"], None)
        return super().pay(asked)


class HoldingHandler(Handler):
    """Answers for a bank that holds."""

    def _batch(self, asked: dict[str, Any]) -> None:
        bank, moment = self.bank, self.path.partition("?")[2]
        assert isinstance(bank, Holding)
        booked = MOMENTS.get(moment, 0)
        told = [bank.pay(each) for each in asked["payments"][:booked]]
        if moment in MOMENTS:
            bank.reached[moment].set()
            assert bank.let_go.wait(PATIENCE_SECONDS)
        told += [bank.pay(each) for each in asked["payments"][booked:]]
        self._answer(200, {"results": told})
        if moment in MOMENTS:
            bank.answered[moment].set()


def provider_at(url: str, clock: Clock, moment: str = "") -> dict[str, HttpPayouts]:
    """The provider by its name, for whoever is to be held at a moment."""
    batch = f"{url}/batch?{moment}" if moment else f"{url}/batch"
    address = Address(f"{url}/pay", batch, f"{url}/find", f"{url}/statement", internal=True)
    return {"memory": HttpPayouts("memory", address, TERMS, clock)}


def context(database: Database, clock: Clock, providers: Mapping[str, HttpPayouts]) -> Context:
    settings = Settings(workspace=None, database_url=database.url)
    return Context(settings, database, clock, MemoryLauncher(), {}, providers)


def one_batch(url: str, provider: str, campaign: str, passed: Seconds, moment: str, *, is_fenced: bool) -> None:
    """A payer that sends one batch, in which it is held; without its fence it writes whatever it hears."""
    if not is_fenced:
        store._mine = lambda *_: ()
    clock = SharedClock(passed)
    ctx = context(Database(url, lasting=False), clock, provider_at(provider, clock, moment))
    pay_due(ctx, CampaignKey(campaign), chunks=1)


def the_rest(url: str, provider: str, campaign: str, passed: Seconds, rests: int) -> None:
    """A payer that pays until so many are left, a minute of everybody's time after each round."""
    clock = SharedClock(passed)
    ctx = context(Database(url, lasting=False), clock, provider_at(provider, clock))
    while left(ctx, CampaignKey(campaign)) > rests:
        pay_due(ctx, CampaignKey(campaign))
        passed.value += 60
