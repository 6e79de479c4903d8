"""Who has been written to."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import LetterRow
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.letters.model import Occasion


def note(session: Session, campaign: CampaignKey, occasions: Sequence[Occasion], *, now: datetime) -> int:
    """Write down who has been written to; answers how many had not been."""
    rows = [{"campaign": campaign, "participant": each.participant, "key": each.key, "at": now} for each in occasions]
    return len(insert_or_nothing(session, LetterRow, rows, returning=LetterRow.participant))


def has_letter(
    campaign: CampaignKey, who: "InstrumentedAttribute[str]", key: "str | sa.ColumnElement[str]"
) -> sa.Exists:
    """The condition that a participant was written a letter of this key."""
    return sa.exists().where(LetterRow.campaign == campaign, LetterRow.participant == who, LetterRow.key == key)
