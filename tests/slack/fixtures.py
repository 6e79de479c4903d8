"""Slack on loopback, one server for every test of a module; each test has a workspace of its own."""

from collections.abc import Iterator

import pytest

from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from tests.adapters.slackside import EMAIL, LIN, Side, side
from tests.slack.server import FakeSlack, running_slack


@pytest.fixture(scope="module")
def running() -> Iterator[FakeSlack]:
    with running_slack() as slack:
        yield slack


@pytest.fixture
def lines(running: FakeSlack, sqlite_database: Database, clock: VirtualClock) -> Side:
    """A fresh workspace in which Lin has an account, and our channel before it."""
    running.renew(clock).add_user(LIN, EMAIL)
    return side(running, sqlite_database, clock)
