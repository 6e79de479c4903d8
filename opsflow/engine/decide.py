"""The rules of a stage: a pure function from a snapshot to effects."""

from collections.abc import Callable
from datetime import datetime

from opsflow.approvals.model import ApprovalStatus, Verdict
from opsflow.campaigns.state import CampaignStatus
from opsflow.engine.effects import (
    ArchiveCampaign,
    CloseRound,
    CloseStage,
    Effect,
    FinishTask,
    MoveStage,
    OpenRound,
    OpenStage,
    OpenTask,
    RequestApproval,
    Rework,
    StopCampaign,
    Supersede,
    WriteDocument,
)
from opsflow.engine.facts import gate
from opsflow.engine.handing import handed_over
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.subjects import author_of, covered_hash, subject_of, writing_codes
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.selfcheck.model import evaluate
from opsflow.sop.model import TaskKind
from opsflow.stages.model import (
    FINAL,
    GO_LIVE_MEETING,
    MinuteKind,
    Outcome,
    StageStatus,
    Task,
    TaskStatus,
    base_code,
)
from opsflow.stages.network import ready

REPORTING = "live-report"


def decide(snapshot: Snapshot) -> tuple[Effect, ...]:
    """Every step that is possible now; the first rule that has something to say speaks alone."""
    if snapshot.campaign.status is not CampaignStatus.ACTIVE or snapshot.stage.status in FINAL:
        return ()
    if snapshot.stage.status is StageStatus.PLANNED:
        return (OpenStage(),) if may_open(snapshot) else ()
    for rule in RULES:
        effects = rule(snapshot)
        if effects:
            return effects
    return ()


def may_open(snapshot: Snapshot) -> bool:
    """Whether what the SOP says under `opens:` holds."""
    opens = snapshot.stage.opens
    if opens is None or snapshot.now < opens:
        return False
    spec = next(spec for spec in snapshot.sop.stages if spec.id == snapshot.stage.name)
    if spec.opens.startswith("closed:"):
        return snapshot.other(Stage(spec.opens.removeprefix("closed:"))).status in FINAL
    # What never went live has nothing to be wound up yet: its execution is still on hold.
    behind = snapshot.was_launched or snapshot.other(Stage.EXECUTION).status in FINAL
    return spec.opens != "end" or (snapshot.now >= snapshot.campaign.ends and behind)


def _refused_approvals(snapshot: Snapshot) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    for task in snapshot.of_kind(TaskKind.APPROVAL):
        approval = snapshot.approval_of(task.code)
        if task.status is not TaskStatus.OPEN or approval is None or approval.status is not ApprovalStatus.REJECTED:
            continue
        refusal = next(seat for seat in approval.seats if seat.verdict is Verdict.REJECT)
        redo = snapshot.spec(task).rework or writing_codes(snapshot, task)[0]
        effects.append(
            _rework(snapshot, task, redo, reason=refusal.reason or Text("Rejected.", "驳回。"), by=refusal.person)
        )
    return tuple(effects)


def _rework(
    snapshot: Snapshot,
    origin: Task,
    redo: TaskCode,
    *,
    reason: Text,
    by: PersonKey | None = None,
    also_after: tuple[TaskCode, ...] = (),
) -> Rework:
    times = sum(base_code(task.code) == redo for task in snapshot.tasks)
    # A task that exists only on demand is its own first rework; any other is done anew as its second version.
    code = redo if _is_on_demand(snapshot, redo) and times == 0 else TaskCode(f"{redo}.r{times + 1}")
    return Rework(origin.code, redo, code, also_after, reason, by)


def _is_on_demand(snapshot: Snapshot, code: TaskCode) -> bool:
    return next(spec for spec in snapshot.sop.tasks if spec.id == code).on_demand


def reopened(snapshot: Snapshot) -> tuple[Supersede, ...]:
    """The approvals of a stage that do not cover any more what they were given for."""
    effects: list[Supersede] = []
    for task in snapshot.of_kind(TaskKind.APPROVAL):
        approval = snapshot.approval_of(task.code)
        valid = approval is not None and approval.status in (ApprovalStatus.APPROVED, ApprovalStatus.OPEN)
        asked = task.status in (TaskStatus.DONE, TaskStatus.OPEN)
        if approval and valid and asked and approval.content_hash != covered_hash(snapshot, task):
            effects.append(Supersede(approval.id, task.code))
    return tuple(effects)


def _granted_approvals(snapshot: Snapshot) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    for task in snapshot.of_kind(TaskKind.APPROVAL):
        approval = snapshot.approval_of(task.code)
        if task.status is TaskStatus.OPEN and approval and approval.status is ApprovalStatus.APPROVED:
            effects.append(FinishTask(task.code, evidence=f"{approval.subject} v{approval.version}"))
    return tuple(effects)


def _self_check(snapshot: Snapshot) -> tuple[Effect, ...]:
    for task in snapshot.of_kind(TaskKind.SELF_CHECK):
        latest = next(iter(snapshot.rounds[-1:]), None)
        if task.status is not TaskStatus.OPEN or latest is None:
            continue
        verdict = evaluate(snapshot.rounds, [module.id for module in snapshot.sop.self_check])
        if latest.closed_at is None:
            if not latest.complete:
                return ()
            return (CloseRound(latest.number, verdict.passed, str(round(verdict.total, 1)), verdict.weak),)
        if latest.passed:
            return (FinishTask(task.code, evidence=f"self-check {latest.number}"),)
        return _self_check_rework(snapshot, task, verdict.weak or tuple(verdict.means))
    return ()


def _self_check_rework(snapshot: Snapshot, task: Task, weak: tuple[str, ...]) -> tuple[Effect, ...]:
    redo = snapshot.spec(task).rework or writing_codes(snapshot, task)[0]
    rounds = len(snapshot.rounds)
    anew = _is_on_demand(snapshot, redo)
    reworked = [each for each in snapshot.tasks if base_code(each.code) == redo and (each.rework or anew)]
    if len(reworked) < rounds:
        titles = [module.title for module in snapshot.sop.self_check if module.id in weak]
        reason = Text(
            f"Self-check round {rounds}: {', '.join(title.en for title in titles)} must be better.",
            f"自检第 {rounds} 轮：{'、'.join(title.zh for title in titles)}需返工。",
        )
        effect = _rework(snapshot, task, redo, reason=reason)
        return (effect,)
    if all(each.finished for each in reworked):
        return (OpenRound(task.code, rounds + 1, weak),)
    return ()


def _decision_outcome(snapshot: Snapshot) -> tuple[Effect, ...]:
    held = snapshot.held(snapshot.stage.meeting) if snapshot.stage.meeting else None
    if held is None or held.outcome in (None, Outcome.GO):
        return ()
    if held.outcome is Outcome.STOP:
        said = [minute.text for minute in held.minutes if minute.kind is MinuteKind.DECISION]
        return (StopCampaign(said[-1] if said else Text("The decision meeting said stop.", "决策会表决终止。")),)
    for task in snapshot.of_kind(TaskKind.MEETING):
        if task.status is TaskStatus.DONE and snapshot.spec(task).rework:
            reason = Text("The decision meeting asked for a revision.", "决策会要求修改。")
            approvals = tuple(each.code for each in snapshot.of_kind(TaskKind.APPROVAL))
            redo = snapshot.spec(task).rework or task.code
            return (_rework(snapshot, task, redo, reason=reason, also_after=approvals),)
    return ()


def _live_tasks_over(snapshot: Snapshot) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    for task in snapshot.of_kind(TaskKind.LIVE):
        if task.status is not TaskStatus.OPEN:
            continue
        due, recorded = snapshot.came_round(task), len(snapshot.repeats.get(task.code, ()))
        over = snapshot.now >= (task.due if task.repeats else snapshot.campaign.ends)
        if over and recorded >= len(due):
            note = _how_often(task, len(due), recorded)
            effects.append(FinishTask(task.code, evidence="journal" if task.deliverable else None, note=note))
    return tuple(effects)


def _how_often(task: Task, due: int, recorded: int) -> Text:
    if not task.repeats:
        return Text("The live window is over.", "活动期结束，事项终止。")
    if not due:
        return Text("The campaign went live later than it would have come round.", "活动上线晚于应执行的时间。")
    return Text(f"Recorded {recorded} of {due} times.", f"应记录 {due} 次，已记录 {recorded} 次。")


def _ready_tasks(snapshot: Snapshot) -> tuple[Effect, ...]:
    finished = snapshot.finished
    effects: list[Effect] = []
    for task in snapshot.own:
        if task.status is not TaskStatus.PLANNED or task.start > snapshot.now or not ready(task, finished):
            continue
        if task.kind is TaskKind.LIVE and not _is_live(snapshot):
            continue
        effects.append(_opening(snapshot, task))
    return tuple(effects)


def _is_live(snapshot: Snapshot) -> bool:
    launch = snapshot.of_kind(TaskKind.LAUNCH) or tuple(t for t in snapshot.tasks if t.kind is TaskKind.LAUNCH)
    return all(task.status is not TaskStatus.PLANNED for task in launch)


def _opening(snapshot: Snapshot, task: Task) -> Effect:
    if task.kind is TaskKind.APPROVAL:
        latest = snapshot.approval_of(task.code)
        return RequestApproval(
            task.code,
            subject_of(snapshot, task),
            latest.version + 1 if latest else 1,
            covered_hash(snapshot, task),
            author_of(snapshot, task),
        )
    if task.kind is TaskKind.SELF_CHECK:
        return OpenRound(task.code, len(snapshot.rounds) + 1, tuple(module.id for module in snapshot.sop.self_check))
    return OpenTask(task.code)


def _documents(snapshot: Snapshot) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    for document in snapshot.document_specs():
        task = snapshot.task(document.task)
        if task is None or task.stage != snapshot.stage.name or task.kind is TaskKind.LIVE:
            continue
        written = snapshot.documents.get(document.id)
        told = {document.task, *document.again}
        tells_of = " ".join(each.code for each in snapshot.tasks if base_code(each.code) in told and each.finished)
        if task.status is TaskStatus.OPEN and written is None:
            effects.append(WriteDocument(document.id, document.id, "draft", tells_of))
        elif task.status is TaskStatus.DONE and (written is None or written.tells_of != tells_of):
            effects.append(WriteDocument(document.id, document.id, "final", tells_of))
    return (*effects, *_live_reports(snapshot))


def _live_reports(snapshot: Snapshot) -> tuple[Effect, ...]:
    document = next((each for each in snapshot.document_specs() if each.id == REPORTING), None)
    if document is None or snapshot.stage.name is not Stage.EXECUTION:
        return ()
    days = {local_date(at, snapshot.campaign.zone) for at in snapshot.repeats.get(document.task, ())}
    names = {f"{REPORTING}-{day.isoformat()}": day for day in sorted(days)}
    return tuple(
        WriteDocument(name, REPORTING, "final", day=day)
        for name, day in names.items()
        if name not in snapshot.documents
    )


def _status(snapshot: Snapshot) -> tuple[Effect, ...]:
    to = target(snapshot)
    if to is snapshot.stage.status:
        return ()
    return (MoveStage(to, _why_held(snapshot) if to is StageStatus.HOLD else None),)


def _why_held(snapshot: Snapshot) -> Text:
    held = snapshot.held(GO_LIVE_MEETING)
    if held is not None and held.outcome is Outcome.HOLD:
        return held.minutes[-1].text
    late = [task.code for task in _before_go_live(snapshot) if not task.finished and _late(snapshot.now, task)]
    return Text(f"Not done in time: {', '.join(late)}.", f"未按时完成：{'、'.join(late)}。")


def _before_go_live(snapshot: Snapshot) -> tuple[Task, ...]:
    """The go-live check and everything it waits for."""
    found = {task.code for task in snapshot.of_kind(TaskKind.GO_LIVE)}
    waits = {task.code: task.after for task in snapshot.tasks}
    rest = list(found)
    while rest:
        new = set(waits.get(rest.pop(), ())) - found
        found |= new
        rest += new
    return tuple(task for task in snapshot.tasks if task.code in found)


def target(snapshot: Snapshot) -> StageStatus:
    """The state the stage's tasks amount to."""
    if all(task.finished for task in snapshot.own):
        return StageStatus.GATE
    if snapshot.stage.name is Stage.EXECUTION:
        return _execution_target(snapshot)
    meetings = [task for task in snapshot.of_kind(TaskKind.MEETING) if _is_stage_meeting(snapshot, task)]
    if any(task.status is TaskStatus.DONE for task in meetings):
        return StageStatus.MEETING_HELD
    if any(task.status is TaskStatus.OPEN for task in snapshot.of_kind(TaskKind.APPROVAL)):
        return StageStatus.AWAITING_APPROVAL
    if _stands_released(snapshot):
        return StageStatus.RELEASED
    # Closing and review are work, not a draft to be approved.
    return StageStatus.OPEN if snapshot.stage.name in (Stage.CLOSING, Stage.REVIEW) else StageStatus.DRAFTING


def _stands_released(snapshot: Snapshot) -> bool:
    # What is approved or written anew is not what was released.
    anew = [task for task in snapshot.own if task.rework or task.kind is TaskKind.APPROVAL]
    released = any(task.status is TaskStatus.DONE for task in snapshot.of_kind(TaskKind.RELEASE))
    return released and all(task.finished for task in anew)


def _is_stage_meeting(snapshot: Snapshot, task: Task) -> bool:
    spec = next((each for each in snapshot.sop.meetings if each.id == snapshot.stage.meeting), None)
    return spec is not None and spec.task == task.code


def _execution_target(snapshot: Snapshot) -> StageStatus:
    check = next(iter(snapshot.of_kind(TaskKind.GO_LIVE)), None)
    if check is None or check.status is TaskStatus.DONE:
        return StageStatus.LIVE if snapshot.now >= snapshot.campaign.launch else StageStatus.GO_LIVE_GATE
    held = snapshot.held(GO_LIVE_MEETING)
    if check.status is TaskStatus.OPEN:
        waits = held is not None and held.outcome is Outcome.HOLD
        return StageStatus.HOLD if waits or _late(snapshot.now, check) else StageStatus.GO_LIVE_GATE
    return StageStatus.HOLD if _late(snapshot.now, check) else StageStatus.BUILDING


def _late(now: datetime, task: Task) -> bool:
    return now >= task.due


def _gate(snapshot: Snapshot) -> tuple[Effect, ...]:
    if snapshot.stage.status is not StageStatus.GATE:
        return ()
    spec = next(spec for spec in snapshot.sop.stages if spec.id == snapshot.stage.name)
    if not all(
        fact.holds for fact in gate(spec.gate, snapshot.tasks, snapshot.let_pass(spec.id), snapshot.open_points)
    ):
        return ()
    others = [stage for stage in snapshot.stages if stage.name != snapshot.stage.name]
    last = all(stage.status in FINAL for stage in others)
    return (CloseStage(), ArchiveCampaign()) if last else (CloseStage(),)


RULES: tuple[Callable[[Snapshot], tuple[Effect, ...]], ...] = (
    _refused_approvals,
    reopened,
    _granted_approvals,
    _decision_outcome,
    _self_check,
    _live_tasks_over,
    _ready_tasks,
    handed_over,
    _documents,
    _status,
    _gate,
)
"""In order of urgency; each speaks of what it alone knows."""
