"""Two people of finance say what became of a payout; money moves when they say the same."""

from datetime import datetime

from opsflow.budget import store as budgets
from opsflow.budget.service import fund, pay, release, reserve
from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.keys import key
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.payouts.reckoning.model import SaidPaid
from opsflow.prizes.payouts.reckoning.store import explain_paid, said_paid
from opsflow.prizes.payouts.rulings import store
from opsflow.prizes.payouts.rulings.model import (
    NoSuchPayout,
    NotAsked,
    NotCovered,
    Ruling,
    SaidAlready,
    Verdict,
    check_ruling,
    settled,
)
from opsflow.prizes.payouts.rulings.store import InDoubt
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

    With the second person who says the same it is paid, or refused with its money free again; until then it stays. One that is
    refused can be said to be paid where the provider's statement shows it. NotAsked: it is in another state. SaidAlready: this
    person has said so. BadInput: no evidence, or no reference of a payment. NotCovered: the budget has not so much left.
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
        shown = _shown_paid(session, campaign, found, verdict)
        if found.status is not PayoutStatus.NEEDS_HUMAN and shown is None:
            raise NotAsked(award, found.status)
        if not store.add(session, found, Ruling(by, verdict, reference, evidence, now)):
            raise SaidAlready(award, by)
        data: dict[str, Value] = {"verdict": verdict.value, "evidence": evidence, "reference": reference}
        write(session, at=now, actor=by, action="payouts.ruled", campaign=campaign, object=award, data=data)
        last = settled(store.rulings(session, found))
        if last is None:
            return found.status
        if shown is not None:
            to = PayoutStatus.PAID
            _book(session, held, found, last, now=now)
            explain_paid(session, campaign, shown, by=by, text=f"booked as paid: {last.reference}", at=now)
        else:
            move, to = (pay, PayoutStatus.PAID) if last.verdict is Verdict.PAID else (release, PayoutStatus.REFUSED)
            move(session, budget, key=key("ruling", found.id, found.attempt), units=found.units, count=1, at=now)
            store.settle(session, found, last, to, at=now)
        tell_of_finished(session, ctx.settings.template_folders, campaign, [found.on], now=now)
        wake_closing(session, held, now=now)
    return to


def _shown_paid(session: Session, campaign: CampaignKey, found: InDoubt, verdict: Verdict) -> SaidPaid | None:
    """The statement's word for it that something refused is paid; None: it has none, or nobody says so."""
    if found.status is not PayoutStatus.REFUSED or verdict is not Verdict.PAID:
        return None
    return next(iter(said_paid(session, campaign, award=found.award)), None)


def _book(session: Session, held: Campaign, found: InDoubt, last: Ruling, *, now: datetime) -> None:
    """Its money was free again when it was refused: it is reserved anew, under what the campaign file lets prizes cost now."""
    budget = fund(session, held.file, now=now)
    meaning = key("reserve-refused", found.id, found.attempt)
    entry = reserve(session, budget, key=meaning, units=found.units, count=1, at=now)
    if entry is None:
        raise NotCovered(found.award, Money(budget.available, budget.currency))
    meaning = key("pay-refused", found.id, found.attempt)
    pay(session, budget, key=meaning, units=found.units, count=1, at=now)
    store.settle(session, found, last, PayoutStatus.PAID, at=now, reserved_by=entry)
