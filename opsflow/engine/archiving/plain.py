"""Records as plain values, for JSON that other programs read in ten years."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from json import dumps
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from opsflow.kernel.money import Money
from opsflow.kernel.text import Text


def plain(value: Any) -> Any:
    """A record as JSON can hold it: a text with its two languages, instants with their offset, money with its currency."""
    for kind, written in _WRITTEN:
        if isinstance(value, kind):
            return written(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return [plain(part) for part in value]


_WRITTEN: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    ((type(None), bool, int, float, str), lambda value: value),
    (Text, lambda value: {"en": value.en, "zh": value.zh}),
    (Money, lambda value: {"amount": f"{value.decimal:f}", "currency": value.currency}),
    ((date, time), lambda value: value.isoformat()),
    (Decimal, lambda value: f"{value:f}"),
    (ZoneInfo, lambda value: value.key),
    (BaseModel, lambda value: value.model_dump(mode="json")),
    (Mapping, lambda value: {_name(key): plain(part) for key, part in value.items()}),
)
"""How each kind of value is written; records and lists are taken apart."""


def _name(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def as_json(value: Any) -> bytes:
    """A file of JSON, to be read by people as well."""
    return (dumps(plain(value), ensure_ascii=False, indent=2) + "\n").encode()


def as_lines(rows: Iterable[Any]) -> bytes:
    """A file with one JSON value per line."""
    return "".join(dumps(plain(row), ensure_ascii=False) + "\n" for row in rows).encode()
