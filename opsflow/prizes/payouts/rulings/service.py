"""Two people of finance say what became of a payout; money moves when they say the same."""

from opsflow.budget import store as budgets
from opsflow.budget.service import pay, release
from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.payouts.rulings import store
from opsflow.prizes.payouts.rulings.model import (
    NoSuchPayout,
    NotAsked,
    Ruling,
    SaidAlready,
    Verdict,
    check_ruling,
    settled,
)
from opsflow.prizes.payouts.telling import tell_of_finished
from opsflow.prizes.settling.service import wake_closing


def decide(
    ctx: Context,
    campaign: CampaignKey,
    award: str,
    *,
    by: PersonKey,
    verdict: Verdict,
    evidence: str,
    reference: str | None = None,
) -> PayoutStatus:
    """Say what became of a payout that is `needs_human`, and how one knows; answers where it stands now.

    With the second person who says the same it is paid, or refused with its money free again; until then it stays. NotAsked:
    it is in another state. SaidAlready: this person has said so. BadInput: no evidence, or no reference of a payment.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check(ctx, held, "prizes.decide", f"what became of award {award} is for others to say", by=by)
        check_ruling(verdict, reference, evidence)
        budget = budgets.load(session, campaign, hold=True)
        found = next(iter(store.in_doubt(session, campaign, award=award)), None)
        if found is None:
            raise NoSuchPayout(award)
        if found.status is not PayoutStatus.NEEDS_HUMAN:
            raise NotAsked(award, found.status)
        if not store.add(session, found, Ruling(by, verdict, reference, evidence, now)):
            raise SaidAlready(award, by)
        data: dict[str, Value] = {"verdict": verdict.value, "evidence": evidence, "reference": reference}
        write(session, at=now, actor=by, action="payouts.ruled", campaign=campaign, object=award, data=data)
        last = settled(store.rulings(session, found))
        if last is None:
            return PayoutStatus.NEEDS_HUMAN
        move, to = (pay, PayoutStatus.PAID) if last.verdict is Verdict.PAID else (release, PayoutStatus.REFUSED)
        move(session, budget, key=key("ruling", found.id, found.attempt), units=found.units, count=1, at=now)
        store.settle(session, found, last, to, at=now)
        tell_of_finished(session, ctx.settings.template_folders, campaign, [found.on], now=now)
        wake_closing(session, held, now=now)
    return to
