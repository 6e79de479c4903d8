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
from opsflow.kernel.errors import NotFound, PortFailed, Refused

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


def require(database: Database) -> None:
    """Go on only with a database that holds opsflow's schema; one that an older opsflow made is upgraded.

    A wrong address must not make an empty database in which nothing is ever due. NotFound: there is none, or none of
    ours. Refused: the schema is newer than this code. PortFailed: the database does not answer.
    """
    url = database.engine.url
    where, address = url.render_as_string(hide_password=True), "OPSFLOW_DATABASE_URL (or OPSFLOW_WORKSPACE)"
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
        raise NotFound(
            f"There is no database {where}. {address} must name it by an absolute path, for a worker's jobs "
            "in the job variables (env) of its work pool. Starting the first campaign makes it."
        )
    try:
        with database.engine.connect() as connection:
            heads = set(MigrationContext.configure(connection).get_current_heads())
    except sa.exc.DBAPIError as error:
        raise PortFailed(
            f"The database {where} does not answer: {error.orig}. {address} names it; start it."
        ) from error
    if not heads:
        raise NotFound(
            f"The database {where} holds no tables of opsflow. Does {address} name the right one? "
            "Starting the first campaign makes them."
        )
    if heads != set(ScriptDirectory.from_config(_config(None)).get_heads()):
        upgrade(database)


def check(database: Database) -> list[str]:
    """Differences between the database and the tables this code knows, one line each; none: all is well."""
    with database.transaction() as session:
        context = MigrationContext.configure(session.connection(), opts={"target_metadata": Base.metadata})
        return [repr(difference) for difference in compare_metadata(context, Base.metadata)]


def _config(connection: sa.Connection | None) -> Config:
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
