"""Statements that SQLite and PostgreSQL write alike but SQLAlchemy spells apart."""

from collections.abc import Sequence
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
    return list(session.execute(statement, list(rows)).scalars())


@cache
def _insert_or_nothing(dialect: str, table: type[Base], returning: str) -> sa.Executable:
    """Made once: SQLAlchemy takes longer to put it together than the database to do it."""
    columns = cast(sa.Table, table.__table__)
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(columns).on_conflict_do_nothing().returning(columns.c[returning])
