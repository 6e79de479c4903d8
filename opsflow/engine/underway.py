"""A campaign that is under way when it comes to opsflow: what lies behind it is taken as given, and says so."""

from datetime import datetime

from opsflow.campaigns.plan import Plan
from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.load import rework_due
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.sop.model import Sop
from opsflow.stages.changes import store as changes

GIVEN = Text("Done outside opsflow.", "在 opsflow 之外完成。")
DUE_ANEW = Text(
    "Its date was past when the campaign came to opsflow: due the next working day, or to be marked done.",
    "活动接入 opsflow 时已过原定时间：改为下一个工作日截止；如已完成，请标记完成。",
)


def stages_before(stage: Stage) -> tuple[Stage, ...]:
    """The stages that lie behind a campaign which starts with this one; review runs beside closing."""
    order = tuple(Stage)
    return order[: order.index(Stage.CLOSING if stage is Stage.REVIEW else stage)]


def take_as_given(
    ctx: Context,
    session: Session,
    campaign: Campaign,
    plan: Plan,
    sop: Sop,
    *,
    since: Stage,
    by: PersonKey,
    now: datetime,
) -> None:
    """Close the stages behind a campaign: their tasks are done outside opsflow, their gates and votes stand as given.

    What of the rest should have been done by now is due on the next working day, so that nobody is told of lateness
    before they could say that it is done. NotAllowed: not theirs. BadInput: the level holds no such stage.
    """
    check(ctx, campaign, "campaign.start-from", f"what lies before {since} of {campaign.key} is taken as given", by=by)
    if not any(stage.name is since and stage.tasks for stage in plan.stages):
        held = ", ".join(stage.name for stage in plan.stages if stage.tasks)
        raise BadInput(f"Level {campaign.level} holds no stage {since} to start from. Its stages: {held}.")
    behind = stages_before(since)
    changes.close_outside(session, campaign.key, behind, by=by, note=GIVEN, now=now)
    late = [task for task in plan.tasks if task.stage not in behind and task.due <= now]
    due = min(rework_due(campaign, now), campaign.launch)
    for task in late:
        changes.set_due(session, campaign.key, task.id, due=due, because=(*task.because, DUE_ANEW))
    titles = {spec.id: spec.title for spec in sop.stages}
    for stage in plan.stages:
        if stage.name in behind and stage.tasks:
            data: dict[str, Value] = {"title": titles[stage.name], "tasks": len(stage.tasks), "reason": GIVEN}
            write(session, at=now, actor=by, action="stage.given", campaign=campaign.key, object=stage.name, data=data)
