"""The whole of paying on a virtual clock, under one seed: workers that die at chosen places, answers that get lost.

Nothing here is random but by the seed: the same seed gives the same story, event for event.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.context import Context
from opsflow.db.session import Database, Session
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict
from opsflow.kernel.faultpoints import passing, watched
from opsflow.kernel.paying import FoundPayout, Payment, PayoutOutcome, StatementLine, Terms
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts.lists.model import AlreadySigned, ListStatus, NothingDue
from opsflow.prizes.payouts.lists.service import approve
from opsflow.prizes.payouts.lists.store import all_lists
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.prizes.payouts.requesting import request
from opsflow.prizes.payouts.rulings.model import NotAsked, SaidAlready, Verdict
from opsflow.prizes.payouts.rulings.service import decide
from opsflow.prizes.payouts.rulings.store import in_doubt
from opsflow.prizes.payouts.service import faults, pay_due
from tests.engine.small import KEY
from tests.prizes.paying import FINANCE, MANAGER, SECOND, paying, record, states, won

POINTS: Mapping[str, tuple[str, ...]] = {
    "F1": ("claimed",),
    "F2": ("before reserving",),
    "F3": ("reserved",),
    "F4": ("before sending",),
    "F5": ("bytes out",),
    "F6": ("paid, answer lost",),
    "F7": ("answer read",),
    "F8": ("confirming",),
    "F9": ("confirmed",),
    "F10": ("looked up", "statement read"),
    "F11": ("asleep",),
    "F12": ("committed",),
}
"""The fault points of reliability.md d1, and where each is passed."""
DYING = 0.25
"""How likely a worker dies when it passes the point under test."""


class Died(BaseException):
    """The process is gone. No `except` of ours may catch it."""


@dataclass
class Story:
    """What happened, and what came of it."""

    log: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    deaths: int = 0
    problems: list[str] = field(default_factory=list)
    rounds: int = 0

    def note(self, *parts: object) -> None:
        self.log.update("|".join(map(str, parts)).encode() + b"\n")


class Unsure(Database):
    """A database whose commits now and then end the process right after: whether it is committed, nobody was told (F12)."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
        passing("committed")


class Bank:
    """A provider in memory that loses, refuses and sleeps by a seed; its books are its own."""

    name = "memory"

    def __init__(self, inner: MemoryPayouts, dice: random.Random) -> None:
        self.inner, self._dice = inner, dice

    @property
    def terms(self) -> Terms:
        return self.inner.terms

    def pay(self, payments: Sequence[Payment], *, until: datetime) -> Mapping[str, PayoutOutcome]:
        passing("bytes out")
        found: dict[str, PayoutOutcome] = {}
        for payment in payments:
            fault = self._dice.choices(("lose", "decline", "drop", "busy", "ok"), (5, 3, 2, 1, 89))[0]
            self.inner.faults = partial(_always, fault)
            found |= self.inner.pay([payment], until=until)
        passing("paid, answer lost")
        return found

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundPayout]:
        return self.inner.find(keys)

    def statement(self, campaign: CampaignKey) -> Sequence[StatementLine]:
        return list(self.inner.statement(campaign))


def _always(fault: str, _payment: Payment) -> str:
    return fault


def play(
    ctx: Context, point: str, seed: int, *, awards: int, cap: int, most: int = 400, **terms: object
) -> tuple[Story, Bank]:
    """Record, request, approve and pay so many awards of 100 minor units, while workers die at the point.

    `cap` is the rewards line in minor units; the campaign is there. What does not hold is in the story.
    """
    dice, story, clock = random.Random(f"{point}/{seed}"), Story(), ctx.clock
    assert isinstance(clock, VirtualClock)
    bank = Bank(MemoryPayouts(clock, batch=dice.choice([7, 20, 50]), **terms), dice)  # type: ignore[arg-type]
    here, places = paying(ctx, bank), POINTS[point]

    def hook(passed: str) -> None:
        story.note("passed", passed)
        if passed == "before sending" and point == "F11" and dice.random() < DYING:
            _sleep(here, story, clock)
        if passed in places and dice.random() < DYING:
            story.deaths += 1
            raise Died(passed)

    with watched(hook):
        _until_alive(story, lambda: record(here, won(here, awards)), after="reserved")
        _until_alive(story, partial(_ask, here))
        for number in range(most):
            story.rounds = number
            _once(story, lambda: pay_due(here, KEY))
            _check(here, story, bank, cap)
            _people(here)
            if number % 3 == 2:
                _once(story, lambda: reconcile(here, KEY, "memory", by=FINANCE))
                _once(story, partial(_ask, here))
            story.note(sorted(states(here).items()), len(bank.inner.books), clock.now())
            if not _open(here):
                break
            clock.move_to(clock.now() + timedelta(minutes=dice.choice([1, 3, 30])))
    _end(here, story, bank, awards, cap)
    return story, bank


def _sleep(here: Context, story: Story, clock: VirtualClock) -> None:
    """F11: this worker sleeps for two days while others go on, and people too; then it wakes and means to send."""
    story.deaths += 1
    with watched(lambda _: None):
        for hours in (0.2, 0.2, 48):
            clock.move_to(clock.now() + timedelta(hours=hours))
            pay_due(here, KEY)
            _people(here)
            _ask(here)


def _until_alive(story: Story, work: Callable[[], object], *, after: str | None = None) -> None:
    while not _once(story, work, after=after):
        pass


def _once(story: Story, work: Callable[[], object], *, after: str | None = None) -> bool:
    """Do it; False when whoever did it died. What the ledger refuses is a problem: with every guard on it refuses nothing."""
    try:
        work()
        if after is not None:
            passing(after)
    except Died:
        return False
    except Conflict as refused:
        story.problems.append(str(refused))
    return True


def _ask(here: Context) -> None:
    """What is due is asked for, what was refused again under another key, and every list is approved."""
    with suppress(NothingDue):
        request(here, KEY, by=MANAGER, again=True)
    with here.reading() as session:
        waiting = [each for each in all_lists(session, KEY) if each.status is ListStatus.PROPOSED]
    for each in waiting:
        for person in (FINANCE, SECOND)[: each.needed]:
            with suppress(AlreadySigned):
                approve(here, KEY, number=each.number, root=each.root, by=person)


def _people(here: Context) -> None:
    """Two of finance look into the bank's books, and say what they see."""
    with here.reading() as session:
        doubts = in_doubt(session, KEY)
    lines = {line.key.partition("-")[0]: line for line in here.payouts["memory"].statement(KEY)}
    for doubt in doubts:
        found = lines.get(doubt.award)
        for person in (FINANCE, SECOND):
            verdict = Verdict.PAID if found else Verdict.NOT_PAID
            reference = found.reference if found else None
            with suppress(NotAsked, SaidAlready, Died):
                decide(here, KEY, doubt.award, by=person, verdict=verdict, evidence="x", reference=reference)


def _open(here: Context) -> bool:
    return bool(states(here).keys() & {"planned", "sending", "unknown", "needs_human"})


def _check(here: Context, story: Story, bank: Bank, cap: int) -> None:
    """The invariants, after every step."""
    with here.reading() as session:
        story.problems += faults(session, KEY)
    if bank.inner.units > cap:
        story.problems.append(f"the provider paid {bank.inner.units} of {cap}")
    doubled = [key for key, count in bank.inner.paid().items() if count > 1]
    if doubled:
        story.problems.append(f"paid twice: {doubled}")
    awards = Counter(key.partition("-")[0] for key in bank.inner.paid())
    story.problems += [f"paid under two keys: {award}" for award, count in awards.items() if count > 1]


def _end(here: Context, story: Story, bank: Bank, awards: int, cap: int) -> None:
    """At the end nothing is under way, and both books name the same payments."""
    found = states(here)
    story.note(sorted(found.items()))
    if _open(here):
        story.problems.append(f"not at rest after {story.rounds} rounds: {found}")
    if sum(found.values()) != awards:
        story.problems.append(f"lost: {found} of {awards}")
    if found.get(PayoutStatus.PAID, 0) != len(bank.inner.books):
        story.problems.append(
            f"we have {found.get(PayoutStatus.PAID, 0)} as paid, the provider {len(bank.inner.books)}"
        )
    done = reconcile(here, KEY, "memory", by=FINANCE)
    story.problems += [f"{one.key}: {one.kind}" for one in done.differences]
