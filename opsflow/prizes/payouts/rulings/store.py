"""Rows of rulings, and the payout they speak of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.money import IS_OPEN
from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import PayoutRow, PayoutRulingRow
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.payouts.rulings.model import Ruling, Verdict


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A payout that people decide."""

    id: int
    award: str
    attempt: int
    units: int
    status: PayoutStatus
    provider: str
    reason: str
    on: str
    """Its list."""


def in_doubt(session: Session, campaign: CampaignKey, *, award: str | None = None) -> tuple[InDoubt, ...]:
    """The payouts of a campaign that need people; of one award: its payout, whatever its state, held for this transaction."""
    asked = sa.select(
        PayoutRow.id, PayoutRow.award, PayoutRow.attempt, PayoutRow.units, PayoutRow.status, PayoutRow.provider,
        PayoutRow.reason, PayoutRow.list,
    ).where(PayoutRow.campaign == campaign)  # fmt: skip
    if award is None:
        asked = asked.where(PayoutRow.status == PayoutStatus.NEEDS_HUMAN, IS_OPEN).order_by(PayoutRow.id)
    else:
        asked = asked.where(PayoutRow.award == award).with_for_update()
    return tuple(
        InDoubt(
            row.id,
            row.award,
            row.attempt or 0,
            row.units,
            PayoutStatus(row.status),
            row.provider or "",
            row.reason or "",
            row.list or "",
        )
        for row in session.execute(asked)
    )


def add(session: Session, found: InDoubt, ruling: Ruling) -> bool:
    """Keep somebody's word; False when it is there already."""
    row = {
        "payout": found.id,
        "attempt": found.attempt,
        "person": ruling.person,
        "verdict": ruling.verdict,
        "reference": ruling.reference,
        "evidence": ruling.evidence,
        "at": ruling.at,
    }
    return bool(insert_or_nothing(session, PayoutRulingRow, [row], returning=PayoutRulingRow.id))


def rulings(session: Session, found: InDoubt) -> tuple[Ruling, ...]:
    """What people have said of its last attempt, the first first."""
    rows = session.scalars(
        sa.select(PayoutRulingRow)
        .where(PayoutRulingRow.payout == found.id, PayoutRulingRow.attempt == found.attempt)
        .order_by(PayoutRulingRow.id)
    )
    return tuple(
        Ruling(PersonKey(row.person), Verdict(row.verdict), row.reference, row.evidence, row.at) for row in rows
    )


def settle(
    session: Session, found: InDoubt, ruling: Ruling, to: PayoutStatus, *, at: datetime, reserved_by: int | None = None
) -> None:
    """Move it to where people say it is. `reserved_by`: the entry that reserved its money for this."""
    values: dict[str, Any] = {"status": to, "reference": ruling.reference, "settled_at": at}
    values |= {"reserved_by": reserved_by} if reserved_by is not None else {}
    session.execute(
        sa.update(PayoutRow)
        .where(PayoutRow.id == found.id, PayoutRow.status == found.status)
        .values(reason=f"decided by people: {ruling.verdict}", **values),
        execution_options={"synchronize_session": False},
    )
