"""Tables as CSV (RFC 4180) that Excel opens with their Chinese intact, and in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TextIO, TypeAlias

BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file without it for the machine's old encoding."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Cell: TypeAlias = str | int | Decimal | date | None


class CsvTable:
    """A table that is written row by row into a file that was opened with `newline=""`."""

    def __init__(self, file: TextIO, heads: Iterable[str]) -> None:
        file.write(BYTE_ORDER_MARK)
        self._writer = csv.writer(file)  # its defaults are those of RFC 4180: commas, CRLF, quotes doubled
        self.add(heads)

    def add(self, cells: Iterable[Cell]) -> None:
        """One row: numbers plain, days as 2026-11-11, instants to the minute, what is unknown empty."""
        self._writer.writerow([_written(cell) for cell in cells])


def csv_table(heads: Iterable[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    """A whole table."""
    text = io.StringIO(newline="")
    table = CsvTable(text, heads)
    for row in rows:
        table.add(row)
    return text.getvalue().encode()


def harmless(text: str) -> str:
    """A text that a spreadsheet reads as text, with a ' before what it would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _written(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case Decimal():
            return f"{cell:f}"
    return cell
