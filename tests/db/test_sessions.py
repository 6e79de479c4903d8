"""Transactions of both databases, and the column types that mean the same on both."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from opsflow.db.failures import DatabaseFailed
from opsflow.db.session import Database, Session
from opsflow.db.tables import CampaignRow, MatterRow, TickRow, WakeRow
from opsflow.kernel.text import Text

Transaction = Callable[[Database], AbstractContextManager[Session]]
AT = datetime(2026, 8, 3, 1, tzinfo=UTC)


def campaign_row(key: str = "double-eleven") -> CampaignRow:
    return CampaignRow(
        key=key, title=Text("Double 11", "双十一"), level="S", status="active", zone="Asia/Shanghai", language="en",
        launch=AT, ends=AT, sop_name="campaign", sop_version=1, file={}, organisation={}, warnings=[],
        provisional=False, plan_revision=1, created_at=AT,
    )  # fmt: skip


def test_a_naive_instant_is_refused(database: Database) -> None:
    naive = AT.replace(tzinfo=None)
    with pytest.raises(sa.exc.StatementError, match="naive instant"), database.transaction() as session:
        session.add(TickRow(name="tick", at=naive))


def test_an_instant_comes_back_aware_and_in_utc(database: Database) -> None:
    shanghai = datetime.fromisoformat("2026-08-03T09:00:00.123456+08:00")
    with database.transaction() as session:
        session.add(TickRow(name="tick", at=shanghai))
    with database.transaction() as session:
        at = session.get_one(TickRow, "tick").at
    assert at.isoformat() == "2026-08-03T01:00:00.123456+00:00"


def test_a_text_keeps_both_languages(database: Database) -> None:
    with database.transaction() as session:
        session.add(campaign_row())
    with database.transaction() as session:
        assert session.get_one(CampaignRow, "double-eleven").title == Text("Double 11", "双十一")


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.add(TickRow(name="tick", at=AT))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.transaction() as session:
        assert session.get(TickRow, "tick") is None


def test_the_id_of_a_deleted_wake_is_never_given_again(database: Database) -> None:
    """A run's key holds its wake's id: the same id would be answered with the old run."""

    def wake() -> int:
        with database.transaction() as session:
            row = WakeRow(campaign="double-eleven", stage="review", not_before=AT)
            session.add(row)
            session.flush()
            session.delete(row)
            return row.id

    with database.transaction() as session:
        session.add(campaign_row())
    assert len({wake(), wake(), wake()}) == 3


@contextmanager
def deferred(database: Database) -> Iterator[Session]:
    """The control: what SQLite does unless it is told to begin immediately."""
    engine = sa.create_engine(database.url, poolclass=sa.NullPool, connect_args={"timeout": 5})

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("begin deferred")

    with Session(engine) as session, session.begin():
        yield session


def _two_readers_who_write(database: Database, transaction: Transaction) -> list[str]:
    barrier = threading.Barrier(2, timeout=10)
    errors: list[str] = []

    def add() -> None:
        try:
            barrier.wait()
            for _ in range(20):
                with transaction(database) as session:
                    row = session.get_one(MatterRow, "m")
                    row.version += 1
        except sa.exc.OperationalError as error:
            errors.append(str(error.orig))

    with database.transaction() as session:
        session.add(MatterRow(id="m", version=0, open=True))
    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_two_writers_that_read_first_wait_for_each_other(sqlite_database: Database) -> None:
    """F50: SQLite "database is locked" under parallel runs."""
    assert _two_readers_who_write(sqlite_database, Database.transaction) == []
    with sqlite_database.transaction() as session:
        assert session.get_one(MatterRow, "m").version == 40


def test_without_begin_immediate_a_writer_is_turned_away(sqlite_database: Database) -> None:
    """The control of F50: a deferred transaction cannot upgrade its lock, however long it may wait."""
    assert "database is locked" in _two_readers_who_write(sqlite_database, deferred)


def test_a_database_with_little_patience_says_that_another_process_holds_it(database: Database) -> None:
    """What a press in Slack rests on: it is told within seconds that it was not recorded."""
    hurried = Database(database.url, patience=0.2)
    with database.transaction() as session:
        session.add(MatterRow(id="task/a/P1", version=1, open=True))
    with database.transaction() as holder:
        holder.execute(sa.update(MatterRow).values(version=2))
        with pytest.raises(DatabaseFailed, match="another process holds"), hurried.transaction() as session:
            session.execute(sa.update(MatterRow).values(version=3))
    with hurried.transaction() as session:
        session.execute(sa.update(MatterRow).values(version=4))
    hurried.close()
