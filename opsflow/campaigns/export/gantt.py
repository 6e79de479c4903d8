"""The Gantt sheet: a row per task, a column per day, a coloured cell where the two meet."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from xlsxwriter.format import Format  # type: ignore[import-untyped]  # the library ships no type marker
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from opsflow.campaigns.export.fitting import height_of
from opsflow.campaigns.export.model import Export
from opsflow.campaigns.export.styles import Styles
from opsflow.campaigns.plan import PlannedTask
from opsflow.campaigns.warnings import about_years
from opsflow.kernel.text import Text
from opsflow.sop.model import TaskKind

HEADS: tuple[tuple[Text, int], ...] = (
    (Text("Task", "编号"), 7),
    (Text("Title", "任务"), 48),
    (Text("Department", "部门"), 23),
    (Text("Owner", "负责人"), 14),
    (Text("Start", "开始"), 11),
    (Text("Due", "到期"), 11),
    (Text("Float", "浮动"), 7),
)
LEGEND_LINE, MONTH_LINE, DAY_LINE, WEEKDAY_LINE, FIRST_LINE = 0, 1, 2, 3, 4
PRINT_SCALE = 60
"""Per cent: letters of 6.6 points, and the bars of some nine weeks beside the titles on a page."""
WEEKDAYS = {"en": "MTWTFSS", "zh": "一二三四五六日"}
CRITICAL_MARK, LIVE_MARK = "●", "○"
_LEGEND = Text(
    "{title}   ● on the longest chain   ○ live   yellow: launch day", "{title}   ● 关键链   ○ 活动期   黄色：上线日"
)
NARROW = 3
"""Days of a month that its name has no room above."""
_MONTH = Text("{day:%Y-%m}", "{day:%Y}年{day.month}月")
_SHORT_MONTH = Text("{day:%m}", "{day.month}月")


def write_gantt(sheet: Worksheet, styles: Styles, export: Export, days: Sequence[date]) -> None:
    """Fill the sheet; `days` are its columns."""
    tasks = export.by_start()
    _write_heads(sheet, styles, export, days)
    for line, task in enumerate(tasks, start=FIRST_LINE):
        _write_facts(sheet, line, styles, export, task)
        _write_bar(sheet, line, styles, export, days, task)
    sheet.freeze_panes(FIRST_LINE, 2)
    sheet.repeat_rows(MONTH_LINE, WEEKDAY_LINE)
    # A hundred days on one page cannot be read: they go on over the next ones, each with the tasks beside them.
    sheet.repeat_columns(0, 1)
    sheet.set_print_scale(PRINT_SCALE)
    sheet.print_across()
    sheet.print_area(0, 0, FIRST_LINE + len(tasks) - 1, len(HEADS) + len(days) - 1)


def _write_heads(sheet: Worksheet, styles: Styles, export: Export, days: Sequence[date]) -> None:
    legend = _LEGEND[export.language].format(title=export.title[export.language])
    guessed = [warning[export.language] for warning in about_years(export.provisional)]
    sheet.write_string(LEGEND_LINE, 0, "   ".join([legend, *guessed]), styles.title)
    for index, (head, width) in enumerate(HEADS):
        sheet.set_column(index, index, width)
        sheet.merge_range(MONTH_LINE, index, WEEKDAY_LINE, index, head[export.language], styles.head)
    sheet.set_column(len(HEADS), len(HEADS) + len(days) - 1, 2.6)
    launch = export.local(export.plan.launch).date()
    for index, day in enumerate(days, start=len(HEADS)):
        style = styles.launch_day if day == launch else styles.head_day
        sheet.write_number(DAY_LINE, index, day.day, style)
        sheet.write_string(WEEKDAY_LINE, index, WEEKDAYS[export.language][day.weekday()], style)
    _write_months(sheet, styles, export, days)


def _write_months(sheet: Worksheet, styles: Styles, export: Export, days: Sequence[date]) -> None:
    index = len(HEADS)
    for _, month in groupby(days, key=lambda day: (day.year, day.month)):
        whole = list(month)
        name = (_MONTH if len(whole) >= NARROW else _SHORT_MONTH)[export.language].format(day=whole[0])
        if len(whole) > 1:  # Excel cannot merge a single cell
            sheet.merge_range(MONTH_LINE, index, MONTH_LINE, index + len(whole) - 1, name, styles.month)
        else:
            sheet.write_string(MONTH_LINE, index, name, styles.month)
        index += len(whole)


def _write_facts(sheet: Worksheet, line: int, styles: Styles, export: Export, task: PlannedTask) -> None:
    style = styles.critical if task.critical else styles.text
    department = export.say(export.departments[task.department])
    texts = (task.id, export.say(task.title), department, export.owner(task))
    for index, text in enumerate(texts):
        sheet.write_string(line, index, text, style)
    sheet.set_row(line, height_of((text, HEADS[index][1]) for index, text in enumerate(texts)))
    sheet.write_datetime(line, 4, export.local(task.start), styles.day)
    sheet.write_datetime(line, 5, export.local(task.due), styles.day)
    if task.kind is TaskKind.LIVE:
        sheet.write_blank(line, 6, None, style)
    else:
        sheet.write_number(line, 6, task.float_days, style)


def _write_bar(
    sheet: Worksheet, line: int, styles: Styles, export: Export, days: Sequence[date], task: PlannedTask
) -> None:
    style, mark = _look(styles, task)
    first, last = export.local(task.start).date(), export.local(task.due).date()
    turns = {export.local(at).date() for at in task.repeats}  # a live task's; others work every day from start to due
    for index, day in enumerate(days, start=len(HEADS)):
        if first <= day <= last and (not turns or day in turns):
            sheet.write_string(line, index, mark, style)


def _look(styles: Styles, task: PlannedTask) -> tuple[Format, str]:
    if task.kind is TaskKind.LIVE:
        return styles.live_bar, LIVE_MARK
    return (styles.critical_bar, CRITICAL_MARK) if task.critical else (styles.work_bar, " ")
