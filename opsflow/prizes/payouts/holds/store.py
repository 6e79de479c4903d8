"""Who has put a stop to a campaign's payouts, when, and why: columns of its budget."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import BudgetRow
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.payouts.model import Hold


@dataclass(frozen=True, slots=True)
class Held:
    """A stop."""

    hold: Hold
    by: PersonKey
    at: datetime
    because: str


def held(session: Session, campaign: CampaignKey) -> Held | None:
    """The stop of a campaign's payouts; None: they go on."""
    row = session.execute(
        sa.select(BudgetRow.hold, BudgetRow.held_by, BudgetRow.held_at, BudgetRow.held_because).where(
            BudgetRow.campaign == campaign, BudgetRow.hold.is_not(None)
        )
    ).first()
    return None if row is None else Held(Hold(row.hold), PersonKey(row.held_by), row.held_at, row.held_because)


def set_hold(session: Session, campaign: CampaignKey, found: Held | None) -> None:
    """Put the stop there, or take it away."""
    values = (
        {"hold": None, "held_by": None, "held_at": None, "held_because": None}
        if found is None
        else {"hold": found.hold, "held_by": found.by, "held_at": found.at, "held_because": found.because}
    )
    session.execute(
        sa.update(BudgetRow).where(BudgetRow.campaign == campaign).values(**values),
        execution_options={"synchronize_session": False},
    )
