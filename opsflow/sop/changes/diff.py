"""How two versions of an SOP differ, part by part and in words: tasks, lengths, dependencies, gates, meetings, and all else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text
from opsflow.sop.model import Sop, StageSpec, Task, TaskKind


class Area(StrEnum):
    """Which part of an SOP a difference lies in."""

    TASKS = "tasks"
    LENGTHS = "lengths"
    DEPENDENCIES = "dependencies"
    GATES = "gates"
    MEETINGS = "meetings"
    LEVELS = "levels"
    DOCUMENTS = "documents"
    SELF_CHECK = "self_check"
    PEOPLE = "people"
    WORDING = "wording"


AREAS: Mapping[Area, Text] = {
    Area.TASKS: Text("Tasks", "任务"),
    Area.LENGTHS: Text("Lengths", "工期"),
    Area.DEPENDENCIES: Text("Dependencies", "前后关系"),
    Area.GATES: Text("Gates", "关口"),
    Area.MEETINGS: Text("Meetings", "会议"),
    Area.LEVELS: Text("Levels", "级别规则"),
    Area.DOCUMENTS: Text("Documents", "文档"),
    Area.SELF_CHECK: Text("Self-check", "自检"),
    Area.PEOPLE: Text("Roles and departments", "角色与部门"),
    Area.WORDING: Text("Wording", "文字"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise in the newer version."""

    area: Area
    text: Text
    control: bool = False
    """It touches what keeps people honest (approvals, gates, self-check, go-live): the sponsor agrees as well."""


_CONTROL_KINDS = (TaskKind.APPROVAL, TaskKind.SELF_CHECK, TaskKind.GO_LIVE)
_CONTROL_FIELDS = {"approvers", "finance", "self_check", "gate_task", "approves", "kind", "go_live_gate", "gate"}
_FIELDS: Mapping[str, Text] = {
    "title": Text("title", "名称"),
    "owner": Text("owner", "责任人"),
    "kind": Text("kind", "类型"),
    "deliverable": Text("deliverable", "交付物"),
    "when": Text("condition", "适用条件"),
    "live": Text("rhythm while live", "活动期节奏"),
    "pin": Text("fixed day", "固定日期"),
    "approves": Text("what it approves", "审批对象"),
    "rework": Text("rework task", "返工任务"),
    "gate_task": Text("counts as a gate task", "是否关口任务"),
    "approvers": Text("approvers", "审批人"),
    "finance": Text("finance approves", "财务审批"),
    "self_check": Text("self-check reviewers", "自检评审人"),
    "meetings": Text("meetings held", "召开的会议"),
    "first_meeting": Text("first meeting before the launch", "首次会议提前量"),
    "build": Text("start of the build before the launch", "制作启动提前量"),
    "freeze": Text("freeze before the launch", "封版提前量"),
    "warm_up": Text("warm-up before the launch", "预热提前量"),
    "claim_days": Text("claim window", "领奖期"),
    "hot_debrief": Text("hot debrief after the end", "快速复盘（结束后）"),
    "review": Text("review after the end", "复盘会（结束后）"),
    "levels": Text("levels", "适用级别"),
    "written_levels": Text("held in writing at", "书面召开的级别"),
    "topics": Text("topics", "议题"),
    "tasks": Text("proved by", "依据任务"),
    "text": Text("wording", "表述"),
    "task": Text("task", "任务"),
    "purpose": Text("purpose", "目的"),
    "scope": Text("scope", "适用范围"),
    "responsibilities": Text("responsibilities", "职责"),
    "opens": Text("opens", "开启条件"),
    "reminders": Text("reminders", "提醒"),
    "escalation_critical": Text("escalation of critical tasks", "关键任务升级"),
    "escalation_other": Text("escalation of other tasks", "其他任务升级"),
    "duties": Text("duties", "职责"),
    "work": Text("work", "工作内容"),
}


def differences(before: Sop, after: Sop) -> tuple[Difference, ...]:
    """Everything that is otherwise, but for the version's number; empty only when nothing is."""
    found = (
        *_fields(
            Area.WORDING, Text("The SOP", "SOP"), before, after, ("title", "purpose", "scope", "responsibilities")
        ),
        *_tasks(before, after),
        *_stages(before, after),
        *_listed(Area.MEETINGS, Text("Meeting", "会议"), before.meetings, after.meetings),
        *_levels(before, after),
        *_listed(Area.DOCUMENTS, Text("Document", "文档"), before.documents, after.documents),
        *_listed(Area.SELF_CHECK, Text("Module", "自检模块"), before.self_check, after.self_check, control=True),
        *_mapped(Area.PEOPLE, Text("Role", "角色"), before.roles, after.roles),
        *_mapped(Area.PEOPLE, Text("Department", "部门"), before.departments, after.departments),
    )
    if not found and before.model_dump(exclude={"version"}) != after.model_dump(exclude={"version"}):
        return (Difference(Area.WORDING, Text("Entries stand in another order.", "条目顺序有调整。")),)
    return tuple(found)


def needs_sponsor(found: Iterable[Difference]) -> bool:
    """Whether one of them touches what keeps people honest."""
    return any(each.control for each in found)


def unified(before: str, after: str, *, was: str, becomes: str) -> str:
    """Two files as a unified diff, with their names."""
    lines = unified_diff(before.splitlines(), after.splitlines(), was, becomes, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def by_area(found: Sequence[Difference], language: Language) -> Iterator[tuple[str, list[str]]]:
    """The differences in words, part by part."""
    for area in Area:
        said = [each.text[language] for each in found if each.area is area]
        if said:
            yield AREAS[area][language], said


def _tasks(before: Sop, after: Sop) -> Iterator[Difference]:
    old, new = ({task.id: task for task in sop.tasks} for sop in (before, after))
    for code in [*old, *(code for code in new if code not in old)]:
        was, becomes = old.get(code), new.get(code)
        if becomes is None:
            assert was is not None
            yield _whole(was, Text("is dropped", "取消"))
        elif was is None:
            yield _whole(becomes, Text("is new", "新增"))
        elif was != becomes:
            yield from _task(was, becomes)


def _whole(task: Task, what: Text) -> Difference:
    name = _task_name(task)
    lengths = ", ".join(f"{level} {days}" for level, days in task.days.items())
    en, zh = (f" ({lengths} working days)", f"（{lengths} 个工作日）") if lengths else ("", "")
    text = Text(f"{name.en} {what.en}{en}.", f"{what.zh}任务 {name.zh}{zh}。")
    return Difference(Area.TASKS, text, control=task.kind in _CONTROL_KINDS or task.gate_task)


def _task(was: Task, becomes: Task) -> Iterator[Difference]:
    yield from _lengths(was, becomes)
    name = _task_name(becomes)
    for field, en, zh in (("after", "follows", "的前置任务"), ("before", "precedes", "的后续任务")):
        old, new = set(getattr(was, field)), set(getattr(becomes, field))
        for code in sorted(new - old):
            yield Difference(Area.DEPENDENCIES, Text(f"{name.en} now {en} {code}.", f"{name.zh}{zh}增加 {code}。"))
        for code in sorted(old - new):
            yield Difference(
                Area.DEPENDENCIES, Text(f"{name.en} no longer {en} {code}.", f"{name.zh}{zh}不再包括 {code}。")
            )
    rest = [field for field in Task.model_fields if field not in ("id", "days", "after", "before")]
    yield from _fields(Area.TASKS, name, was, becomes, rest)


def _lengths(was: Task, becomes: Task) -> Iterator[Difference]:
    name, guarded = _task_name(becomes), becomes.kind in _CONTROL_KINDS or becomes.gate_task
    for level in sorted({*was.days, *becomes.days}, key="SABC".index):
        old, new = was.days.get(level), becomes.days.get(level)
        if old == new:
            continue
        if new is None:
            text = Text(f"{name.en} no longer exists at level {level}.", f"{name.zh}在 {level} 级取消。")
            yield Difference(Area.LENGTHS, text, control=guarded)
        elif old is None:
            text = Text(
                f"{name.en} exists at level {level} now, {new} days.", f"{name.zh}在 {level} 级新增，{new} 天。"
            )
            yield Difference(Area.LENGTHS, text)
        else:
            en = f"{name.en} takes {new} working {'day' if new == 1 else 'days'} at level {level}, {old} before."
            yield Difference(Area.LENGTHS, Text(en, f"{name.zh}：{level} 级由 {old} 个工作日改为 {new} 个工作日。"))


def _task_name(task: Task) -> Text:
    return Text(f"{task.id} {task.title.en}", f"{task.id}《{task.title.zh}》")


def _levels(before: Sop, after: Sop) -> Iterator[Difference]:
    for level in sorted({*before.levels, *after.levels}, key="SABC".index):
        was, becomes = before.levels.get(level), after.levels.get(level)
        name = Text(f"Level {level}", f"{level} 级")
        if was is None or becomes is None:
            what = Text("is new", "新增") if was is None else Text("is dropped", "取消")
            yield Difference(Area.LEVELS, Text(f"{name.en} {what.en}.", f"{name.zh}{what.zh}。"), control=True)
        else:
            yield from _fields(Area.LEVELS, name, was, becomes, type(was).model_fields)


def _stages(before: Sop, after: Sop) -> Iterator[Difference]:
    yield from _listed(Area.GATES, Text("Stage", "阶段"), before.stages, after.stages, skip=("gate", "go_live_gate"))
    old: dict[str, StageSpec] = {stage.id: stage for stage in before.stages}
    for stage in after.stages:
        if stage.id not in old:
            continue
        for field, gate in (("gate", Text("Gate", "关口")), ("go_live_gate", Text("Go-live gate", "上线关口"))):
            name = Text(f"{gate.en} of {stage.title.en}:", f"{stage.title.zh}{gate.zh}：")
            facts = getattr(old[stage.id], field), getattr(stage, field)
            yield from _listed(Area.GATES, name, *facts, control=True)


def _listed(
    area: Area,
    kind: Text,
    before: Sequence[Any],
    after: Sequence[Any],
    *,
    control: bool = False,
    skip: tuple[str, ...] = (),
) -> Iterator[Difference]:
    old, new = {each.id: each for each in before}, {each.id: each for each in after}
    yield from _mapped(area, kind, old, new, control=control, skip=("id", *skip))


def _mapped(
    area: Area,
    kind: Text,
    old: Mapping[Any, Any],
    new: Mapping[Any, Any],
    *,
    control: bool = False,
    skip: tuple[str, ...] = (),
) -> Iterator[Difference]:
    for key in [*old, *(key for key in new if key not in old)]:
        was, becomes = old.get(key), new.get(key)
        name = Text(f"{kind.en} {key}", f"{kind.zh}{key}")
        if was is None:
            yield Difference(area, Text(f"{name.en} is new.", f"新增{name.zh}。"), control=control)
        elif becomes is None:
            yield Difference(area, Text(f"{name.en} is dropped.", f"取消{name.zh}。"), control=control)
        else:
            rest = [field for field in type(was).model_fields if field not in skip]
            yield from _fields(area, name, was, becomes, rest, control=control)


def _fields(
    area: Area, name: Text, was: BaseModel, becomes: BaseModel, fields: Iterable[str], *, control: bool = False
) -> Iterator[Difference]:
    for field in fields:
        old, new = getattr(was, field), getattr(becomes, field)
        if old == new:
            continue
        title = _FIELDS.get(field, Text.both(f"`{field}`"))
        before, after = _shown(old), _shown(new)
        text = Text(
            f"{name.en}: {title.en} is now {after.en}; it was {before.en}.",
            f"{name.zh}：{title.zh}由“{before.zh}”改为“{after.zh}”。",
        )
        yield Difference(area, text, control=control or field in _CONTROL_FIELDS)


def _shown(value: Any) -> Text:
    """A value in words. What a model leaves at its default is left out."""
    match value:
        case None | () | {}:
            return Text("nothing", "无")
        case bool():
            return Text("yes", "是") if value else Text("no", "否")
        case Text():
            return value
        case BaseModel():
            parts = [(field, getattr(value, field)) for field in value.model_fields_set]
            return _joined([_pair(field, _shown(part)) for field, part in sorted(parts) if part not in (None, ())])
        case Mapping():
            return _joined([_pair(str(key), _shown(part)) for key, part in value.items()])
        case tuple() | list():
            return _joined([_shown(part) for part in value])
    return Text.both(str(value))


def _pair(name: str, value: Text) -> Text:
    return Text(f"{name} {value.en}", f"{name} {value.zh}")


def _joined(parts: Sequence[Text]) -> Text:
    return Text(", ".join(part.en for part in parts), "，".join(part.zh for part in parts))
