"""Ending everything of a campaign at once: its decision meeting said stop, or somebody cancelled it."""

from opsflow.approvals import store as approvals
from opsflow.approvals.model import ApprovalStatus
from opsflow.db.session import Session
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.text import Text
from opsflow.outbox.matters import close_matters_of
from opsflow.stages import store as stages
from opsflow.stages.model import FINAL, StageStatus


def end(session: Session, snapshot: Snapshot, *, to: StageStatus, reason: Text) -> None:
    """Open work is cancelled, nobody is asked any more, and every stage that is not over ends."""
    stages.cancel_tasks(session, snapshot.campaign.key)
    for approval in snapshot.approvals:
        if approval.status is ApprovalStatus.OPEN:  # a vote that comes later is refused
            approvals.set_status(
                session, approval.id, ApprovalStatus.SUPERSEDED, was=ApprovalStatus.OPEN, at=snapshot.now
            )
    for stage in snapshot.stages:
        if stage.status not in FINAL:
            stages.move_stage(session, stage, to, now=snapshot.now, reason=reason)
    close_matters_of(session, snapshot.campaign.key, facts={"what": "stopped", "at": snapshot.now})
