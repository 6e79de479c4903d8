"""The base of every model that is read from a file: frozen, an unknown key is an error, dates look like dates."""

import re
from datetime import date, datetime, time
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

_SHAPES: dict[type, re.Pattern[str]] = {
    datetime: re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?"),
    date: re.compile(r"\d{4}-\d\d-\d\d"),
    time: re.compile(r"\d\d:\d\d(:\d\d)?"),
}
_OFFSET = re.compile(r".*\d\d:\d\d.*(Z|z|[+-]\d\d:?(\d\d)?)")


class FileModel(BaseModel):
    """A part of a YAML file. Values arrive as text and are typed by the field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _written_in_full(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what pydantic would take for seconds since 1970 (`20261020`), and an offset where local time is meant."""
        kind = _temporal(cls, info.field_name)
        if kind is None or not isinstance(value, str) or _SHAPES[kind].fullmatch(value):
            return value
        if kind is datetime and _OFFSET.fullmatch(value):
            raise ValueError("a time here is local to the campaign's zone: leave the offset out")
        raise ValueError("not written in full")


def _temporal(model: type[BaseModel], field: str | None) -> type | None:
    annotation = model.model_fields[field].annotation if field in model.model_fields else None
    return next((kind for kind in (annotation, *get_args(annotation)) if kind in _SHAPES), None)
