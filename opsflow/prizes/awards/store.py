"""Award rows: recorded in bulk, and moved from state to state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_many
from opsflow.db.tables import AwardRow
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.awards.model import Award, AwardId, AwardStatus

CHUNK = 5_000
"""Awards of one statement."""


def insert_awards(session: Session, awards: Sequence[Award]) -> None:
    """Add those that are not there yet, in one statement."""
    insert_many(session, AwardRow, [_row(award) for award in awards], or_nothing=True)


def known(session: Session, campaign: CampaignKey, draw: str) -> bool:
    """Whether any award of a draw is there."""
    asked = sa.select(AwardRow.id).where(AwardRow.campaign == campaign, AwardRow.draw == draw).limit(1)
    return session.scalar(asked) is not None


def contents(session: Session, ids: Sequence[AwardId]) -> Mapping[AwardId, tuple[int, str, str, int]]:
    """Value, currency, kind and rank of those of these awards that are there."""
    found: dict[AwardId, tuple[int, str, str, int]] = {}
    columns = (AwardRow.id, AwardRow.units, AwardRow.currency, AwardRow.kind, AwardRow.rank)
    for start in range(0, len(ids), CHUNK):
        rows = session.execute(sa.select(*columns).where(AwardRow.id.in_(ids[start : start + CHUNK])))
        found |= {AwardId(row.id): (row.units, row.currency, row.kind, row.rank) for row in rows}
    return found


def awards_of(session: Session, campaign: CampaignKey, participant: str) -> tuple[AwardId, ...]:
    """What somebody has won in a campaign, whatever became of it."""
    asked = sa.select(AwardRow.id).where(AwardRow.campaign == campaign, AwardRow.participant == participant)
    return tuple(AwardId(each) for each in session.scalars(asked.order_by(AwardRow.id)))


def set_status(session: Session, awards: Sequence[AwardId], to: AwardStatus, *, was: Iterable[AwardStatus]) -> int:
    """Move those that are in one of these states; how many were."""
    moved = 0
    for start in range(0, len(awards), CHUNK):
        found = session.execute(
            sa.update(AwardRow)
            .where(AwardRow.id.in_(awards[start : start + CHUNK]), AwardRow.status.in_([*was]))
            .values(status=to)
            .returning(AwardRow.id)
            .execution_options(synchronize_session=False)
        )
        moved += len(found.all())
    return moved


def campaigns_of(session: Session, awards: Sequence[AwardId]) -> frozenset[CampaignKey]:
    """Whose these awards are."""
    found: set[CampaignKey] = set()
    for start in range(0, len(awards), CHUNK):
        asked = sa.select(AwardRow.campaign).where(AwardRow.id.in_(awards[start : start + CHUNK])).distinct()
        found |= {CampaignKey(key) for key in session.scalars(asked)}
    return frozenset(found)


def _row(award: Award) -> dict[str, Any]:
    return {
        "id": award.id,
        "campaign": award.campaign,
        "draw": award.draw,
        "participant": award.participant,
        "prize": award.prize,
        "rank": award.rank,
        "units": award.worth.units,
        "currency": award.worth.currency,
        "kind": award.kind,
        "status": award.status,
        "won_at": award.won_at,
    }
