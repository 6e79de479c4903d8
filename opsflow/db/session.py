"""Engines and transactions. Nobody else commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from opsflow.db.failures import loading_driver, parsed, translated
from opsflow.db.types import to_json

__all__ = ["Database", "Session"]

BUSY_SECONDS = 30


class Database:
    """One database, SQLite or PostgreSQL. `transaction()` is the only place that commits.

    `lasting=False`: an SQLite file that is thrown away anyway; no commit waits for the disk.
    """

    def __init__(self, url: str, *, lasting: bool = True) -> None:
        self.url = url
        address = parsed(url)
        with loading_driver(address):
            is_sqlite = address.get_backend_name() == "sqlite"
            self.engine = _sqlite(address, lasting=lasting) if is_sqlite else _server(address)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception.

        On SQLite it takes the write lock at the start, so a later write cannot be refused. PortFailed: the database is
        unreachable, unwritable, damaged or out of room.
        """
        with translated(self.engine.url), self._sessions.begin() as session:
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _server(url: sa.URL) -> sa.Engine:
    return sa.create_engine(url, pool_pre_ping=True, json_serializer=to_json)


def _sqlite(url: sa.URL, *, lasting: bool) -> sa.Engine:
    # Flows run in threads of their own, and the pool hands a connection from one to the next.
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, json_serializer=to_json
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself
        cursor = connection.cursor()
        cursor.execute("pragma journal_mode = wal")
        cursor.execute(f"pragma synchronous = {'full' if lasting else 'off'}")
        cursor.execute("pragma foreign_keys = on")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A deferred transaction that reads first cannot wait for the write lock (reliability.md section c).
        connection.exec_driver_sql("begin immediate")

    return engine
