"""A table of results as CSV and as a workbook; a title that begins with = stays a title. Pure."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import xlsxwriter  # type: ignore[import-untyped]  # the library ships no type marker

from opsflow.campaigns.export.csvfile import BYTE_ORDER_MARK, harmless
from opsflow.campaigns.export.styles import Styles
from opsflow.review.comparing.model import Cell


def as_csv(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """RFC 4180, with a byte order mark for Excel; numbers plain, days as 2026-11-11, what is unknown empty."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(map(harmless, heads))
    writer.writerows([written(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def written(cell: Cell) -> str:
    """A cell as text."""
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case Decimal():
            return f"{cell:f}"
        case _:
            return str(cell)


def as_workbook(title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """One sheet, ready to print on landscape A4: numbers are numbers, days are days."""
    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(file, {"in_memory": True, **plain})
    styles = Styles.of(workbook)
    sheet = workbook.add_worksheet(title[:31])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    sheet.set_column(0, 1, 26)
    sheet.set_column(2, max(len(heads) - 1, 2), 12)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, styles.head)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            match cell:
                case None:
                    sheet.write_blank(line, column, None, styles.text)
                case date():
                    sheet.write_datetime(line, column, cell, styles.day)
                case int() | Decimal():
                    sheet.write_number(line, column, float(cell) if isinstance(cell, Decimal) else cell, styles.text)
                case _:
                    sheet.write_string(line, column, str(cell), styles.text)
    sheet.autofilter(0, 0, max(len(rows), 1), len(heads) - 1)
    workbook.close()
    return file.getvalue()
