"""Rows of stages and tasks that a re-plan moves."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import StageRow, TaskRow
from opsflow.kernel.terms import CampaignKey, TaskCode
from opsflow.stages.model import Stored, Task


def replan_tasks(
    session: Session, campaign: CampaignKey, tasks: Iterable[Task], *, moved: Collection[TaskCode]
) -> None:
    """Unfinished tasks, and what comes round again, get what a re-plan gives them; those that `moved` count a change."""
    for task in tasks:
        session.execute(
            sa.update(TaskRow)
            .where(TaskRow.campaign == campaign, TaskRow.code == task.code)
            .values(
                start=task.start,
                due=task.due,
                held_due=task.held_due,
                float_days=task.float_days,
                critical=task.critical,
                because=[{"en": reason.en, "zh": reason.zh} for reason in task.because],
                owner=task.owner,
                deputy_for=task.deputy_for,
                approvers=list(task.approvers),
                repeats=[at.isoformat() for at in task.repeats],
                status=task.status,
                done_at=task.done_at,
                done_by=task.done_by,
                evidence=task.evidence,
                note=task.note,
                revision=TaskRow.revision + int(task.code in moved),
                # Whoever put a reminder off did so for the date that was.
                snoozed_until=sa.case((TaskRow.due == task.due, TaskRow.snoozed_until)),
            )
        )


def replan_stages(session: Session, stages: Iterable[Stored]) -> None:
    """Stages get the days a re-plan gives them."""
    for stage in stages:
        session.execute(
            sa.update(StageRow)
            .where(StageRow.campaign == stage.campaign, StageRow.name == stage.name)
            .values(opens=stage.opens, closes=stage.closes, meeting_at=stage.meeting_at)
        )
