"""A table of results as a workbook. Pure."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import xlsxwriter  # type: ignore[import-untyped]  # the library ships no type marker

from opsflow.campaigns.export.styles import PLAIN_TEXTS, Styles
from opsflow.kernel.csvfile import Cell


def as_workbook(title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """One sheet, ready to print on landscape A4: numbers are numbers, days are days."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, PLAIN_TEXTS)
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
