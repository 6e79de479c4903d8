"""Rows of surveys, of who was asked, and of what was answered."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.campaigns.surveyfile import Survey
from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import AnswerRow, ContactRow, InvitationRow, ParticipantRow, SurveyRow
from opsflow.feedback.surveys.model import Invitation, Opened
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.model import TAKING_PART

_APART = {"synchronize_session": False}


def opened(session: Session, campaign: CampaignKey, *, holding: bool = False) -> Opened | None:
    """The campaign's survey; None: nobody has opened it. `holding`: whoever closes it waits for this transaction."""
    share = {"read": True} if holding else None
    row = session.get(SurveyRow, campaign, populate_existing=True, with_for_update=share)
    if row is None:
        return None
    survey = Survey.model_validate(row.definition)
    return Opened(campaign, row.name, survey, row.opened_at, row.closes_at, row.closed_at)


def open_(session: Session, new: Opened, *, by: str) -> bool:
    """Open it; False: somebody has already."""
    row = {
        "campaign": new.campaign,
        "name": new.name,
        "definition": new.survey.model_dump(mode="json"),
        "opened_at": new.opened_at,
        "opened_by": by,
        "closes_at": new.closes_at,
        "closed_at": None,
    }
    return bool(insert_or_nothing(session, SurveyRow, [row], returning=SurveyRow.campaign))


def set_closes_at(session: Session, campaign: CampaignKey, at: datetime) -> None:
    """Have it close at another time: the live window has moved."""
    session.execute(sa.update(SurveyRow).where(SurveyRow.campaign == campaign).values(closes_at=at))


def close(session: Session, campaign: CampaignKey, *, now: datetime) -> bool:
    """Close it; False: it is closed."""
    mine = sa.and_(SurveyRow.campaign == campaign, SurveyRow.closed_at.is_(None))
    statement = sa.update(SurveyRow).where(mine).values(closed_at=now).returning(SurveyRow.campaign)
    return session.scalars(statement, execution_options=_APART).first() is not None


def unasked(session: Session, campaign: CampaignKey, *, consenting: bool, most: int) -> list[str]:
    """Participants who take part and were not asked yet, some of them. `consenting`: who agree to be contacted after the end."""
    asked = sa.exists().where(
        InvitationRow.campaign == ParticipantRow.campaign, InvitationRow.participant == ParticipantRow.id
    )
    query = (
        sa.select(ParticipantRow.id)
        .where(
            ParticipantRow.campaign == campaign,
            ParticipantRow.status.in_(list(TAKING_PART)),
            ParticipantRow.blocked.is_(None),
            ~asked,
        )
        .order_by(ParticipantRow.id)
        .limit(most)
    )
    if consenting:
        query = query.where(ParticipantRow.consent)
    return list(session.scalars(query))


def invite(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Note who is asked; who was already stays as they are. Answers how many are new."""
    return len(insert_or_nothing(session, InvitationRow, rows, returning=InvitationRow.id))


def invitation(session: Session, campaign: CampaignKey, id_: str) -> Invitation | None:
    """One that was made."""
    row = session.get(InvitationRow, (campaign, id_), populate_existing=True)
    return None if row is None else Invitation(campaign, id_, row.participant, row.seen_at, row.answered_at)


def see(session: Session, campaign: CampaignKey, id_: str, *, now: datetime) -> None:
    """Note that the page was opened for the first time."""
    mine = sa.and_(InvitationRow.campaign == campaign, InvitationRow.id == id_, InvitationRow.seen_at.is_(None))
    session.execute(sa.update(InvitationRow).where(mine).values(seen_at=now))


def answer(session: Session, campaign: CampaignKey, id_: str, *, now: datetime) -> bool:
    """Note that it was answered; False: it was already, and that stays."""
    mine = sa.and_(InvitationRow.campaign == campaign, InvitationRow.id == id_, InvitationRow.answered_at.is_(None))
    values = {"answered_at": now, "seen_at": sa.func.coalesce(InvitationRow.seen_at, now)}
    statement = sa.update(InvitationRow).where(mine).values(values).returning(InvitationRow.id)
    return session.scalars(statement, execution_options=_APART).first() is not None


def keep_choices(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what was chosen."""
    if rows:
        insert_many(session, AnswerRow, list(rows))


def unanswered(session: Session, campaign: CampaignKey) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Participants who were asked and have not answered: their id, invitation and personal data, in the order of ids."""
    query = (
        sa.select(InvitationRow.participant, InvitationRow.id, ContactRow.data)
        .join(
            ParticipantRow,
            sa.and_(ParticipantRow.campaign == InvitationRow.campaign, ParticipantRow.id == InvitationRow.participant),
        )
        .join(
            ContactRow,
            sa.and_(ContactRow.campaign == InvitationRow.campaign, ContactRow.participant == InvitationRow.participant),
        )
        .where(
            InvitationRow.campaign == campaign,
            InvitationRow.answered_at.is_(None),
            ParticipantRow.status.in_(list(TAKING_PART)),
            ParticipantRow.blocked.is_(None),
        )
        .order_by(InvitationRow.participant)
    )
    for row in session.execute(query):
        yield row.participant, row.id, row.data
