"""A provider of our own: parcels on a shipping manifest, until somebody brings the carrier's word."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from opsflow.db.session import Database
from opsflow.kernel.clock import Clock
from opsflow.kernel.paying import (
    Accepted,
    Declined,
    FoundPayout,
    Payment,
    PayoutOutcome,
    Pending,
    StatementLine,
    Terms,
    Unclear,
    Unsent,
)
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts.parcels import store
from opsflow.prizes.payouts.parcels.store import REFUSED, SENT, Parcel

FOR_EVER = timedelta(days=36500)
LISTED = "on the shipping manifest"


class Manifest:
    """Lists each parcel once; what became of it is known when a confirmation was imported."""

    def __init__(self, name: str, kinds: frozenset[str], database: Database, clock: Clock) -> None:
        self.name = name
        settles = timedelta(minutes=1)
        self.terms = Terms(
            kinds, FOR_EVER, finds=True, batch=5_000, settles_within=settles, patience=timedelta(seconds=30)
        )
        self._database, self._clock = database, clock

    def pay(self, payments: Sequence[Payment], *, until: datetime) -> Mapping[str, PayoutOutcome]:
        """List them; nothing is sent by that."""
        now = self._clock.now()
        if now >= until:
            return {one.key: Unsent("its time was over before it was sent") for one in payments}
        with self._database.transaction() as session:
            store.list_parcels(session, payments, at=now)
        return {one.key: Unclear(LISTED) for one in payments}

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundPayout]:
        """What the carrier said of each."""
        with self._database.reading() as session:
            return {parcel.key: _found(parcel) for parcel in store.parcels(session, keys)}

    def statement(self, campaign: CampaignKey) -> Iterable[StatementLine]:
        """Every parcel that is sent."""
        with self._database.reading() as session:
            found = store.of_campaign(session, campaign, outcome=SENT)
        return [StatementLine(one.key, one.reference or "", one.units, one.currency) for one in found]


def _found(parcel: Parcel) -> FoundPayout:
    if parcel.outcome == SENT:
        return Accepted(parcel.reference or "", parcel.units, parcel.currency)
    if parcel.outcome == REFUSED:
        return Declined(parcel.reason or "", "the carrier refuses it")
    return Pending(LISTED)
