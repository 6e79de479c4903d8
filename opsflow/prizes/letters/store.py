"""Who is to be written to, and who has been."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import DrawRow, EntrantRow, LetterRow, ParticipantRow
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.model import ParticipantStatus
from opsflow.prizes.letters.model import Occasion


def standing(
    session: Session, campaign: CampaignKey, key: str, statuses: Sequence[ParticipantStatus], *, again: bool
) -> list[Occasion]:
    """Whoever stands so and has no such letter; `again`: those who have one as well."""
    query = sa.select(ParticipantRow.id).where(
        ParticipantRow.campaign == campaign, ParticipantRow.status.in_(list(statuses))
    )
    if not again:
        query = query.where(~_written(campaign, ParticipantRow.id, key))
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
        query = query.where(~_written(campaign, EntrantRow.participant, key))
    yield from (tuple(row) for row in session.execute(query).all())


def written(session: Session, campaign: CampaignKey) -> set[tuple[str, str]]:
    """Every letter that was written about a prize: participant and key."""
    query = sa.select(LetterRow.participant, LetterRow.key).where(
        LetterRow.campaign == campaign, LetterRow.key.startswith("won/")
    )
    return {(row.participant, row.key) for row in session.execute(query)}


def note(session: Session, campaign: CampaignKey, occasions: Sequence[Occasion], *, now: datetime) -> int:
    """Write down who has been written to; answers how many had not been."""
    rows = [{"campaign": campaign, "participant": each.participant, "key": each.key, "at": now} for each in occasions]
    new = 0
    for at in range(0, len(rows), 5_000):
        new += len(insert_or_nothing(session, LetterRow, rows[at : at + 5_000], returning=LetterRow.participant))
    return new


def _written(campaign: CampaignKey, who: "InstrumentedAttribute[str]", key: "str | sa.ColumnElement[str]") -> sa.Exists:
    return sa.exists().where(LetterRow.campaign == campaign, LetterRow.participant == who, LetterRow.key == key)
