"""Twenty who write to the journal at once: every chain holds; without the lock it does not."""

import threading
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.journal import store
from opsflow.journal.model import ENGINE
from opsflow.journal.service import verify
from opsflow.kernel.terms import CampaignKey
from tests.journal.chained import AT, ELEVEN, NOTHING, write_some

WRITERS, EACH = 20, 4
SEVERAL = (ELEVEN, CampaignKey("spring"), CampaignKey("summer"), None)


def at_once(work: Callable[[int], None]) -> list[BaseException]:
    """Let every writer begin at the same time; answers what they failed with."""
    errors: list[BaseException] = []
    ready = threading.Barrier(WRITERS)

    def one(number: int) -> None:
        ready.wait()
        try:
            work(number)
        except sa.exc.IntegrityError as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.parametrize("campaigns", [(ELEVEN,), (None,), SEVERAL], ids=["one", "none", "several"])
def test_chains_hold_whoever_writes_at_once(ctx: Context, campaigns: Sequence[CampaignKey | None]) -> None:
    def work(number: int) -> None:
        for turn in range(EACH):
            write_some(ctx.database, 2, campaign=campaigns[(number + turn) % len(campaigns)])

    assert at_once(work) == []
    found = verify(ctx, NOTHING)
    assert [each.fault for each in found.chains] == [None] * len(campaigns)
    assert found.entries == WRITERS * EACH * 2


def _without_lock(database: Database, campaign: CampaignKey | None) -> list[BaseException]:
    """The same writers, of whom each takes the head that it sees before anybody has written."""
    seen = threading.Barrier(WRITERS)

    def work(number: int) -> None:
        with database.reading() as session:
            head = store.head(session, campaign)
        seen.wait()
        with database.transaction() as session:
            told = {f"T{number}": {"number": number}}
            store.append(session, head, at=AT, actor=ENGINE, action="told", campaign=campaign, objects=told)

    return at_once(work)


def test_without_the_lock_the_chain_forks(ctx: Context) -> None:
    assert _without_lock(ctx.database, None) == []
    (fork,) = verify(ctx, NOTHING).chains
    assert fork.fault is not None
    assert "stands where 2 should" in fork.fault.text


def test_without_the_lock_the_database_lets_one_of_a_campaign_in(ctx: Context) -> None:
    assert len(_without_lock(ctx.database, ELEVEN)) == WRITERS - 1
