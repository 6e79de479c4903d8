"""Writes other lengths into an SOP's file: those figures alone, every other character stays as it is. Pure."""

from collections.abc import Mapping
from pathlib import Path

from opsflow.kernel.terms import Level, TaskCode
from opsflow.kernel.yamlfile import parse_text


def with_lengths(text: str, lengths: Mapping[tuple[TaskCode, Level], int]) -> str:
    """The file with those lengths (task and level -> working days). KeyError: a task or a level of one is not there."""
    source = parse_text(Path("sop.yaml"), text)
    assert isinstance(source.content, dict)
    tasks = source.content["tasks"]
    assert isinstance(tasks, list)
    places = {str(task["id"]): place for place, task in enumerate(tasks) if isinstance(task, dict)}
    lines = text.split("\n")
    edits = []
    for (task, level), days in lengths.items():
        place = places[task]
        line, column = source.values["tasks", place, "days", str(level)]
        edits.append((line - 1, column - 1, days))
    for line, column, days in sorted(edits, reverse=True):  # from the end: what stands before keeps its place
        row = lines[line]
        end = column
        quoted = row[column : column + 1] in ("'", '"')
        end += 1 if quoted else 0
        while end < len(row) and (row[end].isdigit() or row[end] == "-"):
            end += 1
        end += 1 if quoted else 0
        lines[line] = f"{row[:column]}{days}{row[end:]}"
    return "\n".join(lines)
