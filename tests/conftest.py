"""What every test may ask for: a really migrated database of either kind, a clock, ports in memory, a context."""

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.money import APPEND_ONLY
from opsflow.db.session import Database
from opsflow.db.tables import Base
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from tests.distribution import OnceMade
from tests.postgres import fresh_database
from tests.wheel import scripts, wheel

__all__ = ["scripts", "wheel"]
"""Fixtures that have a module of their own."""
START = datetime(2026, 8, 3, 1, tzinfo=UTC)
"""Monday, 09:00 in Shanghai."""


hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine says nothing about the code
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Half a million objects are collected and stay to the end: they are not looked through for garbage again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long begins first, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: much of the time goes in waiting for servers and for whoever was killed."""
    return min((os.cpu_count() or 1) + 1, 4)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OnceMade:
    """Which tests go to one process together, when they run in several (`make test`)."""
    return OnceMade(config, log)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and nothing in it, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()  # or the schema is still in the -wal file beside it, which is not copied
    return file


@pytest.fixture(scope="session")
def shared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """This process's SQLite database, for one test after the other: each needs what SQLAlchemy has compiled before."""
    return Database(f"sqlite:///{tmp_path_factory.mktemp('shared') / 'opsflow.db'}", lasting=False)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database of this run."""
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[Database]:
    """This run's PostgreSQL database, with the schema."""
    database = Database(postgres_url)
    upgrade(database)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database, migrated; the test runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    migrated: Database = request.getfixturevalue("migrated_postgres")
    yield migrated
    empty(migrated)


@pytest.fixture
def sqlite_database(migrated_file: Path, shared_sqlite: Database) -> Iterator[Database]:
    """An empty SQLite database, for tests of what stands above the stores."""
    file = Path(str(shared_sqlite.engine.url.database))
    for left in file.parent.iterdir():
        left.unlink()  # whoever of the test before still has it open does not see the new one
    shutil.copy(migrated_file, file)
    yield shared_sqlite
    shared_sqlite.close()


def empty(database: Database) -> None:
    """Take every row out of a PostgreSQL database, past the guards that keep journal and ledger append-only.

    Only what holds rows is touched: truncating forty tables takes longer than most tests.
    """
    tables = list(reversed(Base.metadata.sorted_tables))
    asked = " union all ".join(f"select '{each.name}' where exists (select 1 from {each.name})" for each in tables)
    sequences = (
        "select setval(format('%I', sequencename)::regclass, 1, false) from pg_sequences where last_value is not null"
    )
    with database.engine.begin() as connection:
        filled = set(connection.execute(sa.text(asked)).scalars())
        guarded = [name for name in ("journal", *APPEND_ONLY) if name in filled]
        for name in guarded:
            connection.execute(sa.text(f"alter table {name} disable trigger user"))
        for each in tables:
            if each.name in filled:
                connection.execute(sa.text(f"delete from {each.name}"))
        for name in guarded:
            connection.execute(sa.text(f"alter table {name} enable trigger user"))
        connection.execute(sa.text(sequences))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def channel() -> MemoryChannel:
    return MemoryChannel()


@pytest.fixture
def launcher() -> MemoryLauncher:
    return MemoryLauncher()


@pytest.fixture
def ctx(database: Database, clock: VirtualClock, channel: MemoryChannel, launcher: MemoryLauncher) -> Context:
    """A context over each kind of database, with ports in memory and no workspace."""
    settings = Settings(workspace=None, database_url=database.url)
    return Context(settings, database, clock, launcher, {channel.name: channel})


@pytest.fixture
def sqlite_ctx(
    sqlite_database: Database, clock: VirtualClock, channel: MemoryChannel, launcher: MemoryLauncher
) -> Context:
    """The same over SQLite alone, for what is decided above the stores; whole lives are lived on each kind of database."""
    settings = Settings(workspace=None, database_url=sqlite_database.url)
    return Context(settings, sqlite_database, clock, launcher, {channel.name: channel})
