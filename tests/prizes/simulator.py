"""The whole of paying on a virtual clock, under one seed: workers that die at chosen places, answers that get lost.

Nothing here is random but by the seed: the same seed gives the same story, event for event.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
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
from tests.prizes.watching import Watch

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
BEFORE_PAYING = frozenset({"F2", "F3", "F12"})
"""Those at which somebody may die before anything is sent; up to there all other stories are one."""
BATCHES = (7, 20, 50)
"""How many payments a provider takes at a time, one of them."""
DYING = 0.25
"""How likely a worker dies when it passes the point under test."""
RARELY = {"committed": 0.08}
"""Passed by every step, ten times as often as any other."""


class Died(BaseException):
    """The process is gone. No `except` of ours may catch it."""


@dataclass
class Story:
    """What happened, and what came of it."""

    log: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    deaths: int = 0
    steps: int = 0
    """Commits, after each of which everything was looked at."""
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


@dataclass
class Scene:
    """What a story is played with."""

    here: Context
    story: Story
    watch: Watch
    clock: VirtualClock

    def saw(self, passed: str) -> None:
        """Whoever passes wherever: what must hold is looked at, whole after a commit."""
        if passed == "committed":
            self.story.steps += 1
            self.watch.look(self.story.note)
        else:
            self.watch.look_at_provider()

    def wait(self, **delta: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**delta))


def play(
    ctx: Context,
    point: str,
    seed: int,
    *,
    awards: int,
    cap: int,
    batches: Sequence[int] = BATCHES,
    most: int = 400,
    is_approved: bool = False,
    **terms: object,
) -> tuple[Story, Bank]:
    """Record, request, approve and pay so many awards of 100 minor units, while workers die at the point.

    `cap` is the rewards line in minor units; the campaign is there. `is_approved`: all is as `approve_all` leaves it, and
    the story begins with paying. What does not hold is in the story.
    """
    dice, story, clock = random.Random(f"{point}/{seed}"), Story(), ctx.clock
    assert isinstance(clock, VirtualClock)
    bank = Bank(MemoryPayouts(clock, batch=dice.choice(batches), **terms), dice)  # type: ignore[arg-type]
    places = POINTS[point]

    def hook(passed: str) -> None:
        scene.saw(passed)
        story.note("passed", passed)
        if passed == "before sending" and point == "F11" and dice.random() < DYING:
            _sleep(scene)
        if passed in places and dice.random() < RARELY.get(passed, DYING):
            story.deaths += 1
            raise Died(passed)

    with closing(Watch(ctx.database, bank.inner, cap, story.problems)) as watch:
        scene = Scene(paying(ctx, bank), story, watch, clock)
        watch.look()
        with watched(hook):
            if not is_approved:
                approve_all(scene.here, awards, partial(_until_alive, story))
            _live(scene, bank, dice, most=most)
        _end(scene, bank, awards)
    return story, bank


def approve_all(here: Context, awards: int, doing: Callable[[Callable[[], object]], object]) -> None:
    """So many awards of 100 minor units are won, asked for and approved; `doing` does each step."""

    def reserve() -> None:
        record(here, won(here, awards))
        passing("reserved")

    doing(reserve)
    doing(partial(ask, here))


def _live(scene: Scene, bank: Bank, dice: random.Random, *, most: int) -> None:
    here, story, watch = scene.here, scene.story, scene.watch
    for number in range(most):
        story.rounds = number
        _once(story, lambda: pay_due(here, KEY))
        _people(scene)
        if number % 3 == 2:
            _once(story, lambda: reconcile(here, KEY, "memory", by=FINANCE))
            if watch.is_to_ask:  # or asking is refused, which takes as long
                _once(story, partial(ask, here))
        story.note(sorted(watch.states.items()), len(bank.inner.books), scene.clock.now())
        if not watch.is_open:
            break
        scene.wait(minutes=dice.choice([1, 3, 30]))


def _sleep(scene: Scene) -> None:
    """F11: this worker sleeps for two days while others go on, and people too; then it wakes and means to send."""
    scene.story.deaths += 1
    with watched(scene.saw):
        for hours in (0.2, 0.2, 48):
            scene.wait(hours=hours)
            pay_due(scene.here, KEY)
            _people(scene)
            ask(scene.here)


def _until_alive(story: Story, work: Callable[[], object]) -> None:
    while not _once(story, work):
        pass


def _once(story: Story, work: Callable[[], object]) -> bool:
    """Do it; False when whoever did it died. What the ledger refuses is a problem: with every guard on it refuses nothing."""
    try:
        work()
    except Died:
        return False
    except Conflict as refused:
        story.problems.append(str(refused))
    return True


def ask(here: Context) -> None:
    """What is due is asked for, what was refused again under another key, and every list is approved."""
    with suppress(NothingDue):
        request(here, KEY, by=MANAGER, again=True)
    with here.reading() as session:
        waiting = [each for each in all_lists(session, KEY) if each.status is ListStatus.PROPOSED]
    for each in waiting:
        for person in (FINANCE, SECOND)[: each.needed]:
            with suppress(AlreadySigned):
                approve(here, KEY, number=each.number, root=each.root, by=person)


def _people(scene: Scene) -> None:
    """Two of finance look into the bank's books, and say what they see."""
    if not scene.watch.states[PayoutStatus.NEEDS_HUMAN]:
        return
    with scene.here.reading() as session:
        doubts = in_doubt(session, KEY)
    lines = {line.key.partition("-")[0]: line for line in scene.here.payouts["memory"].statement(KEY)}
    for doubt in doubts:
        found = lines.get(doubt.award)
        for person in (FINANCE, SECOND):
            verdict = Verdict.PAID if found else Verdict.NOT_PAID
            reference = found.reference if found else None
            with suppress(NotAsked, SaidAlready, Died):
                decide(scene.here, KEY, doubt.award, by=person, verdict=verdict, evidence="x", reference=reference)


def _end(scene: Scene, bank: Bank, awards: int) -> None:
    """At the end nothing is under way, and both books name the same payments."""
    here, story = scene.here, scene.story
    scene.watch.look()
    found = states(here)
    story.note(sorted(found.items()))
    if scene.watch.is_open:
        story.problems.append(f"not at rest after {story.rounds} rounds: {found}")
    if sum(found.values()) != awards:
        story.problems.append(f"lost: {found} of {awards}")
    if found.get(PayoutStatus.PAID, 0) != len(bank.inner.books):
        story.problems.append(
            f"we have {found.get(PayoutStatus.PAID, 0)} as paid, the provider {len(bank.inner.books)}"
        )
    with here.reading() as session:
        story.problems += faults(session, KEY)
    done = reconcile(here, KEY, "memory", by=FINANCE)
    story.problems += [f"{one.key}: {one.kind}" for one in done.differences]
