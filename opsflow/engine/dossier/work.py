"""Stages, tasks, roles and the record of deadlines, for documents."""

from datetime import timedelta

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.team import role_holders, stand_in
from opsflow.documents.model import DepartmentRecord, EscalationFacts, GateFacts, RoleFacts, StageFacts, TaskFacts
from opsflow.engine.dossier.words import Words
from opsflow.engine.facts import gate
from opsflow.engine.subjects import subject_title
from opsflow.kernel.terms import DepartmentId, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.sop.model import GateFact, TaskKind
from opsflow.stages.model import OUTSIDE, Override, Stored, Task, TaskStatus
from opsflow.workdays.model import WorkCalendar


def house_calendar(words: Words) -> WorkCalendar:
    """The organisation's working days."""
    organisation = words.snapshot.campaign.organisation
    return working_days(organisation)


def task_facts(words: Words) -> list[TaskFacts]:
    """Every task, in the order of the SOP."""
    calendar = house_calendar(words)
    return [_task(words, task, calendar) for task in words.snapshot.tasks]


def _task(words: Words, task: Task, calendar: WorkCalendar) -> TaskFacts:
    return {
        "id": task.code,
        "title": words.say(task.title),
        "stage": task.stage,
        "kind": task.kind,
        "department": words.department(task.department),
        "department_id": task.department,
        "owner": words.person(task.owner),
        "deputy_for": words.maybe_person(task.deputy_for),
        "approvers": [words.person(person) for person in task.approvers],
        "days": task.days,
        "start": words.local(task.start),
        "due": words.local(task.due),
        "float_days": task.float_days,
        "critical": task.critical,
        "gate": task.gate_task,
        "status": task.status.value,
        "status_title": words.title(words.labels.task_status, task.status),
        "opened_at": words.maybe_local(task.opened_at),
        "done_at": words.maybe_local(task.done_at),
        "done_by": words.actor(task.done_by),
        "late_days": late_days(words, task, calendar),
        "held_up": words.maybe_local(task.opened_at) if task.held_up else None,
        "own_late_days": own_late_days(words, task, calendar),
        "deliverable": words.maybe(task.deliverable),
        "evidence": _evidence(words, task),
        "note": words.maybe(task.note),
        "rule": words.maybe(task.repeat_rule),
        "times": len(task.repeats),
        "times_done": len(words.snapshot.repeats.get(task.code, ())),
        "repeats": [words.local(at) for at in task.repeats],
        "because": [words.say(reason) for reason in task.because],
        "after": list(task.after),
        "on_demand": words.snapshot.on_demand(task),
    }


def _evidence(words: Words, task: Task) -> str | None:
    """What was handed in. Where the engine named a record of its own (`plan v2`), that record's title."""
    sop, given = words.snapshot.sop, task.evidence
    if given is None:
        return None
    if given == OUTSIDE:
        return words.maybe(task.note)
    subject, _, version = given.rpartition(" v")
    if task.kind is TaskKind.APPROVAL and subject:
        return f"{words.say(subject_title(words.snapshot, subject))} v{version}"
    if task.kind in (TaskKind.MEETING, TaskKind.GO_LIVE):
        return next((words.say(meeting.title) for meeting in sop.meetings if meeting.id == given), given)
    if task.deliverable and (task.kind is TaskKind.SELF_CHECK or task.repeats):
        return words.say(task.deliverable)
    return given


def late_days(words: Words, task: Task, calendar: WorkCalendar) -> int:
    """Working days between the due day and the day it was done, or today; 0 when on time."""
    # When something was done outside opsflow, opsflow does not know.
    if task.status in (TaskStatus.PLANNED, TaskStatus.CANCELLED, TaskStatus.WAIVED) or task.evidence == OUTSIDE:
        return 0
    until = task.done_at or words.snapshot.now
    if until <= task.due:
        return 0
    zone = words.snapshot.campaign.zone
    day_after = local_date(task.due, zone) + timedelta(days=1)
    return max(1, calendar.count(day_after, local_date(until, zone)))


def own_late_days(words: Words, task: Task, calendar: WorkCalendar) -> int:
    """The working days that its owner was late: those before it could begin are not theirs."""
    late = late_days(words, task, calendar)
    if not late or task.opened_at is None or not task.held_up:
        return late
    day_after = words.day(task.opened_at) + timedelta(days=1)
    used = calendar.count(day_after, words.day(task.done_at or words.snapshot.now))
    return min(late, max(0, used - max(1, task.days)))


def stage_facts(words: Words) -> list[StageFacts]:
    """The six stages with their gates."""
    return [_stage(words, stage) for stage in words.snapshot.stages]


def _stage(words: Words, stage: Stored) -> StageFacts:
    spec = next(each for each in words.snapshot.sop.stages if each.id is stage.name)
    own = [task for task in words.snapshot.tasks if task.stage is stage.name]
    return {
        "id": stage.name,
        "title": words.say(spec.title),
        "purpose": words.say(spec.purpose),
        "status": stage.status,
        "status_title": words.title(words.labels.stage_status, stage.status),
        "opens": words.maybe_local(stage.opens),
        "closes": words.maybe_local(stage.closes),
        "opened_at": words.maybe_local(stage.opened_at),
        "closed_at": words.maybe_local(stage.closed_at),
        "reason": words.maybe(stage.reason),
        "gate": _gate(words, spec.gate, stage.name),
        "go_live_gate": _gate(words, spec.go_live_gate, stage.name),
        "tasks_total": len(own),
        "tasks_done": sum(task.status is TaskStatus.DONE for task in own),
    }


def _let_pass(words: Words, override: Override) -> str:
    return words.say(
        Text(f"{words.actor(override.by)}: {override.reason.en}", f"{words.actor(override.by)}：{override.reason.zh}")
    )


def _gate(words: Words, facts: tuple[GateFact, ...], stage: Stage) -> list[GateFacts]:
    return [
        {
            "text": words.say(fact.text),
            "holds": fact.holds,
            "tasks": [str(code) for code in fact.tasks],
            "missing": [str(code) for code in fact.missing],
            "let_pass": _let_pass(words, fact.override) if fact.override else None,
        }
        for fact in gate(facts, words.snapshot.tasks, words.snapshot.let_pass(stage), words.snapshot.open_points)
    ]


def role_facts(words: Words) -> list[RoleFacts]:
    """Who fills the SOP's roles in this campaign today."""
    campaign = words.snapshot.campaign
    holders = role_holders(campaign.file, campaign.organisation)
    day = words.day(words.snapshot.now)
    found: list[RoleFacts] = []
    for role in words.snapshot.sop.roles:
        if role in holders:
            acting = stand_in(holders[role], day, campaign.organisation)
            found.append(
                {
                    "id": role,
                    "title": words.role(role),
                    "person": words.person(acting.person),
                    "department": words.department_of(acting.person) or "",
                    "deputy_for": words.maybe_person(acting.deputy_for),
                }
            )
    return found


def records(words: Words, tasks: list[TaskFacts]) -> list[DepartmentRecord]:
    """Deadlines kept and missed per department that takes part, and the working days by which its own people missed them.

    Work that is planned or cancelled does not count, nor what was done outside opsflow: nobody here knows when.
    """
    organisation = words.snapshot.campaign.organisation
    outside = {task.code for task in words.snapshot.tasks if task.evidence == OUTSIDE}
    found: list[DepartmentRecord] = []
    for department in words.snapshot.sop.departments:
        theirs = [task for task in tasks if task["department_id"] == department]
        own = [task for task in theirs if task["status"] in ("open", "done") and task["id"] not in outside]
        entry = organisation.departments.get(DepartmentId(department))
        if theirs and entry:
            done = [task for task in own if task["status"] == "done"]
            found.append(
                {
                    "department": words.department(department),
                    "department_id": department,
                    "head": words.person(entry.head),
                    "total": len(own),
                    "on_time": sum(not task["late_days"] for task in done),
                    "late": sum(bool(task["late_days"]) for task in own),
                    "open": sum(task["status"] == "open" and not task["late_days"] for task in own),
                    "late_days": sum(task["own_late_days"] for task in own),
                }
            )
    return found


def escalation_facts(words: Words) -> list[EscalationFacts]:
    """Who hears when of a deadline that has passed, as the level says."""
    campaign, policy = words.snapshot.campaign, words.snapshot.policy
    holders = role_holders(campaign.file, campaign.organisation)
    found: list[EscalationFacts] = [
        {
            "hours": step.after_hours,
            "weighty": weighty,
            "role": words.role(step.to),
            "person": words.maybe_person(holders.get(step.to)),
        }
        for weighty, steps in ((True, policy.escalation_critical), (False, policy.escalation_other))
        for step in sorted(steps, key=lambda step: step.after_hours)
    ]
    return found
