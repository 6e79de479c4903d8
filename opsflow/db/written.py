"""Which tables a transaction has written, as its connection saw it; so nobody has to remember what an action touches."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import Base

_WRITTEN = "opsflow_written"


def note_writes(engine: sa.Engine) -> None:
    """Let every connection of an engine note the tables of its INSERT, UPDATE and DELETE statements."""

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _note(connection: sa.Connection, _cursor: Any, _text: str, _values: Any, run: Any, *_: Any) -> None:
        if run.isinsert or run.isupdate or run.isdelete:
            _note_table(connection, run.compiled.statement.table.name)


def note_written(connection: sa.Connection, table: type[Base]) -> None:
    """Note a table whose rows went to the driver as text, which no statement names."""
    _note_table(connection, table.__tablename__)


def _note_table(connection: sa.Connection, name: str) -> None:
    connection.info.setdefault(_WRITTEN, set()).add(name)


def take_written(session: Session) -> frozenset[str]:
    """The names of the tables written since it was last asked on this connection, whether in this transaction or before."""
    found: set[str] = session.connection().info.pop(_WRITTEN, set())
    return frozenset(found)
