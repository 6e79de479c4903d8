"""What a use case is handed: settings, database, clock, and the ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opsflow.db.session import Database, Session
from opsflow.kernel.clock import Clock
from opsflow.ports import Channel, Launcher
from opsflow.settings import Settings


@dataclass(frozen=True)
class Context:
    """A `ctx` function opens its own transaction with it; a `session` function joins one."""

    settings: Settings
    database: Database
    clock: Clock
    launcher: Launcher
    channel: Channel

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction; see `Database.transaction`."""
        with self.database.transaction() as session:
            yield session
