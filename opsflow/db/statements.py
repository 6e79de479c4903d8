"""Statements that SQLite and PostgreSQL write alike but SQLAlchemy spells apart."""

from collections.abc import Sequence
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
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing().returning(returning)
    return list(session.execute(statement, list(rows)).scalars())
