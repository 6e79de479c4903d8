"""Rows of payout lists, their signatures, and which payouts are on them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.money import IS_OPEN
from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import AwardRow, PayeeRow, PayoutListRow, PayoutRow, PayoutSignatureRow
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.awards.model import AwardStatus, needs_claim
from opsflow.prizes.payouts.lists.model import Covered, Line, ListId, ListStatus, PayoutList, list_id
from opsflow.prizes.payouts.model import HOLDS_MONEY, PayoutStatus

_UNSYNCHRONISED = {"synchronize_session": False}


def add_list(session: Session, campaign: CampaignKey, currency: str, *, by: PersonKey, at: datetime) -> ListId:
    """Make the next list of a campaign, with nothing on it yet; its campaign is held."""
    numbers = sa.select(sa.func.coalesce(sa.func.max(PayoutListRow.number), 0)).where(
        PayoutListRow.campaign == campaign
    )
    number = session.execute(numbers).scalar_one() + 1
    row = {
        "id": list_id(campaign, number),
        "campaign": campaign,
        "number": number,
        "status": ListStatus.PROPOSED,
        "count": 0,
        "units": 0,
        "currency": currency,
        "root": "",
        "needed": 0,
        "requested_by": by,
        "requested_at": at,
    }
    insert_many(session, PayoutListRow, [row])
    return list_id(campaign, number)


def put_on(session: Session, campaign: CampaignKey, target: ListId, providers: Mapping[str, str]) -> None:
    """Put every payout that is due and on no list that counts on this one; `providers`: who hands out each kind of prize."""
    payee = sa.select(PayeeRow.digest).where(PayeeRow.award == PayoutRow.award, PayeeRow.data.is_not(None))
    erased = sa.select(PayeeRow.award).where(PayeeRow.award == PayoutRow.award, PayeeRow.data.is_(None))
    for kind, provider in providers.items():
        claimed = needs_claim(kind)  # type: ignore[arg-type]  # kinds of the campaign file
        statuses = (AwardStatus.CLAIMED,) if claimed else (AwardStatus.CLAIMED, AwardStatus.WON)
        won = sa.select(AwardRow.id).where(
            AwardRow.campaign == campaign, AwardRow.kind == kind, AwardRow.status.in_(statuses)
        )
        conditions: list[sa.ColumnElement[bool] | sa.TextClause] = [
            PayoutRow.campaign == campaign,
            PayoutRow.status == PayoutStatus.PLANNED,
            IS_OPEN,
            (PayoutRow.list.is_(None) & PayoutRow.first_sent_at.is_(None))
            | (PayoutRow.list.in_(_VOIDED) & (PayoutRow.provider == provider)),  # nobody else knows its key
            PayoutRow.award.in_(won),
            payee.exists() if claimed else ~erased.exists(),
        ]
        session.execute(
            sa.update(PayoutRow)
            .where(*conditions)
            .values(list=target, provider=provider, digest=payee.scalar_subquery(), not_before=None, attempts=0),
            execution_options=_UNSYNCHRONISED,
        )


def lines(session: Session, target: ListId) -> Iterator[Line]:
    """What is on a list, in the order of the awards."""
    asked = (
        sa.select(
            PayoutRow.award, PayoutRow.round, PayoutRow.provider, PayoutRow.units, AwardRow.currency, AwardRow.prize,
            AwardRow.kind, AwardRow.participant, sa.func.coalesce(PayoutRow.digest, ""),
        )
        .join(AwardRow, AwardRow.id == PayoutRow.award)
        .where(PayoutRow.list == target)
        .order_by(PayoutRow.award)
    )  # fmt: skip
    # Past the mapper, which takes as long as the rest.
    with session.connection().execute(asked, execution_options={"yield_per": 5_000}) as rows:
        yield from map(Line._make, rows)


_VOIDED = sa.select(PayoutListRow.id).where(PayoutListRow.status == ListStatus.VOID)


@dataclass(frozen=True, slots=True)
class Part:
    """What a list has of one prize through one provider."""

    prize: str
    provider: str
    count: int
    units: int


def parts(session: Session, target: ListId) -> tuple[Part, ...]:
    """What a list is made of, by prize and provider."""
    rows = session.execute(
        sa.select(AwardRow.prize, PayoutRow.provider, sa.func.count(), sa.func.sum(PayoutRow.units))
        .join(AwardRow, AwardRow.id == PayoutRow.award)
        .where(PayoutRow.list == target)
        .group_by(AwardRow.prize, PayoutRow.provider)
        .order_by(AwardRow.prize, PayoutRow.provider)
    )
    return tuple(Part(prize, provider, count, int(units)) for prize, provider, count, units in rows)


@dataclass(frozen=True, slots=True)
class Finished:
    """A list of which nothing is on its way any more."""

    number: int
    paid: int
    worth: Money
    """Of what was paid."""
    refused: int
    """By the provider, for good; their money is free again."""


def finished(session: Session, campaign: CampaignKey, lists: Collection[str]) -> tuple[Finished, ...]:
    """Those of these lists that are approved and done with. The campaign's budget is held, so somebody is last."""
    # By the index of open payouts, not by that of lists, where all that is paid of this one comes first.
    on = sa.func.coalesce(PayoutRow.list, "")
    going = sa.exists().where(
        PayoutRow.campaign == campaign, PayoutRow.status.in_(HOLDS_MONEY), IS_OPEN, on == PayoutListRow.id
    )
    rows = session.execute(
        sa.select(PayoutListRow.id, PayoutListRow.number, PayoutListRow.currency)
        .where(PayoutListRow.id.in_(lists), PayoutListRow.status == ListStatus.APPROVED, ~going)
        .order_by(PayoutListRow.number)
    ).all()
    return tuple(_finished(session, row.id, row.number, row.currency) for row in rows)


def _finished(session: Session, target: str, number: int, currency: str) -> Finished:
    columns = (PayoutRow.status, sa.func.count(), sa.func.sum(PayoutRow.units))
    rows = session.execute(sa.select(*columns).where(PayoutRow.list == target).group_by(PayoutRow.status))
    found = {PayoutStatus(status): (count, int(units)) for status, count, units in rows}
    paid, units = found.get(PayoutStatus.PAID, (0, 0))
    return Finished(number, paid, Money(units, currency), found.get(PayoutStatus.REFUSED, (0, 0))[0])


def set_content(session: Session, target: ListId, covers: Covered, *, needed: int) -> None:
    """What a list covers, and how many must sign it."""
    values = {"count": covers.count, "units": covers.units, "root": covers.root, "needed": needed}
    session.execute(sa.update(PayoutListRow).where(PayoutListRow.id == target).values(**values))


def find(session: Session, campaign: CampaignKey, number: int | None, *, hold: bool = False) -> PayoutList | None:
    """A list by its number; without one: the oldest that waits for signatures."""
    asked = sa.select(PayoutListRow).where(PayoutListRow.campaign == campaign)
    if number is not None:
        asked = asked.where(PayoutListRow.number == number)
    else:
        asked = asked.where(PayoutListRow.status == ListStatus.PROPOSED).order_by(PayoutListRow.number).limit(1)
    row = session.scalars(
        (asked.with_for_update() if hold else asked).execution_options(populate_existing=True)
    ).first()
    return None if row is None else _list(session, row)


def all_lists(session: Session, campaign: CampaignKey) -> tuple[PayoutList, ...]:
    """Every list of a campaign, in order."""
    asked = sa.select(PayoutListRow).where(PayoutListRow.campaign == campaign).order_by(PayoutListRow.number)
    rows = session.scalars(asked.execution_options(populate_existing=True)).all()
    return tuple(_list(session, row) for row in rows)


def _list(session: Session, row: PayoutListRow) -> PayoutList:
    signed = sa.select(PayoutSignatureRow.person).where(PayoutSignatureRow.list == row.id)
    people = session.scalars(signed.order_by(PayoutSignatureRow.at, PayoutSignatureRow.person)).all()
    return PayoutList(
        id=ListId(row.id),
        campaign=CampaignKey(row.campaign),
        number=row.number,
        status=ListStatus(row.status),
        count=row.count,
        worth=Money(row.units, row.currency),
        root=row.root,
        needed=row.needed,
        requested_by=PersonKey(row.requested_by),
        requested_at=row.requested_at,
        signed_by=tuple(PersonKey(person) for person in people),
        reason=row.reason,
    )


def sign(session: Session, target: ListId, *, by: PersonKey, root: str, at: datetime) -> bool:
    """Add a signature; False when this person's is there."""
    row = {"list": target, "person": by, "root": root, "at": at}
    return bool(insert_or_nothing(session, PayoutSignatureRow, [row], returning=PayoutSignatureRow.person))


def roots_signed(session: Session, target: ListId) -> Mapping[PersonKey, str]:
    """Under which hash each of those who signed a list did so."""
    rows = session.execute(
        sa.select(PayoutSignatureRow.person, PayoutSignatureRow.root).where(PayoutSignatureRow.list == target)
    )
    return {PersonKey(row.person): row.root for row in rows}


def set_status(
    session: Session, target: ListId, to: ListStatus, *, was: ListStatus, at: datetime, reason: str | None = None
) -> bool:
    """Decide a list; False when it was in another state."""
    moved = session.execute(
        sa.update(PayoutListRow)
        .where(PayoutListRow.id == target, PayoutListRow.status == was)
        .values(status=to, decided_at=at, reason=reason)
        .returning(PayoutListRow.id),
        execution_options=_UNSYNCHRONISED,
    )
    return moved.first() is not None


def take_off(session: Session, target: ListId) -> None:
    """Let what was never sent wait for another list."""
    session.execute(
        sa.update(PayoutRow)
        .where(PayoutRow.list == target, PayoutRow.status == PayoutStatus.PLANNED, PayoutRow.first_sent_at.is_(None))
        .values(list=None, provider=None, digest=None),
        execution_options=_UNSYNCHRONISED,
    )


def list_of(session: Session, award: str) -> tuple[PayoutStatus, ListId | None, bool] | None:
    """Where the payout of an award stands, its list, and whether anything was sent; held for this transaction."""
    row = session.execute(
        sa.select(PayoutRow.status, PayoutRow.list, PayoutRow.first_sent_at)
        .where(PayoutRow.award == award)
        .with_for_update()
    ).first()
    if row is None:
        return None
    return PayoutStatus(row.status), ListId(row.list) if row.list else None, row.first_sent_at is not None


def payee(session: Session, award: str) -> Mapping[str, str] | None:
    """What is known of where a prize goes."""
    return session.scalar(sa.select(PayeeRow.data).where(PayeeRow.award == award, PayeeRow.data.is_not(None)))


def payee_digest(session: Session, award: str) -> str | None:
    """By what an approval covers it."""
    return session.scalar(sa.select(PayeeRow.digest).where(PayeeRow.award == award))


def set_payee(session: Session, award: str, data: Mapping[str, str], digest: str) -> None:
    """Keep where a prize goes."""
    values = {"data": dict(data), "digest": digest}
    if not insert_or_nothing(session, PayeeRow, [{"award": award, **values}], returning=PayeeRow.award):
        session.execute(sa.update(PayeeRow).where(PayeeRow.award == award).values(**values))


def add_payees(session: Session, payees: Mapping[str, tuple[Mapping[str, str], str]]) -> None:
    """Keep where many prizes go, by award, each with its digest; those that are there stay."""
    rows = [{"award": award, "data": dict(data), "digest": digest} for award, (data, digest) in payees.items()]
    insert_or_nothing(session, PayeeRow, rows, returning=PayeeRow.award)


def erase_payee(session: Session, award: str) -> None:
    """Forget where a prize goes; the digest stays."""
    session.execute(sa.update(PayeeRow).where(PayeeRow.award == award).values(data=None))
