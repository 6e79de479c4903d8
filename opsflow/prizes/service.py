"""Forgetting somebody who took part: their personal data go everywhere, what was drawn and paid still proves itself."""

from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.participants import service as participants
from opsflow.participants.model import ParticipantId
from opsflow.prizes.awards.store import awards_of
from opsflow.prizes.draws.service import forfeit
from opsflow.prizes.payouts.lists.service import erase_payee


def erase(ctx: Context, campaign: CampaignKey, who: str, *, by: PersonKey) -> ParticipantId:
    """Erase somebody's personal data: contact, identities, results, and where their prizes go; the bare id stays.

    Draws, ledger and journal hold that id alone, so they still verify. What they had won and nobody has handed out yet goes to the next
    alternates. It works in a campaign that is over, too. For the campaign manager, the coordination post and administrators. NotFound: no such campaign, or nobody of that name.
    UnderWay: a prize of theirs is being paid. NotAllowed: not theirs.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check(ctx, held, "participants.erase", f"those of {campaign} are for others", by=by)
        found = participants.find(session, campaign, who)
        for award in awards_of(session, campaign, found.id):
            erase_payee(session, award, now)
        forfeit(ctx, session, held, found.id, by=by, now=now)
        participants.erase(session, held, found.id, by=by, now=now)
        return found.id
