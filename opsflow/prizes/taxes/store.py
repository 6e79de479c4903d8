"""Awards of taxable prizes, with what their winners said for the tax office."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import AwardRow, PayeeRow
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.awards.model import AwardStatus

TAKEN_BACK = (AwardStatus.LAPSED, AwardStatus.VOID)


class Kept(NamedTuple):
    """An award that was not taken back."""

    award: str
    draw: str
    participant: str
    prize: str
    units: int
    currency: str
    said: Mapping[str, str]
    """Of their payee; empty before they have claimed, and once they were erased."""


def awards(session: Session, campaign: CampaignKey, prizes: Sequence[str]) -> Iterator[Kept]:
    """Awards of these prizes, by draw and place."""
    query = (
        sa.select(
            AwardRow.id, AwardRow.draw, AwardRow.participant, AwardRow.prize, AwardRow.units, AwardRow.currency,
            PayeeRow.data,
        )
        .join(PayeeRow, PayeeRow.award == AwardRow.id, isouter=True)
        .where(AwardRow.campaign == campaign, AwardRow.prize.in_(prizes), AwardRow.status.not_in(TAKEN_BACK))
        .order_by(AwardRow.draw, AwardRow.rank)
    )  # fmt: skip
    for award, draw, participant, prize, units, currency, data in session.execute(query):
        yield Kept(award, draw, participant, prize, units, currency, data or {})
