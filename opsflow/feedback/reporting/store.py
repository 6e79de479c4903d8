"""Counts of answers, in a few statements whatever their number."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import AnswerRow, InvitationRow, VoiceRow
from opsflow.kernel.terms import CampaignKey


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many were asked in one way, looked, and answered."""

    asked: int
    seen: int
    answered: int


def turnouts(session: Session, campaign: CampaignKey) -> Mapping[str, Turnout]:
    """By the way in which they were asked."""
    query = (
        sa.select(
            InvitationRow.source,
            sa.func.count(),
            sa.func.count(InvitationRow.seen_at),
            sa.func.count(InvitationRow.answered_at),
        )
        .where(InvitationRow.campaign == campaign)
        .group_by(InvitationRow.source)
        .order_by(InvitationRow.source)
    )
    return {source: Turnout(asked, seen, answered) for source, asked, seen, answered in session.execute(query)}


def choices(session: Session, campaign: CampaignKey) -> Mapping[str, Mapping[str, int]]:
    """How often each thing was chosen, by question."""
    query = (
        sa.select(AnswerRow.question, AnswerRow.choice, sa.func.count())
        .where(AnswerRow.campaign == campaign)
        .group_by(AnswerRow.question, AnswerRow.choice)
    )
    found: dict[str, dict[str, int]] = {}
    for question, choice, number in session.execute(query):
        found.setdefault(question, {})[choice] = number
    return found


def people(session: Session, campaign: CampaignKey, question: str) -> int:
    """How many answered a question of which several things can be chosen."""
    query = sa.select(sa.func.count(sa.distinct(AnswerRow.invitation))).where(
        AnswerRow.campaign == campaign, AnswerRow.question == question
    )
    return session.scalars(query).one()


def corrected(session: Session, campaign: CampaignKey) -> int:
    """How many texts people have sorted otherwise than the rule."""
    query = sa.select(sa.func.count()).where(VoiceRow.campaign == campaign, VoiceRow.corrected.is_not(None))
    return session.scalars(query).one()
