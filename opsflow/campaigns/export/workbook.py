"""A plan as an Excel workbook: one Gantt sheet, one sheet per department, made to be read and printed."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # the library ships no type marker
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from opsflow.campaigns.export.fitting import height_of
from opsflow.campaigns.export.gantt import write_gantt
from opsflow.campaigns.export.model import Export
from opsflow.campaigns.export.rows import COLUMNS, DEPARTMENT, Cell, heads, row
from opsflow.campaigns.export.styles import PLAIN_TEXTS, Styles
from opsflow.campaigns.plan import PlannedTask
from opsflow.kernel.terms import DepartmentId

GANTT = "Gantt"
LONGEST_NAME = 31
LONGEST_HEADER = 90
"""Of a title in a page's header: with each `&` doubled and the sheet's name beside it within Excel's 255."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
Works: TypeAlias = Callable[[date], bool]
DEPARTMENT_COLUMNS = tuple(column for column in COLUMNS if column is not DEPARTMENT)


def plan_workbook(export: Export, works: Works) -> bytes:
    """The whole plan. `works`: whether a day is a working day."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, PLAIN_TEXTS)
    # The time a workbook says it was made is the plan's launch: the same plan gives the same bytes.
    made = export.plan.launch.astimezone(UTC).replace(tzinfo=None)
    workbook.set_properties({"title": export.title[export.language], "created": made})
    styles = Styles.of(workbook)
    write_gantt(_sheet(workbook, GANTT, export), styles, export, _columns_of(export, works))
    departments = [name for name in export.departments if any(export.tasks_of(name))]
    for department, name in zip(departments, _sheet_names(export, departments), strict=True):
        _write_department(_sheet(workbook, name, export), styles, export, [*export.tasks_of(department)])
    workbook.close()
    return file.getvalue()


def _sheet(workbook: xlsxwriter.Workbook, name: str, export: Export) -> Worksheet:
    """A sheet on landscape A4, with title and page numbers."""
    sheet = workbook.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    title = _cut(export.title[export.language], LONGEST_HEADER).replace("&", "&&")
    sheet.set_header(f"&L{title}&R{name.replace('&', '&&')}")
    sheet.set_footer(f"&L{export.zone.key}&R&P / &N")
    return sheet


def _cut(text: str, units: int) -> str:
    """As much of a text as Excel counts as so many characters: units of UTF-16, of which an emoji is two."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore")


def _sheet_names(export: Export, departments: Sequence[DepartmentId]) -> list[str]:
    """Department titles as Excel allows them: at most 31 characters, some not among them, no two the same."""
    taken, names = {GANTT.casefold(), "history"}, []
    for department in departments:
        title = _FORBIDDEN.sub(" ", export.say(export.departments[department])).strip(" '") or department
        name, number = _cut(title, LONGEST_NAME).rstrip(" '"), 2
        while name.casefold() in taken:
            name, number = f"{_cut(title, LONGEST_NAME - 4)} {number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _columns_of(export: Export, works: Works) -> list[date]:
    """The days of the Gantt sheet: every working day from the first task to the last, and every day of the live window."""
    tasks, plan = export.plan.tasks, export.plan
    first = min(export.local(task.start).date() for task in tasks)
    last = max(export.local(task.due).date() for task in tasks)
    opened, closed = export.local(plan.launch).date(), export.local(plan.end - timedelta(microseconds=1)).date()
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if works(day) or opened <= day <= closed]


def _write_department(sheet: Worksheet, styles: Styles, export: Export, tasks: Sequence[PlannedTask]) -> None:
    for index, column in enumerate(DEPARTMENT_COLUMNS):
        sheet.set_column(index, index, column.width)
    named = heads(export, DEPARTMENT_COLUMNS)
    for index, head in enumerate(named):
        sheet.write_string(0, index, head, styles.head)
    _set_height(sheet, 0, named)
    for line, task in enumerate(tasks, start=1):
        cells = row(export, task, DEPARTMENT_COLUMNS)
        for index, cell in enumerate(cells):
            _write(sheet, line, index, cell, styles.critical if task.critical else styles.text, styles)
        _set_height(sheet, line, cells)
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, len(tasks), len(DEPARTMENT_COLUMNS) - 1)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _set_height(sheet: Worksheet, line: int, cells: Sequence[Cell]) -> None:
    widths = [column.width for column in DEPARTMENT_COLUMNS]
    texts = [cell if isinstance(cell, str) else "" for cell in cells]  # a day or a number is never broken
    sheet.set_row(line, height_of(zip(texts, widths, strict=True)))


def _write(sheet: Worksheet, line: int, index: int, cell: Cell, style: Format, styles: Styles) -> None:
    match cell:
        case None:
            sheet.write_blank(line, index, None, style)
        case datetime():
            sheet.write_datetime(line, index, cell, styles.moment)
        case int():
            sheet.write_number(line, index, cell, style)
        case _:
            sheet.write_string(line, index, cell, style)
