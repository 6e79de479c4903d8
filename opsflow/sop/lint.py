"""What a schema cannot see in an SOP: names that lead nowhere, tasks that wait for each other, kinds that lack a part."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from opsflow.kernel.expectations import Finding, Loc, suggestion
from opsflow.kernel.terms import Level, Stage, TaskCode
from opsflow.sop.model import LiveRule, Sop, Task, TaskKind

Check = Callable[[Sop], Iterable[Finding]]

_WITHIN = re.compile(r"[0-9]{1,4}(min|h|wh)|same_day|next_day")
_CLOCK = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
_HOURS = re.compile(f"{_CLOCK}-{_CLOCK}")
_OFF_HOURS = re.compile(f"none|incidents( {_CLOCK}-{_CLOCK})?")
_CODE = re.compile(r"\w[\w.-]{0,59}")
_COUNTED = ("first_hours", "before_end", "last_days")


def lint(sop: Sop) -> list[Finding]:
    """Every mistake of an SOP that its types alone do not show."""
    return [finding for check in CHECKS for finding in check(sop)]


def _wrong(loc: Loc, message: str, hint: str = "") -> Finding:
    return Finding(loc, at_key=False, message=message, hint=hint)


def _duplicates(sop: Sop) -> Iterator[Finding]:
    lists: dict[str, Sequence[str]] = {
        "tasks": [task.id for task in sop.tasks],
        "stages": [stage.id for stage in sop.stages],
        "meetings": [meeting.id for meeting in sop.meetings],
        "self_check": [module.id for module in sop.self_check],
        "documents": [document.id for document in sop.documents],
    }
    for name, ids in lists.items():
        for index, given in enumerate(ids):
            if given in ids[:index]:
                yield _wrong(
                    (name, index, "id"), f"the id `{given}` is used twice in {name}", "Give it one of its own."
                )
    for index, stage in enumerate(sop.stages):
        facts = Counter(fact.id for fact in (*stage.gate, *stage.go_live_gate))
        for given in (given for given, count in facts.items() if count > 1):
            yield _wrong(("stages", index, "gate"), f"the fact `{given}` stands twice in the gates of {stage.id}", "")


def _codes(sop: Sop) -> Iterator[Finding]:
    for index, task in enumerate(sop.tasks):
        if not _CODE.fullmatch(task.id):
            yield _wrong(
                ("tasks", index, "id"), f"`{task.id[:60]}` is no id", "Expected letters and digits, as in EX28."
            )


def _task_names(sop: Sop) -> Iterator[tuple[Loc, TaskCode]]:
    """Every place that names a task."""
    yield from _named_by_tasks(sop)
    yield from _named_by_stages(sop)
    yield from _named_by_meetings(sop)
    for index, document in enumerate(sop.documents):
        yield ("documents", index, "task"), document.task
        yield from _each(("documents", index, "again"), document.again)
    for index, module in enumerate(sop.self_check):
        yield from _each(("self_check", index, "written_in"), module.written_in)


def _named_by_tasks(sop: Sop) -> Iterator[tuple[Loc, TaskCode]]:
    for index, task in enumerate(sop.tasks):
        yield from _each(("tasks", index, "after"), task.after)
        yield from _each(("tasks", index, "before"), task.before)
        if task.rework:
            yield ("tasks", index, "rework"), task.rework


def _named_by_stages(sop: Sop) -> Iterator[tuple[Loc, TaskCode]]:
    for index, stage in enumerate(sop.stages):
        for name, facts in (("gate", stage.gate), ("go_live_gate", stage.go_live_gate)):
            for place, fact in enumerate(facts):
                yield from _each(("stages", index, name, place, "tasks"), fact.tasks)


def _named_by_meetings(sop: Sop) -> Iterator[tuple[Loc, TaskCode]]:
    for index, meeting in enumerate(sop.meetings):
        if meeting.task:
            yield ("meetings", index, "task"), meeting.task
        for place, topic in enumerate(meeting.topics):
            yield from _each(("meetings", index, "topics", place, "tasks"), topic.tasks)


def _each(loc: Loc, codes: Sequence[TaskCode]) -> Iterator[tuple[Loc, TaskCode]]:
    return (((*loc, position), code) for position, code in enumerate(codes))


def _unknown_tasks(sop: Sop) -> Iterator[Finding]:
    codes = [task.id for task in sop.tasks]
    known = set(codes)
    for loc, code in _task_names(sop):
        if code not in known:
            meant = suggestion(code, codes)
            hint = meant if meant.startswith("Did") else "Name a task of this file."
            yield _wrong(loc, f"there is no task `{code}`", hint)


def _unknown_departments(sop: Sop) -> Iterator[Finding]:
    for index, task in enumerate(sop.tasks):
        if task.owner.department not in sop.departments:
            loc: Loc = ("tasks", index, "owner", "department")
            message = f"there is no department `{task.owner.department}`"
            yield _wrong(loc, message, suggestion(task.owner.department, sop.departments))
    for level, policy in sop.levels.items():
        for at, department in enumerate(policy.self_check.departments):
            if department not in sop.departments:
                loc = ("levels", level.value, "self_check", "departments", at)
                yield _wrong(loc, f"there is no department `{department}`", suggestion(department, sop.departments))


def _unknown_roles(sop: Sop) -> Iterator[Finding]:
    for index, task in enumerate(sop.tasks):
        if task.owner.role and task.owner.role not in sop.roles:
            message = f"the role `{task.owner.role}` of {task.id} is not described"
            yield _wrong(("tasks", index, "owner", "role"), message, "Add it under `roles`.")


def _levels(sop: Sop) -> Iterator[Finding]:
    missing = [level.value for level in Level if level not in sop.levels]
    if missing:
        yield _wrong(("levels",), f"the levels {', '.join(missing)} are missing", "Describe all four.")
    meetings = {meeting.id: meeting for meeting in sop.meetings}
    for level, policy in sop.levels.items():
        for at, name in enumerate(policy.meetings):
            if name not in meetings:
                yield _wrong(
                    ("levels", level.value, "meetings", at), f"there is no meeting `{name}`", suggestion(name, meetings)
                )
            elif level not in meetings[name].levels:
                message = f"the meeting `{name}` is not held at {level.value}"
                yield _wrong(
                    ("levels", level.value, "meetings", at), message, "Add the level to it, or remove it here."
                )
        for name in (
            name for name, meeting in meetings.items() if level in meeting.levels and name not in policy.meetings
        ):
            message = f"the meeting `{name}` is held at {level.value} but not listed"
            yield _wrong(("levels", level.value, "meetings"), message, f"Add {name}.")
        yield from _policy(sop, level)


def _policy(sop: Sop, level: Level) -> Iterator[Finding]:
    policy = sop.levels[level]
    for at, seat in enumerate(policy.approvers):
        kind, _, department = seat.partition(":")
        fits = department in sop.departments if kind == "head" else seat in {role.value for role in sop.roles}
        if not fits:
            hint = "Expected a role such as leader, or head:<department>."
            yield _wrong(("levels", level.value, "approvers", at), f"nobody can be approver as `{seat}`", hint)
    if not policy.approvers:
        yield _wrong(("levels", level.value, "approvers"), f"nobody approves at {level.value}", "Name at least one.")
    if not _OFF_HOURS.fullmatch(policy.off_hours):
        hint = "Expected none, incidents, or incidents 9:00-22:00."
        yield _wrong(("levels", level.value, "off_hours"), f"`{policy.off_hours}` cannot be read", hint)
    lengths = [reminder.length_from for reminder in policy.reminders]
    if lengths != sorted(lengths, reverse=True):
        yield _wrong(
            ("levels", level.value, "reminders"), "reminders are not ordered by length", "Put the longest first."
        )


def _stages(sop: Sop) -> Iterator[Finding]:
    given = [stage.id for stage in sop.stages]
    if given != list(Stage):
        hint = f"Expected {', '.join(Stage)}, each once and in this order."
        yield _wrong(("stages",), "the stages are not the six stages in their order", hint)
    for index, stage in enumerate(sop.stages):
        word, _, other = stage.opens.partition(":")
        earlier = given[:index]
        if stage.opens in ("first_task", "end") or (word == "closed" and other in earlier):
            continue
        hint = "Expected first_task, end, or closed:<an earlier stage>."
        yield _wrong(("stages", index, "opens"), f"`{stage.opens}` opens no stage", hint)


def _kinds(sop: Sop) -> Iterator[Finding]:
    held = {meeting.task: meeting.levels for meeting in sop.meetings}
    for index, task in enumerate(sop.tasks):
        loc: Loc = ("tasks", index)
        yield from _lengths(loc, task)
        if task.kind is TaskKind.MEETING:
            lacking = [level.value for level in task.days if level not in held.get(task.id, ())]
            if lacking:
                message = f"{task.id} is a meeting, but none is held by it at {', '.join(lacking)}"
                yield _wrong(loc, message, "Add the level to the meeting whose `task` it is.")
        if task.kind is TaskKind.APPROVAL and not task.approves:
            yield _wrong(loc, f"{task.id} is an approval of nothing", "Add `approves: [<document>]`.")
        if task.kind is TaskKind.APPROVAL and not (task.owner.approvers or task.owner.role):
            yield _wrong((*loc, "owner"), f"nobody approves {task.id}", "Add `approvers: true` or a role.")
        if task.kind is TaskKind.SELF_CHECK and not sop.self_check:
            yield _wrong(loc, f"{task.id} is a self-check, but there are no modules", "Add them under `self_check`.")
        if task.approves and task.kind is not TaskKind.APPROVAL:
            yield _wrong(
                (*loc, "approves"), f"{task.id} approves something but is no approval", "Add `kind: approval`."
            )


def _lengths(loc: Loc, task: Task) -> Iterator[Finding]:
    is_live = task.kind is TaskKind.LIVE
    if is_live and (task.days or not task.live):
        yield _wrong(loc, f"the live task {task.id} needs `live`, and no `days`", "Say per level when it comes round.")
    if not is_live and (task.live or not task.days):
        yield _wrong(loc, f"the task {task.id} needs `days`, and `live` only with kind live", "Say how long it takes.")
    for level, days in task.days.items():
        if days < 0:
            yield _wrong(
                (*loc, "days", level.value), f"{task.id} takes {days} days at {level.value}", "Expected 0 or more."
            )
    for level, rule in task.live.items():
        yield from _rule((*loc, "live", level.value), task.id, rule)
    if task.pin:
        lacking = [level.value for level in task.days if level not in task.pin.days]
        if lacking:
            yield _wrong(
                (*loc, "pin"), f"the pin of {task.id} has no day at {', '.join(lacking)}", "Add it under `days`."
            )


def _rule(loc: Loc, code: TaskCode, rule: LiveRule) -> Iterator[Finding]:
    if rule.rule in _COUNTED and not rule.count:
        yield _wrong(loc, f"{code}: `{rule.rule}` needs a count", "Add `count: 1`.")
    if rule.within and not _WITHIN.fullmatch(rule.within):
        yield _wrong(
            (*loc, "within"),
            f"{code}: `{rule.within}` cannot be read",
            "Expected 15min, 4h, 2wh, same_day or next_day.",
        )
    if rule.hours and not _HOURS.fullmatch(rule.hours):
        yield _wrong((*loc, "hours"), f"{code}: `{rule.hours}` cannot be read", "Expected hours such as 9:00-22:00.")


def _milestones(sop: Sop) -> Iterator[Finding]:
    for kind in (TaskKind.LAUNCH, TaskKind.GO_LIVE):
        for level in Level:
            found = [task.id for task in sop.tasks if task.kind is kind and level in task.days and not task.when]
            if len(found) != 1:
                named = f": {', '.join(found)}" if found else ""
                message = f"{len(found)} tasks of kind {kind.value} exist at {level.value}{named}"
                yield _wrong(("tasks",), message, "Exactly one is needed at each level.")


def _circle(sop: Sop) -> Iterator[Finding]:
    known = {task.id for task in sop.tasks}
    waits: dict[TaskCode, list[TaskCode]] = {
        task.id: [code for code in task.after if code in known] for task in sop.tasks
    }
    for task in sop.tasks:
        for later in (code for code in task.before if code in known):
            waits[later].append(task.id)
    circle = _find_circle(waits)
    if circle:
        index = next(index for index, task in enumerate(sop.tasks) if task.id == circle[0])
        message = f"these tasks wait for each other: {' after '.join((*circle, circle[0]))}"
        yield _wrong(("tasks", index, "after"), message, "Remove one of these dependencies.")


def _find_circle(waits: dict[TaskCode, list[TaskCode]]) -> list[TaskCode]:
    """The first circle met, without recursion: a file may hold ten thousand tasks."""
    finished: set[TaskCode] = set()
    for start in waits:
        path: list[TaskCode] = []
        on_path: set[TaskCode] = set()
        stack: list[tuple[TaskCode, bool]] = [(start, False)]
        while stack:
            code, leaving = stack.pop()
            if leaving:
                finished.add(path.pop())
                on_path.discard(code)
                continue
            if code in on_path:
                return path[path.index(code) :]
            if code in finished:
                continue
            path.append(code)
            on_path.add(code)
            stack.append((code, True))
            stack.extend((other, False) for other in waits[code])
    return []


CHECKS: tuple[Check, ...] = (
    _duplicates,
    _codes,
    _unknown_tasks,
    _unknown_departments,
    _unknown_roles,
    _levels,
    _stages,
    _kinds,
    _milestones,
    _circle,
)
