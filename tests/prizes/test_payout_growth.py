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

from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.prizes.payouts.service import pay_due
from tests.engine.small import KEY
from tests.prizes.paying import begun, states, wait

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


@pytest.mark.parametrize("fault", ["ok", "lose"])
def test_a_chunk_costs_the_same_among_many(
    sqlite_ctx: Context, migrated_file: Path, tmp_path: Path, fault: str
) -> None:
    """`ok`: each is paid at once. `lose`: nobody knows, and the provider is asked. Neither looks at what others wait or are paid."""
    cost = {}
    for name, chunks in CHUNKS.items():
        file = tmp_path / f"{name}.db"
        shutil.copy(migrated_file, file)
        here = replace(sqlite_ctx, database=Database(f"sqlite:///{file}", lasting=False))
        cost[name] = chunk_of(here, chunks * BATCH, fault)
    assert cost["many"] < 1.5 * cost["few"], cost


def chunk_of(ctx: Context, count: int, fault: str) -> float:
    """What a chunk costs in the middle of so many payouts."""
    here, provider = begun(ctx, count, batch=BATCH)
    provider.faults = lambda _: fault
    marks = list[int]()
    with steps(here.database) as counted:
        pay_due(here, KEY, tell=lambda _: marks.append(counted[0]))
        if fault == "lose":
            assert states(here) == {"unknown": count}
            wait(here, minutes=5)
            marks.clear()
            pay_due(here, KEY, tell=lambda _: marks.append(counted[0]))
    assert states(here) == {"paid": count}
    here.database.close()
    return median(after - before for before, after in pairwise(marks))
