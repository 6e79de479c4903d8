"""What somebody is to score now."""

from collections.abc import Mapping

from opsflow.campaigns.state import Campaign
from opsflow.context import Context
from opsflow.kernel.errors import Refused
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.selfcheck import store
from opsflow.sop.files import load_sop


class NothingToScore(Refused):
    """No points of theirs are wanted."""


def modules_to_score(ctx: Context, campaign: Campaign, person: PersonKey) -> Mapping[str, Text]:
    """The modules of the open round that a reviewer owes points for, with their titles. NothingToScore: none."""
    with ctx.reading() as session:
        rounds = store.rounds(session, campaign.key)
    latest = rounds[-1] if rounds else None
    if latest is None or latest.closed_at is not None or person not in latest.waiting_for:
        raise NothingToScore
    sop = load_sop(ctx.settings.template_folders, campaign.sop_name, campaign.sop_version)
    wanted = latest.reviewers[person]
    return {module.id: module.title for module in sop.self_check if module.id in wanted}
