"""Turns what a database driver raises into an error that says which database, why, and the way out; no password in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from opsflow.kernel.errors import BadInput, PortFailed

VARIABLE = "OPSFLOW_DATABASE_URL"
_EXAMPLES = "sqlite:////srv/opsflow/opsflow.db or postgresql://user:password@host/opsflow"

_REASONS: tuple[tuple[str, str, str], ...] = (
    ("readonly database", "it may not be written", "Give this user the right to write the file and its folder"),
    ("unable to open database file", "the file cannot be opened", "Does its folder exist, and may this user write it?"),
    ("is not a database", "the file is no SQLite database", "Name another file, or put a backup in its place"),
    ("malformed", "the file is damaged", "Put a backup in its place"),
    ("is full", "the disk is full", "Make room; nothing of this step was kept"),
    ("No space left", "the disk is full", "Make room; nothing of this step was kept"),
    (
        "disk I/O error",
        "the disk does not take or give what it should",
        "Check the disk; nothing of this step was kept",
    ),
    ("is locked", "another process holds it", "Wait for that process, or end it"),
    ("lock timeout", "another process holds what is needed", "Wait for that process, or end it"),
    ("deadlock detected", "two steps waited for each other", "Do it again; nothing of this step was kept"),
    ("authentication failed", "it refuses this user or password", f"Correct {VARIABLE}"),
    ("does not exist", "there is no such database or user", f"Make it, or correct {VARIABLE}"),
    ("read-only transaction", "it may only be read", "Is it a replica? Name the primary"),
    ("invalid connection option", "its options are not those of the driver", f"Correct {VARIABLE}"),
    ("permission denied", "this user may not do that", "Grant the user the right to make and change tables"),
    ("connection", "it does not answer", f"Start it, or correct {VARIABLE}"),
    ("resolve", "its host is not found", f"Correct {VARIABLE}"),
)
"""What a driver's text contains, what that means, and the way out; the first that fits."""
_STATEMENTS = ("permission denied", "invalid connection option")
"""Of those, the ones that drivers report like a mistake in a statement; any other such mistake is ours."""


class DatabaseFailed(PortFailed):
    """The database does not do its part."""

    def __init__(self, where: str, reason: str, way_out: str) -> None:
        super().__init__(f"The database {where} cannot be used: {reason}. {way_out}.".replace("?.", "?"))


def address(url: sa.URL) -> str:
    """A database's address as it may be shown: without password, and without the options, which may hold one."""
    return url.set(query={}).render_as_string(hide_password=True)


def parsed(text: str, *, lasting: bool) -> sa.URL:
    """A database's URL; BadInput says how one looks. `lasting`: what is kept there outlives the process."""
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError) as error:
        # The text is not shown: it may hold a password.
        raise BadInput(f"{VARIABLE} is no database URL. Write it as {_EXAMPLES}.") from error
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise BadInput(f"{VARIABLE} names {url.get_backend_name()}. opsflow keeps its state in SQLite or PostgreSQL.")
    if lasting and url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise BadInput(
            f"{VARIABLE} ({address(url)}) names no file: such a database is gone with the command that opened it. "
            f"Write it as {_EXAMPLES}."
        )
    if sqlite_file(url) is not None and url.query:
        raise BadInput(f"{VARIABLE} ({address(url)}) has options, which an SQLite file does not take. Leave them out.")
    # SQLAlchemy 2.0 would take the older psycopg2 for a URL that names no driver.
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


@contextmanager
def loading_driver(url: sa.URL) -> Iterator[None]:
    """While an engine is made: BadInput when the driver that the URL names is not there."""
    try:
        yield
    except (sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        way_out = "Install it: pip install 'opsflow[postgres]'" if "psycopg" in str(error) else "Leave the driver out"
        raise BadInput(f"{VARIABLE} asks for the driver {url.drivername}, which is not there. {way_out}.") from error
    except (sa.exc.ArgumentError, TypeError) as error:
        raise BadInput(f"{VARIABLE} ({address(url)}) has options that the driver does not know.") from error


@contextmanager
def translated(url: sa.URL) -> Iterator[None]:
    """While a database is used: DatabaseFailed for what lies outside opsflow; a mistake of ours stays what it is."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        found = _reason(error)
        if found is None:
            raise
        raise DatabaseFailed(address(url), *found) from error


def sqlite_file(url: sa.URL) -> Path | None:
    """The file of an SQLite database; None when it is no file, or named by a URI of SQLite's own."""
    named = url.database or ""
    if url.get_backend_name() != "sqlite" or named in {"", ":memory:"} or named.startswith("file:"):
        return None
    return Path(named)


def _reason(error: sa.exc.DatabaseError) -> tuple[str, str] | None:
    told = str(error.orig).lower()
    if isinstance(error, sa.exc.IntegrityError | sa.exc.DataError):
        return None
    if isinstance(error, sa.exc.ProgrammingError) and not any(part in told for part in _STATEMENTS):
        return None
    return next(((reason, way_out) for part, reason, way_out in _REASONS if part.lower() in told), None)
