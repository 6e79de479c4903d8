"""Asking for payouts: the budget as it is now covers what it can, and what is due goes on a list to be approved."""

from collections.abc import Mapping

from opsflow.budget.service import fund
from opsflow.campaigns.permissions import load_matrix, who_may
from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.zoned import local_date
from opsflow.ports import PayoutProvider
from opsflow.prizes.payouts.intents import cover, plan_again
from opsflow.prizes.payouts.lists.model import NothingDue, PayoutList
from opsflow.prizes.payouts.lists.service import propose
from opsflow.prizes.payouts.reckoning.model import LeftOut
from opsflow.prizes.payouts.reckoning.store import said_paid
from opsflow.prizes.payouts.telling import tell_of_list


def request(ctx: Context, campaign: CampaignKey, *, by: PersonKey, again: bool = False) -> PayoutList:
    """Put everything of a campaign that is due on a list, which finance then approves.

    `again`: what providers refused as well, under another key; somebody has mended why. What their statements show as paid is
    left out. NothingDue: there is nothing. LeftOut: nothing but that.
    CapTooLow: the rewards line of the campaign file is less than what was won. NotAllowed: not theirs to ask.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check(ctx, held, "prizes.request", f"payouts of {campaign} are for others to ask for", by=by)
        budget = fund(session, held.file, now=now)
        cover(session, budget, now=now)
        if again:
            plan_again(session, campaign, now=now)
        try:
            found = propose(session, held, handing_out(ctx.payouts), by=by, now=now)
        except NothingDue:
            if again and (left := said_paid(session, campaign)):
                raise LeftOut(campaign, left) from None
            raise
        tell_of_list(session, ctx.settings.template_folders, held, found, now=now)
    return found


def signers(ctx: Context, found: PayoutList) -> tuple[PersonKey, ...]:
    """Who may still sign a list: whoever is of finance, has not asked for it and has not signed it."""
    with ctx.reading() as session:
        held = load_campaign(session, found.campaign)
    matrix, today = load_matrix(ctx.settings.template_folders), local_date(ctx.clock.now(), held.zone)
    done = {found.requested_by, *found.signed_by}
    return tuple(person for person in who_may(matrix, held, "prizes.approve", today) if person not in done)


def handing_out(providers: Mapping[str, PayoutProvider]) -> dict[str, str]:
    """Which provider hands out each kind of prize: the first that does."""
    found: dict[str, str] = {}
    for name, provider in providers.items():
        for kind in sorted(provider.terms.kinds):
            found.setdefault(kind, name)
    return found
