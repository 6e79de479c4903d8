"""Payers are killed again and again, two at a time, while they pay over HTTP: the provider has each award once, and so have we."""

import multiprocessing
import os
import random
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import PayoutTryRow
from opsflow.kernel.clock import SystemClock
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.settings import Settings
from tests.engine.small import KEY
from tests.faults.payer import PATIENT, TERMS, left, lines, payer, provider_at
from tests.prizes.paying import FINANCE, approved, assert_sound, campaign, record, states, with_memory, won

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
AWARDS, KILLS = (10_000, 200) if os.environ.get("OPSFLOW_TEST_WHOLE_SAMPLES") else (400, 10)
"""The whole sample is asked for with OPSFLOW_TEST_WHOLE_SAMPLES=1."""
PATIENCE_SECONDS = 30.0
MOST_BETWEEN = 40
"""Payments from one kill to the next."""
AFTER_SECONDS = 0.02
"""A kill from outside comes so long after a payment at most; others die by their own hand, at a place that they pass."""


def test_killed_at_any_moment_payers_lose_and_double_nothing(database: Database, bank: tuple[str, Path]) -> None:
    """F61, F62: what was under way is taken up, looked up, and sent again only where it surely never arrived."""
    url, books = bank
    ctx = Context(Settings(workspace=None, database_url=database.url), database, SystemClock(), MemoryLauncher(), {})
    cap = AWARDS - 2
    campaign(ctx, f"{cap}.00")
    here, _ = with_memory(ctx, kinds=TERMS.kinds)
    record(here, won(here, AWARDS))
    approved(here)
    kills = kill_again_and_again(database, url, books)
    paid = Counter(lines(books))
    with here.reading() as session:
        lost = session.scalar(sa.select(sa.func.count()).where(PayoutTryRow.outcome == "lost"))
    print(f"{kills} kills, {lost} payouts taken up from the dead, {len(paid)} paid")
    assert kills >= KILLS
    assert lost, "nobody died with something in hand: this test shows nothing"
    assert set(paid.values()) == {1}
    assert (states(here), len(paid)) == ({"paid": cap, "refused_budget": 2}, cap)
    assert_sound(here)
    done = reconcile(replace(here, payouts=provider_at(url, PATIENT)), KEY, "memory", by=FINANCE)
    assert (done.matching, done.differences) == (cap, ())


def kill_again_and_again(database: Database, provider: str, books: Path, *, seed: int = 5) -> int:
    """Two payers at a time, killed until enough have died; then one that is left alone. How many were killed."""
    dice, processes = random.Random(seed), multiprocessing.get_context("forkserver")
    looking, kills = Context(Settings(workspace=None), database, SystemClock(), MemoryLauncher(), {}), 0
    while kills < KILLS and left(looking, KEY):
        pair = [
            processes.Process(target=payer, args=(database.url, provider, KEY, dice.randrange(10**6))) for _ in range(2)
        ]
        for process in pair:
            process.start()
        wanted, deadline = len(lines(books)) + dice.randint(1, MOST_BETWEEN), time.monotonic() + PATIENCE_SECONDS
        while len(lines(books)) < wanted and any(process.is_alive() for process in pair):
            assert time.monotonic() < deadline, f"{len(lines(books))} payments after {PATIENCE_SECONDS} s"
            time.sleep(0.001)
        time.sleep(dice.uniform(0, AFTER_SECONDS))
        for process in pair:
            process.kill()
            process.join()
            kills += process.exitcode == -9
    last = processes.Process(target=payer, args=(database.url, provider, KEY, None))
    last.start()
    last.join(timeout=PATIENCE_SECONDS * AWARDS / 400)
    alive = last.is_alive()
    last.kill()
    assert not alive, f"{left(looking, KEY)} are left"
    return kills
