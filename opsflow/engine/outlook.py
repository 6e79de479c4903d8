"""What a stage waits for: the name and message its run ends with. Everybody who sees Prefect reads them: no names."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.approvals.model import Approval, ApprovalStatus
from opsflow.campaigns.state import CampaignStatus
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.errors import listed
from opsflow.sop.model import TaskKind
from opsflow.stages.model import StageStatus, TaskStatus


@dataclass(frozen=True, slots=True)
class Outlook:
    """A name for the state (`AwaitingApproval`), and a sentence that says what comes next."""

    name: str
    message: str


def outlook(snapshot: Snapshot) -> Outlook:
    """What the stage waits for, most pressing first."""
    stage = snapshot.stage
    why = f": {stage.reason.en}" if stage.reason else ""
    named = {
        StageStatus.CLOSED: ("Closed", "the stage is closed"),
        StageStatus.SKIPPED: ("Skipped", f"level {snapshot.campaign.level} holds no such stage"),
        StageStatus.CANCELLED: ("Cancelled", f"the campaign is cancelled{why}"),
        StageStatus.STOPPED: ("Stopped", "the decision meeting said stop; the decision record says why"),
    }
    if stage.status in named:
        return Outlook(*named[stage.status])
    if snapshot.campaign.status is CampaignStatus.PAUSED:
        return Outlook("Paused", f"nothing moves until the campaign is resumed; then: {_next(snapshot).message}")
    return _next(snapshot)


def _next(snapshot: Snapshot) -> Outlook:
    stage = snapshot.stage
    if stage.status is StageStatus.PLANNED:
        return Outlook("NotYetOpen", f"opens {_when(snapshot, stage.opens)}" if stage.opens else "has no opening date")
    if stage.status is StageStatus.HOLD:
        return Outlook("OnHold", stage.reason.en if stage.reason else "the sponsor decides")
    return _approvals(snapshot) or _scores(snapshot) or _meetings(snapshot) or _tasks(snapshot)


def _approvals(snapshot: Snapshot) -> Outlook | None:
    waiting = [
        f"{_seats(approval)} on {approval.subject} v{approval.version} by {_when(snapshot, approval.due)}"
        for approval in snapshot.approvals
        if approval.stage is snapshot.stage.name and approval.status is ApprovalStatus.OPEN and approval.waiting_for
    ]
    return Outlook("AwaitingApproval", "; ".join(waiting)) if waiting else None


def _scores(snapshot: Snapshot) -> Outlook | None:
    if not any(task.status is TaskStatus.OPEN for task in snapshot.of_kind(TaskKind.SELF_CHECK)) or not snapshot.rounds:
        return None
    latest = snapshot.rounds[-1]
    if latest.closed_at is not None:
        return None
    missing = f"{len(latest.waiting_for)} of {len(latest.reviewers)}"
    return Outlook("AwaitingScores", f"scores of {missing} reviewers by {_when(snapshot, latest.due)}")


def _meetings(snapshot: Snapshot) -> Outlook | None:
    kinds = (TaskKind.MEETING, TaskKind.GO_LIVE)
    waiting = [task for task in snapshot.own if task.kind in kinds and task.status is TaskStatus.OPEN]
    if not waiting:
        return None
    return Outlook("AwaitingMeeting", "; ".join(f"{task.title.en} by {_when(snapshot, task.due)}" for task in waiting))


def _tasks(snapshot: Snapshot) -> Outlook:
    waiting = [task for task in snapshot.own if task.status is TaskStatus.OPEN]
    if waiting:
        first = min(waiting, key=lambda task: task.due)
        count = f"{len(waiting)} task{'s' if len(waiting) > 1 else ''}"
        return Outlook("Working", f"{count} open; next due is {first.code}, {_when(snapshot, first.due)}")
    planned = [task for task in snapshot.own if task.status is TaskStatus.PLANNED]
    if planned:
        first = min(planned, key=lambda task: task.start)
        return Outlook("Waiting", f"{first.code} starts {_when(snapshot, first.start)} or when what it follows is done")
    return Outlook("AtGate", "every task is done; the gate is not")


def _seats(approval: Approval) -> str:
    return listed([seat.seat.replace("_", " ").replace(":", " of ") for seat in approval.seats if seat.verdict is None])


def _when(snapshot: Snapshot, at: datetime) -> str:
    local = at.astimezone(snapshot.campaign.zone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]}"
