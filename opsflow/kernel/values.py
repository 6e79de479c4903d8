"""Plain values that may be stored as JSON, and how texts and instants become such."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from opsflow.kernel.text import Text

Value: TypeAlias = "str | int | float | bool | Text | date | datetime | Sequence[Value] | Mapping[str, Value] | None"
"""What a journal entry or a notice may carry."""


def to_json(value: Value) -> Any:
    """The same as JSON: a `Text` as its two languages, an instant or a date in ISO 8601."""
    match value:
        case Text():
            return {"en": value.en, "zh": value.zh}
        case datetime() if value.tzinfo is None:
            raise ValueError(f"A naive instant cannot be kept: {value.isoformat()}")
        case date():
            return value.isoformat()
        case str() | int() | float() | None:
            return value
        case Mapping():
            return {name: to_json(part) for name, part in value.items()}
        case _:
            return [to_json(part) for part in value]


def record(values: Mapping[str, Value]) -> dict[str, Any]:
    """`to_json` of a mapping: what a JSON column takes."""
    return {name: to_json(value) for name, value in values.items()}
