"""Rows of codes: taken in, given away once, found again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing, pairs
from opsflow.db.tables import AwardRow, PrizeCodeRow
from opsflow.kernel.terms import CampaignKey


@dataclass(frozen=True, slots=True)
class Given:
    """A code that somebody has got."""

    key: str
    """Of the payout."""
    id: int
    units: int
    currency: str


def add_codes(session: Session, campaign: CampaignKey, prize: str, codes: Sequence[str]) -> int:
    """Take codes in, each once; how many are new."""
    rows = [{"campaign": campaign, "prize": prize, "code": code} for code in codes]
    return len(insert_or_nothing(session, PrizeCodeRow, rows, returning=PrizeCodeRow.id))


def give(session: Session, campaign: CampaignKey, prize: str, keys: Sequence[str], *, at: datetime) -> None:
    """Give a code to each key, as far as there are any; one code goes to one key, which a unique constraint holds."""
    free = session.scalars(
        sa.select(PrizeCodeRow.id)
        .where(PrizeCodeRow.campaign == campaign, PrizeCodeRow.prize == prize, PrizeCodeRow.key.is_(None))
        .order_by(PrizeCodeRow.id)
        .limit(len(keys))
        .with_for_update(skip_locked=True)
    ).all()
    if free:
        ids, texts = pairs(session, dict(zip(free, keys, strict=False)))
        session.execute(
            sa.update(PrizeCodeRow)
            .where(PrizeCodeRow.id == ids, PrizeCodeRow.key.is_(None))
            .values(key=texts, given_at=at),
            execution_options={"synchronize_session": False},
        )


def given(session: Session, keys: Sequence[str]) -> Mapping[str, Given]:
    """Those of these keys that have a code."""
    found: dict[str, Given] = {}
    for start in range(0, len(keys), 5_000):
        rows = session.execute(_GIVEN.where(PrizeCodeRow.key.in_(keys[start : start + 5_000])))
        found |= {row.key: Given(row.key, row.id, row.units, row.currency) for row in rows}
    return found


def all_given(session: Session, campaign: CampaignKey) -> tuple[Given, ...]:
    """Every code of a campaign that was given away, in the order of their ids."""
    rows = session.execute(_GIVEN.where(PrizeCodeRow.campaign == campaign).order_by(PrizeCodeRow.id))
    return tuple(Given(row.key, row.id, row.units, row.currency) for row in rows)


_GIVEN = sa.select(PrizeCodeRow.key, PrizeCodeRow.id, AwardRow.units, AwardRow.currency).join(
    AwardRow, AwardRow.id == sa.func.substr(PrizeCodeRow.key, 1, 32)
)


def code_of(session: Session, key: str) -> str | None:
    """The code that a payout brought its winner; None: none yet."""
    return session.scalar(sa.select(PrizeCodeRow.code).where(PrizeCodeRow.key == key))


def left(session: Session, campaign: CampaignKey, prize: str) -> int:
    """How many codes of a prize nobody has yet."""
    free = (PrizeCodeRow.campaign == campaign, PrizeCodeRow.prize == prize, PrizeCodeRow.key.is_(None))
    return session.execute(sa.select(sa.func.count()).where(*free)).scalar_one()
