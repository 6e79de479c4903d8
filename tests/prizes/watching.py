"""What must hold of payouts after every step, read from the database itself and from the provider's books, past all our code."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.budget.model import Account
from opsflow.db.session import Database
from opsflow.prizes.payouts.model import ALLOWED, HOLDS_MONEY, PayoutStatus, payout_key
from tests.engine.small import KEY

PAYOUTS = f"select id, award, round, units, status, reference from payouts where campaign = '{KEY}' order by id"
BUDGET = f"select cap, reserved, paid from payout_budgets where campaign = '{KEY}'"
ACCOUNTS = "select account, sum(units) from ledger_postings group by account"
UNBALANCED = "select entry from ledger_postings group by entry having sum(units) <> 0 or count(*) <> 2"
TO_ASK = """select exists (select 1 from payout_lists where status = 'proposed') or exists (
    select 1 from payouts p left join payout_lists l on l.id = p.list
    where p.status = 'refused' or p.status = 'planned' and coalesce(l.status, '') <> 'approved')"""

Payout = tuple[int, str, int, int, str, str | None]
"""Id, award, round, units, status, reference."""


class Driver(Protocol):
    """A connection of sqlite3 or psycopg."""

    def execute(self, asked: str, /) -> Any: ...

    def close(self) -> None: ...


def driver(database: Database) -> tuple[Driver, bool]:
    """A connection past SQLAlchemy, whose way of asking costs ten times the answer; whether nobody else uses it."""
    if database.engine.dialect.name == "sqlite":
        connection: Any = database.engine.raw_connection().driver_connection
        return connection, False  # what is kept in memory has one
    url = sa.make_url(database.url).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True), True


class Watch:
    """Compares each step's payouts with those of the step before; `problems` hears of whatever does not hold."""

    def __init__(self, database: Database, provider: MemoryPayouts, cap: int, problems: list[str]) -> None:
        self._driver, self._is_own = driver(database)
        self._provider, self._cap, self._problems = provider, cap, problems
        self._payouts: Sequence[Payout] = ()
        self._place: dict[str, int] = {}
        """Of each award, among the payouts."""
        self._booked: dict[str, str] = {}
        """Reference by key, as far as the provider's books were looked at."""
        self._awards: set[str] = set()
        self._spent, self._seen = 0, 0
        self.states = Counter[str]()

    @property
    def is_open(self) -> bool:
        return any(self.states[status] for status in ("planned", "sending", "unknown", "needs_human"))

    @property
    def is_to_ask(self) -> bool:
        """Something is refused, on no list that counts, or covered by the budget by now; or a list waits."""
        cap, reserved, paid = self._driver.execute(BUDGET).fetchone()
        fits = self.states["refused_budget"] > 0 and cap - reserved - paid >= min(each[3] for each in self._payouts)
        return fits or bool(self._driver.execute(TO_ASK).fetchone()[0])

    def close(self) -> None:
        """Let go of the connection."""
        if self._is_own:
            self._driver.close()

    def look(self, note: Callable[..., None] = lambda *_: None) -> None:
        """After a commit: the money, what moved, and whether the provider's books agree with it. `note` hears of each move."""
        self.look_at_provider()
        before, self._payouts = self._payouts, self._driver.execute(PAYOUTS).fetchall()
        if before == self._payouts:
            moved: Iterable[int] = ()
        else:
            moved = [place for place, each in enumerate(self._payouts) if before[place : place + 1] != [each]]
        for place in moved:
            now = self._payouts[place]
            note(now[1], now[2], now[4])
            if place < len(before):
                self._step(before[place], now)
            else:
                self._place[now[1]] = place
            self._agree(now)
        if len(self._payouts) < len(before):
            self._problems.append(f"{len(before) - len(self._payouts)} payouts are gone")
        if moved:
            self.states = Counter(each[4] for each in self._payouts)
        self._money()

    def look_at_provider(self) -> None:
        """At any moment: what the provider has booked since, once each and within the cap."""
        for one in self._provider.books[self._seen :]:
            key, award = one.payment.key, one.payment.key.partition("-")[0]
            self._spent += one.payment.units
            if key in self._booked:
                self._problems.append(f"paid twice: {key}")
            elif award in self._awards:
                self._problems.append(f"paid under two keys: {award}")
            self._booked[key] = one.reference
            self._awards.add(award)
            ours = self._payouts[self._place[award]]
            if key != payout_key(award, ours[2]):
                self._problems.append(f"paid under {key}, which is no key of {ours} any more")
            self._agree(ours)
        if self._seen < len(self._provider.books) and self._spent > self._cap:
            self._problems.append(f"the provider paid {self._spent} of {self._cap}")
        self._seen = len(self._provider.books)

    def _step(self, before: Payout, now: Payout) -> None:
        """States move forward alone, and what is paid stays as it is."""
        was, status = PayoutStatus(before[4]), PayoutStatus(now[4])
        if status is not was and status not in ALLOWED[was]:
            self._problems.append(f"{now[1]} went from {was} to {status}")
        if was is PayoutStatus.PAID or before[:2] != now[:2] or before[3] != now[3]:
            self._problems.append(f"{before} became {now}")
        if now[2] != before[2] and (was, now[2]) != (PayoutStatus.REFUSED, before[2] + 1):
            self._problems.append(f"{now[1]} got another key while it was {was}")

    def _agree(self, now: Payout) -> None:
        """What we have as paid is in the provider's books, and whatever is in them holds money here or is paid."""
        _, award, round_, _, status, reference = now
        key = payout_key(award, round_)
        if status == PayoutStatus.PAID and self._booked.get(key) != reference:
            self._problems.append(f"we have {key} as paid by {reference}, the provider by {self._booked.get(key)}")
        if status != PayoutStatus.PAID and status not in HOLDS_MONEY and key in self._booked:
            self._problems.append(f"{key} is {status}, and the provider has paid it")

    def _money(self) -> None:
        """What is available, reserved and paid makes up the cap: by the budget, by the ledger and by the payouts themselves."""
        budget = self._driver.execute(BUDGET).fetchone()
        if budget is None:
            return
        cap, reserved, paid = budget
        if cap not in (0, self._cap) or not 0 <= reserved + paid <= cap:
            self._problems.append(f"{reserved} reserved and {paid} paid of {cap}, which was to be {self._cap}")
        wanted = {
            Account.FUNDING: -cap,
            Account.AVAILABLE: cap - reserved - paid,
            Account.RESERVED: reserved,
            Account.PAID: paid,
        }
        found = {account: int(units) for account, units in self._driver.execute(ACCOUNTS).fetchall()}
        if any(found.get(account, 0) != units for account, units in wanted.items()):
            self._problems.append(f"the ledger has {found}, the budget {wanted}")
        held = sum(each[3] for each in self._payouts if each[4] in HOLDS_MONEY)
        given = sum(each[3] for each in self._payouts if each[4] == PayoutStatus.PAID)
        if (held, given) != (reserved, paid):
            self._problems.append(f"payouts hold {held} and got {given}, the budget says {reserved} and {paid}")
        if self._driver.execute(UNBALANCED).fetchone() is not None:
            self._problems.append("an entry of the ledger does not sum to 0")
