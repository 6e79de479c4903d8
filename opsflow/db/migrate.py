"""Brings a database to the schema of this code, and tells where the two differ."""

import errno
import fcntl
import os
import sqlite3
from dataclasses import dataclass
from typing import Any, BinaryIO

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from opsflow.db.failures import DatabaseFailed, address, sqlite_file, translated
from opsflow.db.session import Database
from opsflow.db.tables import Base
from opsflow.kernel.errors import NotFound, PortFailed, Refused

_OTHER_TABLES = ("duplicate column", "no such", "already exists", "does not exist")
"""What the drivers say when a step of the schema does not find what the step before it leaves."""
ONE_AT_A_TIME = 0x6F70_7366  # an arbitrary number that all copies of opsflow share


@dataclass(frozen=True, slots=True)
class Upgraded:
    """Which schema a database had and has now; None: none."""

    before: str | None
    after: str | None


def upgrade(database: Database) -> Upgraded:
    """Make or upgrade the schema in one transaction; calling it again does nothing.

    Refused: the schema is newer than this code, has two numbers, or its tables are not those that its number stands for.
    """
    _make_folder(database.engine.url)
    if _make_file(database.engine.url):
        return Upgraded(None, ScriptDirectory.from_config(_config(None)).get_current_head())
    with database.transaction() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        config = _config(connection)
        _refuse_others(database, connection, ScriptDirectory.from_config(config))
        before = MigrationContext.configure(connection).get_current_revision()
        try:
            command.upgrade(config, "head")
        except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
            if not any(part in str(error.orig) for part in _OTHER_TABLES):
                raise
            where, what = address(database.engine.url), str(error.orig).splitlines()[0]
            raise Refused(
                f"The database {where} holds tables that are in the way ({what}). Name another in OPSFLOW_DATABASE_URL."
                if before is None
                else f"The database {where} says that it has schema {before}, but its tables are others ({what}): it was "
                "changed by hand. Put a backup in its place; `opsflow db check` names what differs. Nothing was changed."
            ) from error
        return Upgraded(before, MigrationContext.configure(connection).get_current_revision())


def require(database: Database) -> None:
    """Go on only with a database that holds opsflow's schema; one that an older opsflow made is upgraded.

    A wrong address must not make an empty database in which nothing is ever due. NotFound: there is none, or none of
    ours. Refused: the schema is newer than this code, or has two numbers. PortFailed: the database does not answer.
    """
    url = database.engine.url
    where, variable = address(url), "OPSFLOW_DATABASE_URL (or OPSFLOW_WORKSPACE)"
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        raise NotFound(
            f"There is no database {where}. {variable} must name it by an absolute path, for a worker's jobs "
            "in the job variables (env) of its work pool. Starting the first campaign makes it."
        )
    try:
        with translated(url), database.engine.connect() as connection:
            heads = set(MigrationContext.configure(connection).get_current_heads())
    except sa.exc.DBAPIError as error:
        raise PortFailed(
            f"The database {where} does not answer: {error.orig}. {variable} names it; start it."
        ) from error
    if not heads:
        raise NotFound(
            f"The database {where} holds no tables of opsflow. Does {variable} name the right one? "
            "Starting the first campaign makes them."
        )
    if heads != set(ScriptDirectory.from_config(_config(None)).get_heads()):
        upgrade(database)


def check(database: Database) -> list[str]:
    """Differences between the database and the tables this code knows, one line each; none: all is well.

    It changes nothing, and makes no file. NotFound: there is no database. Refused: its schema is newer than this code, or has two numbers.
    """
    url = database.engine.url
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise NotFound(f"There is no database {address(url)}. `opsflow db upgrade` makes it.")
    with database.transaction() as session:
        connection = session.connection()
        steps = ScriptDirectory.from_config(_config(connection))
        _refuse_others(database, connection, steps)
        context = MigrationContext.configure(connection, opts={"target_metadata": Base.metadata})
        found, wanted = context.get_current_revision(), steps.get_current_head()
        schema = [] if found == wanted else [f"the schema is {found or 'none'}, this opsflow needs {wanted}"]
        return [*schema, *(in_words(difference) for difference in compare_metadata(context, Base.metadata))]


def in_words(difference: Any) -> str:
    """One difference as Alembic tells it, for people."""
    if isinstance(difference, list):  # changes of one column
        return "; ".join(in_words(part) for part in difference)
    match difference:
        case ("add_table", table):
            return f"the table {table.name} is missing"
        case ("remove_table", table):
            return f"the table {table.name} is not opsflow's"
        case ("add_column", _, table, column):
            return f"the column {table}.{column.name} is missing"
        case ("remove_column", _, table, column):
            return f"the column {table}.{column.name} is not opsflow's"
        case (str() as kind, _, str() as table, str() as column, *_):
            return f"the column {table}.{column} is not as it should be ({kind.removeprefix('modify_')})"
        case (str() as kind, item, *_):
            done = "is missing" if kind.startswith("add_") else "is not opsflow's"
            return f"the {kind.partition('_')[2].replace('_', ' ')} {getattr(item, 'name', item)} {done}"
    return repr(difference)


def _config(connection: sa.Connection | None) -> Config:
    # The steps are found through the package, so that a wheel needs no ini file and no path.
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "opsflow.db:migrations")
    return config


def _refuse_others(database: Database, connection: sa.Connection, steps: ScriptDirectory) -> None:
    """Refuse a schema that is newer than this code, or that says two numbers at once."""
    heads = set(MigrationContext.configure(connection).get_current_heads())
    if len(heads) > 1:
        raise Refused(
            f"The database {address(database.engine.url)} says that it has the schemas {' and '.join(sorted(heads))} at once: "
            "its table alembic_version was changed by hand. Put a backup in its place, or leave there the one row that is "
            "true; nothing was changed."
        )
    unknown = heads - {step.revision for step in steps.walk_revisions()}
    if unknown:
        raise Refused(
            f"The database {address(database.engine.url)} has schema "
            f"{', '.join(sorted(unknown))}; this opsflow knows schemas up to {steps.get_current_head()}. A newer opsflow "
            "made it: install that version, or point OPSFLOW_DATABASE_URL at another database."
        )


def _make_file(url: sa.URL) -> bool:
    """Make an SQLite file that is not there yet, with its schema, in one move; False when nothing was to be made.

    One that is there is upgraded in its own transaction instead: who has it open would go on writing to what was moved
    away.
    """
    file = sqlite_file(url)
    if file is None or file.exists():
        return False
    # The same name each time: what a killed run has left is written over by the next one.
    draft = file.with_name(f".{file.name}.part")
    try:
        with draft.open("ab") as mine:
            fcntl.flock(mine, fcntl.LOCK_EX)
            if file.exists():  # somebody else was first
                draft.unlink(missing_ok=True)
                return False
            try:
                _fill(mine, _empty_file())
                draft.rename(file)
            except OSError:
                draft.unlink()
                raise
    except OSError as error:
        raise DatabaseFailed(address(url), *_reason(error)) from error
    return True


def _fill(file: BinaryIO, content: bytes) -> None:
    file.truncate(0)
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _reason(error: OSError) -> tuple[str, str]:
    if error.errno == errno.ENOSPC:
        return "the disk is full", "Make room; nothing of this step was kept"
    if error.errno in (errno.EFBIG, errno.EDQUOT, errno.EIO):
        return f"the disk does not take it ({error.strerror})", "Check the disk; nothing of this step was kept"
    return f"the file cannot be opened ({error.strerror})", "Does its folder exist, and may this user write it?"


def _empty_file() -> bytes:
    """An SQLite database with the schema and nothing in it."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    try:
        with engine.begin() as connection:
            command.upgrade(_config(connection), "head")
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            return raw.serialize()
    finally:
        engine.dispose()


def _make_folder(url: sa.URL) -> None:
    file = sqlite_file(url)
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"its folder cannot be made ({error.strerror})"
        raise DatabaseFailed(address(url), reason, "Name another file, or make the folder") from error
