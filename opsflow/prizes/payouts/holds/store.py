"""Who has put a stop to a campaign's payouts, when, and why: columns of its budget."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import BudgetRow
from opsflow.kernel.errors import Refused
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.payouts.model import Hold


@dataclass(frozen=True, slots=True)
class Held:
    """A stop."""

    hold: Hold
    by: PersonKey
    at: datetime
    because: str


class Braked(Refused):
    """The brake is on: nobody is sent or told anything of the campaign's prizes."""

    def __init__(self, campaign: CampaignKey, found: Held) -> None:
        super().__init__(
            f"The brake of {campaign} is on, by {found.by} since {found.at:%Y-%m-%d %H:%M} UTC ({found.because}). Nothing of "
            f"its prizes leaves until `opsflow prizes resume {campaign}`."
        )


def held(session: Session, campaign: CampaignKey) -> Held | None:
    """The stop of a campaign's payouts; None: they go on."""
    row = session.execute(
        sa.select(BudgetRow.hold, BudgetRow.held_by, BudgetRow.held_at, BudgetRow.held_because).where(
            BudgetRow.campaign == campaign, BudgetRow.hold.is_not(None)
        )
    ).first()
    return None if row is None else Held(Hold(row.hold), PersonKey(row.held_by), row.held_at, row.held_because)


def check_not_braked(session: Session, campaign: CampaignKey) -> None:
    """Braked: the brake is on, and nothing may leave."""
    found = held(session, campaign)
    if found is not None and found.hold is Hold.BRAKED:
        raise Braked(campaign, found)


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
