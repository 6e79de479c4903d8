"""One Prefect API for all tests of flows; a context in which flows of this process work, with a database of its own."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.bootstrap import use_context
from opsflow.campaigns.files import Loaded, load
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import SHIPPED, Settings
from opsflow.workdays.hours import day_start
from tests.flows.servers import Api, pointed_at, running_api
from tests.flows.underway import FIRST_DAY


@pytest.fixture(scope="package")
def api() -> Iterator[Api]:
    """Gone with the last test of flows: a server that nobody asks still takes a twentieth of a processor."""
    with running_api() as running:
        yield running


@pytest.fixture
def prefect(api: Api) -> Iterator[Api]:
    """This process's flow runs and clients use the test's API."""
    with pointed_at(api):
        yield api


@pytest.fixture(scope="session")
def double_eleven() -> Loaded:
    """The S sample, with every stage."""
    return load(SHIPPED / "samples" / "campaigns" / "double-eleven-2026.yaml", (SHIPPED,))


@pytest.fixture
def clock(double_eleven: Loaded) -> VirtualClock:
    """09:00 of the day on which the S sample's first task opens."""
    return VirtualClock(day_start(FIRST_DAY, ZoneInfo(double_eleven.campaign.zone)))


@pytest.fixture
def under_way(
    sqlite_database: Database, clock: VirtualClock, launcher: MemoryLauncher, channel: MemoryChannel
) -> Iterator[Context]:
    """What flows of this process find as their context."""
    settings = Settings(workspace=None, database_url=sqlite_database.url)
    with use_context(Context(settings, sqlite_database, clock, launcher, {channel.name: channel})) as context:
        yield context
