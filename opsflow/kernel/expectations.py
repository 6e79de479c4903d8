"""What a file's model expected at a place, in words, for whoever has to mend the file."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from inspect import isclass
from itertools import takewhile
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from opsflow.kernel.text import Text

Loc: TypeAlias = tuple[str | int, ...]
"""The way to a place in a file: keys and list positions, from the top."""

_SAMPLES: dict[type, str] = {
    datetime: "a local date and time such as 2026-10-20T00:00",
    date: "a date such as 2026-10-20",
    time: "a time such as 09:00",
    bool: "true or false",
    int: "a whole number such as 3",
    Decimal: "a number such as 12000 or 0.5",
    str: "a text",
    Text: "a text, or {en: ..., zh: ...}",
}
_PATTERNS = {
    r"^[a-z0-9-]{3,40}$": "3 to 40 lower-case letters, digits or hyphens",
    r"^[A-Z]{3}$": "a currency code such as CNY",
}


class Finding(NamedTuple):
    """One thing wrong: where, whether the key (and not its value) is meant, what, and a likely fix."""

    loc: Loc
    at_key: bool
    message: str
    hint: str


def explain(model: type[BaseModel], error: ErrorDetails) -> Finding:
    """A validation error in the words of the file's author."""
    loc = error["loc"]
    match error["type"]:
        case "missing":
            expected = describe(annotation_at(model, loc))
            return Finding(
                loc[:-1], True, f"the key `{loc[-1]}` is missing{_within(loc[:-1])}", f"Expected {expected}."
            )
        case "extra_forbidden":
            known = _keys(annotation_at(model, loc[:-1]))
            key = str(loc[-1])
            return Finding(loc, True, f"unknown key {_shown(key)}{_within(loc[:-1])}", suggestion(key, known))
        case _ if loc and loc[-1] == "[key]":
            key = str(loc[-2])
            choices = _choices(_key_type(annotation_at(model, loc[:-2])))
            return Finding(loc[:-1], True, f"unknown key {_shown(key)}{_within(loc[:-2])}", suggestion(key, choices))
        case _:
            return _wrong_value(model, loc, error)


def suggestion(found: str, known: Iterable[str]) -> str:
    """The name that was probably meant, else all that there are."""
    names = [str(name) for name in known]
    return _close(found, names) or (f"There are: {', '.join(names)}." if names else "")


def _close(found: str, names: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in names}
    given = found.casefold()
    # Of names that are as close (`EX1O`: EX10, EX21), the one that begins alike is meant.
    close = max(get_close_matches(given, folded), key=lambda name: _alike(given, name), default=None)
    return f"Did you mean `{folded[close]}`?" if close else ""


def _alike(one: str, other: str) -> int:
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def describe(annotation: Any) -> str:
    """What a value of a type looks like in a file."""
    kind = _core(annotation)
    choices = _choices(kind)
    if choices:
        return f"one of {', '.join(choices)}"
    if get_origin(kind) is tuple:
        return f"a list, each item {describe(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        return "a mapping (key: value)"
    if isclass(kind) and issubclass(kind, BaseModel):
        needed = [name for name, field in kind.model_fields.items() if field.is_required()]
        return f"a mapping with {', '.join(needed)}" if needed else "a mapping"
    return _SAMPLES.get(kind, "a text")


def annotation_at(model: Any, loc: Loc) -> Any:
    """The type a model has at a place; None when it has none there."""
    annotation = model
    for step in loc:
        kind = _core(annotation)
        if isclass(kind) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(step))
            annotation = field.annotation if field else None
        elif get_origin(kind) in (tuple, dict):
            annotation = get_args(kind)[0 if get_origin(kind) is tuple else 1]
        else:
            return None
    return annotation


def _wrong_value(model: type[BaseModel], loc: Loc, error: ErrorDetails) -> Finding:
    annotation = annotation_at(model, loc)
    found = error["input"]
    shown = _shown(found)
    hint = _close(found, _choices(annotation)) if isinstance(found, str) else ""
    if found is None:
        hint = "Write a value, or leave the key out."
    elif _core(annotation) is Text and isinstance(found, dict):
        hint = "Only en and zh belong here, each with a text; inside { } a text with a comma needs quotes."
    elif get_origin(_core(annotation)) is tuple and isinstance(found, str):
        hint = f"Write it as a list: [{found}]."
    elif get_origin(_core(annotation)) is tuple and error["type"] == "too_short":
        return Finding(loc, True, f"the list is empty{_within(loc)}", "At least one item is needed.")
    elif error["type"] == "value_error" and isinstance(found, dict | list) and not hint:
        said = _reason(error).rstrip(".")
        if said:  # of its parts together: what kind of thing it is, is right
            return Finding(loc, False, f"{said[:1].lower()}{said[1:]}{_within(loc)}", "")
    return Finding(
        loc, False, f"expected {_expected(annotation, error)}, found {shown}{_within(loc)}", hint or _reason(error)
    )


def _expected(annotation: Any, error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch":
            return _PATTERNS.get(context["pattern"], f"a text that matches {context['pattern']}")
        case "greater_than_equal":
            return f"a number of at least {context['ge']}"
        case "less_than_equal":
            return f"a number of at most {context['le']}"
        case "value_error" if str(context["error"]).startswith("expected "):
            return str(context["error"]).removeprefix("expected ")
        case _:
            return describe(annotation)


def _reason(error: ErrorDetails) -> str:
    reason = str(error.get("ctx", {}).get("error", ""))
    if error["type"] != "value_error" or not reason or reason.startswith(("expected ", "not written")):
        return ""
    return f"{reason[0].upper()}{reason[1:]}."


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case str():
            return f"`{value}`" if len(value) <= 60 else f"`{value[:57]}...`"
        case dict():
            return "a mapping"
        case _:
            return "a list"


def _within(loc: Loc) -> str:
    steps = [f"item {step + 1}" if isinstance(step, int) else step for step in loc]
    return f" in {' > '.join(steps)}" if steps else ""


def _core(annotation: Any) -> Any:
    """A type without what surrounds it: Optional, Annotated, NewType."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(part for part in get_args(annotation) if part is not NoneType)
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        else:
            return annotation


def _choices(annotation: Any) -> list[str]:
    kind = _core(annotation)
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    if isclass(kind) and issubclass(kind, Enum):
        return [str(member.value) for member in kind]
    return []


def _keys(annotation: Any) -> list[str]:
    kind = _core(annotation)
    return list(kind.model_fields) if isclass(kind) and issubclass(kind, BaseModel) else []


def _key_type(annotation: Any) -> Any:
    return get_args(_core(annotation))[0]
