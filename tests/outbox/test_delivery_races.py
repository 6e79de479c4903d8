"""Two deliverers over the same notices send nothing twice; without the claim they do."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.kernel.terms import PersonKey
from opsflow.outbox import store
from opsflow.outbox.service import LEASE, deliver
from opsflow.ports import Message
from tests.outbox.people import notice, recipient

PEOPLE = tuple(PersonKey(f"person-{n}") for n in range(12))
RECIPIENTS = {person: recipient(person) for person in PEOPLE}
NOTICES = 36


class SlowChannel(MemoryChannel):
    """Takes its time, so that deliverers overlap."""

    def __init__(self) -> None:
        super().__init__("slow", finds=False)
        self.told: Counter[str] = Counter()
        self._lock = threading.Lock()

    def send(self, message: Message) -> str:
        time.sleep(0.01)  # lets the other deliverer look at the same rows
        with self._lock:
            self.told[message.person] += 1
        return "ok"


def together(count: int, work: Callable[[], object]) -> None:
    """Run the same work in several threads, started at one moment."""
    barrier = threading.Barrier(count, timeout=10)

    def run() -> None:
        barrier.wait()
        work()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def race(ctx: Context, *, lease: timedelta) -> Counter[str]:
    """How many messages each person got when three delivered at once."""
    channel = SlowChannel()
    slow = Context(ctx.settings, ctx.database, ctx.clock, ctx.launcher, {channel.name: channel})
    with ctx.transaction() as session:
        notices = [notice(f"n{n}", PEOPLE[n % len(PEOPLE)]) for n in range(NOTICES)]
        assert store.enqueue_all(session, notices, now=ctx.clock.now()) == NOTICES
    together(3, lambda: deliver(slow, RECIPIENTS, lease=lease))
    return channel.told


def test_three_deliverers_at_once_tell_everybody_once(ctx: Context) -> None:
    assert race(ctx, lease=LEASE) == Counter(PEOPLE)
    with ctx.transaction() as session:
        assert len(store.sent(session)) == len(PEOPLE)


def test_without_a_lease_on_the_claim_some_are_told_twice(ctx: Context) -> None:
    """The control: the same race with the guard off."""
    assert max(race(ctx, lease=timedelta(0)).values()) > 1
