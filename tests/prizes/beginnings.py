"""Databases to begin a simulated story with: what all stories have in common is done once and copied, not done again."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from tests.conftest import START, empty
from tests.prizes.paying import campaign, paying
from tests.prizes.simulator import Unsure, approve_all


class Beginnings(Protocol):
    """Makes contexts to play in, one after the other: each takes the place of the one before."""

    def open(self, awards: int, *, is_approved: bool) -> Context:
        """The campaign is there; `is_approved`: so many awards are won, asked for and approved as well."""
        ...

    def close(self) -> None: ...


class InMemory:
    """SQLite in memory, with one engine for all stories: what SQLAlchemy has compiled once stays."""

    def __init__(self, migrated: Path) -> None:
        self._database = Unsure("sqlite://", lasting=False)
        connection = self._database.engine.raw_connection().driver_connection
        assert isinstance(connection, sqlite3.Connection)
        self._live = connection
        self._kept: dict[tuple[int, bool], sqlite3.Connection] = {}
        self._empty = sqlite3.connect(migrated)

    def open(self, awards: int, *, is_approved: bool) -> Context:
        kept = self._kept.get((awards, is_approved))
        if kept is None:
            self._empty.backup(self._live)
            _begin(_context(self._database), awards, is_approved=is_approved)
            kept = self._kept[awards, is_approved] = sqlite3.connect(":memory:")
            self._live.backup(kept)
        kept.backup(self._live)
        return _context(self._database)

    def close(self) -> None:
        for each in (*self._kept.values(), self._empty):
            each.close()
        self._database.close()


class OnServer:
    """PostgreSQL, emptied for each story."""

    def __init__(self, migrated: Database) -> None:
        self._migrated, self._unsure = migrated, Unsure(migrated.url)

    def open(self, awards: int, *, is_approved: bool) -> Context:
        empty(self._migrated)
        _begin(_context(self._unsure), awards, is_approved=is_approved)
        return _context(self._unsure)

    def close(self) -> None:
        self._unsure.close()
        empty(self._migrated)


KINDS: Mapping[str, Callable[..., Beginnings]] = {"sqlite": InMemory, "postgresql": OnServer}


def cap_of(awards: int) -> int:
    """The rewards line in minor units: not enough for the last two."""
    return awards * 100 - 150


def _begin(ctx: Context, awards: int, *, is_approved: bool) -> None:
    campaign(ctx, f"{cap_of(awards) / 100:.2f}")
    if is_approved:
        approve_all(paying(ctx, MemoryPayouts(ctx.clock)), awards, lambda step: step())


def _context(database: Database) -> Context:
    settings = Settings(workspace=None, database_url=database.url)
    return Context(settings, database, VirtualClock(START), MemoryLauncher(), {"memory": MemoryChannel()})
