"""Statements that SQLite and PostgreSQL write alike but SQLAlchemy spells apart.

What sweeps and stage runs ask again and again is put together once, as a constant beside the function that asks it, with
`sa.bindparam` for what differs: put together anew it takes SQLAlchemy three to ten times as long. What such an update sets
are the parameters that are named as columns are.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from opsflow.db.tables import Base

T = TypeVar("T")


def insert_many(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns, in one statement.

    Not by the mapped class: for rows with different columns empty that would be a statement for each few of them.
    """
    session.execute(sa.insert(cast(sa.Table, table.__table__)), rows)


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
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(columns).on_conflict_do_nothing().returning(columns.c[returning])
