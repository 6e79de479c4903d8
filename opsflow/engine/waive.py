"""Tasks that are not needed, and conditions of a gate that are let pass: by role, with a reason, for all to see."""

from opsflow.campaigns.service import check
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.facts import Fact, gate
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import Notices
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.subjects import writing_codes
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict, NotFound, Refused, listed
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.matters import Facts, close_matter
from opsflow.outbox.store import enqueue_all
from opsflow.selfcheck.model import PASS_ABOVE
from opsflow.sop.model import TaskKind
from opsflow.stages import store
from opsflow.stages.changes import store as changes
from opsflow.stages.model import FINAL, Override, Task, base_code
from opsflow.stages.network import wakes_after
from opsflow.stages.permissions import check_unfinished
from opsflow.stages.service import check_task, task_matter

WAIVABLE = (TaskKind.WORK, TaskKind.LIVE)
NEVER_PASSED = {
    TaskKind.SELF_CHECK: f"only a total above {PASS_ABOVE} goes on to execution",
    TaskKind.APPROVAL: "its approvers vote on it (`opsflow stage approve`)",
    TaskKind.GO_LIVE: "it is decided by itself (`opsflow stage go-live`)",
    TaskKind.LAUNCH: "without it there is no campaign",
}
"""What a campaign cannot do without, whoever lets it pass: no door leads round a score, a vote or the launch."""
TOLD = (Role.LEADER, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST)


def waive(ctx: Context, campaign: CampaignKey, code: TaskCode, *, by: PersonKey, reason: Text) -> None:
    """Say that a task is not needed: what follows it may begin, its gate does not wait for it, documents show why.

    For those whom the table lets; a task that a gate hangs on has a line of its own. NotFound: no such campaign or task.
    NotAllowed: not theirs. Conflict: it is finished. Refused: an approval, a meeting, a self-check, rework, a launch, or
    what an approval that is still to come covers.
    """
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        snapshot = load_snapshot(ctx, session, campaign, task.stage)
        check_task(ctx, _verb(snapshot, task), snapshot.campaign, task, by=by)
        check_unfinished(task, campaign)
        _check_waivable(snapshot, task)
        store.guard_stage(session, snapshot.stage)  # a run that is about to open it begins anew
        _drop(session, snapshot, task, by=by, reason=reason)
        notices = Notices(snapshot.campaign, snapshot.sop)
        data: dict[str, Value] = {"task": task.title, "code": code, "by_name": notices.name(by), "reason": reason}
        people = dict.fromkeys([task.owner, *_heads(snapshot, task), *notices.holders(Role.CAMPAIGN_MANAGER)])
        told = [notices.make("task_waived", person, code, data=data) for person in people if person != by]
        enqueue_all(session, told, now=snapshot.now)


def _verb(snapshot: Snapshot, task: Task) -> str:
    proving = {code for spec in snapshot.sop.stages for fact in (*spec.gate, *spec.go_live_gate) for code in fact.tasks}
    return "task.waive-gate" if task.gate_task or base_code(task.code) in proving else "task.waive"


def _heads(snapshot: Snapshot, task: Task) -> list[PersonKey]:
    department = snapshot.campaign.organisation.departments.get(task.department)
    return [department.head] if department else []


def _check_waivable(snapshot: Snapshot, task: Task) -> None:
    named = f"Task {task.code} of {snapshot.campaign.key}"
    if task.kind not in WAIVABLE:
        raise Refused(
            f"{named} cannot be waived: its stage moves by it ({task.kind.value.replace('_', ' ')}). The sponsor may let a "
            "condition of the gate pass (`opsflow stage override`)."
        )
    if task.rework:
        raise Refused(f"{named} cannot be waived: it was asked for by a refusal, and is what is looked at next.")
    for other in snapshot.tasks:
        if other.kind is TaskKind.APPROVAL and not other.finished and task.code in writing_codes(snapshot, other):
            raise Refused(f"{named} cannot be waived: {other.code} approves what it hands in.")


def _drop(session: Session, snapshot: Snapshot, task: Task, *, by: PersonKey, reason: Text) -> None:
    """The task is over; nobody is asked for it any more."""
    campaign, now = snapshot.campaign.key, snapshot.now
    if not changes.waive_task(session, campaign, task, by=by, reason=reason, now=now):
        raise Conflict(f"Task {task.code} of {campaign} has just been finished: there is nothing to waive.")
    doer = snapshot.campaign.organisation.people.get(by)
    said: Facts = {"what": "waived", "by_name": doer.name if doer else None, "at": now}
    close_matter(session, task_matter(campaign, task.code), facts=said)
    add_wakes(session, campaign, [*wakes_after(store.tasks(session, campaign), task.code, now=now), (task.stage, now)])
    data: dict[str, Value] = {"title": task.title, "reason": reason, "owner": task.owner}
    write(session, at=now, actor=by, action="task.waived", campaign=campaign, object=task.code, data=data)


def override(
    ctx: Context, campaign: CampaignKey, stage: Stage, fact: str, *, by: PersonKey, reason: Text
) -> tuple[TaskCode, ...]:
    """Let a condition of a stage's gate pass though it does not hold; answers which tasks are not needed any more.

    NotFound: no such campaign, or no such condition at its level. NotAllowed: not theirs. Refused: their own work, or
    what nobody lets pass (the self-check, an approval, the decision meeting, go-live, the launch). Conflict: the stage is over, or the condition holds.
    """
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        load_campaign(session, campaign)
        snapshot = load_snapshot(ctx, session, campaign, stage)
        check(ctx, snapshot.campaign, "stage.override", f"{fact} of stage {stage}", by=by)
        found = _fact(snapshot, fact)
        missing = [task for task in snapshot.tasks if task.code in found.missing and not task.finished]
        _check_override(snapshot, found, missing, by=by)
        store.guard_stage(session, snapshot.stage)
        given = Override(found.id, by, reason, snapshot.now)
        if not changes.add_override(session, campaign, stage, given):
            raise Conflict(f"{found.id} of stage {stage} was let pass already; `opsflow stage show` says by whom.")
        for task in missing:
            _drop(session, snapshot, task, by=by, reason=reason)
        add_wakes(session, campaign, [(stage, snapshot.now)])
        _tell_override(session, snapshot, given, found, missing)
    return tuple(task.code for task in missing)


def _fact(snapshot: Snapshot, name: str) -> Fact:
    spec = next(spec for spec in snapshot.sop.stages if spec.id is snapshot.stage.name)
    facts = gate(spec.gate, snapshot.tasks, snapshot.let_pass(spec.id), snapshot.open_points)
    for fact in facts:
        if fact.id == name:
            return fact
    names = listed([fact.id for fact in facts]) or "none at this level"
    raise NotFound(f"The gate of stage {spec.id} has no condition {name}. Its conditions: {names}.")


def _check_override(snapshot: Snapshot, fact: Fact, missing: list[Task], *, by: PersonKey) -> None:
    stage, campaign = snapshot.stage, snapshot.campaign.key
    if stage.status in FINAL:
        raise Conflict(f"Stage {stage.name} of {campaign} is {stage.status}: its gate is behind it.")
    if fact.holds:
        raise Conflict(f"{fact.id} of stage {stage.name} holds; there is nothing to let pass.")
    never = [f"{task.code} is missing, and {why}" for task in missing if (why := _never(task))]
    if never:
        raise Refused(f"{fact.id} cannot be let pass: {'; '.join(never)}.")
    if by in {task.owner for task in missing if task.kind is TaskKind.WORK}:
        raise Refused(f"{by} cannot let {fact.id} pass: it is about their own work, and somebody else has to decide.")


def _never(task: Task) -> str | None:
    """Why nobody lets a task pass; None: somebody may."""
    if task.kind is TaskKind.MEETING and task.stage is Stage.DECISION:
        return "go, revise or stop is said there (`opsflow stage record-meeting`)"
    return NEVER_PASSED.get(task.kind)


def _tell_override(session: Session, snapshot: Snapshot, given: Override, fact: Fact, missing: list[Task]) -> None:
    notices, stage = Notices(snapshot.campaign, snapshot.sop), snapshot.stage.name
    entry: dict[str, Value] = {"title": fact.text, "reason": given.reason, "tasks": list(fact.missing)}
    write(
        session, at=given.at, actor=given.by, action="gate.overridden", campaign=snapshot.campaign.key,
        object=f"{stage}:{fact.id}", data=entry,
    )  # fmt: skip
    data: dict[str, Value] = {
        "stage": notices.stage_title(stage),
        "fact": fact.text,
        "by_name": notices.name(given.by),
        "reason": given.reason,
    }
    if missing:
        data["tasks"] = ", ".join(task.code for task in missing)
    people = dict.fromkeys([*notices.holders(*TOLD), *(task.owner for task in missing)])
    told = [notices.make("gate_overridden", who, stage, fact.id, data=data) for who in people if who != given.by]
    enqueue_all(session, told, now=given.at)
