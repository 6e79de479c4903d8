"""Brings a database to the schema of this code, and tells where the two differ."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from opsflow.db.session import Database
from opsflow.db.tables import Base
from opsflow.kernel.errors import Refused

ONE_AT_A_TIME = 0x6F70_7366  # an arbitrary number that all copies of opsflow share


def upgrade(database: Database) -> None:
    """Make or upgrade the schema in one transaction; calling it again does nothing.

    Refused: the schema is newer than this code.
    """
    _make_folder(database.engine.url)
    with database.transaction() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        config = _config(connection)
        _refuse_newer(database, connection, ScriptDirectory.from_config(config))
        command.upgrade(config, "head")


def check(database: Database) -> list[str]:
    """Differences between the database and the tables this code knows, one line each; none: all is well."""
    with database.transaction() as session:
        context = MigrationContext.configure(session.connection(), opts={"target_metadata": Base.metadata})
        return [repr(difference) for difference in compare_metadata(context, Base.metadata)]


def _config(connection: sa.Connection) -> Config:
    # The steps are found through the package, so that a wheel needs no ini file and no path.
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "opsflow.db:migrations")
    return config


def _refuse_newer(database: Database, connection: sa.Connection, steps: ScriptDirectory) -> None:
    known = {step.revision for step in steps.walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        raise Refused(
            f"The database {database.engine.url.render_as_string(hide_password=True)} has schema "
            f"{', '.join(sorted(unknown))}; this opsflow knows schemas up to {steps.get_current_head()}. A newer opsflow "
            "made it: install that version, or point OPSFLOW_DATABASE_URL at another database."
        )


def _make_folder(url: sa.URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
