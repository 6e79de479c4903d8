"""What open payouts wait for: a list, their hour, or whatever their last answer said."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.money import IS_OPEN
from opsflow.db.tables import PayoutListRow, PayoutRow
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts.lists.model import ListStatus
from opsflow.prizes.payouts.model import PayoutStatus


@dataclass(frozen=True, slots=True)
class Waiting:
    """Payouts that wait for the same."""

    status: PayoutStatus
    provider: str
    reason: str
    count: int


def waiting(session: Session, campaign: CampaignKey) -> tuple[Waiting, ...]:
    """Why what was tried is not settled yet: planned and unknown payouts of a campaign by reason, the most first."""
    count = sa.func.count()
    asked = (
        sa.select(PayoutRow.status, PayoutRow.provider, PayoutRow.reason, count)
        .where(
            PayoutRow.campaign == campaign, PayoutRow.status.in_((PayoutStatus.PLANNED, PayoutStatus.UNKNOWN)), IS_OPEN
        )
        .where(PayoutRow.reason.is_not(None), PayoutRow.reason != "")
        .group_by(PayoutRow.status, PayoutRow.provider, PayoutRow.reason)
        .order_by(count.desc(), PayoutRow.status, PayoutRow.provider, PayoutRow.reason)
    )
    return tuple(
        Waiting(PayoutStatus(status), provider or "", reason, number)
        for status, provider, reason, number in session.execute(asked)
    )


def unlisted(session: Session, campaign: CampaignKey) -> int:
    """How many planned payouts are on no list, or on one that is void."""
    voided = sa.select(PayoutListRow.id).where(PayoutListRow.status == ListStatus.VOID)
    asked = sa.select(sa.func.count()).where(
        PayoutRow.campaign == campaign,
        PayoutRow.status == PayoutStatus.PLANNED,
        IS_OPEN,
        PayoutRow.list.is_(None) | PayoutRow.list.in_(voided),
    )
    return session.execute(asked).scalar_one()


def next_at(session: Session, campaign: CampaignKey, *, is_sent: bool = True) -> datetime | None:
    """The earliest instant at which a payout that waits is looked at or sent again; nothing is sent: at which one is looked at."""
    waits = (PayoutStatus.PLANNED, PayoutStatus.UNKNOWN) if is_sent else (PayoutStatus.UNKNOWN,)
    asked = sa.select(sa.func.min(PayoutRow.not_before)).where(
        PayoutRow.campaign == campaign, PayoutRow.status.in_(waits), IS_OPEN
    )
    return session.scalar(asked)
