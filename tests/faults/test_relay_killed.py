"""The relay is killed again and again while it delivers: nothing is lost and nothing is told twice."""

import multiprocessing
import os
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.db.session import Database
from opsflow.db.tables import DeliveryRow, OutboxRow
from opsflow.kernel.clock import SystemClock
from opsflow.outbox import store
from opsflow.outbox.model import NoticeStatus
from tests.faults.relay import PEOPLE, relay
from tests.outbox.people import notice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
TOLD, KILLS = (PEOPLE, 50) if os.environ.get("OPSFLOW_TEST_WHOLE_SAMPLES") else (PEOPLE[:50], 8)
"""Who is told, and how often the relay is killed meanwhile: the whole (OPSFLOW_TEST_WHOLE_SAMPLES=1) are 10,000 rows."""
EACH = 20
"""Rows of one person, which make one message."""
MOST_BETWEEN = 4
"""Messages from one kill to the next: all kills fall well before the last message, also where a kill comes late."""
AFTER_SECONDS = 0.02
"""A kill from outside comes so long after a message at most: while that is recorded, or the next claimed, written or sent."""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Killed:
    """What stood at the end."""

    kills: int
    gaps: int
    """Kills that came when a message was taken and not recorded: the only window in which one may be doubled."""
    lost: int
    doubled: int
    rows_sent: int
    messages: int


def fill(database: Database) -> None:
    now = SystemClock().now()
    for person in TOLD:
        with database.transaction() as session:
            notices = [notice(f"{person}/{number}", person, urgent=True) for number in range(EACH)]
            assert store.enqueue_all(session, notices, now=now) == EACH


def lines(books: Path) -> list[str]:
    return books.read_text().split() if books.exists() else []


def receipts(database: Database) -> list[str | None]:
    with database.reading() as session:
        return list(session.scalars(sa.select(DeliveryRow.receipt)))


def kill_again_and_again(database: Database, books: Path, *, finds: bool, seed: int = 6) -> Killed:
    """Kill the relay after so many messages each time, then let it run to its end.

    Every other kill is in the gap between taken and recorded for certain, the others are wherever they fall.
    """
    fill(database)
    dice, processes = random.Random(seed), multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.faults.relay"])
    kills = gaps = 0
    for number in range(KILLS + 1):  # the last is left alone
        before, wanted = len(lines(books)), dice.randint(1, MOST_BETWEEN)
        alone, fatal = number == KILLS, wanted if number % 2 == 0 and number < KILLS else None
        process = processes.Process(target=relay, args=(database.url, str(books), finds, fatal))
        process.start()
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while process.is_alive() and (alone or fatal or len(lines(books)) < before + wanted):
                assert time.monotonic() < deadline, f"{len(lines(books))} messages after {PATIENCE_SECONDS} s"
                time.sleep(0.0005)
            time.sleep(dice.uniform(0, AFTER_SECONDS))
        finally:
            process.kill()
            process.join()
        assert process.exitcode == (0 if alone else -9)
        if not alone:
            kills += 1
            gaps += lines(books)[-1] not in receipts(database)
    with database.reading() as session:
        sent = session.scalar(sa.select(sa.func.count()).where(OutboxRow.status == NoticeStatus.SENT)) or 0
    told, recorded = Counter(lines(books)), receipts(database)
    assert set(recorded) == set(told)
    return Killed(kills, gaps, len(TOLD) - len(told), told.total() - len(told), sent, len(recorded))


def test_killed_at_seeded_moments_the_relay_loses_and_doubles_nothing(database: Database, tmp_path: Path) -> None:
    """F53: it died between sending and recording; the channel is asked before anything is sent again."""
    found = kill_again_and_again(database, tmp_path / "books", finds=True)
    print(found)
    assert found.gaps >= KILLS // 2
    assert found == Killed(KILLS, found.gaps, lost=0, doubled=0, rows_sent=len(TOLD) * EACH, messages=len(TOLD))


def test_where_the_channel_cannot_be_asked_each_kill_in_the_gap_doubles_one_and_none_is_lost(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """The control: the same kills with the look-up off, as on the console or apprise (decision 0014)."""
    found = kill_again_and_again(sqlite_database, tmp_path / "books", finds=False)
    print(found)
    assert found.gaps >= KILLS // 2
    assert found == Killed(
        KILLS, found.gaps, lost=0, doubled=found.gaps, rows_sent=len(TOLD) * EACH, messages=len(TOLD)
    )
