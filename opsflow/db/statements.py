"""Statements that SQLite and PostgreSQL write alike but SQLAlchemy spells apart.

What sweeps and stage runs ask again and again is put together once, as a constant beside the function that asks it, with
`sa.bindparam` for what differs: put together anew it takes SQLAlchemy three to ten times as long. What such an update sets
are the parameters that are named as columns are.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from opsflow.db.tables import Base
from opsflow.db.types import Instant
from opsflow.db.written import note_written

T = TypeVar("T")


def insert_many(
    session: Session, table: type[Base], rows: Sequence[dict[str, Any]], *, or_nothing: bool = False
) -> None:
    """Insert rows that all have the same columns, in one statement; none of them: nothing.

    `or_nothing`: those whose key is there are passed over.

    SQLAlchemy puts the statement together and says how each column is written; the rows go past it to the driver, column
    by column: row by row it takes three times as long for it as the database takes to store them.
    """
    if not rows:
        return
    connection = session.connection()
    insert = _insert(connection.dialect, table, tuple(rows[0]), or_nothing)
    columns = [writer([row[name] for row in rows]) for name, writer in insert.writers]
    if insert.by_name:
        names = [name for name, _ in insert.writers]
        values: Any = [dict(zip(names, each, strict=True)) for each in zip(*columns, strict=True)]
    else:
        values = list(zip(*columns, strict=True))
    # One row is handed over by itself, as to any statement that is not for many.
    connection.exec_driver_sql(insert.text, values if len(rows) > 1 else values[0])
    note_written(connection, table)


def insert_or_nothing(
    session: Session, table: type[Base], rows: Sequence[dict[str, Any]], *, returning: InstrumentedAttribute[T]
) -> list[T]:
    """Insert rows, passing over those whose key is there; return `returning` of the rows that are new.

    (`rowcount` does not tell: it is -1 on PostgreSQL.)
    """
    statement = _insert_or_nothing(session.get_bind().dialect.name, table, returning.key)
    # One row is handed over by itself: as a batch of one it takes SQLAlchemy half as long again.
    return list(session.execute(statement, rows[0] if len(rows) == 1 else list(rows)).scalars())


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


@cache
def _insert_or_nothing(dialect: str, table: type[Base], returning: str) -> sa.Executable:
    """Made once: SQLAlchemy takes longer to put it together than the database to do it."""
    columns = cast(sa.Table, table.__table__)
    return _or_nothing(dialect, columns).returning(columns.c[returning])


def _or_nothing(dialect: str, columns: sa.Table) -> sa.Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(columns).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class _Insert:
    """An INSERT as a driver takes it."""

    text: str
    by_name: bool
    """Whether values are handed over by their column's name, not by their place."""
    writers: tuple[tuple[str, Callable[[list[Any]], list[Any]]], ...]
    """Columns in the order of their places, each with what makes of our values the driver's."""


@lru_cache(maxsize=256)
def _insert(dialect: sa.Dialect, table: type[Base], names: tuple[str, ...], or_nothing: bool) -> _Insert:  # noqa: FBT001 - one of the values that it is remembered by
    columns = cast(sa.Table, table.__table__)
    insert = _or_nothing(dialect.name, columns) if or_nothing else sa.insert(columns)
    made = insert.inline().compile(dialect=dialect, column_keys=list(names))
    if lacks := made.params.keys() - set(names):
        raise ValueError(f"Rows of {columns.name} lack {', '.join(sorted(lacks))}, which the driver does not fill in.")
    order = made.positiontup if made.positional else names
    assert order is not None
    return _Insert(str(made), not made.positional, tuple((name, _writer(columns.c[name], dialect)) for name in order))


def _writer(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[list[Any]], list[Any]]:
    written = column.type.dialect_impl(dialect).bind_processor(dialect)
    if written is None:
        return _plain if isinstance(column.type, sa.String) else list
    if isinstance(column.type, Instant):
        # Many rows have the same, and equal ones are written alike, which 1 and True as JSON are not.
        return lambda values: list(map({value: written(value) for value in set(values)}.__getitem__, values))
    return lambda values: list(map(written, values))


def _plain(values: list[str | None]) -> list[str | None]:
    """Texts that are nothing else as well: sqlite3 takes a microsecond to see that a word of ours is a text."""
    return [value if value is None or type(value) is str else str.__str__(value) for value in values]
