"""Statements that SQLite and PostgreSQL write alike but SQLAlchemy spells apart.

What sweeps and stage runs ask again and again is put together once, as a constant beside the function that asks it, with
`sa.bindparam` for what differs: put together anew it takes SQLAlchemy three to ten times as long. What such an update sets
are the parameters that are named as columns are.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import InstrumentedAttribute, Session

from opsflow.db.tables import Base
from opsflow.db.types import Bilingual, Encoded, Instant, encoded
from opsflow.db.written import note_written

T = TypeVar("T")
Row = Mapping[str, Any]
_MOST_VALUES = 32_000
"""In one statement: SQLite takes 32,766, PostgreSQL 65,535."""
_BY_PLACE: Mapping[str, sa.Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": cast(Any, psycopg).dialect(paramstyle="format"),
}
"""Statements whose values are handed over by their place, not by name."""


def insert_many(session: Session, table: type[Base], rows: Sequence[Row], *, or_nothing: bool = False) -> None:
    """Insert rows that all have the same columns, in one statement; none of them: nothing.

    `or_nothing`: those whose key is there are passed over.

    SQLAlchemy puts the statement together and says how each column is written; the rows go past it to the driver, column
    by column: row by row it takes three times as long for it as the database takes to store them.
    """
    if not rows:
        return
    connection = session.connection()
    insert = _insert(connection.dialect, table, tuple(rows[0]), or_nothing)
    values = insert.values(rows)
    # One row is handed over by itself, as to any statement that is not for many.
    connection.exec_driver_sql(insert.of(1), values if len(rows) > 1 else values[0])
    note_written(connection, table)


def insert_or_nothing(
    session: Session, table: type[Base], rows: Sequence[Row], *, returning: InstrumentedAttribute[T]
) -> list[T]:
    """Insert rows that all have the same columns, passing over those whose key is there; return `returning`, a column of
    plain numbers or texts, of the rows that are new. (`rowcount` does not tell: it is -1 on PostgreSQL.)

    Past SQLAlchemy as well, which would put each such statement together anew: it remembers none that passes over keys.
    """
    new: list[T] = []
    if not rows:
        return new
    connection = session.connection()
    insert = _insert(connection.dialect, table, tuple(rows[0]), True, returning.key)
    values = insert.values(rows)
    at_once = _MOST_VALUES // len(insert.columns)
    for at in range(0, len(values), at_once):
        some = values[at : at + at_once]
        new += connection.exec_driver_sql(insert.of(len(some)), tuple(chain.from_iterable(some))).scalars()
    note_written(connection, table)
    return new


def insert_selected(session: Session, table: type[Base], names: Sequence[str], query: sa.Select[Any]) -> int:
    """Insert what a query answers, passing over those whose key is there; return how many are new."""
    statement = _onto(session.get_bind().dialect, table).from_select(list(names), query).on_conflict_do_nothing()
    return session.connection().execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def among(session: Session, column: InstrumentedAttribute[int], values: Sequence[int]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of many whole numbers, handed over as one value: no limit, and always the same statement."""
    if session.get_bind().dialect.name == "postgresql":
        # Not `= any(...)`: wherever it does not look each up by the index, it compares each row with one after the other.
        each = (
            sa.func.unnest(sa.cast(list(values), postgresql.ARRAY(sa.BigInteger)))
            .table_valued("value")
            .render_derived()
        )
    else:
        each = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(each.c.value))


def pairs(session: Session, values: Mapping[int, str]) -> tuple[sa.ColumnElement[int], sa.ColumnElement[str]]:
    """Whole numbers with a text each, handed over as one value: its numbers and its texts, to join an update with."""
    if session.get_bind().dialect.name == "postgresql":
        ids = sa.cast(list(values), postgresql.ARRAY(sa.BigInteger))
        texts = sa.cast(list(values.values()), postgresql.ARRAY(sa.Text))
        both = sa.func.unnest(ids, texts).table_valued("id", "value").render_derived()
        return sa.type_coerce(both.c.id, sa.BigInteger), sa.type_coerce(both.c.value, sa.Text)
    each = sa.func.json_each(json.dumps(values)).table_valued("key", "value")
    return sa.cast(each.c.key, sa.Integer), sa.type_coerce(each.c.value, sa.Text)


def _onto(dialect: sa.Dialect, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that may pass over keys."""
    return (postgresql.insert if dialect.name == "postgresql" else sqlite.insert)(table)


@dataclass(frozen=True, slots=True)
class _Insert:
    """An INSERT as a driver takes it."""

    head: str
    row: str
    """The places of one row's values."""
    tail: str
    columns: tuple[Callable[[Sequence[Row]], list[Any]], ...]
    """What makes of our rows the driver's values, column by column in the order of their places."""

    def of(self, count: int) -> str:
        """The statement for so many rows at once."""
        return f"{self.head}{', '.join([self.row] * count)}{self.tail}"

    def values(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """The driver's values, row by row."""
        return list(zip(*(column(rows) for column in self.columns), strict=True))


@lru_cache(maxsize=256)
def _insert(
    dialect: sa.Dialect,
    table: type[Base],
    names: tuple[str, ...],
    or_nothing: bool,  # noqa: FBT001 - one of the values that it is remembered by
    returning: str | None = None,
) -> _Insert:
    columns = cast(sa.Table, table.__table__)
    insert = _onto(dialect, table).on_conflict_do_nothing() if or_nothing else sa.insert(columns)
    made = (insert.returning(columns.c[returning]) if returning else insert.inline()).compile(
        dialect=_BY_PLACE[dialect.name],
        column_keys=list(names),
    )
    head, values = str(made).split(" VALUES ", 1)
    row, conflict, tail = values.partition(" ON CONFLICT ")
    places = cast(list[str], made.positiontup)
    return _Insert(
        f"{head} VALUES ", row, conflict + tail, tuple(_column(columns.c[name], names, dialect) for name in places)
    )


def _column(
    column: sa.Column[Any], names: tuple[str, ...], dialect: sa.Dialect
) -> Callable[[Sequence[Row]], list[Any]]:
    name, write = column.name, _writer(column, dialect)
    if name in names:
        return lambda rows: write([row[name] for row in rows])
    # What SQLAlchemy would fill in: the driver does not, and the database has no default of its own.
    default = write([cast(Any, column.default).arg])
    return lambda rows: default * len(rows)


def _writer(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[list[Any]], list[Any]]:
    written = column.type.dialect_impl(dialect).bind_processor(dialect)
    if written is None:
        return _plain if isinstance(column.type, sa.String) else list
    if isinstance(column.type, Instant):
        # Many rows have the same, and equal ones are written alike, which 1 and True as JSON are not.
        remembered = lru_cache(maxsize=1024)(written)
        return lambda values: list(map(remembered, values))
    if isinstance(column.type, Bilingual):
        return lambda values: [value if value is None else str.__str__(encoded(value)) for value in values]
    if isinstance(column.type, sa.JSON):
        return lambda values: [str.__str__(value) if type(value) is Encoded else written(value) for value in values]
    return lambda values: list(map(written, values))


def _plain(values: list[str | None]) -> list[str | None]:
    """Texts that are nothing else as well: sqlite3 takes a microsecond to see that a word of ours is a text."""
    return [value if value is None or type(value) is str else str.__str__(value) for value in values]
