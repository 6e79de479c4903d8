"""Puts a context together from settings; a ContextVar overrides it in rehearsals and tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opsflow.adapters.console import ConsoleChannel
from opsflow.adapters.prefect_launcher import PrefectLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import SystemClock
from opsflow.settings import Settings

_override: ContextVar[Context | None] = ContextVar("opsflow_context", default=None)


@contextmanager
def open_context() -> Iterator[Context]:
    """The context a flow or command works with; its database connections are given back at the end."""
    given = _override.get()
    if given is not None:
        yield given
        return
    settings = Settings()
    database = Database(settings.database)
    try:
        channel = ConsoleChannel(settings.messages_file)
        yield Context(settings, database, SystemClock(), PrefectLauncher(), channel)
    finally:
        database.close()


@contextmanager
def use_context(context: Context) -> Iterator[Context]:
    """Within this block, `open_context()` yields the given context."""
    token = _override.set(context)
    try:
        yield context
    finally:
        _override.reset(token)
