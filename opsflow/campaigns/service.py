"""The question that every use case asks first: may they? And what a campaign proposes to the SOP."""

from collections.abc import Iterable
from datetime import datetime

from opsflow.campaigns import permissions
from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.team import role_holders
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.kernel.keys import key
from opsflow.kernel.terms import PersonKey, Role
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.sop.changes.model import NewProposal
from opsflow.sop.changes.service import keep


def check(ctx: Context, campaign: Campaign, verb: str, what: str, *, by: PersonKey, ties: Iterable[Tie] = ()) -> None:
    """Whether somebody may do this now; see `opsflow.campaigns.permissions.check`."""
    matrix = permissions.load_matrix(ctx.settings.template_folders)
    today = local_date(ctx.clock.now(), campaign.zone)
    permissions.check(matrix, campaign, verb, what, by=by, today=today, ties=ties)


def propose_change(session: Session, campaign: Campaign, new: NewProposal, *, now: datetime) -> tuple[int, bool]:
    """Keep a proposal to the SOP that came up in a campaign, and tell who keeps the SOP; answers as `keep`."""
    number, is_new = keep(session, new, now=now)
    post = role_holders(campaign.file, campaign.organisation).get(Role.COORDINATION_POST)
    if is_new and post is not None and post != new.author:
        data: dict[str, Value] = {
            "campaign_title": campaign.title,
            "number": number,
            "reason": new.reason,
            "by_name": campaign.organisation.people[new.author].name,
            "change": new.change is not None,
        }
        name = key("sop_proposed", campaign.key, number, post)
        notice = Notice(key=name, person=post, template="sop_proposed", data=data, campaign=campaign.key)
        enqueue_all(session, [notice], now=now)
    return number, is_new
