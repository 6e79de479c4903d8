"""Rows of parcels: listed once, exported, confirmed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import ShipmentRow
from opsflow.kernel.paying import Payment
from opsflow.kernel.terms import CampaignKey

SENT, REFUSED = "sent", "refused"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel, and what the carrier said of it."""

    key: str
    campaign: CampaignKey
    prize: str
    units: int
    currency: str
    outcome: str | None
    reference: str | None
    reason: str | None
    exported_at: datetime | None
    """When a carrier was given it; None: not yet."""
    address: Mapping[str, str] = field(repr=False)


def list_parcels(session: Session, payments: Sequence[Payment], *, at: datetime) -> None:
    """Put parcels on the manifest, each once."""
    rows = [
        {
            "key": one.key,
            "campaign": one.campaign,
            "prize": one.prize,
            "units": one.units,
            "currency": one.currency,
            "address": dict(one.to),
            "listed_at": at,
        }
        for one in payments
    ]
    insert_or_nothing(session, ShipmentRow, rows, returning=ShipmentRow.key)


def parcels(session: Session, keys: Sequence[str]) -> tuple[Parcel, ...]:
    """Those of these keys that are on the manifest."""
    found: list[Parcel] = []
    for start in range(0, len(keys), 5_000):
        rows = session.scalars(sa.select(ShipmentRow).where(ShipmentRow.key.in_(keys[start : start + 5_000])))
        found += [_parcel(row) for row in rows]
    return tuple(found)


def of_campaign(session: Session, campaign: CampaignKey, *, outcome: str | None) -> tuple[Parcel, ...]:
    """The parcels of a campaign with that outcome; None: those that wait for one. In the order of their keys."""
    asked = sa.select(ShipmentRow).where(
        ShipmentRow.campaign == campaign, ShipmentRow.outcome.is_not_distinct_from(outcome)
    )
    return tuple(_parcel(row) for row in session.scalars(asked.order_by(ShipmentRow.key)))


def set_exported(session: Session, keys: Sequence[str], *, at: datetime) -> None:
    """Note that a manifest with these was written."""
    for start in range(0, len(keys), 5_000):
        session.execute(
            sa.update(ShipmentRow).where(ShipmentRow.key.in_(keys[start : start + 5_000])).values(exported_at=at),
            execution_options={"synchronize_session": False},
        )


def confirm(
    session: Session, campaign: CampaignKey, key: str, *, outcome: str, reference: str | None, reason: str | None
) -> bool:
    """Note what the carrier says; where it goes is kept no longer. False: there is no such parcel that waits."""
    moved = session.execute(
        sa.update(ShipmentRow)
        .where(ShipmentRow.campaign == campaign, ShipmentRow.key == key, ShipmentRow.outcome.is_(None))
        .values(outcome=outcome, reference=reference, reason=reason, address=None)
        .returning(ShipmentRow.key),
        execution_options={"synchronize_session": False},
    )
    return moved.first() is not None


def _parcel(row: ShipmentRow) -> Parcel:
    return Parcel(
        key=row.key,
        campaign=CampaignKey(row.campaign),
        prize=row.prize,
        units=row.units,
        currency=row.currency,
        outcome=row.outcome,
        reference=row.reference,
        reason=row.reason,
        exported_at=row.exported_at,
        address=row.address or {},
    )
