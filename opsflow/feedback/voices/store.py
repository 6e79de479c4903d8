"""Rows of words: kept once, corrected beside what the rule found."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import ParticipantRow, VoiceRow
from opsflow.feedback.voices.model import Voice
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.model import ParticipantStatus

_AT_ONCE = 5_000
_COLUMNS = (
    VoiceRow.id, VoiceRow.source, VoiceRow.text, VoiceRow.at, VoiceRow.topic, VoiceRow.because, VoiceRow.corrected,
    VoiceRow.corrected_by,
)  # fmt: skip
_about = sa.func.coalesce(VoiceRow.corrected, VoiceRow.topic)


def insert(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Keep words, each once; answers how many are new."""
    return len(insert_or_nothing(session, VoiceRow, rows, returning=VoiceRow.id))


def not_erased(session: Session, campaign: CampaignKey, who: Collection[str]) -> set[str]:
    """Which of these participants are not erased, nor can be before this transaction ends."""
    found: set[str] = set()
    ids = sorted(who)
    for at in range(0, len(ids), _AT_ONCE):
        query = (
            sa.select(ParticipantRow.id)
            .where(
                ParticipantRow.campaign == campaign,
                ParticipantRow.id.in_(ids[at : at + _AT_ONCE]),
                ParticipantRow.status != ParticipantStatus.ERASED,
            )
            .order_by(ParticipantRow.id)
            .with_for_update(read=True)
        )
        found.update(session.scalars(query))
    return found


def voices(session: Session, campaign: CampaignKey, *, topic: str | None, most: int) -> list[Voice]:
    """What was said and is not erased, of one topic or (None) of all, the latest first."""
    asked = sa.select(*_COLUMNS).where(VoiceRow.campaign == campaign, VoiceRow.text != "")
    if topic is not None:
        asked = asked.where(_about == topic)
    return [Voice(*row) for row in session.execute(asked.order_by(VoiceRow.at.desc(), VoiceRow.id).limit(most))]


def beginning_with(session: Session, campaign: CampaignKey, start: str) -> list[Voice]:
    """At most two whose id begins so."""
    asked = sa.select(*_COLUMNS).where(
        VoiceRow.campaign == campaign, VoiceRow.id.startswith(start, autoescape=True), VoiceRow.text != ""
    )
    return [Voice(*row) for row in session.execute(asked.order_by(VoiceRow.id).limit(2))]


def correct(
    session: Session, campaign: CampaignKey, id_: str, topic: str | None, *, by: str | None, at: datetime | None
) -> None:
    """Write down what a person says it is about; None: what the rule found holds again."""
    session.execute(
        sa.update(VoiceRow)
        .where(VoiceRow.campaign == campaign, VoiceRow.id == id_)
        .values(corrected=topic, corrected_by=by, corrected_at=at)
    )


def counts(session: Session, campaign: CampaignKey) -> Mapping[str, int]:
    """How many were said about each topic, the erased ones included."""
    asked = sa.select(_about, sa.func.count()).where(VoiceRow.campaign == campaign).group_by(_about)
    return {row[0]: row[1] for row in session.execute(asked)}
