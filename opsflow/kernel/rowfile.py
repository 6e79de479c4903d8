"""Reads tables that other programs write, a row at a time: CSV, JSON Lines, JSON, xlsx. Every value arrives as text.

What makes the whole file unreadable is BadInput with its line; what is wrong with one row is the row's own matter.
"""

import csv
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput

MOST_COLUMNS = 200
LONGEST_LINE = 1 << 20
"""Characters: of a line of JSON, and of one value of CSV."""
MOST_UNPACKED = 1 << 30
"""Bytes that an xlsx file may unpack to: a million rows of ten columns are a third of it."""
LONGEST_JSON = 1 << 26
"""Bytes of a file that is one array of JSON, which is read whole; more come as JSON Lines."""
ENDINGS = (".csv", ".jsonl", ".json", ".xlsx")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file."""

    line: int
    """Where it begins, counted from 1; of a spreadsheet the row's number."""
    values: dict[str, str]
    """By column, without the spaces around them; an empty one is not there."""
    fault: str = ""
    """Why it could not be read; then there are no values."""


def rows(path: Path) -> Iterator[Row]:
    """Every row of a file, by its ending; the first line of CSV and the first row of a spreadsheet name the columns.

    Nothing is kept: a file of a million rows takes no more memory than a small one (a spreadsheet and an array
    of JSON excepted, which are read whole). BadInput: no such file, another ending, not UTF-8, no or twice the same column, too wide, damaged.
    """
    if path.suffix.lower() not in ENDINGS:
        raise BadInput(f"{path} is none of {', '.join(ENDINGS)}: save it as one of these.")
    if not path.is_file():
        raise BadInput(f"{path} is no file that can be read. Check the path.")
    try:
        match path.suffix.lower():
            case ".csv":
                yield from _csv(path)
            case ".jsonl":
                yield from _json_lines(path)
            case ".json":
                yield from _json_array(path)
            case _:
                yield from _spreadsheet(path)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8: save it with that encoding (in Excel: CSV UTF-8).") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error


def _csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)  # Python's own is less, and for the whole process as well
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            columns = _columns(path, next(reader, []))
            line = reader.line_num + 1
            for cells in reader:
                if any(cells):
                    yield _row(line, columns, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            raise BadInput(f"{path}, line {reader.line_num}: {error}. A quote in a value is written twice.") from error


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        line = 0
        while text := file.readline(LONGEST_LINE + 1):
            line += 1
            if len(text) > LONGEST_LINE:
                raise BadInput(f"{path}, line {line} is longer than {LONGEST_LINE} characters: one object per line.")
            if text.strip():
                yield _object(line, text)


def _json_array(path: Path) -> Iterator[Row]:
    """Its lines are the objects' numbers, counted from 1."""
    if path.stat().st_size > LONGEST_JSON:
        raise BadInput(f"{path} is longer than {LONGEST_JSON} bytes: save it as JSON Lines, one object per line.")
    yield from array_rows(path.read_text(encoding="utf-8-sig"), str(path))


def array_rows(text: str, name: str) -> Iterator[Row]:
    """The rows of an array of JSON objects; a line is the object's number. BadInput: it is none. `name`: whose it is."""
    try:
        found = _loaded(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is no JSON: {str(error)[:80]}.") from error
    if not isinstance(found, list):
        raise BadInput(f"{name} is no array of objects: write `[{{...}}, {{...}}]`, or JSON Lines.")
    yield from (_of_object(number, each) for number, each in enumerate(found, 1))


def _loaded(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=str)


def _object(line: int, text: str) -> Row:
    try:
        found = _loaded(text)
    except (ValueError, RecursionError) as error:
        return Row(line, {}, f"no JSON object: {str(error)[:80]}")
    return _of_object(line, found)


def _of_object(line: int, found: Any) -> Row:
    if not isinstance(found, dict) or len(found) > MOST_COLUMNS:
        return Row(line, {}, f"not one JSON object of at most {MOST_COLUMNS} keys")
    if any(isinstance(value, dict | list) for value in found.values()):
        return Row(line, {}, "a value is a list or an object: write plain values")
    return Row(line, _values(list(found), list(found.values())))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _spreadsheet(path: Path) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise BadInput(f"{path} would unpack to {unpacked} bytes: save it as CSV, or split it.")
        with path.open("rb") as file:
            sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
            found = enumerate(sheet.iter_rows(), 1)
            columns = _columns(path, [_text(cell) for cell in next(found, (1, []))[1]])
            for number, cells in found:
                if any(cell not in ("", None) for cell in cells):
                    yield _row(number, columns, cells)
    except (zipfile.BadZipFile, CalamineError) as error:
        raise BadInput(
            f"{path} is no spreadsheet that can be read: {str(error)[:80]}. Save it again as xlsx."
        ) from error


def _columns(path: Path, names: list[str]) -> list[str]:
    columns = [" ".join(without_unsafe(name).split()).casefold() for name in names]
    while columns and not columns[-1]:
        columns.pop()
    if not columns or not all(columns):
        raise BadInput(f"{path}: the first line must name every column.")
    if len(columns) > MOST_COLUMNS:
        raise BadInput(f"{path} has {len(columns)} columns; at most {MOST_COLUMNS} are read.")
    twice = next((name for at, name in enumerate(columns) if name in columns[:at]), None)
    if twice is not None:
        raise BadInput(f"{path} has two columns `{twice}`: give each a name of its own.")
    return columns


def _row(line: int, columns: list[str], cells: list[Any]) -> Row:
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        return Row(line, {}, f"it has {len(cells)} values for {len(columns)} columns")
    return Row(line, _values(columns, cells))


def _values(columns: list[str], cells: list[Any]) -> dict[str, str]:
    written = zip(columns, map(_text, cells), strict=False)
    return {name.casefold(): text for name, text in written if text}


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer() and abs(cell) < 10**15:
            return str(int(cell))  # a spreadsheet knows no whole numbers
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell).strip()
