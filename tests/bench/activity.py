"""P8: a file of activity taken in, and 7- and 14-day retention counted, against plain SQL on the same rows in the same run.

The limit of taking in is a loop that reads the file with Python's csv and inserts by 20,000 with the bare driver into a bare
table of the same key, digest and commits; it checks nothing, has no journal, no rejects and no permissions. The limit of
counting is the same question as plain SQL on that table. Both must answer the same. OPSFLOW_BENCH_ACTIVITY makes it smaller or larger.
"""

import csv
import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.rowfile import rows
from opsflow.metrics.activity.service import CHUNK, import_activity, retention
from opsflow.settings import Settings
from tests.bench.table import Row
from tests.engine.small import KEY, MANAGER, begin, in_workspace

ROWS = int(os.environ.get("OPSFLOW_BENCH_ACTIVITY", "1000000"))
FIRST, DAYS = date(2026, 8, 24), 30
IMPORT, COUNT = 4.0, 2.0
MEMORY = 512
"""Megabytes of the whole process at its most, whatever the number of rows."""
PLAIN = """
with firsts as (select participant, min(day) as first from activity group by participant)
select f.first, count(*), count(a.day), count(b.day) from firsts f
left join activity a on a.participant = f.participant and a.day = f.first + 7
left join activity b on b.participant = f.participant and b.day = f.first + 14
group by f.first order by f.first
"""


def measure() -> list[Row]:
    """SQLite, in a folder that is thrown away."""
    print(f"P8: {ROWS:,} rows of activity, {DAYS} days, by {CHUNK:,}.")
    with tempfile.TemporaryDirectory() as folder:
        return list(_rows(Path(folder)))


def _rows(folder: Path) -> Iterator[Row]:
    file = _written(folder / "activity.csv")
    database = Database(f"sqlite:///{folder / 'opsflow.db'}")
    upgrade(database)
    clock = VirtualClock(datetime(2026, 8, 3, 1, tzinfo=UTC))
    ctx = Context(Settings(), database, clock, MemoryLauncher(), {"memory": MemoryChannel()})
    here = in_workspace(ctx, folder / "ws")
    begin(here, live={"start": f"{FIRST}T00:00", "end": f"{FIRST + timedelta(days=DAYS)}T00:00"})
    clock.move_to(datetime(2026, 10, 20, tzinfo=UTC))
    began = time.perf_counter()
    done = import_activity(here, KEY, rows(file), by=MANAGER)
    taken = time.perf_counter()
    with here.reading() as session:
        counted = retention(here, session, KEY)
    ours = (taken - began, time.perf_counter() - taken)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert counted is not None
    found = [(each.day.toordinal(), each.users) for each in counted.cohorts]
    database.close()
    plain, bare = _plainly(file, folder / "bare.db")
    if done.rows != ROWS or found != [(row[0], row[1]) for row in bare]:
        raise SystemExit("Plain SQL counts others than opsflow does: it measures nothing.")
    yield Row("taken in", ours[0], plain[0], IMPORT, "s")
    yield Row("retention counted", ours[1], plain[1], COUNT, "s")
    yield Row("memory of the process at its most", most, MEMORY, 1.0, "MB")


def _written(file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="") as to:
        to.write("participant,day\n")
        users = max(ROWS // 5, 1)
        for at in range(ROWS):
            user, visit = at % users, at // users
            day = FIRST + timedelta(days=(user * 7 + visit * (7 if user % 3 else 5)) % DAYS)
            to.write(f"user-{user},{day}\n")
    return file


def _plainly(file: Path, at: Path) -> tuple[tuple[float, float], list[tuple[int, int, int, int]]]:
    connection = sqlite3.connect(at, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("create table activity (participant text, day integer, primary key (participant, day))")
    began = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as source:
        reader = csv.reader(source)
        next(reader)
        while some := list(islice(reader, CHUNK)):
            given = sorted(
                (blake2b(who.encode(), digest_size=16).hexdigest(), date.fromisoformat(day).toordinal())
                for who, day in some
            )
            connection.execute("begin immediate")
            connection.executemany("insert or ignore into activity values (?, ?)", given)
            connection.execute("commit")
    taken = time.perf_counter()
    found = connection.execute(PLAIN).fetchall()
    spent = (taken - began, time.perf_counter() - taken)
    connection.close()
    return spent, found
