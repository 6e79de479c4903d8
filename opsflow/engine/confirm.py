"""Promising a date: whoever owns a task says that they will deliver it when it is due."""

from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.matters import Facts, acknowledge_matter
from opsflow.stages import store
from opsflow.stages.changes import store as changes
from opsflow.stages.permissions import check_unfinished
from opsflow.stages.service import check_task, task_matter


def confirm(ctx: Context, campaign: CampaignKey, code: TaskCode, *, by: PersonKey, note: Text | None = None) -> None:
    """Promise that a task is delivered on its date, whether it is open yet or not. Saying it twice is saying it once.

    It silences nothing that is due later, and binds nobody when the date moves or the task gets another owner.
    NotFound: no such campaign or task. NotAllowed: not theirs. Conflict: it is finished, or has just moved.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        check_task(ctx, "task.confirm", held, task, by=by)
        check_unfinished(task, campaign)
        if task.confirmed:
            return
        if not changes.confirm_task(session, campaign, task, by=by):
            raise Conflict(f"Task {code} of {campaign} has just changed; look at it again before confirming its date.")
        said: Facts = {"what": "confirmed", "by_name": held.organisation.people[by].name}
        acknowledge_matter(session, task_matter(campaign, code), by=by, at=now, facts=said)
        data: dict[str, Value] = {"title": task.title, "due": task.due, "note": note}
        write(session, at=now, actor=by, action="task.confirmed", campaign=campaign, object=code, data=data)
