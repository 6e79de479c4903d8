"""`opsflow schema`: editors accept what opsflow accepts, refuse what it refuses, and show what the docstrings say."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # comes with Prefect, without types
import pytest
import typer
import yaml
from typer.testing import CliRunner

from opsflow.cli.schema import MODELS, schema
from opsflow.kernel.errors import Refused
from opsflow.kernel.jsonschema import field_docstrings
from opsflow.kernel.yamlfile import parse
from opsflow.settings import SHIPPED

SAMPLES = SHIPPED / "samples"
FILES = [
    *(("campaign", path) for path in sorted((SAMPLES / "campaigns").glob("*.yaml"))),
    ("campaign", SAMPLES / "init/campaign.yaml"),
    ("org", SAMPLES / "org.yaml"),
    *(("sop", path) for path in sorted((SHIPPED / "sop").rglob("v*.yaml"))),
]
DOUBLE_ELEVEN = SAMPLES / "campaigns/double-eleven-2026.yaml"


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: numbers, true, false and null are typed, dates and times are texts."""


EditorLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in ("bool", "int", "float", "null")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_an_editor_reads(path: Path) -> Any:
    """A file's values; 09:00 is a number to YAML 1.1 only, so those texts are taken from opsflow's own reader."""
    return _texts(yaml.load(path.read_text(encoding="utf-8"), Loader=EditorLoader), parse(path).content)


def _texts(value: Any, written: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _texts(part, written[str(key)]) for key, part in value.items()}
    if isinstance(value, list):
        return [_texts(part, other) for part, other in zip(value, written, strict=True)]
    return written if isinstance(written, str) and ":" in written else value


def schema_for(kind: str, *arguments: str) -> Any:
    app = typer.Typer()
    app.command()(schema)
    result = CliRunner().invoke(app, [kind, *arguments])
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda part: part.stem if isinstance(part, Path) else part)
def test_every_shipped_file_is_valid(kind: str, path: Path) -> None:
    judge = jsonschema.Draft202012Validator(schema_for(kind))
    assert [error.message for error in judge.iter_errors(as_an_editor_reads(path))] == []


@pytest.mark.parametrize("kind", MODELS)
def test_the_schema_is_one_and_every_field_with_a_docstring_says_it(kind: str) -> None:
    found = schema_for(kind)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["title"] == f"opsflow {kind} file"
    said = {name: part.get("description") for name, part in found["properties"].items()}
    docstrings = field_docstrings(MODELS[kind])  # type: ignore[index]  # parametrised over its keys
    assert docstrings.items() <= said.items()


def test_parts_are_described_too() -> None:
    parts = schema_for("campaign")["$defs"]
    assert parts["Live"]["description"] == "When the campaign is live: half-open, in the campaign's zone."
    assert parts["Kpi"]["properties"]["remedy"]["description"] == "What is done when it runs off track."
    assert "release: Done by the campaign manager" in schema_for("sop")["$defs"]["TaskKind"]["description"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("level",), "X"),
        (("goal",), "fame"),
        (("live", "start"), "20 October"),
        (("budget", "currency"), "yuan"),
        (("kpis", 0, "target"), "many"),
        (("prizes", 0, "quantity"), 0),
        (("unknown",), 1),
        (("presale",), "perhaps"),
        (("title",), {"fr": "Onze"}),
    ],
)
def test_what_opsflow_refuses_an_editor_marks(place: tuple[Any, ...], value: Any) -> None:
    content = copy.deepcopy(as_an_editor_reads(DOUBLE_ELEVEN))
    part = content
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    assert not jsonschema.Draft202012Validator(schema_for("campaign")).is_valid(content)


def test_it_goes_to_a_file_and_over_no_other(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(schema)
    command = ["org", "-o", str(tmp_path / "org.schema.json")]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert json.loads((tmp_path / "org.schema.json").read_text(encoding="utf-8"))["type"] == "object"
    assert isinstance(CliRunner().invoke(app, command).exception, Refused)
