"""P2: the sweep of many open tasks, one in a hundred newly due, held against INSERT..SELECT and UPDATE in bare SQL.

Each task has an open matter and a waiting step; the limit has a row with a date and an index of those that wait, on the
same database in the same run. opsflow looks at every matter, settles what is due task by task, and writes the facts of each
message; the limit writes a text of constant length. APScheduler, Viewflow and SpiffWorkflow are not among what we install.
OPSFLOW_BENCH_TASKS makes it smaller.
"""

import os
import re
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from opsflow.adapters.memory import MemoryLauncher
from opsflow.campaigns.store import first_due_wakes
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.deadlines.service import fire_due
from opsflow.kernel.clock import VirtualClock
from opsflow.outbox.store import due_people
from opsflow.settings import Settings
from tests.bench.table import Row
from tests.postgres import fresh_database

TASKS = int(os.environ.get("OPSFLOW_BENCH_TASKS", "1000000"))
ONE_IN = 100
ROUNDS = 4
"""What is due falls due in so many parts, an hour apart, and each side takes its part in turn: a database that has just
been filled answers either side otherwise than one that has been at work.
"""
NOW = datetime(2026, 8, 20, 1, tzinfo=UTC)
SWEEP = {"sqlite": 5.0, "postgresql": 6.0}
IDLE = {"sqlite": 0.05, "postgresql": 0.35}
MEMORY = 96
"""Megabytes that a sweep may add to the process, whatever the number of tasks."""
NUMBERS = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < :tasks) ",
    "postgresql": "with n(i) as (select generate_series(1, :tasks)) ",
}


def measure() -> list[Row]:
    """Both databases: a busy sweep, an idle one, two at once that have nothing to do, and what else looks every minute."""
    print(
        f"P2: {TASKS:,} open tasks, {TASKS // ONE_IN:,} newly due in {ROUNDS} parts; bars 5x and 6x instead of 2x: docs/decisions/0016."
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = _rows(Database(f"sqlite:///{Path(folder, 'sweep.db')}"))
    with fresh_database() as url:
        return rows + _rows(Database(url))


def _rows(database: Database) -> list[Row]:
    upgrade(database)
    kind = database.engine.dialect.name
    clock = VirtualClock(NOW)
    ctx = Context(Settings(workspace=None, database_url=database.url), database, clock, MemoryLauncher(), {})
    with _filled(database):
        due, part = TASKS // ONE_IN, TASKS // ONE_IN // ROUNDS
        bare, ours, memory = [], [], _memory()
        for hour in range(ROUNDS):
            clock.move_to(NOW + timedelta(hours=hour))
            bare.append(_timed(partial(_raw, database, hour)))
            ours.append(_timed(lambda: _expect(fire_due(ctx), part)))
        grown = _memory() - memory
        raw, busy = median(bare) / part * 1e6, median(ours)
        idle = min(_timed(lambda: _expect(fire_due(ctx), 0)) for _ in range(5))
        added = _two_at_once(ctx, due)
        looks = min(_timed(lambda: _look(ctx)) for _ in range(5))
    database.close()
    return [
        Row(f"{kind}: sweep, per due task / bare SQL", busy / part * 1e6, raw, SWEEP[kind], "us"),
        Row(f"{kind}: idle sweep / busy sweep", idle * 1e3, busy * 1e3, IDLE[kind], "ms"),
        Row(f"{kind}: outbox rows that two more sweeps add", added, 0, 1, "rows"),
        Row(f"{kind}: memory that the sweep adds", grown, MEMORY, 1, "MB"),
        Row(f"{kind}: whom to tell and which stages to launch / busy sweep", looks * 1e3, busy * 1e3, IDLE[kind], "ms"),
    ]


@contextmanager
def _filled(database: Database) -> Iterator[None]:
    """The rows of both sides, and figures for the planner."""
    numbers = NUMBERS[database.engine.dialect.name]
    parts = {f"part{hour}": _stored(database, hour) for hour in range(ROUNDS)}
    values = {"tasks": TASKS, "one": ONE_IN, "later": _stored(database, 30 * 24), **parts}
    turns = " ".join(f"when i % :one = 0 and i / :one % {ROUNDS} = {hour} then :part{hour}" for hour in range(ROUNDS))
    at = f"case {turns} else :later end"
    with database.engine.begin() as connection:

        def run(statement: str) -> None:
            bound = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(sa.text(statement), bound)

        run(
            "insert into campaigns (key, title, level, status, zone, language, launch, ends, sop_name, sop_version, file, "
            "organisation, warnings, provisional, plan_revision, created_at) values ('bench', '{}', 'S', 'active', "
            "'UTC', 'en', :later, :later, 'campaign', 1, '{}', '{}', '[]', false, 1, :part0)"
        )
        insert = "insert into matters (id, version, open)"
        run(_select(database, insert, numbers, "select 'task/bench/' || i, 1, true from n"))
        insert = "insert into rungs (key, campaign, task, name, at, person, role, matter, matter_version, data, status)"
        data = (
            '\'{"campaign_title": {"en": "Bench", "zh": "Bench"}, "code": "EX12", "due": "2026-08-20T10:00:00+00:00"}\''
        )
        run(
            _select(
                database,
                insert,
                numbers,
                f"select 'rung/bench/' || i || '/1/remind-0/p/1', 'bench', 'T' || i, 'remind-0', {at}, "
                f"'p' || (i % 1000), 'owner', 'task/bench/' || i, 1, {data}, 'waiting' from n",
            )
        )
        run("create table raw_tasks (id integer primary key, due timestamp, told boolean)")
        run("create table raw_outbox (id integer primary key, body text)")
        insert = "insert into raw_tasks (id, due, told)"
        run(_select(database, insert, numbers, f"select i, {at}, false from n"))
        run("create index raw_waiting on raw_tasks (due) where not told")
        run("analyze")
    yield


def _select(database: Database, insert: str, numbers: str, select: str) -> str:
    # PostgreSQL takes a `with` before the insert and after it, SQLite a recursive one after it alone.
    text = f"{insert} {numbers} {select}"
    if database.engine.dialect.name == "postgresql":
        text = re.sub(r"(then|else) (:\w+)", r"\1 cast(\2 as timestamptz)", text)
        text = text.replace("'{\"campaign", "cast('{\"campaign").replace("\"}', 'waiting'", "\"}' as json), 'waiting'")
    return text


def _stored(database: Database, hours: int) -> object:
    at = NOW + timedelta(hours=hours)
    return at if database.engine.dialect.name == "postgresql" else f"{at:%Y-%m-%d %H:%M:%S}.000000"


def _raw(database: Database, hour: int) -> None:
    body = "'Task ' || id || ' of the campaign Bench is due today at 18:00; please hand it in.'"
    now = _stored(database, hour)
    with database.engine.begin() as connection:
        insert = f"insert into raw_outbox (id, body) select id, {body} from raw_tasks where not told and due <= :now"
        connection.execute(sa.text(insert), {"now": now})
        connection.execute(sa.text("update raw_tasks set told = true where not told and due <= :now"), {"now": now})


def _two_at_once(ctx: Context, due: int) -> float:
    threads = [threading.Thread(target=fire_due, args=(ctx,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ctx.reading() as session:
        return (session.scalar(sa.text("select count(*) from outbox")) or 0) - due


def _look(ctx: Context) -> None:
    """What delivery and launching ask every minute, when nothing more is due than was found before."""
    with ctx.reading() as session:
        due_people(session, now=NOW - timedelta(hours=1))
        first_due_wakes(session, now=NOW)


def _expect(told: int, wanted: int) -> None:
    if told != wanted:
        raise SystemExit(f"The sweep told {told} steps, not {wanted}: it measures something else.")


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
