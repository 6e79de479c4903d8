"""Who may steer a campaign as a whole, and what has to be said with it: the table of permissions, asked by verb."""

from opsflow.campaigns.livetimes import window_of
from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.service import check
from opsflow.campaigns.team import go_live_decider, stand_in
from opsflow.context import Context
from opsflow.engine.replanning.change import Change
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Level, PersonKey
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date

LARGE = (Level.S, Level.A)
"""At these levels the launch is the sponsor's: departments and partners have been promised it."""


def check_change(ctx: Context, snapshot: Snapshot, change: Change, *, by: PersonKey, reason: Text | None) -> None:
    """Whether somebody may move the plan like this. NotAllowed: the table says no. BadInput: the reason is missing."""
    campaign = snapshot.campaign
    shorter = (
        change.last_day is not None
        and campaign.launch <= snapshot.now
        and change.last_day < window_of(campaign.file).last_day
    )
    if shorter:
        check_steers(ctx, snapshot, "campaign.shorten-live", by=by)
        if reason is None:
            raise BadInput(f"{campaign.key} is live: participants have to be told why it ends sooner. Add --reason.")
    elif change.launch is not None and campaign.level in LARGE:
        check_steers(ctx, snapshot, "campaign.relaunch", by=by)
    else:
        check_steers(ctx, snapshot, "campaign.replan", by=by)


def check_steers(ctx: Context, snapshot: Snapshot, verb: str, *, by: PersonKey) -> None:
    """Whether somebody may do this to the campaign; who decides go-live is the sponsor, or the first approver."""
    campaign = snapshot.campaign
    decider = go_live_decider(snapshot.policy, campaign.file, campaign.organisation)
    ties = set[Tie]()
    if decider is not None:
        today = local_date(snapshot.now, campaign.zone)
        ties = {Tie.DECIDER} if by in (decider, stand_in(decider, today, campaign.organisation).person) else ties
    check(ctx, campaign, verb, f"go-live of {campaign.key} is decided by {decider}", by=by, ties=ties)
