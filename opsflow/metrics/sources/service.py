"""Asks the sources that are due for a campaign's figures and takes in what they say."""

from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey
from opsflow.metrics.service import import_by_itself
from opsflow.metrics.sources import store


def ask_due(ctx: Context, campaign: CampaignKey) -> Imported:
    """Ask every source of the workspace that is due for a campaign that is live or was; one that fails holds up no other.

    The call stands between two transactions. A source is due again `every` after it was last asked, whatever came of that:
    who dies in between loses one turn. What a source failed with, or the first row that was not taken, is kept for `metrics show`.
    """
    done = Imported()
    for name in ctx.sources:
        try:
            source = ctx.sources[name]
            if source.campaigns and campaign not in source.campaigns:
                continue
            now = ctx.clock.now()
            with ctx.transaction() as session:
                held = load_campaign(session, campaign)
                due = held.status is CampaignStatus.ACTIVE and now >= held.launch
                if not due or not store.claim(session, campaign, name, now=now, before=now - source.every):
                    continue
            refused: list[Rejected] = []
            done += import_by_itself(ctx, campaign, source.figures(campaign), name=name, reject=refused.append)
            failure = f"{len(refused)} rows not taken, the first: {refused[0].reason}" if refused else None
        except (PortFailed, BadInput) as error:
            failure = str(error)
        if failure is not None:
            with ctx.transaction() as session:
                store.set_failure(session, campaign, name, failure)
    return done
