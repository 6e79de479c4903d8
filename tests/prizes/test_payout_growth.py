"""A chunk of payouts costs the same in a campaign of few and in one of many, whatever is paid already or still waits."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.prizes.payouts.service import pay_due
from tests.engine.small import KEY
from tests.prizes.paying import approved, begun, campaign, paying, record, states, wait, won

BATCH, CHUNKS = 10, {"few": 10, "many": 80}


@contextmanager
def steps(database: Database) -> Iterator[list[int]]:
    """Counts what SQLite does inside, by tens of steps of its machine: the same figures on every computer, unlike seconds."""
    counted = [0]

    def one_more() -> None:
        counted[0] += 1

    def watch(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.set_progress_handler(one_more, 10)

    sa.event.listen(database.engine, "checkout", watch)
    try:
        yield counted
    finally:
        sa.event.remove(database.engine, "checkout", watch)


@pytest.fixture(params=["ok", "lose", "another provider"])
def cost(request: pytest.FixtureRequest, sqlite_ctx: Context, migrated_file: Path, tmp_path: Path) -> dict[str, float]:
    """What a chunk costs among few and among many.

    `ok`: each is paid at once. `lose`: nobody knows, and the provider is asked. `another provider`: as many wait for one.
    """
    found = {}
    for name, chunks in CHUNKS.items():
        file = tmp_path / f"{name}.db"
        shutil.copy(migrated_file, file)
        here = replace(sqlite_ctx, database=Database(f"sqlite:///{file}", lasting=False))
        waits = request.param == "another provider"
        provider = beside_another(here, chunks * BATCH) if waits else alone(here, chunks * BATCH, request.param)
        found[name] = chunk_of(provider)
        here.database.close()
    return found


def test_a_chunk_costs_the_same_among_many(cost: dict[str, float]) -> None:
    """It looks neither at what is paid nor at what waits."""
    assert cost["many"] < 1.5 * cost["few"], cost


def alone(ctx: Context, count: int, fault: str) -> Context:
    """So many payouts of one provider, that many chunks of them."""
    here, provider = begun(ctx, count, batch=BATCH)
    provider.faults = lambda _: fault
    if fault == "lose":
        pay_due(here, KEY)
        assert states(here) == {"unknown": count}
        wait(here, minutes=5)
    return here


def beside_another(ctx: Context, count: int) -> Context:
    """A hundred payouts of one provider; so many wait for another, who cannot be reached from here, and come first."""
    ours = MemoryPayouts(ctx.clock, kinds=frozenset({"coupon"}), batch=BATCH)
    theirs = MemoryPayouts(ctx.clock, "theirs", kinds=frozenset({"points"}))
    here = paying(ctx, ours, theirs)
    campaign(here)
    record(here, won(here, count, kind="points", draw="another"))
    record(here, won(here, 100))
    approved(here)
    return paying(here, ours)


def chunk_of(here: Context) -> float:
    """What a chunk costs in the middle of a round."""
    marks = list[int]()
    with steps(here.database) as counted:
        pay_due(here, KEY, tell=lambda _: marks.append(counted[0]))
    assert states(here)["paid"] >= 100
    return median(after - before for before, after in pairwise(marks))
