"""What somebody is asked to finish or to promise, and whether they still may: for links that were sent some time ago."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.kernel.errors import Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.stages import store
from opsflow.stages.model import Task, TaskStatus
from opsflow.stages.permissions import OTHER_DOORS
from opsflow.stages.service import check_task

What = Literal["done", "confirm"]
Standing = Literal[
    "open", "finished_before", "promised_before", "not_needed", "ended", "other_owner", "other_door", "not_open"
]


@dataclass(frozen=True, slots=True)
class Errand:
    """One task as one person's errand."""

    campaign: Campaign
    task: Task
    standing: Standing
    """Whether they may do it now, or why not."""
    now: datetime


def errand(ctx: Context, campaign: CampaignKey, code: TaskCode, person: PersonKey, what: What) -> Errand:
    """An errand. NotFound: there is no such campaign or task."""
    with ctx.reading() as session:
        held, task = load_campaign(session, campaign), store.task(session, campaign, code)
    return Errand(held, task, _standing(ctx, held, task, person, what), ctx.clock.now())


def _standing(ctx: Context, campaign: Campaign, task: Task, person: PersonKey, what: What) -> Standing:
    if task.status is TaskStatus.DONE:
        return "finished_before"
    if is_over(campaign):
        return "ended"
    if task.finished:
        return "not_needed"
    try:
        check_task(ctx, f"task.{what}", campaign, task, by=person)
    except Refused:
        return "other_owner"
    if what == "confirm":
        return "promised_before" if task.confirmed else "open"
    if task.kind in OTHER_DOORS:
        return "other_door"
    return "open" if task.status is TaskStatus.OPEN else "not_open"
