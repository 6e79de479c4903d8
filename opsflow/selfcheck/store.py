"""Rows of self-check rounds and scores."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import ScoreRow, SelfCheckRow
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.text import Text
from opsflow.selfcheck.model import Round, Score


def insert_round(
    session: Session,
    campaign: CampaignKey,
    number: int,
    *,
    reviewers: Mapping[PersonKey, tuple[str, ...]],
    due: datetime,
    now: datetime,
) -> bool:
    """Open a round; False when it is there already."""
    row = {
        "campaign": campaign,
        "round": number,
        "reviewers": {person: list(modules) for person, modules in reviewers.items()},
        "opened_at": now,
        "due": due,
    }
    return bool(insert_or_nothing(session, SelfCheckRow, [row], returning=SelfCheckRow.round))


def rounds(session: Session, campaign: CampaignKey) -> tuple[Round, ...]:
    """Every round with its scores, in order."""
    found = session.execute(_ROUNDS, {"campaign": campaign}).all()
    scores = _scores(session, campaign) if found else {}
    return tuple(
        Round(
            number=row.round,
            reviewers={PersonKey(person): tuple(modules) for person, modules in row.reviewers.items()},
            opened_at=row.opened_at,
            due=row.due,
            closed_at=row.closed_at,
            passed=row.passed,
            scores=tuple(scores.get(row.round, ())),
        )
        for row in found
    )


_TABLE = cast(sa.Table, SelfCheckRow.__table__)
_ROUNDS = sa.select(_TABLE).where(_TABLE.c.campaign == sa.bindparam("campaign")).order_by(_TABLE.c.round)
_SCORES = (
    sa.select(ScoreRow)
    .where(ScoreRow.campaign == sa.bindparam("campaign"))
    .order_by(ScoreRow.scored_at, ScoreRow.reviewer, ScoreRow.module)
)


def _scores(session: Session, campaign: CampaignKey) -> dict[int, list[Score]]:
    scores: dict[int, list[Score]] = {}
    for row in session.scalars(_SCORES, {"campaign": campaign}):
        scores.setdefault(row.round, []).append(Score(PersonKey(row.reviewer), row.module, row.points, row.comment))
    return scores


def lock_rounds(session: Session, campaign: CampaignKey) -> None:
    """Hold a campaign's rounds for this transaction, so that the last reviewer knows to be the last."""
    session.execute(sa.select(SelfCheckRow.round).where(SelfCheckRow.campaign == campaign).with_for_update()).all()


def set_reviewers(
    session: Session, campaign: CampaignKey, number: int, reviewers: Mapping[PersonKey, tuple[str, ...]]
) -> None:
    """Say anew who scores which modules in a round."""
    session.execute(
        sa.update(SelfCheckRow)
        .where(SelfCheckRow.campaign == campaign, SelfCheckRow.round == number)
        .values(reviewers={person: list(modules) for person, modules in reviewers.items()})
    )


def insert_scores(
    session: Session,
    campaign: CampaignKey,
    number: int,
    *,
    by: PersonKey,
    points: Mapping[str, int],
    comments: Mapping[str, Text],
    at: datetime,
) -> bool:
    """Store one reviewer's scores; False when they had scored before."""
    rows = [
        {
            "campaign": campaign,
            "round": number,
            "reviewer": by,
            "module": module,
            "points": value,
            "comment": comments.get(module),
            "scored_at": at,
        }
        for module, value in sorted(points.items())
    ]
    return len(insert_or_nothing(session, ScoreRow, rows, returning=ScoreRow.module)) == len(rows)


def close_round(session: Session, campaign: CampaignKey, number: int, *, passed: bool, now: datetime) -> None:
    """Write down how a round ended."""
    session.execute(
        sa.update(SelfCheckRow)
        .where(SelfCheckRow.campaign == campaign, SelfCheckRow.round == number, SelfCheckRow.closed_at.is_(None))
        .values(closed_at=now, passed=passed)
    )


def set_due(session: Session, campaign: CampaignKey, number: int, due: datetime) -> None:
    """An open round is to be scored by another instant."""
    session.execute(
        sa.update(SelfCheckRow)
        .where(SelfCheckRow.campaign == campaign, SelfCheckRow.round == number, SelfCheckRow.closed_at.is_(None))
        .values(due=due)
    )
