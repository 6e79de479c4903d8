"""Reads how far a campaign's feedback is."""

from datetime import datetime

from sqlalchemy.orm import Session

from opsflow.campaigns.state import Campaign
from opsflow.feedback.settling.model import Following
from opsflow.feedback.surveys.model import closes_at
from opsflow.feedback.surveys.store import opened
from opsflow.feedback.visits.store import open_visits

TABLES = frozenset({"surveys", "return_visits"})
"""Where it is kept."""


def following(session: Session, held: Campaign, *, now: datetime) -> Following:
    """What is still waited for. A survey that nobody opened is waited for while there is time to answer."""
    survey = opened(session, held.key)
    if survey is not None:
        is_asking = survey.closed_at is None
    else:
        is_asking = held.file.feedback is not None and now < closes_at(held.file)
    return Following(is_asking, open_visits(session, held.key))
