"""Rows of answers that were given elsewhere: each person's first one counts, wherever it was given."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import InvitationRow
from opsflow.kernel.terms import CampaignKey

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an answer belongs to."""

    id: str
    participant: str | None
    answered: bool


def held(session: Session, campaign: CampaignKey, *, ids: Collection[str], who: Collection[str]) -> list[Invitation]:
    """Invitations by id and by participant, which nobody else answers before this transaction ends."""
    found: dict[str, Invitation] = {}
    for column, values in ((InvitationRow.id, ids), (InvitationRow.participant, who)):
        for some in _chunks(sorted(values)):
            query = (
                sa.select(InvitationRow.id, InvitationRow.participant, InvitationRow.answered_at)
                .where(InvitationRow.campaign == campaign, column.in_(some))
                .order_by(InvitationRow.id)
                .with_for_update()
            )
            for row in session.execute(query):
                found[row.id] = Invitation(row.id, row.participant, row.answered_at is not None)
    return list(found.values())


def answer(session: Session, campaign: CampaignKey, answered: Sequence[tuple[str, datetime]]) -> None:
    """Note when invitations were answered; who answers has seen it."""
    table = cast(sa.Table, InvitationRow.__table__)
    statement = (
        sa.update(table)
        .where(table.c.campaign == campaign, table.c.id == sa.bindparam("which"), table.c.answered_at.is_(None))
        .values(
            answered_at=sa.bindparam("when", type_=table.c.answered_at.type),
            seen_at=sa.func.coalesce(table.c.seen_at, sa.bindparam("when", type_=table.c.answered_at.type)),
        )
    )
    if answered:
        session.execute(statement, [{"which": id_, "when": at} for id_, at in answered])


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]
