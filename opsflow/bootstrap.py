"""Puts a context together from settings; a ContextVar overrides it in rehearsals and tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opsflow.adapters.console import ConsoleChannel
from opsflow.context import Context
from opsflow.db.migrate import require, upgrade
from opsflow.db.session import Database
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import BadInput
from opsflow.ports import Launcher
from opsflow.settings import Settings

_override: ContextVar[Context | None] = ContextVar("opsflow_context", default=None)


@contextmanager
def open_context(
    settings: Settings | None = None, *, launcher: Launcher | None = None, make: bool = False
) -> Iterator[Context]:
    """The context a flow or command works with; its database connections are given back at the end.

    Settings are the environment's and the motor is Prefect unless others are given; `make`: the database is made where
    there is none. BadInput: the workspace is no folder. NotFound, Refused, PortFailed: see `db.migrate.require`.
    """
    given = _override.get()
    if given is not None:
        yield given
        return
    settings = settings or Settings()
    if settings.workspace is not None and not settings.workspace.is_dir():
        raise BadInput(
            f"OPSFLOW_WORKSPACE names {settings.workspace.absolute()}, which is no folder here. Name the folder that "
            "`opsflow init` wrote, by its absolute path: a worker's jobs start in a temporary folder."
        )
    database = Database(settings.database)
    try:
        if make:
            upgrade(database)
        require(database)
        channel = ConsoleChannel(settings.messages_file)
        yield Context(settings, database, SystemClock(), launcher or _prefect(), channel)
    finally:
        database.close()


def _prefect() -> Launcher:
    # An action on the command line only writes wakes: it does not wait a second for Prefect to be imported.
    from opsflow.adapters.prefect_launcher import PrefectLauncher

    return PrefectLauncher()


@contextmanager
def use_context(context: Context) -> Iterator[Context]:
    """Within this block, `open_context()` yields the given context."""
    token = _override.set(context)
    try:
        yield context
    finally:
        _override.reset(token)
