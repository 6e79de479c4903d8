"""The question that every use case asks first: may they?"""

from collections.abc import Iterable

from opsflow.campaigns import permissions
from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.state import Campaign
from opsflow.context import Context
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.zoned import local_date


def check(ctx: Context, campaign: Campaign, verb: str, what: str, *, by: PersonKey, ties: Iterable[Tie] = ()) -> None:
    """Whether somebody may do this now; see `opsflow.campaigns.permissions.check`."""
    matrix = permissions.load_matrix(ctx.settings.template_folders)
    today = local_date(ctx.clock.now(), campaign.zone)
    permissions.check(matrix, campaign, verb, what, by=by, today=today, ties=ties)
