"""Saying something about a task: for anybody of the organisation, kept in the journal."""

from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.engine.need_help import answered
from opsflow.journal.service import write
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages import store
from opsflow.stages.service import check_task

COMMENTED = "task.commented"


def comment(ctx: Context, campaign: CampaignKey, code: TaskCode, *, by: PersonKey, text: Text) -> None:
    """Put a remark beside a task, whatever its state; a call for help by somebody else is answered by it.

    NotFound: no such campaign or task. Refused: nobody of this organisation.
    """
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        check_task(ctx, "task.comment", held, task, by=by)
        answered(ctx, session, task, campaign, by=by, text=text)
        data = {"title": task.title, "text": text}
        write(session, at=ctx.clock.now(), actor=by, action=COMMENTED, campaign=campaign, object=code, data=data)
