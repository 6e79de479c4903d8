"""Commands killed at seeded moments: nothing half-written, nobody left behind, and the next run as if nothing had been."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from opsflow.db.migrate import check
from opsflow.db.session import Database
from tests.architecture.sources import ROOT
from tests.postgres import fresh_database
from tests.rehearsal.troupe import SAMPLES, C

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up under /proc"),
]
KILLS = 20
"""Of each command."""
EARLY, ANYWHERE = 4.0, 2
"""Seconds of a rehearsal in which it is killed mostly: its imports, its server's start, its first stages; and how often it is
killed anywhere.
"""
GONE_SECONDS = 5.0
"""After so long nobody of ours is left."""
CAMPAIGN = str(SAMPLES / f"{C}.yaml")
Files = dict[str, bytes]


@dataclass(frozen=True)
class Command:
    """One command in a folder of its own, where its temporary files are as well."""

    place: Path
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> "subprocess.Popen[bytes]":
        self.temporary.mkdir(parents=True, exist_ok=True)
        (self.place / "work").mkdir(exist_ok=True)
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "OPSFLOW_"))}
        own |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary), "PREFECT_HOME": str(self.place / "prefect")}
        # A session of its own: whoever it starts is found by it.
        return subprocess.Popen(
            [sys.executable, "-m", "opsflow.cli.main", *self.arguments],
            env=own | dict(self.environment),
            cwd=self.place / "work",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self) -> float:
        """To its end; the seconds it took."""
        began = time.monotonic()
        with self.start() as process:
            errors = process.communicate()[1]
        assert process.returncode == 0, errors.decode()
        return time.monotonic() - began

    def kill_after(self, seconds: float) -> None:
        with self.start() as process:
            try:
                process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
        wait_until_gone(process.pid)

    @property
    def temporary(self) -> Path:
        return self.place / "temporary"

    def files(self) -> Files:
        """Everything in its folder, hidden or not."""
        found = [path for path in self.place.rglob("*") if path.is_file() and "prefect" not in path.parts]
        return {path.relative_to(self.place).as_posix(): path.read_bytes() for path in found}


def of_session(session: int) -> list[str]:
    """Who of a session is alive."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append((status.parent / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it ended meanwhile
            continue
    return found


def wait_until_gone(session: int) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while of_session(session) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert of_session(session) == []


def moments(seed: int, whole: float, kills: int = KILLS) -> list[float]:
    """When to kill: anywhere in a run that takes so long."""
    dice = random.Random(seed)
    return [dice.uniform(0, whole * 1.05) for _ in range(kills)]


def survived(make: Callable[[Path], Command], folder: Path, *, out: str, seed: int) -> None:
    """Killed again and again in one place, then run clean: the same bytes as where nobody was ever killed."""
    untouched, killed = make(folder / "untouched"), make(folder / "killed")
    whole = untouched.run()
    for moment in moments(seed, whole):
        killed.kill_after(moment)
        found = killed.place / "work" / out
        if found.exists():  # whole, or not at all
            assert {name: body for name, body in killed.files().items() if name.startswith(f"work/{out}")} == {
                name: body for name, body in untouched.files().items() if name.startswith(f"work/{out}")
            }
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    killed.run()
    assert killed.files() == untouched.files()
    assert [path.name for path in killed.temporary.iterdir()] == []


def test_init_survives_being_killed(tmp_path: Path) -> None:
    survived(lambda place: Command(place, ("init", "shop")), tmp_path, out="shop", seed=1)


def test_a_written_plan_survives_being_killed(tmp_path: Path) -> None:
    arguments = ("plan", CAMPAIGN, "--today", "2026-06-01", "--format", "xlsx", "-o", "plan.xlsx")
    survived(lambda place: Command(place, arguments), tmp_path, out="plan.xlsx", seed=2)


def test_a_migration_of_sqlite_survives_being_killed(tmp_path: Path) -> None:
    def make(place: Path) -> Command:
        return Command(place, ("db", "upgrade"), {"OPSFLOW_DATABASE_URL": f"sqlite:///{place / 'work' / 'our.db'}"})

    survived(make, tmp_path, out="our.db", seed=3)
    with sqlite3.connect(tmp_path / "killed" / "work" / "our.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


def test_a_migration_of_postgresql_survives_being_killed(tmp_path: Path) -> None:
    with fresh_database() as url:
        command = Command(tmp_path, ("db", "upgrade"), {"OPSFLOW_DATABASE_URL": url})
        whole = command.run()
        for moment in moments(4, whole):
            database = Database(url)
            with database.engine.begin() as connection:
                connection.execute(sa.text("drop schema public cascade"))
                connection.execute(sa.text("create schema public"))
            command.kill_after(moment)
            # The schema is there whole, or not at all: the server ends the transaction of who was killed.
            tables = sa.inspect(database.engine).get_table_names()
            assert tables == [] or check(database) == []
            database.close()
        command.run()
        database = Database(url)
        assert check(database) == []
        database.close()
        with psycopg.connect(sa.make_url(url).set(drivername="postgresql").render_as_string(False)) as connection:
            here = (
                "database = (select oid from pg_database where datname = current_database())"  # others test beside us
            )
            held = connection.execute(
                f"select count(*) from pg_locks where locktype = 'advisory' and {here}"
            ).fetchone()
        assert held == (0,)


def test_a_rehearsal_survives_being_killed(tmp_path: Path) -> None:
    """Two lanes of kills beside each other; whoever a rehearsal started is gone with it, Prefect's server included.

    The same seed gives the same bytes, whatever the machine's zone, language and order of hashes.
    """

    def make(name: str, **environment: str) -> Command:
        return Command(tmp_path / name, ("rehearse", CAMPAIGN, "--out", "out"), environment)

    untouched = make("untouched", PYTHONHASHSEED="1", TZ="America/New_York")
    whole = untouched.run()
    lanes = [make(name, PYTHONHASHSEED="2", TZ="Asia/Shanghai", LANG="C") for name in ("one", "two")]
    all_moments = moments(5, min(whole, EARLY), KILLS - ANYWHERE) + moments(6, whole, ANYWHERE)

    def lane(number: int) -> None:
        for moment in all_moments[number::2]:
            lanes[number].kill_after(moment)
            shutil.rmtree(lanes[number].place / "work" / "out", ignore_errors=True)
            assert [path.name for path in lanes[number].temporary.iterdir()] == []

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(lane, 0), pool.submit(lane, 1)]:
            done.result()
    lanes[0].run()
    assert lanes[0].files() == untouched.files()
    journal = (lanes[0].place / "work" / "out" / "journal.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["action"] for line in journal].count("campaign.archived") == 1
    assert json.loads((lanes[0].place / "work" / "out" / "plan.json").read_text("utf-8"))["campaign"] == C
