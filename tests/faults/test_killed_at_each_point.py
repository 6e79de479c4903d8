"""A real kill -9 at each of the twelve fault points, again and again, until it is all paid: once, and never above the cap."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import SystemClock
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.settings import Settings
from tests.engine.small import KEY
from tests.faults.dying import StrikingHandler, whole_life
from tests.faults.payer import PATIENT, TERMS, lines, provider_at
from tests.prizes.paying import FINANCE, assert_sound, campaign, paying, states
from tests.prizes.simulator import POINTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
WHOLE = bool(os.environ.get("OPSFLOW_TEST_WHOLE_SAMPLES"))
SEEDS, AWARDS = (5, 1_000) if WHOLE else (1, 60)
PLAYED = tuple(POINTS) if WHOLE else ("F5", "F10", "F11")
"""By default those that no payer killed at random comes to."""
LEASE_SECONDS = max(TERMS.lease, 4 * TERMS.patience).total_seconds()
PATIENCE_SECONDS = 1500.0 if WHOLE else 100.0
MOST_DEATHS = 30 if WHOLE else 4
FREE = "F1"
"""Whoever never dies may be at any point."""
PROCESSES = multiprocessing.get_context("forkserver")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"] if WHOLE else ["sqlite"], indirect=True)
@pytest.mark.parametrize("bank", [StrikingHandler], indirect=True)
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("point", PLAYED)
def test_killed_at_a_point_it_begins_again_and_pays_each_once(
    database: Database, bank: tuple[str, Path], point: str, seed: int
) -> None:
    url, books = bank
    settings = Settings(workspace=None, database_url=database.url)
    ctx = Context(settings, database, SystemClock(), MemoryLauncher(), {}, provider_at(url))
    cap = AWARDS - 2
    campaign(ctx, f"{cap}.00")
    deaths = live_again_and_again(database.url, url, point, seed)
    paid = Counter(lines(books))
    print(f"{point}, seed {seed}: {deaths} deaths, {len(paid)} paid")
    assert deaths, f"nobody died at {point}: this test shows nothing"
    assert set(paid.values()) == {1}
    assert (states(ctx), len(paid)) == ({"paid": cap, "refused_budget": 2}, cap)
    assert_sound(ctx)
    done = reconcile(paying(ctx, *provider_at(url, PATIENT).values()), KEY, "memory", by=FINANCE)
    assert (done.matching, done.differences) == (cap, ())


def live_again_and_again(database: str, provider: str, point: str, seed: int) -> int:
    """Lives one after the other, until one ends well: how many were killed, or slept for more than two leases.

    The first one dies when it first comes to the point; the last one never.
    """
    dice, deaths, deadline = random.Random(f"{point}/{seed}"), 0, time.monotonic() + PATIENCE_SECONDS
    while True:
        fatal = 1 if deaths == 0 else dice.randint(1, 30 if point == "F12" else 5) if deaths < MOST_DEATHS else 0
        life = born(database, provider, point, fatal)
        while life.is_alive():
            assert time.monotonic() < deadline, f"{deaths} deaths, and it is not paid"
            if is_stopped(life):
                deaths += 1
                sleep_while_others_pay(life, database, provider)
            life.join(0.02)
        if life.exitcode == 0:
            return deaths
        assert life.exitcode == -signal.SIGKILL
        deaths += 1


def born(database: str, provider: str, point: str, fatal: int) -> BaseProcess:
    life = PROCESSES.Process(target=whole_life, args=(database, provider, point, fatal, AWARDS))
    life.start()
    return life


def is_stopped(life: BaseProcess) -> bool:
    try:
        return Path(f"/proc/{life.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except (FileNotFoundError, ProcessLookupError):
        return False


def sleep_while_others_pay(life: BaseProcess, database: str, provider: str) -> None:
    """Two leases and more, in which another goes on; that one is killed when the sleeper is woken."""
    other = born(database, provider, FREE, 0)
    other.join(2.5 * LEASE_SECONDS)
    assert other.is_alive() or other.exitcode == 0
    time.sleep(0 if other.is_alive() else 2.5 * LEASE_SECONDS)
    other.kill()
    other.join()
    assert life.pid is not None
    os.kill(life.pid, signal.SIGCONT)
