"""Every connection to PostgreSQL is cut again and again while two payers pay: nothing is lost, nothing double."""

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
from opsflow.kernel.clock import SystemClock
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.settings import Settings
from tests.engine.small import KEY
from tests.faults.payer import PATIENT, TERMS, hardy_payer, lines, provider_at
from tests.prizes.paying import FINANCE, approved, assert_sound, campaign, record, states, with_memory, won

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
WHOLE = bool(os.environ.get("OPSFLOW_TEST_WHOLE_SAMPLES"))
AWARDS, CUTS = (10_000, 200) if WHOLE else (400, 8)
"""How many are paid, and how often everybody is cut off meanwhile."""
MOST_BETWEEN = 40
"""Payments from one cut to the next: by the clock, a busy machine would never get on."""
AFTER_SECONDS = 0.05
PATIENCE_SECONDS = 1800 if WHOLE else 100
CUT = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_cut_off_from_their_database_payers_lose_and_double_nothing(database: Database, bank: tuple[str, Path]) -> None:
    """A4, F12: also where nobody was told whether it is committed."""
    url, books = bank
    ctx = Context(Settings(workspace=None, database_url=database.url), database, SystemClock(), MemoryLauncher(), {})
    cap = AWARDS - 2
    campaign(ctx, f"{cap}.00")
    here, _ = with_memory(ctx, kinds=TERMS.kinds)
    record(here, won(here, AWARDS))
    approved(here)
    cuts, failed = cut_again_and_again(database, url, books)
    print(f"{cuts} cuts, {failed} rounds that failed of it, {len(lines(books))} paid")
    assert cuts >= CUTS // 2
    assert failed, "nobody was cut off at work: this test shows nothing"
    paid = Counter(lines(books))
    assert set(paid.values()) == {1}
    assert (states(here), len(paid)) == ({"paid": cap, "refused_budget": 2}, cap)
    assert_sound(here)
    done = reconcile(replace(here, payouts=provider_at(url, PATIENT)), KEY, "memory", by=FINANCE)
    assert (done.matching, done.differences) == (cap, ())


def cut_again_and_again(database: Database, provider: str, books: Path, *, seed: int = 5) -> tuple[int, int]:
    """Two payers at once, cut off until they are done: how often, and how many of their rounds failed."""
    dice, processes, cuts = random.Random(seed), multiprocessing.get_context("forkserver"), 0
    failed = processes.Value("i", 0)
    pair = [processes.Process(target=hardy_payer, args=(database.url, provider, KEY, failed)) for _ in range(2)]
    for process in pair:
        process.start()
    outside = sa.create_engine(database.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        with outside.connect() as connection:
            wanted = dice.randint(1, MOST_BETWEEN)
            while any(process.is_alive() for process in pair):
                assert time.monotonic() < deadline, "they are not done"
                if cuts < CUTS and len(lines(books)) >= wanted:
                    time.sleep(dice.uniform(0, AFTER_SECONDS))
                    cuts += bool(connection.execute(sa.text(CUT)).all())
                    wanted = len(lines(books)) + dice.randint(1, MOST_BETWEEN)
                time.sleep(0.002)
    finally:
        for process in pair:
            process.kill()
            process.join()
    assert [process.exitcode for process in pair] == [0, 0]
    return cuts, failed.value
