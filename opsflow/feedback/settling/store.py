"""Reads how far a campaign's feedback is."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.campaigns.state import Campaign
from opsflow.db.tables import SurveyRow
from opsflow.feedback.settling.model import Following
from opsflow.feedback.surveys.model import closes_at
from opsflow.feedback.visits.store import open_visits

TABLES = frozenset({"surveys", "return_visits"})
"""Where it is kept."""


def following(session: Session, held: Campaign, *, now: datetime) -> Following:
    """What is still waited for. A survey that nobody opened is waited for while there is time to answer."""
    survey = session.execute(_CLOSED, {"campaign": held.key}).first()
    if survey is not None:
        is_asking = survey.closed_at is None
    else:
        is_asking = held.file.feedback is not None and now < closes_at(held.file)
    return Following(is_asking, open_visits(session, held.key))


_CLOSED = sa.select(SurveyRow.closed_at).where(SurveyRow.campaign == sa.bindparam("campaign"))
