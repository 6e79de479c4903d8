"""Awards as claims see them: what is still to be claimed, and until when it can be."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import AwardRow, DrawRow, PayoutRow
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.awards.model import AwardStatus
from opsflow.prizes.claims.model import Won
from opsflow.prizes.payouts.model import PayoutStatus, payout_key


def award(session: Session, id_: str) -> Won | None:
    """One award of a draw."""
    row = session.execute(_WON.where(AwardRow.id == id_)).first()
    return _won(row) if row else None


def awards(session: Session, campaign: CampaignKey, *, status: AwardStatus, prizes: list[str]) -> Iterator[Won]:
    """Awards of some prizes that stand so, by draw and place."""
    query = _WON.where(AwardRow.campaign == campaign, AwardRow.status == status, AwardRow.prize.in_(prizes))
    for row in session.execute(query.order_by(AwardRow.draw, AwardRow.rank)).all():
        yield _won(row)


def refused(session: Session, campaign: CampaignKey, *, prizes: list[str]) -> Iterator[Won]:
    """Claimed awards of some prizes whose payout the provider has refused, by draw and place."""
    query = (
        _WON.join(PayoutRow, PayoutRow.award == AwardRow.id)
        .where(PayoutRow.status == PayoutStatus.REFUSED, AwardRow.status == AwardStatus.CLAIMED)
        .where(AwardRow.campaign == campaign, AwardRow.prize.in_(prizes))
    )
    for row in session.execute(query.order_by(AwardRow.draw, AwardRow.rank)).all():
        yield _won(row)


def paid_under(session: Session, award: str) -> str | None:
    """The key that the prize of an award was paid under; None: it is not paid."""
    paid = sa.select(PayoutRow.round).where(PayoutRow.award == award, PayoutRow.status == PayoutStatus.PAID)
    round_ = session.scalar(paid)
    return None if round_ is None else payout_key(award, round_)


def campaigns_waiting(session: Session) -> tuple[CampaignKey, ...]:
    """Campaigns in which something was won that nobody has claimed, and perhaps nobody need."""
    query = (
        sa.select(AwardRow.campaign).where(AwardRow.status == AwardStatus.WON).distinct().order_by(AwardRow.campaign)
    )
    return tuple(CampaignKey(each) for each in session.scalars(query))


_WON = sa.select(
    AwardRow.id, AwardRow.campaign, AwardRow.draw, AwardRow.participant, AwardRow.prize, AwardRow.rank, AwardRow.status,
    AwardRow.won_at, DrawRow.rules,
).join(DrawRow, sa.and_(DrawRow.campaign == AwardRow.campaign, DrawRow.id == AwardRow.draw))  # fmt: skip


def _won(row: sa.Row[tuple[object, ...]]) -> Won:
    id_, campaign, draw, participant, prize, rank, status, won_at, rules = row
    days = rules["claim_days"]
    return Won(id_, campaign, draw, participant, prize, rank, AwardStatus(status), won_at, days)
