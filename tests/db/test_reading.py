"""Looking without writing: nobody waits for who looks, and who looks waits for nobody."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from opsflow.db.session import Database, Session
from opsflow.db.tables import MatterRow, TickRow
from opsflow.kernel.errors import PortFailed

AT = datetime(2026, 8, 3, 1, tzinfo=UTC)


def open_matter(database: Database, version: int = 1) -> None:
    with database.transaction() as session:
        session.add(MatterRow(id="m", version=version, open=True))


def version(session: Session) -> int:
    return session.scalars(sa.select(MatterRow.version)).one()


def looked_at_while_somebody_writes(
    database: Database, look: Callable[[Database], AbstractContextManager[Session]]
) -> list[int]:
    """What a look found in half a second while a writer held the database."""
    found: list[int] = []

    def read() -> None:
        with look(database) as session:
            found.append(version(session))

    reader = threading.Thread(target=read)
    with database.transaction() as session:
        session.execute(sa.update(MatterRow).values(version=2))
        reader.start()
        reader.join(0.5)
        seen = list(found)
    reader.join()
    return seen


def test_a_look_does_not_wait_for_a_writer_and_sees_what_was_before(database: Database) -> None:
    open_matter(database)
    assert looked_at_while_somebody_writes(database, Database.reading) == [1]


def test_a_transaction_that_may_write_waits(sqlite_database: Database) -> None:
    """The control: on SQLite it asks for the write lock at once."""
    open_matter(sqlite_database)
    assert looked_at_while_somebody_writes(sqlite_database, Database.transaction) == []


def test_a_writer_does_not_wait_for_a_look(database: Database) -> None:
    open_matter(database)
    with database.reading() as looking:
        assert version(looking) == 1
        with database.transaction() as session:
            session.execute(sa.update(MatterRow).values(version=2))
        assert version(looking) == 1, "a look is of one instant"
    with database.reading() as looking:
        assert version(looking) == 2


def test_nothing_is_written_in_a_look(database: Database) -> None:
    with pytest.raises(PortFailed), database.reading() as session:
        session.add(TickRow(name="tick", at=AT))
    with database.reading() as session:
        assert session.get(TickRow, "tick") is None


def test_a_connection_that_looked_may_write_again(database: Database) -> None:
    """The pool hands out the same connection for both, in turn."""
    for turn in range(3):
        with database.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(TickRow)) == turn
        with database.transaction() as session:
            session.add(TickRow(name=f"tick-{turn}", at=AT))
    with pytest.raises(PortFailed), database.reading() as session:
        session.add(TickRow(name="tick", at=AT))
