"""Asking for payouts, approving exactly them, and what voids an approval."""

from collections.abc import Callable, Mapping
from datetime import datetime

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput
from opsflow.kernel.keys import content_hash, opaque_id
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.prizes.payouts.lists import store
from opsflow.prizes.payouts.lists.model import (
    Covered,
    ListId,
    ListStatus,
    NoSuchList,
    NothingDue,
    PayoutList,
    check_signature,
    covered,
    is_as_signed,
    signatures_needed,
)
from opsflow.prizes.payouts.model import SALT, STILL_OURS, PayoutStatus, UnderWay, without_salt

_IN_HAND = (PayoutStatus.SENDING, PayoutStatus.UNKNOWN, PayoutStatus.NEEDS_HUMAN)


def propose(
    session: Session, campaign: Campaign, providers: Mapping[str, str], *, by: PersonKey, now: datetime
) -> PayoutList:
    """Put everything that is due on a list of its own, which waits for signatures. The campaign is held.

    `providers`: who hands out each kind of prize. NothingDue: there is nothing to put on it.
    """
    currency = campaign.file.budget.currency
    target = store.add_list(session, campaign.key, currency, by=by, at=now)
    store.put_on(session, campaign.key, target, providers)
    covers = covered(store.lines(session, target))
    if not covers.count:
        raise NothingDue(campaign.key)
    needed = signatures_needed(Money(covers.units, currency), campaign.organisation.payout_threshold)
    store.set_content(session, target, covers, needed=needed)
    _put_on_record(session, campaign.key, target, "payouts.requested", by=by, now=now, covers=covers)
    return _load(session, campaign.key, int(target.rpartition("/")[2]))


def approve(ctx: Context, campaign: CampaignKey, *, number: int, root: str, by: PersonKey) -> PayoutList:
    """Sign one list under the hash that was looked at; with as many signatures as it needs it may be paid.

    OwnList: who asked for it does not approve it. AlreadySigned, ListDecided: somebody was first. OtherList: what it covers is
    not what was looked at; when rows have changed under it, it is void as well. NotAllowed: not of finance.
    """
    with ctx.transaction() as session:
        found, faulty = _sign(ctx, session, campaign, number=number, root=root, by=by)
    if faulty:  # that it is void stays, though the signature is refused
        check_signature(found, Covered(0, 0, ""), by=by, root=root)
    return found


def _sign(
    ctx: Context, session: Session, campaign: CampaignKey, *, number: int, root: str, by: PersonKey
) -> tuple[PayoutList, bool]:
    now = ctx.clock.now()
    hold_campaign(session, campaign)
    held = load_campaign(session, campaign)
    check(ctx, held, "prizes.approve", f"payouts of {campaign} are for others to approve", by=by)
    found = _load(session, campaign, number, hold=True)
    covers = covered(store.lines(session, found.id))
    if found.status is ListStatus.PROPOSED and covers != Covered(found.count, found.worth.units, found.root):
        void(session, found.id, now=now, reason="what it covers has changed")
        return _load(session, campaign, number), True
    check_signature(found, covers, by=by, root=root)
    store.sign(session, found.id, by=by, root=root, at=now)
    _put_on_record(session, campaign, found.id, "payouts.signed", by=by, now=now, covers=covers)
    if len(found.signed_by) + 1 >= found.needed:
        store.set_status(session, found.id, ListStatus.APPROVED, was=ListStatus.PROPOSED, at=now)
    return _load(session, campaign, number), False


def is_signed(session: Session, campaign: Campaign, target: ListId) -> bool:
    """Whether a list covers what was signed. It reads all of it: once a round, not once a chunk (decision 0025)."""
    found = _load(session, campaign.key, int(target.rpartition("/")[2]))
    needed = signatures_needed(found.worth, campaign.organisation.payout_threshold)
    covers = covered(store.lines(session, target))
    return is_as_signed(found, covers, store.roots_signed(session, target), needed=needed)


def void(session: Session, target: ListId, *, now: datetime, reason: str) -> None:
    """What a list covers has changed: its approval is worth nothing, and what is not sent of it waits for another list."""
    for was in (ListStatus.PROPOSED, ListStatus.APPROVED):
        if store.set_status(session, target, ListStatus.VOID, was=was, at=now, reason=reason):
            store.take_off(session, target)
            campaign = CampaignKey(target.partition("/")[0])
            data = {"reason": reason}
            write(session, at=now, actor=ENGINE, action="payouts.voided", campaign=campaign, object=target, data=data)


def set_payee(
    session: Session, award: str, data: Mapping[str, str], now: datetime, *, new_id: Callable[[], str] = opaque_id
) -> bool:
    """Keep where a prize goes; a change voids the approval of the list that holds it. False: it was known.

    `new_id`: makes the salt of its digest, which is erased with it, so that nobody can try out accounts against what stays.

    UnderWay: it may be on its way, or is paid. BadInput: nothing is given.
    """
    if not data:
        raise BadInput(f"Where does the prize of award {award} go? Nothing was given.")
    standing = store.list_of(session, award)
    known = store.payee(session, award)
    if (
        known is not None
        and without_salt(known) == dict(data)
        and store.payee_digest(session, award) == content_hash(dict(known))
    ):
        return False
    if standing is not None:
        status, on, is_sent = standing
        if status not in STILL_OURS or (is_sent and status is PayoutStatus.PLANNED):
            raise UnderWay(award, status)
        if on is not None and status is PayoutStatus.PLANNED:
            void(session, on, now=now, reason="where one of its prizes goes has changed")
    store.set_payee(session, award, *_salted(data, new_id))
    return True


def set_payees(
    session: Session, payees: Mapping[str, Mapping[str, str]], *, new_id: Callable[[], str] = opaque_id
) -> None:
    """Keep where new prizes go whose winners need not say it, by award; `new_id` as in `set_payee`."""
    store.add_payees(session, {award: _salted(data, new_id) for award, data in payees.items()})


def _salted(data: Mapping[str, str], new_id: Callable[[], str]) -> tuple[dict[str, str], str]:
    kept = {**data, SALT: new_id()}
    return kept, content_hash(kept)


def erase_payee(session: Session, award: str, now: datetime) -> None:
    """Forget where a prize goes; books and approvals still hold by its digest. UnderWay: it is still to be paid or may be."""
    standing = store.list_of(session, award)
    if standing is not None and (standing[0] in _IN_HAND or (standing[0] is PayoutStatus.PLANNED and standing[2])):
        raise UnderWay(award, standing[0])
    if standing is not None and standing[0] is PayoutStatus.PLANNED and standing[1] is not None:
        void(session, standing[1], now=now, reason="where one of its prizes goes was erased")
    store.erase_payee(session, award)


def _load(session: Session, campaign: CampaignKey, number: int, *, hold: bool = False) -> PayoutList:
    found = store.find(session, campaign, number, hold=hold)
    if found is None:
        raise NoSuchList(campaign, number)
    return found


def _put_on_record(
    session: Session,
    campaign: CampaignKey,
    target: ListId,
    action: str,
    *,
    by: PersonKey,
    now: datetime,
    covers: Covered,
) -> None:
    """A bulk step is one entry with count and hash."""
    data: dict[str, Value] = {"count": covers.count, "units": covers.units, "root": covers.root}
    write(session, at=now, actor=by, action=action, campaign=campaign, object=target, data=data)
