"""A payer ends, or sleeps for two leases, while its batch is with the provider: each award is paid once, and who wakes writes nothing."""

import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import BudgetRow, EntryRow, PayoutRow, PayoutTryRow, PostingRow
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.prizes.payouts.service import faults
from tests.contract.bank import serving
from tests.engine.small import KEY
from tests.faults.holding import (
    BATCH,
    LEASE,
    MOMENTS,
    PATIENCE_SECONDS,
    Holding,
    HoldingHandler,
    Seconds,
    SharedClock,
    context,
    one_batch,
    provider_at,
    the_rest,
)
from tests.prizes.paying import FINANCE, approved, campaign, record, states, with_memory, won

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
APPROVED, WON_LATER = 4 * BATCH, BATCH
"""Three batches are held and one is not; for what is won later money is reserved, so that a wrong word would find some to move."""
PROCESSES = multiprocessing.get_context("forkserver")


@dataclass
class Scene:
    """A database with payouts to make, a provider, and payers."""

    here: Context
    bank: Holding
    passed: Seconds
    payers: Mapping[str, BaseProcess]

    def strike(self, number: signal.Signals) -> None:
        """All three, when the provider says that it has their batch."""
        for moment, process in self.payers.items():
            assert self.bank.reached[moment].wait(PATIENCE_SECONDS), f"nobody came to {moment}"
            assert process.pid is not None
            os.kill(process.pid, number)
        assert states(self.here) == {"sending": 3 * BATCH, "planned": BATCH + WON_LATER}
        assert self.bank.paid.total() == sum(MOMENTS.values())

    def let_others_pay(self) -> None:
        """Another payer goes on until all that is approved is paid."""
        other = PROCESSES.Process(
            target=the_rest, args=(self.here.database.url, self.bank.url, KEY, self.passed, WON_LATER)
        )
        other.start()
        other.join(PATIENCE_SECONDS)
        alive = other.is_alive()
        other.kill()
        assert not alive, f"it is not done: {states(self.here)}"
        assert other.exitcode == 0

    def end(self) -> None:
        """What the provider holds it does at last; whoever lives ends by itself."""
        self.bank.let_go.set()
        for moment, process in self.payers.items():
            assert self.bank.answered[moment].wait(PATIENCE_SECONDS)
            process.join(PATIENCE_SECONDS)

    def problems(self) -> list[str]:
        """What is lost, double, or said otherwise by the provider than by us."""
        twice = [key for key, count in self.bank.paid.items() if count > 1]
        found = [f"paid twice: {sorted(twice)}"] if twice else []
        if states(self.here) != {"paid": APPROVED, "planned": WON_LATER}:
            found.append(f"lost: {states(self.here)}")
        with self.here.reading() as session:
            found += faults(session, KEY)
        done = reconcile(self.here, KEY, "memory", by=FINANCE)
        found += [f"{one.key}: {one.kind}" for one in done.differences]
        return found if done.matching == APPROVED else [*found, f"{done.matching} match"]

    def written(self) -> dict[str, list[tuple[object, ...]]]:
        """All that payers may change, as it is in the database."""
        with self.here.reading() as session:
            return {
                table.name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))]
                for table in (PayoutRow.__table__, BudgetRow.__table__, EntryRow.__table__, PostingRow.__table__)
                if isinstance(table, sa.Table)
            }

    def tries(self) -> Counter[str]:
        with self.here.reading() as session:
            return Counter(session.scalars(sa.select(PayoutTryRow.outcome)))


def started(database: Database, bank: Holding, *, is_fenced: bool = True) -> Scene:
    """Three payers have claimed a batch each and send it, each to the address at which it is held at another moment."""
    passed = PROCESSES.Value("d", 0.0)
    here = context(database, SharedClock(passed), provider_at(bank.url, SharedClock(passed)))
    campaign(here, f"{APPROVED + WON_LATER}.00")
    with_kinds, _ = with_memory(here, kinds=frozenset({"coupon"}))
    record(here, won(here, APPROVED))
    approved(with_kinds)
    record(here, won(here, WON_LATER, draw="second"))
    payers = {
        moment: PROCESSES.Process(
            target=one_batch, args=(database.url, bank.url, KEY, passed, moment), kwargs={"is_fenced": is_fenced}
        )
        for moment in MOMENTS
    }
    for process in payers.values():
        process.start()
    return Scene(here, bank, passed, payers)


@pytest.fixture
def bank() -> Iterator[Holding]:
    PROCESSES.set_forkserver_preload(["tests.faults.payer", "tests.contract.bank", "tests.faults.holding"])
    with serving(Holding(), HoldingHandler) as holding:
        try:
            yield holding
        finally:
            holding.let_go.set()


def killed(scene: Scene) -> None:
    scene.strike(signal.SIGKILL)
    for process in scene.payers.values():
        process.join()
        assert process.exitcode == -signal.SIGKILL
    scene.let_others_pay()
    scene.end()


def slept(scene: Scene) -> dict[str, list[tuple[object, ...]]]:
    """They are stopped, two leases pass, and they are woken: what was written when they were."""
    scene.strike(signal.SIGSTOP)
    for process in scene.payers.values():
        wait_until_stopped(process)
    since = scene.here.clock.now()
    scene.let_others_pay()
    scene.passed.value += LEASE.total_seconds()
    assert scene.here.clock.now() - since > 2 * LEASE
    written = scene.written()
    for process in scene.payers.values():
        assert process.pid is not None
        os.kill(process.pid, signal.SIGCONT)
    scene.end()
    return written


def wait_until_stopped(process: BaseProcess) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_killed_while_its_batch_is_with_the_provider_nothing_is_lost_or_double(
    database: Database, bank: Holding
) -> None:
    scene = started(database, bank)
    killed(scene)
    assert scene.problems() == []
    assert scene.tries()["lost"] == 3 * BATCH


def test_who_slept_for_two_leases_inside_a_batch_wakes_to_write_nothing(database: Database, bank: Holding) -> None:
    """F11: each hears that its whole batch is paid, and nothing of it is theirs any more."""
    scene = started(database, bank)
    before = slept(scene)
    assert scene.written() == before
    assert [process.exitcode for process in scene.payers.values()] == [0, 0, 0]
    assert scene.problems() == []
    tries = scene.tries()
    assert (tries["lost"], tries["late"]) == (3 * BATCH, 3 * BATCH), (
        "they did not hear of their batch: this shows nothing"
    )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("story", [killed, slept])
def test_control_with_a_provider_that_knows_no_keys_the_rest_of_a_batch_is_paid_twice(
    database: Database, bank: Holding, story: Callable[[Scene], object]
) -> None:
    bank.is_forgetful = True
    scene = started(database, bank)
    story(scene)
    assert scene.problems()[0].startswith("paid twice")
    assert sum(count - 1 for count in bank.paid.values()) == sum(BATCH - booked for booked in MOMENTS.values())


def test_control_without_the_fence_who_wakes_pays_again_out_of_what_is_reserved_for_others(
    database: Database, bank: Holding
) -> None:
    scene = started(database, bank, is_fenced=False)
    before = slept(scene)
    assert scene.written() != before
    assert any("by its payouts" in problem for problem in scene.problems())
