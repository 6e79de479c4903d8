"""Engines and transactions, for writing and for reading. Nobody else commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from opsflow.db.failures import loading_driver, parsed, translated
from opsflow.db.types import to_json
from opsflow.db.written import note_writes

__all__ = ["Database", "Session"]

BUSY_SECONDS = 30
"""How long a transaction waits while another process holds what it needs."""
READING = "opsflow_reading"


class Database:
    """One database, SQLite or PostgreSQL. `transaction()` is the only place that commits; `reading()` writes nothing.

    `lasting=False`: an SQLite file, or memory, that is thrown away anyway; no commit waits for the disk. `patience`: how many
    seconds a transaction waits for what others hold, before it fails; None: 30 on SQLite, for ever on PostgreSQL.
    """

    def __init__(self, url: str, *, lasting: bool = True, patience: float | None = None) -> None:
        self.url = url
        address = parsed(url, lasting=lasting)
        with loading_driver(address):
            is_sqlite = address.get_backend_name() == "sqlite"
            busy = BUSY_SECONDS if patience is None else patience
            self.engine = _sqlite(address, lasting=lasting, busy=busy) if is_sqlite else _server(address, patience)
        note_writes(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # The same connections, told what they are taken for.
        readers = self.engine.execution_options(**(_SQLITE_READS if is_sqlite else _SERVER_READS))
        self._readings = sessionmaker(readers, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception.

        On SQLite it takes the write lock at the start, so a later write cannot be refused. PortFailed: the database is
        unreachable, unwritable, damaged or out of room.
        """
        with translated(self.engine.url), self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One look at the database: everything as it is at one instant, whoever writes meanwhile.

        It takes no lock that a writer would wait for, waits for none, and whatever tries to write in it fails. PortFailed:
        as for `transaction()`.
        """
        with translated(self.engine.url), self._readings.begin() as session:
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


_SQLITE_READS: dict[str, Any] = {READING: True}
_SERVER_READS: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _server(url: sa.URL, patience: float | None) -> sa.Engine:
    engine = sa.create_engine(url, pool_pre_ping=True, json_serializer=to_json)
    if patience is not None:
        # Begun with the transaction: a pool of the server's between us and it forgets what a session was set to.
        limit = f"set local lock_timeout = '{int(patience * 1000)}ms'"

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(limit)

    return engine


def _sqlite(url: sa.URL, *, lasting: bool, busy: float) -> sa.Engine:
    # Flows run in threads of their own, and the pool hands a connection from one to the next.
    engine = sa.create_engine(url, connect_args={"timeout": busy, "check_same_thread": False}, json_serializer=to_json)

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
        reading = bool(connection.get_execution_options().get(READING))
        if connection.info.get(READING, False) is not reading:  # the pool hands out what was last used for the other
            connection.exec_driver_sql(f"pragma query_only = {'on' if reading else 'off'}")
            connection.info[READING] = reading
        # A deferred transaction that reads first cannot wait for the write lock (reliability.md section c).
        connection.exec_driver_sql("begin" if reading else "begin immediate")

    return engine
