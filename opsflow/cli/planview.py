"""What a plan looks like: the JSON of issue A, tables stage by stage, and the reasons of one task."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypedDict
from zoneinfo import ZoneInfo

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from opsflow.campaigns.plan import Infeasible, Plan, PlannedStage, PlannedTask
from opsflow.kernel.terms import Language, PersonKey
from opsflow.kernel.text import Text
from opsflow.sop.model import TaskKind

Names = Mapping[PersonKey, Text]
"""What people are called."""


class _JsonMeeting(TypedDict):
    at: str
    mode: str


class _JsonTask(TypedDict, total=False):
    id: str
    title: str
    role: str
    owner: str
    deputy_for: str | None
    department: str
    start: str
    due: str
    float_days: int
    critical: bool
    because: list[str]
    repeats: list[str]
    approvers: list[str]


class _JsonStage(TypedDict):
    name: str
    opens: str | None
    closes: str | None
    meeting: _JsonMeeting | None
    tasks: list[_JsonTask]


class JsonPlan(TypedDict):
    """A plan as other programs read it."""

    campaign: str
    level: str
    launch: str
    end: str
    provisional: bool
    stages: list[_JsonStage]
    warnings: list[str]


class JsonRefusal(TypedDict):
    """A plan that does not fit, as other programs read it."""

    feasible: bool
    short_by_working_days: int
    earliest_launch: str
    provisional: bool
    reasons: list[str]
    changes: list[str]
    warnings: list[str]


def plan_json(plan: Plan, zone: ZoneInfo, language: Language) -> JsonPlan:
    """The whole plan; instants carry the offset of the campaign's zone."""
    return {
        "campaign": plan.campaign,
        "level": plan.level.value,
        "launch": _local(plan.launch, zone),
        "end": _local(plan.end, zone),
        "provisional": plan.provisional,
        "stages": [_stage_json(stage, zone, language) for stage in plan.stages],
        "warnings": [warning[language] for warning in plan.warnings],
    }


def task_json(task: PlannedTask, zone: ZoneInfo, language: Language) -> _JsonTask:
    """One task; `repeats` belongs to live tasks, `approvers` to approvals."""
    found: _JsonTask = {
        "id": task.id,
        "title": task.title[language],
        "role": task.role.value if task.role else "department_head",
        "owner": task.owner,
        "deputy_for": task.deputy_for,
        "department": task.department,
        "start": _local(task.start, zone),
        "due": _local(task.due, zone),
        "float_days": task.float_days,
        "critical": task.critical,
        "because": [reason[language] for reason in task.because],
    }
    if task.kind is TaskKind.LIVE:
        found["repeats"] = [_local(at, zone) for at in task.repeats]
    if task.kind is TaskKind.APPROVAL:
        found["approvers"] = list(task.approvers)
    return found


def refusal_json(refusal: Infeasible, language: Language) -> JsonRefusal:
    """Why there is no plan."""
    return {
        "feasible": False,
        "short_by_working_days": refusal.short_by_working_days,
        "earliest_launch": refusal.earliest_launch.isoformat(),
        "provisional": refusal.provisional,
        "reasons": [reason[language] for reason in refusal.reasons],
        "changes": [change[language] for change in refusal.changes],
        "warnings": [warning[language] for warning in refusal.warnings],
    }


def _stage_json(stage: PlannedStage, zone: ZoneInfo, language: Language) -> _JsonStage:
    meeting = stage.meeting
    return {
        "name": stage.name.value,
        "opens": _local(stage.opens, zone) if stage.opens else None,
        "closes": _local(stage.closes, zone) if stage.closes else None,
        "meeting": {"at": _local(meeting.at, zone), "mode": meeting.mode} if meeting else None,
        "tasks": [task_json(task, zone, language) for task in stage.tasks],
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat()


_HEADS = {
    "en": ("Task", "", "Start", "Due", "Owner", "Float", ""),
    "zh": ("任务", "", "开始", "到期", "负责人", "浮动", ""),
}
_Row: TypeAlias = tuple[str, str, str, str, str, str, str]
"""What a task has under these heads."""
_WRAPPED = (1, 4)
"""Title and owner: the columns that give way; a date is whole or not there at all."""
_FLOAT = 5
NARROW = 80
"""Columns below which a table has no room for titles beside its dates."""
_WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_CRITICAL = Text("critical", "关键")
_SKIPPED = Text("skipped at this level", "本级别不设")
_WARNING = Text("Warning", "注意")


def plan_view(plan: Plan, zone: ZoneInfo, language: Language, *, stages: Mapping[str, Text], people: Names) -> Group:
    """The plan for a terminal: its window, a table per stage, its warnings."""
    window = f"{_moment(plan.launch, zone, language)} - {_moment(plan.end, zone, language)}"
    parts: list[RenderableType] = [Line(f"{plan.campaign} · {plan.level} · {window} ({zone.key})", style="bold")]
    for stage in plan.stages:
        parts += [Line(""), *_stage_view(stage, zone, language, stages[stage.name], people)]
    parts += [Line(line, style="yellow") for line in warning_lines(plan.warnings, language)]
    return Group(*parts)


def warning_lines(warnings: Iterable[Text], language: Language) -> list[str]:
    """Warnings as people read them, a line each."""
    return [f"{_WARNING[language]}: {warning[language]}" for warning in warnings]


def _stage_view(
    stage: PlannedStage, zone: ZoneInfo, language: Language, title: Text, people: Names
) -> Iterator[RenderableType]:
    if stage.opens is None or stage.closes is None:
        yield Line(f"{title[language]}: {_SKIPPED[language]}", style="bold")
        return
    opens, closes = (_day(at, zone, language) for at in (stage.opens, stage.closes))
    yield Line(f"{title[language]}: {opens} - {closes}", style="bold")
    yield _Tasks([(_row(task, zone, language, people), task.critical) for task in stage.tasks], language)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """Rows of tasks and whether each is critical: as a table, or one under the other where the terminal is narrow."""

    rows: Sequence[tuple[_Row, bool]]
    language: Language

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width >= NARROW:
            yield self._table()
        else:
            yield from self._paragraphs()

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for index, head in enumerate(_HEADS[self.language]):
            table.add_column(head, no_wrap=index not in _WRAPPED, overflow="fold")
        for row, critical in self.rows:
            table.add_row(*(Line(cell) for cell in row), style=_style(critical=critical))
        return table

    def _paragraphs(self) -> Iterator[RenderableType]:
        head = _HEADS[self.language][_FLOAT]
        for (code, title, start, due, owner, float_days, mark), critical in self.rows:
            facts = (owner, f"{head} {float_days}" if float_days else "", mark)
            yield Line(f"{code}  {title}", style=_style(critical=critical))
            yield Padding(f"{start} - {due}", (0, 0, 0, 2))
            yield Padding(Line(" · ".join(fact for fact in facts if fact)), (0, 0, 0, 2))


def _style(*, critical: bool) -> str:
    return "bold" if critical else ""


def _row(task: PlannedTask, zone: ZoneInfo, language: Language, people: Names) -> _Row:
    owner = people[task.owner][language]
    if task.deputy_for is not None:
        owner = f"{owner} ({people[task.deputy_for][language]})"
    rule = f" · {task.repeat_rule[language]}" if task.repeat_rule else ""
    return (
        task.id,
        task.title[language] + rule,
        _day(task.start, zone, language),
        _day(task.due, zone, language),
        owner,
        "" if task.repeat_rule else str(task.float_days),
        _CRITICAL[language] if task.critical else "",
    )


def explanation(task: PlannedTask, zone: ZoneInfo, language: Language, people: Names) -> str:
    """Every reason for the dates of one task."""
    span = f"{_moment(task.start, zone, language)} - {_moment(task.due, zone, language)}"
    first = f"{task.id} {task.title[language]}: {span}, {people[task.owner][language]}"
    return "\n".join([first, *(f"  - {reason[language]}" for reason in task.because)])


_NO_PLAN = Text(
    "{campaign} does not fit at level {level}: {short} working day(s) too few. The earliest launch is {day}.",
    "{campaign} 按 {level} 级排不下：差 {short} 个工作日。最早可上线日为 {day}。",
)
_WHY, _WAY_OUT = Text("Why:", "原因："), Text("What would make it fit:", "可行的调整：")


def refusal_text(refusal: Infeasible, language: Language) -> str:
    """Why there is no plan, for people."""
    first = _NO_PLAN[language].format(
        campaign=refusal.campaign,
        level=refusal.level.value,
        short=refusal.short_by_working_days,
        day=refusal.earliest_launch,
    )
    reasons = [f"  - {reason[language]}" for reason in refusal.reasons]
    changes = [f"  - {change[language]}" for change in refusal.changes]
    warnings = warning_lines(refusal.warnings, language)
    return "\n".join([first, _WHY[language], *reasons, _WAY_OUT[language], *changes, *warnings])


def _day(at: datetime, zone: ZoneInfo, language: Language) -> str:
    local = at.astimezone(zone)
    return f"{_WEEKDAYS[language][local.weekday()]} {local:%Y-%m-%d}"


def _moment(at: datetime, zone: ZoneInfo, language: Language) -> str:
    return f"{_day(at, zone, language)} {at.astimezone(zone):%H:%M}"
