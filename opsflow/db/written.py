"""Which tables a transaction has written, as its connection saw it; so nobody has to remember what an action touches."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

_WRITTEN = "opsflow_written"


def note_writes(engine: sa.Engine) -> None:
    """Let every connection of an engine note the tables of its INSERT, UPDATE and DELETE statements."""

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _note(connection: sa.Connection, _cursor: Any, _text: str, _values: Any, run: Any, *_: Any) -> None:
        if run.isinsert or run.isupdate or run.isdelete:
            connection.info.setdefault(_WRITTEN, set()).add(run.compiled.statement.table.name)


def take_written(session: Session) -> frozenset[str]:
    """The names of the tables written since it was last asked on this connection, whether in this transaction or before."""
    found: set[str] = session.connection().info.pop(_WRITTEN, set())
    return frozenset(found)
