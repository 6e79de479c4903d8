"""P4: one stage run that opens so many tasks, held against as many bare commits; and in a Prefect flow, against an empty one.

The stage opens, its tasks open, their owners are told, their ladders are set, everything is journaled, and the stage moves
on: one run, one transaction, on a file of SQLite that waits for the disk (synchronous FULL), like the limit.
"""

import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.campaigns.files import Loaded
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.engine.advance import advance
from opsflow.engine.start import start
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, Stage
from opsflow.settings import Settings
from opsflow.sop.model import Sop
from tests.architecture.sources import ROOT
from tests.bench.table import Row, quiet_place
from tests.campaigns.planning import organisation
from tests.engine import small

SIZES = (10, 100, 1000)
ROUNDS = {10: 15, 100: 7, 1000: 3}
RECORDED, IN_FLOW = 2.5, 1.4
FLOW_RUNS = 100


def measure() -> list[Row]:
    """Recorded by opsflow alone at three sizes; ten tasks in a flow, with its table, one hundred times."""
    return [*(_recorded(size) for size in SIZES), *_in_flow()]


def _recorded(size: int) -> Row:
    with _campaigns(size, ROUNDS[size] + 1) as (ctx, keys), tempfile.TemporaryDirectory() as folder:
        ours, raw = [], []
        for key in keys:
            ours.append(_timed(partial(_run, ctx, key, size)))
            raw.append(_timed(partial(_commits, Path(folder, "raw.db"), size + 2)))
    # The first one warms up and is not counted; the best of the others, for disks are noisy.
    return Row(f"{size} tasks recorded / {size + 2} commits", min(ours[1:]), min(raw[1:]), RECORDED, "ms")


def _run(ctx: Context, key: CampaignKey, size: int) -> None:
    did = advance(ctx, key, Stage.INITIAL_PLANNING).did
    opened = sum(line.startswith("task.opened") for line in did)
    if opened != size:
        raise SystemExit(f"The run opened {opened} tasks, not {size}: it measures something else.")


def _commits(file: Path, rows: int) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("create table if not exists steps (run, step, status, at)")
        for step in range(rows):
            connection.execute("insert into steps values (1, ?, 'done', '2026-08-10 01:00:00')", (step,))


@contextmanager
def _campaigns(size: int, count: int) -> Iterator[tuple[Context, list[CampaignKey]]]:
    """Started campaigns whose first stage has so many tasks, at the hour at which all of them open."""
    with tempfile.TemporaryDirectory() as name:
        folder, given = Path(name), _content(size)
        small.write_workspace(folder, given)
        database = Database(f"sqlite:///{folder / 'opsflow.db'}")
        upgrade(database)
        settings = Settings(workspace=folder, database_url=database.url)
        before = VirtualClock(small.planned(small.file()).tasks[0].start)
        ctx = Context(settings, database, before, MemoryLauncher(), {"memory": MemoryChannel()})
        keys = [_start(ctx, given, number) for number in range(count)]
        try:
            yield ctx, keys
        finally:
            database.close()


def _start(ctx: Context, given: dict[str, Any], number: int) -> CampaignKey:
    file, org = small.file(key=f"bench-{number}"), organisation()
    return start(ctx, Loaded(file, org, Sop.model_validate(given)), today=small.TODAY)


def _content(size: int) -> dict[str, Any]:
    """The small SOP with so many tasks, all open on the first day, before its first meeting."""
    given = small.content()
    first = next(task for task in given["tasks"] if task["id"] == "P1")
    more = [{**first, "id": f"N{n:04}", "title": f"Task {n}"} for n in range(size - 1)]
    meeting = next(task for task in given["tasks"] if task["id"] == "P2")
    meeting["after"] = [*meeting["after"], *(task["id"] for task in more)]
    given["tasks"] = [*given["tasks"], *more]
    return given


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _in_flow() -> list[Row]:
    """Prefect is imported and pointed at a server of its own in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.stageruns"]
    done = subprocess.run(command, cwd=ROOT, env=quiet_place(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Stage runs in flows could not be measured:\n{done.stdout}{done.stderr}")
    stage, empty, refused = (float(figure) for figure in done.stdout.split()[-3:])
    return [
        Row("10 tasks in a Prefect flow, with its table / an empty flow", stage, empty, IN_FLOW, "ms"),
        Row(f"answers 503 in {2 * FLOW_RUNS} runs", refused, 0, 1, "answers"),
    ]


def _measure_flows() -> None:
    # Prefect costs a second, which the other benches need not wait for; these settings are read when it is imported.
    os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
    from prefect import Flow, flow, get_client
    from prefect.flow_engine import run_flow
    from prefect.states import Pending

    from flows.initial_planning import initial_planning
    from opsflow.bootstrap import use_context
    from opsflow.rehearsal.server import prefect_api

    def launched(flow: Flow[Any, Any], key: CampaignKey) -> None:
        """A run as opsflow's launcher makes it, with its name and tags."""
        tags = [f"campaign:{key}", "level:S", f"stage:{Stage.INITIAL_PLANNING}"]
        name, given = f"{key}/{Stage.INITIAL_PLANNING}", {"campaign": key}
        run = client.create_flow_run(flow, name=name, parameters=given, tags=tags, state=Pending())
        run_flow(flow, flow_run=run, parameters=given)

    empty = flow(name="empty", retries=0)(_nothing)
    refused = _Refusals()
    with (
        _campaigns(10, FLOW_RUNS + 1) as (ctx, keys),
        prefect_api(),
        use_context(ctx),
        refused,
        get_client(sync_client=True) as client,
    ):
        flows = initial_planning, empty
        times = [[_timed(partial(launched, each, key)) for each in flows] for key in keys]
    stage, nothing = (median(spent) for spent in zip(*times[1:], strict=True))
    print(stage, nothing, refused.count)


def _nothing(campaign: str) -> None:
    """What an empty flow does."""


class _Refusals(logging.Handler):
    """Counts the answers after which Prefect's client says that it will try again."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += " 503 " in record.getMessage()

    def __enter__(self) -> None:
        logger = logging.getLogger("httpx")
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("httpx").removeHandler(self)


if __name__ == "__main__":
    _measure_flows()
