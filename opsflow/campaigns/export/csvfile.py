"""A plan as CSV (RFC 4180) that Excel opens with its Chinese intact, and in which no cell is a formula."""

import csv
import io
from datetime import datetime

from opsflow.campaigns.export.model import Export
from opsflow.campaigns.export.rows import Cell, heads, row

BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file without it for the machine's old encoding."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def plan_csv(export: Export) -> bytes:
    """The whole plan, stage by stage; instants as the campaign's clocks show them."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)  # its defaults are those of RFC 4180: commas, CRLF, quotes doubled
    writer.writerow(map(_written, heads(export)))
    writer.writerows([_written(cell) for cell in row(export, task)] for task in export.plan.tasks)
    return text.getvalue().encode()


def harmless(text: str) -> str:
    """A text that a spreadsheet reads as text, with a ' before what it would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _written(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case str():
            return harmless(cell)
        case _:
            return cell
