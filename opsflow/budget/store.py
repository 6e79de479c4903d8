"""Budget rows, moved by conditional updates, and the ledger, to which is only added."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.budget.model import ROUTES, Budget, Move
from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import BudgetRow, EntryRow, PostingRow
from opsflow.kernel.errors import Conflict, NotFound
from opsflow.kernel.terms import CampaignKey


def open_budget(session: Session, campaign: CampaignKey, currency: str) -> None:
    """Make a campaign's budget, empty, where it has none."""
    row = {"campaign": campaign, "currency": currency, "cap": 0, "reserved": 0, "paid": 0}
    insert_or_nothing(session, BudgetRow, [row], returning=BudgetRow.campaign)


def find(session: Session, campaign: CampaignKey, *, hold: bool = False) -> Budget | None:
    """A campaign's budget; `hold`: for this transaction alone. None: nothing has been won yet."""
    columns = (BudgetRow.currency, BudgetRow.cap, BudgetRow.reserved, BudgetRow.paid)
    asked = sa.select(*columns).where(BudgetRow.campaign == campaign)
    row = session.execute(asked.with_for_update() if hold else asked).first()
    return None if row is None else Budget(campaign, row.currency, row.cap, row.reserved, row.paid)


def load(session: Session, campaign: CampaignKey, *, hold: bool = False) -> Budget:
    """The same; NotFound: nothing has been won yet."""
    found = find(session, campaign, hold=hold)
    if found is None:
        raise NotFound(
            f"Nobody has won anything in {campaign} yet. `opsflow prizes status {campaign}` tells what comes next."
        )
    return found


def set_cap(session: Session, campaign: CampaignKey, cap: int) -> bool:
    """Set what prizes may cost; False when more than that is taken."""
    return _moved(session, campaign, BudgetRow.reserved + BudgetRow.paid <= cap, cap=cap)


def take(session: Session, campaign: CampaignKey, units: int) -> bool:
    """Reserve an amount, in one statement that looks and writes; False when it does not fit under the cap."""
    fits = BudgetRow.reserved + BudgetRow.paid + units <= BudgetRow.cap
    return _moved(session, campaign, fits, reserved=BudgetRow.reserved + units)


def give_back(session: Session, campaign: CampaignKey, units: int) -> bool:
    """Release an amount; False when less than that is reserved."""
    return _moved(session, campaign, BudgetRow.reserved >= units, reserved=BudgetRow.reserved - units)


def settle(session: Session, campaign: CampaignKey, units: int) -> bool:
    """Turn what was reserved into what is paid; False when less than that is reserved."""
    values = {"reserved": BudgetRow.reserved - units, "paid": BudgetRow.paid + units}
    return _moved(session, campaign, BudgetRow.reserved >= units, **values)


def post(session: Session, budget: Budget, move: Move, *, key: str, units: int, count: int, at: datetime) -> int:
    """Add one entry with its two postings; returns its id. Conflict: the key is there, so this was posted before."""
    entry = {
        "campaign": budget.campaign,
        "key": key,
        "move": move,
        "currency": budget.currency,
        "count": count,
        "at": at,
    }
    new = insert_or_nothing(session, EntryRow, [entry], returning=EntryRow.id)
    if not new:
        raise Conflict(f"The ledger has {key} already: nothing is posted twice, and nothing of this was written.")
    source, target = ROUTES[move]
    postings = [
        {"entry": new[0], "account": account, "units": amount}
        for account, amount in ((source, -units), (target, units))
    ]
    insert_many(session, PostingRow, postings)
    return new[0]


def accounts(session: Session, campaign: CampaignKey) -> dict[str, int]:
    """What the postings of a campaign sum to, by account."""
    rows = session.execute(
        sa.select(PostingRow.account, sa.func.sum(PostingRow.units))
        .join(EntryRow, EntryRow.id == PostingRow.entry)
        .where(EntryRow.campaign == campaign)
        .group_by(PostingRow.account)
    )
    return {account: int(units) for account, units in rows}


def unbalanced(session: Session, campaign: CampaignKey) -> tuple[str, ...]:
    """Keys of entries whose postings do not sum to zero."""
    rows = session.scalars(
        sa.select(EntryRow.key)
        .join(PostingRow, PostingRow.entry == EntryRow.id)
        .where(EntryRow.campaign == campaign)
        .group_by(EntryRow.id, EntryRow.key)
        .having(sa.func.sum(PostingRow.units) != 0)
    )
    return tuple(rows)


def _moved(
    session: Session, campaign: CampaignKey, guard: sa.ColumnElement[bool], **values: sa.ColumnElement[int] | int
) -> bool:
    moved = session.execute(
        sa.update(BudgetRow)
        .where(BudgetRow.campaign == campaign, guard)
        .values(**values)
        .returning(BudgetRow.campaign)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None
