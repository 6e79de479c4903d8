"""Who was told what, who will be, and what could not be told."""

from opsflow.campaigns.store import all_campaigns, load_campaign
from opsflow.context import Context
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.model import Listed
from opsflow.outbox.store import ledger


def messages(
    ctx: Context, *, person: PersonKey | None = None, campaign: CampaignKey | None = None
) -> tuple[Listed, ...]:
    """Every notice, oldest first; of one person, of one campaign. NotFound: no such campaign, or nobody of any is that."""
    with ctx.reading() as session:
        if campaign is not None:
            load_campaign(session, campaign)
        found = ledger(session, person=person, campaign=campaign)
        if person is not None and not found:
            known = {key for each in all_campaigns(session) for key in load_campaign(session, each).organisation.people}
            if person not in known:
                raise NotFound(f"{person} is nobody in any campaign's organisation; people are listed in org.yaml.")
        return found
