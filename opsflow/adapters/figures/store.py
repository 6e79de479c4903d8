"""A source that is one query on a database of the team's own, read only: SQLite or PostgreSQL."""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import CampaignKey

PATIENCE = 30
"""Seconds for the query."""
MOST = 100_000
"""Rows that are read of an answer."""


class QuerySource:
    """Nothing is written in that database: the connection is for reading only."""

    def __init__(self, name: str, *, url: str, query: str
    ) -> None:  # fmt: skip
        """BadInput: an address of another kind of database; what it says stays out of the text, for its password."""
        self.name = name
        self._query = query
        try:
            self._address = sa.make_url(url)
        except sa.exc.ArgumentError:
            raise BadInput(f"Source {name} has no address of a database: sqlite:///FILE or postgresql://...") from None
        if self._address.get_backend_name() not in ("sqlite", "postgresql"):
            raise BadInput(f"Source {name} names a database that is neither SQLite nor PostgreSQL.")

    def figures(self, campaign: CampaignKey) -> Sequence[Row]:
        """Ask. PortFailed: the database does not answer, or the query is wrong, writes, or takes too long."""
        query = sa.text(self._query)
        given = {"campaign": campaign} if ":campaign" in self._query else {}
        engine = self._engine()
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "postgresql":
                    connection.execute(sa.text(f"set local statement_timeout = '{PATIENCE}s'"))
                found = connection.execute(query, given)
                if not found.returns_rows:
                    raise PortFailed(f"The query of source {self.name} answers no rows: write a `select`.")
                return [_row(line, row) for line, row in enumerate(found.mappings().fetchmany(MOST), 1)]
        except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
            cause = str(getattr(error, "orig", None) or error).splitlines()[0][:120]
            raise PortFailed(f"The query of source {self.name} failed: {cause}.") from None
        finally:
            engine.dispose()

    def _engine(self) -> sa.Engine:
        if self._address.get_backend_name() == "postgresql":
            address = self._address.set(drivername="postgresql+psycopg")
            made = sa.create_engine(address, connect_args={"connect_timeout": PATIENCE})
            return made.execution_options(postgresql_readonly=True)
        place = f"{Path(self._address.database or '').resolve().as_uri()}?mode=ro"
        return sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(place, uri=True, timeout=PATIENCE))


def _row(line: int, row: Any) -> Row:
    return Row(line, {str(name).casefold(): _text(value) for name, value in row.items() if value is not None})


def _text(value: Any) -> str:
    match value:
        case datetime() | date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 10**15:
            return str(int(value))
        case _:
            return str(value)
