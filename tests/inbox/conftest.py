"""The inbox before Slack on loopback."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.inbox.desk import PATIENCE
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from tests.conftest import START
from tests.engine.scene import at
from tests.inbox.office import Office, office, opened
from tests.slack.fixtures import running
from tests.slack.server import FakeSlack

__all__ = ["running"]


@pytest.fixture(scope="session")
def begun(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The small campaign in an SQLite file, to be copied."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copy(migrated_file, folder / "opsflow.db")
    url = f"sqlite:///{folder / 'opsflow.db'}"
    clock, channel = VirtualClock(START), MemoryChannel()
    ctx = Context(Settings(database_url=url), Database(url), clock, MemoryLauncher(), {channel.name: channel})
    begun = opened(ctx, clock, folder)
    begun.database.close()
    return begun


@pytest.fixture
def quick(begun: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """P1 is open and the planner's, due on 5 August at 18:00; it is 10:00 on the 4th. The database is SQLite."""
    shutil.copy(begun.database.url.removeprefix("sqlite:///"), tmp_path / "opsflow.db")
    url = f"sqlite:///{tmp_path / 'opsflow.db'}"
    settings = begun.settings.model_copy(update={"database_url": url})
    clock.move_to(at("4", 10))
    return replace(begun, settings=settings, database=Database(url), clock=clock)


@pytest.fixture
def desk(quick: Context, clock: VirtualClock, running: FakeSlack) -> Iterator[Office]:
    """An inbox that is in no hurry."""
    with office(quick, clock, running) as made:
        yield made


@pytest.fixture
def hurried(quick: Context, clock: VirtualClock, running: FakeSlack) -> Iterator[Office]:
    """An inbox as it is."""
    with office(quick, clock, running, patience=PATIENCE) as made:
        yield made


@pytest.fixture
def either(ctx: Context, clock: VirtualClock, tmp_path: Path, running: FakeSlack) -> Iterator[Office]:
    """An inbox that is in no hurry, over each kind of database."""
    with office(opened(ctx, clock, tmp_path), clock, running) as made:
        yield made


@pytest.fixture
def either_hurried(ctx: Context, clock: VirtualClock, tmp_path: Path, running: FakeSlack) -> Iterator[Office]:
    """An inbox as it is, over each kind of database."""
    with office(opened(ctx, clock, tmp_path), clock, running, patience=PATIENCE) as made:
        yield made
