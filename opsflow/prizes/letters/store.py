"""Who is to be written to about registration and prizes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import DrawRow, EntrantRow, LetterRow, ParticipantRow
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.letters.model import Occasion
from opsflow.participants.letters.store import has_letter
from opsflow.participants.model import ParticipantStatus


def standing(
    session: Session, campaign: CampaignKey, key: str, statuses: Sequence[ParticipantStatus], *, again: bool
) -> list[Occasion]:
    """Whoever stands so and has no such letter; `again`: those who have one as well."""
    query = sa.select(ParticipantRow.id).where(
        ParticipantRow.campaign == campaign, ParticipantRow.status.in_(list(statuses))
    )
    if not again:
        query = query.where(~has_letter(campaign, ParticipantRow.id, key))
    return [Occasion(who, key) for who in session.scalars(query.order_by(ParticipantRow.id))]


def left_out(session: Session, campaign: CampaignKey, *, again: bool) -> Iterator[tuple[str, str, str, datetime]]:
    """Whoever is left out of a frozen draw: participant, draw, reason, and until when they may appeal."""
    key = "left-out/" + EntrantRow.draw
    query = (
        sa.select(EntrantRow.participant, EntrantRow.draw, EntrantRow.refused, DrawRow.appeals_until)
        .join(DrawRow, sa.and_(DrawRow.campaign == EntrantRow.campaign, DrawRow.id == EntrantRow.draw))
        .where(EntrantRow.campaign == campaign, EntrantRow.refused.is_not(None), DrawRow.status != "freezing")
        .order_by(EntrantRow.draw, EntrantRow.participant)
    )
    if not again:
        query = query.where(~has_letter(campaign, EntrantRow.participant, key))
    yield from (tuple(row) for row in session.execute(query).all())


def written(session: Session, campaign: CampaignKey) -> set[tuple[str, str]]:
    """Every letter that was written about a prize: participant and key."""
    query = sa.select(LetterRow.participant, LetterRow.key).where(
        LetterRow.campaign == campaign, LetterRow.key.startswith("won/")
    )
    return {(row.participant, row.key) for row in session.execute(query)}
