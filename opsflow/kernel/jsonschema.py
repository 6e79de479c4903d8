"""JSON Schema of a file's model, with what the docstrings beside its fields say."""

import ast
import inspect
import re
import textwrap
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PATTERNS: dict[str, tuple[str, str]] = {
    # JSON Schema's own formats ask for seconds and an offset; our times are local to the campaign's zone.
    "date-time": (r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$", "Local date and time, such as 2026-10-20T00:00."),
    "time": (r"^\d\d:\d\d(:\d\d)?$", "Time of day, such as 09:00."),
    "date": (r"^\d{4}-\d\d-\d\d$", "Day, such as 2026-10-20."),
}


class _FileSchema(GenerateJsonSchema):
    """Schemas of files: times as people write them, numbers as numbers."""

    schema_dialect = DIALECT

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        return _time("date-time")

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:
        return _time("date")

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        return _time("time")

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        least = schema.get("ge")
        return {"type": "number"} | ({} if least is None else {"minimum": float(least)})


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of a whole file."""
    schema = model.model_json_schema(schema_generator=_FileSchema)
    parts = {part.__name__: part for part in _parts(model)}
    for name, definition in schema.get("$defs", {}).items():
        if name in parts:
            _describe(definition, parts[name])
    _describe(schema, model)
    return {"$schema": DIALECT, **schema, "title": title}


def _time(form: str) -> JsonSchemaValue:
    pattern, description = PATTERNS[form]
    return {"type": "string", "pattern": pattern, "description": description}


def _describe(schema: dict[str, Any], kind: type) -> None:
    """Add the docstrings of a class and of its fields; `title` of a field is its key, which the reader sees anyhow."""
    schema["description"] = inspect.getdoc(kind) or ""
    said = field_docstrings(kind)
    for name, field in schema.get("properties", {}).items():
        field.pop("title", None)
        if name in said:
            field["description"] = said[name]
    if issubclass(kind, Enum) and said:
        values = {member.name: member.value for member in kind}
        schema["description"] += "".join(f"\n{values[name]}: {text}" for name, text in said.items() if name in values)


def field_docstrings(kind: type) -> dict[str, str]:
    """The docstrings that stand below the fields of a class, by field."""
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):  # an installation without sources still has its schema
        return {}
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        name = _field_name(field)
        if name and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[name] = re.sub(r"\s+", " ", str(after.value.value)).strip()
    return found


def _field_name(node: ast.stmt) -> str | None:
    target = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
    )
    return target.id if isinstance(target, ast.Name) else None


def _parts(model: type[BaseModel]) -> set[type]:
    """Every model and enumeration that a model is made of, itself included."""
    found: set[type] = set()
    pending: list[Any] = [model]
    while pending:
        kind = pending.pop()
        pending += [part for part in get_args(kind) if part is not kind]
        pending += [kind.__supertype__] if hasattr(kind, "__supertype__") else []
        if inspect.isclass(kind) and kind not in found and issubclass(kind, BaseModel | Enum):
            found.add(kind)
            pending += [field.annotation for field in kind.model_fields.values()] if issubclass(kind, BaseModel) else []
    return found
