"""The base of every model that is read from a file: frozen, an unknown key is an error, dates and numbers look like such."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails

_SHAPES: dict[type, re.Pattern[str]] = {
    datetime: re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", re.ASCII),
    date: re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    time: re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII),
    int: re.compile(r"-?\d{1,9}", re.ASCII),
    Decimal: re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII),
    str: re.compile(r"[^\n]*"),
}
_OFFSET = re.compile(r".*\d\d:\d\d.*(Z|z|[+-]\d\d:?(\d\d)?)")
_FIGURES = {int: re.compile(r"-?\d+", re.ASCII), Decimal: re.compile(r"-?\d+(\.\d+)?", re.ASCII)}
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""A year outside is a slip of the pen; and nobody waits while working days are counted to the year 9999."""


class FileModel(BaseModel):
    """A part of a YAML file. Values arrive as text and are typed by the field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _written_in_full(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what pydantic would take for something else: seconds since 1970 (`20261020`), `1_000`, `NaN`, `1e308`."""
        annotation: Any = cls.model_fields[info.field_name].annotation if info.field_name else None
        wrong = list(_misspelt(_plain(annotation), value, ()))
        if wrong:
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return value


def _misspelt(annotation: Any, value: Any, loc: tuple[str | int, ...]) -> Iterator[InitErrorDetails]:
    """Every scalar in a value that is not written as its type is; what stands in a model of its own is its own matter."""
    match value:
        case str() if annotation in _SHAPES:
            reason = _fault(annotation, value)
            if reason is not None:
                yield InitErrorDetails(type="value_error", loc=loc, input=value, ctx={"error": ValueError(reason)})
        case list() if get_origin(annotation) is tuple:
            for index, part in enumerate(value):
                yield from _misspelt(_plain(get_args(annotation)[0]), part, (*loc, index))
        case dict() if get_origin(annotation) is dict:
            for key, part in value.items():
                yield from _misspelt(_plain(get_args(annotation)[1]), part, (*loc, key))


def _fault(kind: type, value: str) -> str | None:
    """Why a text is not written as a value of this type; None: it is."""
    if not _SHAPES[kind].fullmatch(value):
        if kind is datetime and _OFFSET.fullmatch(value):
            return "a time here is local to the campaign's zone: leave the offset out"
        if kind in _FIGURES and _FIGURES[kind].fullmatch(value):
            return "the number has too many digits"
        return "write it on one line" if kind is str else "not written in full"
    if kind in (datetime, date) and not FIRST_DAY.year <= int(value[:4]) <= LAST_DAY.year:
        return f"the year must lie between {FIRST_DAY.year} and {LAST_DAY.year}"
    return None


@cache
def _plain(annotation: Any) -> Any:
    """A type without what surrounds it: Optional, Annotated, NewType."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if hasattr(annotation, "__supertype__"):
        return _plain(annotation.__supertype__)
    parts = [part for part in get_args(annotation) if part is not NoneType]
    if NoneType in get_args(annotation) and len(parts) == 1:
        return _plain(parts[0])
    return annotation
