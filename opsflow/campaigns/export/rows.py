"""A plan as rows: the same columns in a workbook and in a table of text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from opsflow.campaigns.export.model import DEPARTMENT_HEAD, Export
from opsflow.campaigns.plan import PlannedTask
from opsflow.kernel.text import Text
from opsflow.sop.model import TaskKind

Cell: TypeAlias = str | int | datetime | None
"""Instants are naive: as the clocks of the campaign's zone show them."""

YES = Text("yes", "是")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its width in characters, and what it says of a task."""

    head: Text
    width: int
    cell: Callable[[Export, PlannedTask], Cell]


def _role(export: Export, task: PlannedTask) -> str:
    return export.say(export.roles.get(task.role or DEPARTMENT_HEAD))


def _deputy_for(export: Export, task: PlannedTask) -> str:
    return export.say(export.people[task.deputy_for]) if task.deputy_for else ""


def _approvers(export: Export, task: PlannedTask) -> str:
    return "; ".join(export.say(export.people[person]) for person in task.approvers)


def _days(_export: Export, task: PlannedTask) -> int | None:
    return None if task.kind is TaskKind.LIVE else task.days


def _float(_export: Export, task: PlannedTask) -> int | None:
    return None if task.kind is TaskKind.LIVE else task.float_days


def _repeats(export: Export, task: PlannedTask) -> str:
    if task.repeat_rule is None:
        return ""
    times = f" ({len(task.repeats)} ×)" if task.repeats else ""
    return export.say(task.repeat_rule) + times


def _because(export: Export, task: PlannedTask) -> str:
    return " ".join(export.because(task))


STAGE = Column(Text("Stage", "阶段"), 12, lambda export, task: export.say(export.stages[task.stage]))
DEPARTMENT = Column(
    Text("Department", "部门"), 20, lambda export, task: export.say(export.departments[task.department])
)
COLUMNS: tuple[Column, ...] = (
    STAGE,
    Column(Text("Task", "编号"), 7, lambda _, task: task.id),
    Column(Text("Title", "任务"), 32, lambda export, task: export.say(task.title)),
    DEPARTMENT,
    Column(Text("Role", "角色"), 15, _role),
    Column(Text("Owner", "负责人"), 12, lambda export, task: export.owner(task)),
    Column(Text("Stands in for", "代理"), 10, _deputy_for),
    Column(Text("Approvers", "审批人"), 13, _approvers),
    Column(Text("Start", "开始"), 17, lambda export, task: export.local(task.start)),
    Column(Text("Due", "到期"), 17, lambda export, task: export.local(task.due)),
    Column(Text("Working days", "工作日"), 10, _days),
    Column(Text("Float", "浮动"), 7, _float),
    Column(Text("Critical", "关键"), 9, lambda export, task: export.say(YES) if task.critical else ""),
    Column(Text("After", "前置任务"), 11, lambda _, task: ", ".join(task.after)),
    Column(Text("Comes round", "重复"), 13, _repeats),
    Column(Text("Deliverable", "交付物"), 16, lambda export, task: export.say(task.deliverable)),
    Column(Text("Why these dates", "日期依据"), 60, _because),
)


def row(export: Export, task: PlannedTask, columns: tuple[Column, ...] = COLUMNS) -> list[Cell]:
    """What the columns say of a task."""
    return [column.cell(export, task) for column in columns]


def heads(export: Export, columns: tuple[Column, ...] = COLUMNS) -> list[str]:
    """The heads of the columns."""
    return [column.head[export.language] for column in columns]
