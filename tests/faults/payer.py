"""A payer in a process of its own, to be killed; the provider, in another, keeps books that nobody kills."""

import os
import random
import signal
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from opsflow.adapters.memory import MemoryLauncher
from opsflow.adapters.payouts.http import Address, HttpPayouts
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.faultpoints import watched
from opsflow.kernel.paying import Terms
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts import store
from opsflow.prizes.payouts.model import HOLDS_MONEY
from opsflow.prizes.payouts.service import pay_due
from opsflow.settings import Settings

BATCH = 20
DYING = 0.04
"""How likely a payer dies at each place that it passes."""
TERMS = Terms(
    kinds=frozenset({"coupon"}),
    key_ttl=timedelta(days=1),
    finds=True,
    batch=BATCH,
    settles_within=timedelta(milliseconds=100),
    patience=timedelta(milliseconds=200),
    lease=timedelta(milliseconds=800),  # so that what a killed one held is taken up within the test
)


PATIENT = replace(TERMS, patience=timedelta(minutes=1))
"""For whoever asks for a statement of thousands on a busy machine."""


def provider_at(url: str, terms: Terms = TERMS) -> dict[str, HttpPayouts]:
    """The provider on loopback, by its name."""
    address = Address(pay=f"{url}/pay", find=f"{url}/find", statement=f"{url}/statement", connections=4, internal=True)
    return {"memory": HttpPayouts("memory", address, terms, SystemClock())}


def left(ctx: Context, campaign: CampaignKey) -> int:
    """How many payouts are still under way."""
    with ctx.reading() as session:
        found = store.sums(session, campaign)
    return sum(count for status, (count, _) in found.items() if status in HOLDS_MONEY)


def lines(books: Path) -> list[str]:
    """The keys that the provider has booked, in their order."""
    return books.read_text().split() if books.exists() else []


class Count(Protocol):
    """A number in memory that several processes share."""

    value: int

    def get_lock(self) -> AbstractContextManager[Any]: ...


def hardy_payer(url: str, provider: str, campaign: str, failed: Count) -> None:
    """Pay round after round until nothing is left; where the database fails it begins again, as the sweep does."""
    settings, key = Settings(workspace=None, database_url=url), CampaignKey(campaign)
    ctx = Context(settings, Database(url), SystemClock(), MemoryLauncher(), {}, provider_at(provider))
    is_done = False
    while not is_done:
        try:
            pay_due(ctx, key)
            is_done = not left(ctx, key)
        except PortFailed:
            with failed.get_lock():
                failed.value += 1
        time.sleep(0.05)  # until a lease is over


def payer(url: str, provider: str, campaign: str, seed: int | None) -> None:
    """Pay round after round until nothing is left; with a seed it dies by its own hand at some place that it passes."""
    settings, key, dice = Settings(workspace=None, database_url=url), CampaignKey(campaign), random.Random(seed)
    ctx = Context(settings, Database(url, lasting=False), SystemClock(), MemoryLauncher(), {}, provider_at(provider))

    def hook(_passed: str) -> None:
        if seed is not None and dice.random() < DYING:
            os.kill(os.getpid(), signal.SIGKILL)

    with watched(hook):
        while left(ctx, key):
            pay_due(ctx, key)
            time.sleep(0.05)  # until a lease is over
