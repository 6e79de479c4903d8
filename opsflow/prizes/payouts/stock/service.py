"""Taking in codes that will be given away."""

from collections.abc import Iterable
from dataclasses import dataclass

from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput
from opsflow.kernel.keys import content_hash
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.prizes.payouts.stock import store

LONGEST = 200


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file of codes."""

    new: int
    known: int
    left: int
    """How many of this prize nobody has yet."""


def import_codes(ctx: Context, campaign: CampaignKey, prize: str, codes: Iterable[str], *, by: PersonKey) -> TakenIn:
    """Take codes of a prize in, each once. BadInput: no such prize in the campaign file, or an empty or too long code."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check(ctx, held, "prizes.stock", f"the codes of {campaign} are for others to take in", by=by)
        if prize not in {each.id for each in held.file.prizes}:
            known = ", ".join(each.id for each in held.file.prizes) or "none"
            raise BadInput(f"{campaign} has no prize {prize}. It has: {known}.")
        given = [code.strip() for code in codes]
        if any(not 0 < len(code) <= LONGEST for code in given):
            raise BadInput(f"A code has 1 to {LONGEST} characters; one of these has not. Nothing was taken in.")
        new = store.add_codes(session, campaign, prize, given)
        data: dict[str, Value] = {"prize": prize, "count": new, "hash": content_hash(sorted(given))}
        write(session, at=now, actor=by, action="payouts.codes-imported", campaign=campaign, object=prize, data=data)
        return TakenIn(new, len(given) - new, store.left(session, campaign, prize))
