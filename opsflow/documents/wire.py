"""What goes to the process that renders a workspace's templates and back: plain values as JSON, no objects."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from markupsafe import Markup

from opsflow.kernel.terms import Language

PROCESSOR_SECONDS = 2
MEMORY = 256 << 20
OUTPUT = 1 << 20
"""What one rendering may use there; memory and output in bytes."""

Form: TypeAlias = Literal["markdown", "html", "text"]
"""What a template makes; it decides how people's words are escaped in it."""


class Job(NamedTuple):
    """One template to be filled."""

    name: str
    language: Language
    form: Form


_TAG = "\0"
"""Begins the only key of a mapping that stands for a value JSON does not have; no key of a dossier begins so."""


def dumped(value: Any) -> str:
    """A value as one line of JSON."""
    return json.dumps(_plain(value), ensure_ascii=False)


def loaded(text: str | bytes) -> Any:
    """The value again. An instant keeps its offset, not the name of its zone."""
    return json.loads(text, object_hook=_value)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Markup():
            return {f"{_TAG}markup": str.__str__(value)}
        case str():
            return str.__str__(value)
        case Mapping():
            return {_key(name): _plain(part) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(part) for part in value]
        case datetime():
            return {f"{_TAG}datetime": value.isoformat()}
        case date():
            return {f"{_TAG}date": value.isoformat()}
        case Decimal():
            return {f"{_TAG}decimal": str(value)}
    raise TypeError(f"a {type(value).__name__} is no plain value")


def _key(name: object) -> str:
    if not isinstance(name, str) or name.startswith(_TAG):
        raise TypeError(f"{name!r} cannot be a key of plain values")
    return str.__str__(name)


_KINDS: dict[str, Callable[[str], object]] = {
    f"{_TAG}markup": Markup,
    f"{_TAG}datetime": datetime.fromisoformat,
    f"{_TAG}date": date.fromisoformat,
    f"{_TAG}decimal": Decimal,
}


def _value(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        name, part = next(iter(found.items()))
        if name in _KINDS:
            return _KINDS[name](part)
    return found
