"""What changes in rows of tasks, and of gates, because somebody said so."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import GateOverrideRow, MinuteRow, StageRow, TaskRow
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.model import OUTSIDE, MinuteKind, Override, StageStatus, Task, TaskStatus
from opsflow.stages.store import UNFINISHED


def confirm_task(session: Session, campaign: CampaignKey, task: Task, *, by: PersonKey) -> bool:
    """The date of a task that is not finished is promised; False when it is finished, or has another date by now."""
    values = {"confirmed_by": by, "confirmed_due": task.due}
    return _say(session, campaign, task, UNFINISHED, TaskRow.due == task.due, **values)


def snooze_task(session: Session, campaign: CampaignKey, task: Task, *, until: datetime) -> bool:
    """Nothing reminds the owner of an open task before an instant; False when it is not open (any more), or moved."""
    return _say(session, campaign, task, (TaskStatus.OPEN,), TaskRow.due == task.due, snoozed_until=until)


def call_for_help(
    session: Session, campaign: CampaignKey, task: Task, *, by: PersonKey, text: Text, now: datetime
) -> bool:
    """Somebody cannot go on with a task that is not finished; False when it is finished by now."""
    return _say(session, campaign, task, UNFINISHED, help_by=by, help_at=now, help_text=text)


def help_came(session: Session, campaign: CampaignKey, task: Task) -> bool:
    """The call that was read is answered; False when somebody was first."""
    read = TaskRow.help_at.is_not_distinct_from(task.help_at)
    return _say(session, campaign, task, UNFINISHED, read, help_by=None, help_at=None, help_text=None)


def _say(
    session: Session,
    campaign: CampaignKey,
    task: Task,
    states: Sequence[TaskStatus],
    *still: sa.ColumnElement[bool],
    **values: object,
) -> bool:
    """Note what its owner says of a task, if it is still theirs."""
    named = (TaskRow.campaign == campaign, TaskRow.code == task.code, TaskRow.owner == task.owner)
    said = session.execute(
        sa.update(TaskRow)
        .where(*named, TaskRow.status.in_(states), *still)
        .values(revision=TaskRow.revision + 1, **values)
        .returning(TaskRow.code)
    )
    return said.first() is not None


def waive_task(
    session: Session, campaign: CampaignKey, task: Task, *, by: PersonKey, reason: Text, now: datetime
) -> bool:
    """A task that is not finished is not needed; False when it is finished by now."""
    waived = session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.code == task.code, TaskRow.status.in_(UNFINISHED))
        .values(status=TaskStatus.WAIVED, done_at=now, done_by=by, note=reason, revision=TaskRow.revision + 1)
        .returning(TaskRow.code)
    )
    return waived.first() is not None


def follow(session: Session, campaign: CampaignKey, task: Task, *, after: Iterable[TaskCode]) -> bool:
    """A task that has not opened waits for others; False when it has opened by now."""
    moved = session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.code == task.code, TaskRow.status == TaskStatus.PLANNED)
        .values(after=list(after), revision=TaskRow.revision + 1)
        .returning(TaskRow.code)
    )
    return moved.first() is not None


def add_override(session: Session, campaign: CampaignKey, stage: Stage, override: Override) -> bool:
    """Let a condition of a gate pass; False when somebody has let it pass before."""
    row = {"campaign": campaign, "stage": stage, "fact": override.fact, "by": override.by, "reason": override.reason}
    return bool(
        insert_or_nothing(session, GateOverrideRow, [row | {"at": override.at}], returning=GateOverrideRow.fact)
    )


def overrides(session: Session, campaign: CampaignKey) -> dict[tuple[Stage, str], Override]:
    """The conditions that were let pass, by stage and name."""
    rows = session.execute(_OVERRIDES, {"campaign": campaign})
    return {(Stage(row.stage), row.fact): Override(row.fact, PersonKey(row.by), row.reason, row.at) for row in rows}


_LET_PASS = cast(sa.Table, GateOverrideRow.__table__)
_OVERRIDES = sa.select(_LET_PASS).where(_LET_PASS.c.campaign == sa.bindparam("campaign"))


def close_outside(
    session: Session, campaign: CampaignKey, stages: Sequence[Stage], *, by: PersonKey, note: Text, now: datetime
) -> None:
    """Stages that lie behind a campaign when it is stored: closed, and everything in them done."""
    session.execute(
        sa.update(StageRow)
        .where(StageRow.campaign == campaign, StageRow.name.in_(stages), StageRow.status == StageStatus.PLANNED)
        .values(status=StageStatus.CLOSED, closed_at=now, reason=note)
    )
    session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.stage.in_(stages), TaskRow.status == TaskStatus.PLANNED)
        .values(status=TaskStatus.DONE, done_at=now, done_by=by, evidence=OUTSIDE, note=note)
    )


def set_due(session: Session, campaign: CampaignKey, code: TaskCode, *, due: datetime, because: Sequence[Text]) -> None:
    """Give a task that has not opened another date, with its reasons."""
    reasons = [{"en": reason.en, "zh": reason.zh} for reason in because]
    session.execute(
        sa.update(TaskRow)
        .where(TaskRow.campaign == campaign, TaskRow.code == code, TaskRow.status == TaskStatus.PLANNED)
        .values(due=due, because=reasons)
    )


def replace_approver(
    session: Session, campaign: CampaignKey, tasks: Iterable[Task], *, was: PersonKey, to: PersonKey
) -> None:
    """Approvals to come are asked of another person, where the plan names who is asked."""
    for task in tasks:
        if was in task.approvers and not task.finished:
            people = dict.fromkeys(to if person == was else person for person in task.approvers)
            session.execute(
                sa.update(TaskRow)
                .where(TaskRow.campaign == campaign, TaskRow.code == task.code)
                .values(approvers=list(people))
            )


def pass_questions(session: Session, campaign: CampaignKey, *, was: PersonKey, to: PersonKey) -> None:
    """Questions of meetings that nobody has answered are another person's."""
    session.execute(
        sa.update(MinuteRow)
        .where(
            MinuteRow.campaign == campaign,
            MinuteRow.owner == was,
            MinuteRow.kind == MinuteKind.QUESTION,
            MinuteRow.reply.is_(None),
        )
        .values(owner=to)
    )
