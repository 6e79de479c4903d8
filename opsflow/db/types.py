"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from opsflow.kernel.text import Text


class Encoded(str):
    """A value that is JSON already."""

    __slots__ = ()


@lru_cache(maxsize=1 << 14)
def encoded(value: Text | tuple[str, ...] | tuple[datetime, ...]) -> Encoded:
    """A value as JSON; remembered, because the tasks of every campaign have the same titles and predecessors."""
    if isinstance(value, Text):
        # As `json.dumps` writes a mapping of the two, in a fifth of its time.
        return Encoded(f'{{"en": {encode_basestring_ascii(value.en)}, "zh": {encode_basestring_ascii(value.zh)}}}')
    return Encoded(json.dumps([one.isoformat() if isinstance(one, datetime) else one for one in value]))


def to_json(value: object) -> str:
    """What columns of JSON are written with: a text and no kind of it, which sqlite3 takes a microsecond longer for."""
    return str(value) if isinstance(value, Encoded) else json.dumps(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant, UTC in the database; a naive one is refused."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A naive instant cannot be stored: {value.isoformat()}")
        at = value.astimezone(UTC)
        return at if dialect.name == "postgresql" else at.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Bilingual(TypeDecorator[Text]):
    """A `Text`, stored as JSON with its two languages."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Text | None, dialect: Dialect) -> Encoded | None:
        return None if value is None else encoded(value)

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> Text | None:
        return None if value is None else Text(en=value["en"], zh=value["zh"])
