"""One Prefect API for all tests of flows; a campaign under way in a database of its own for each test."""

from collections.abc import Iterator

import pytest

from opsflow.campaigns.files import Loaded, load
from opsflow.settings import SHIPPED
from tests.flows.servers import Api, pointed_at, running_api


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
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
