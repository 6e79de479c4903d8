"""A provider of our own: codes that were taken in from a file, each given to one winner."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from opsflow.db.session import Database
from opsflow.kernel.clock import Clock
from opsflow.kernel.paying import Accepted, FoundPayout, Payment, PayoutOutcome, StatementLine, Terms, Unsent
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts.stock import store
from opsflow.prizes.payouts.stock.store import Given

FOR_EVER = timedelta(days=36500)
NONE_LEFT = Unsent("no code of this prize is left: `opsflow prizes codes` takes more in", timedelta(minutes=15))


class CodePool:
    """Gives each payout a code of its prize; the same key has the same code for ever."""

    def __init__(self, name: str, kinds: frozenset[str], database: Database, clock: Clock) -> None:
        self.name = name
        self.terms = Terms(
            kinds, FOR_EVER, finds=True, batch=5_000, settles_within=timedelta(0), patience=timedelta(seconds=30)
        )
        self._database, self._clock = database, clock

    def pay(self, payments: Sequence[Payment], *, until: datetime) -> Mapping[str, PayoutOutcome]:
        """Give codes in one transaction, until there are none."""
        now = self._clock.now()
        if now >= until:
            return {one.key: Unsent("its time was over before it was sent") for one in payments}
        with self._database.transaction() as session:
            keys = [one.key for one in payments]
            known = store.given(session, keys)
            wanted: dict[tuple[CampaignKey, str], list[str]] = {}
            for one in payments:
                if one.key not in known:
                    wanted.setdefault((one.campaign, one.prize), []).append(one.key)
            for (campaign, prize), waiting in sorted(wanted.items()):
                store.give(session, campaign, prize, waiting, at=now)
            found = store.given(session, keys)
        return {key: _accepted(found[key]) if key in found else NONE_LEFT for key in keys}

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundPayout]:
        """Which keys have a code."""
        with self._database.reading() as session:
            return {key: _accepted(one) for key, one in store.given(session, keys).items()}

    def statement(self, campaign: CampaignKey) -> Iterable[StatementLine]:
        """Every code that was given away."""
        with self._database.reading() as session:
            found = store.all_given(session, campaign)
        return [StatementLine(one.key, _reference(one), one.units, one.currency) for one in found]


def _accepted(one: Given) -> Accepted:
    return Accepted(_reference(one), one.units, one.currency)


def _reference(one: Given) -> str:
    """Not the code: that is for the winner alone."""
    return f"code-{one.id}"
