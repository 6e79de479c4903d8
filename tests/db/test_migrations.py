"""The schema that migrations make is the one the code knows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.db.migrate import check, upgrade
from opsflow.db.session import Database
from opsflow.db.tables import Base
from opsflow.kernel.errors import Refused


def test_the_migrated_schema_is_the_models(database: Database) -> None:
    assert check(database) == []


def test_a_missing_column_is_told(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.execute(sa.text("alter table tasks drop column evidence"))
    assert ["evidence" in difference for difference in check(sqlite_database)] == [True]


def _checks_and_uniques(database: Database) -> dict[str, tuple[set[str], set[str]]]:
    inspector = sa.inspect(database.engine)
    return {
        table: (
            {str(found["name"]) for found in inspector.get_check_constraints(table)},
            {str(found["name"]) for found in inspector.get_unique_constraints(table)},
        )
        for table in Base.metadata.tables
    }


def test_checks_and_unique_constraints_carry_the_models_names(database: Database) -> None:
    expected = {
        table.name: (
            {str(found.name) for found in table.constraints if isinstance(found, sa.CheckConstraint)},
            {str(found.name) for found in table.constraints if isinstance(found, sa.UniqueConstraint)},
        )
        for table in Base.metadata.sorted_tables
    }
    assert _checks_and_uniques(database) == expected


def test_upgrading_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert check(database) == []


def test_a_new_database_gets_its_folder_even_with_odd_characters(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / '活动 100% ready' / '.opsflow' / 'opsflow.db'}")
    upgrade(database)
    assert check(database) == []


def test_an_upgrade_is_one_transaction(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'half.db'}")
    with database.transaction() as session:
        session.execute(sa.text("create table wakes (id integer)"))  # in the way of a later table
    with pytest.raises(Refused, match="holds tables that"):
        upgrade(database)
    assert sa.inspect(database.engine).get_table_names() == ["wakes"]


@contextmanager
def schema_said_to_be(number: str, database: Database) -> Iterator[None]:
    """A database that names another schema than it has, until the end of the block; nobody else may have changed it."""
    with database.transaction() as session:
        known = session.scalar(sa.text("select version_num from alembic_version"))
        session.execute(sa.text("update alembic_version set version_num = :number"), {"number": number})
    try:
        yield
    finally:
        with database.transaction() as session:
            found = session.scalar(sa.text("select version_num from alembic_version"))
            session.execute(sa.text("update alembic_version set version_num = :known"), {"known": known})
    assert found == number


def test_a_newer_schema_is_refused_with_the_way_out(database: Database) -> None:
    with schema_said_to_be("9999", database), pytest.raises(Refused, match=r"9999.*install that version"):
        upgrade(database)


def test_tables_that_are_not_those_of_their_number_are_told(database: Database) -> None:
    told = r"says that it has schema 0001.*changed by hand\. Put a backup in its place"
    with schema_said_to_be("0001", database), pytest.raises(Refused, match=told):
        upgrade(database)


def test_two_may_upgrade_a_new_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'both.db'}"
    errors: list[BaseException] = []

    def one() -> None:
        try:
            upgrade(Database(url))
        except BaseException as error:  # noqa: BLE001  a thread's error is shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert check(Database(url)) == []
