"""Saying something about a task: for anybody of the organisation, kept in the journal."""

from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages import store
from opsflow.stages.permissions import check_person

COMMENTED = "task.commented"


def comment(ctx: Context, campaign: CampaignKey, code: TaskCode, *, by: PersonKey, text: Text) -> None:
    """Put a remark beside a task, whatever its state.

    NotFound: no such campaign or task. Refused: nobody of this organisation.
    """
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        check_person(held.organisation, by)
        task = store.task(session, campaign, code)
        data = {"title": task.title, "text": text}
        write(session, at=ctx.clock.now(), actor=by, action=COMMENTED, campaign=campaign, object=code, data=data)
