"""Twelve places at which a payer may die or answers may get lost, under seeds: nothing lost, nothing twice, never above the cap."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.context import Context
from opsflow.db.tables import PayoutRow
from opsflow.prizes.payouts import classify, service, store
from opsflow.prizes.payouts.model import PayoutStatus
from tests.prizes.beginnings import KINDS, Beginnings, cap_of
from tests.prizes.simulator import BATCHES, BEFORE_PAYING, POINTS, Story, play
from tests.prizes.watching import Watch

WHOLE, ALL = (bool(os.environ.get(f"OPSFLOW_TEST_{name}")) for name in ("WHOLE_SAMPLES", "ALL_SEEDS"))
SEEDS = range(200 if WHOLE else 50 if ALL else 10)
AWARDS = 500 if WHOLE else 200
"""By point. The nightly sample is asked for with OPSFLOW_TEST_WHOLE_SAMPLES=1, the one between with OPSFLOW_TEST_ALL_SEEDS=1."""
FEW = 40
"""Awards where one guard or one kind of provider is looked at."""
pytestmark = pytest.mark.timeout(3 * 60 * 60 if WHOLE else 20 * 60 if ALL else 300)
LARGE = (20, 50, 200)
"""Chunks as many for each story as 7, 20 and 50 made of forty awards; the larger samples play those, at three times the cost."""


@pytest.fixture(scope="module", params=["sqlite"])
def beginnings(request: pytest.FixtureRequest) -> Iterator[Beginnings]:
    migrated = {"sqlite": "migrated_file", "postgresql": "migrated_postgres"}[request.param]
    made = KINDS[request.param](request.getfixturevalue(migrated))
    yield made
    made.close()


def told(beginnings: Beginnings, point: str, seed: int, awards: int = FEW, **more: Any) -> Story:
    begun = point not in BEFORE_PAYING
    ctx = beginnings.open(awards, is_approved=begun)
    story, _ = play(ctx, point, seed, awards=awards, cap=cap_of(awards), is_approved=begun, **more)
    return story


@pytest.mark.parametrize("beginnings", ["sqlite", "postgresql"] if WHOLE else ["sqlite"], indirect=True)
@pytest.mark.parametrize("point", POINTS)
def test_whoever_dies_wherever_each_is_paid_once_and_the_cap_holds(beginnings: Beginnings, point: str) -> None:
    batches, deaths, steps = BATCHES if WHOLE or ALL else LARGE, 0, 0
    for seed in SEEDS:
        story = told(beginnings, point, seed, AWARDS, batches=batches)
        assert story.problems == [], f"{point}, seed {seed}"
        deaths, steps = deaths + story.deaths, steps + story.steps
    print(f"{point}: {len(SEEDS)} seeds of {AWARDS} awards, {deaths} deaths, {steps} steps looked at")
    assert deaths, f"nobody died at {point}: this test shows nothing"


@pytest.mark.parametrize(
    "terms", [{"key_ttl": None}, {"finds": False}, {"key_ttl": None, "settles_within": timedelta(0)}]
)
@pytest.mark.parametrize("point", ["F4", "F6", "F11"])
def test_with_a_provider_that_knows_no_keys_or_cannot_be_asked_as_well(
    beginnings: Beginnings, point: str, terms: dict[str, Any]
) -> None:
    assert told(beginnings, point, 1, **terms).problems == []


@pytest.mark.parametrize("point", POINTS if WHOLE or ALL else ["F6", "F11", "F12"])
def test_the_same_seed_tells_the_same_story(beginnings: Beginnings, point: str) -> None:
    """A failing seed can be looked at again."""
    assert len({told(beginnings, point, 7).log.hexdigest() for _ in range(3)}) == 1


@pytest.mark.parametrize("beginnings", ["postgresql"], indirect=True)
def test_on_postgresql_too(beginnings: Beginnings) -> None:
    story = told(beginnings, "F12", 3)
    assert (story.problems, story.deaths > 0) == ([], True)


PLANTED = {
    "update payout_budgets set reserved = reserved - 100": "payouts hold",
    "update payout_budgets set cap = cap + 100": "which was to be",
    "insert into ledger_postings (entry, account, units) select max(id), 'funding', 1 from ledger_entries": "sum to 0",
    "update payouts set status = 'paid', reference = 'made-up' where id = 1": "as paid by made-up, the provider by None",
    "update payouts set status = 'refused' where id = 1": "went from planned to refused",
    "update payouts set round = 1 where id = 1": "got another key while it was planned",
    "update payouts set units = 99 where id = 1": "became",
    "delete from payouts where id = 40": "are gone",
}
"""What is done to the database behind everybody's back, and what is said of it."""


@pytest.mark.parametrize("planted", PLANTED)
def test_control_what_is_planted_is_seen_at_the_next_look(beginnings: Beginnings, planted: str) -> None:
    ctx = beginnings.open(FEW, is_approved=True)
    problems: list[str] = []
    with closing(Watch(ctx.database, MemoryPayouts(ctx.clock), cap_of(FEW), problems)) as watch:
        watch.look()
        assert problems == []
        with ctx.database.engine.begin() as connection:
            connection.execute(sa.text(planted))
        watch.look()
    assert PLANTED[planted] in "; ".join(problems)


def found_out(beginnings: Beginnings, point: str, **terms: Any) -> str:
    """What the simulator finds wrong, over a few seeds."""
    stories = [told(beginnings, point, seed, most=12, **terms) for seed in range(3)]
    return "; ".join(problem for story in stories for problem in story.problems)


def test_control_an_attempt_that_is_not_written_before_it_is_sent_pays_twice(
    beginnings: Beginnings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F61: the claim is only in the sender's head, as if its transaction were rolled back."""
    whole = service._claim

    def forgotten(ctx: Context, *args: Any) -> Any:
        claim = whole(ctx, *args)
        if isinstance(claim, tuple):
            with ctx.transaction() as session:
                mine = sa.update(PayoutRow).where(PayoutRow.attempt == claim[0].id)
                session.execute(mine.values(status=PayoutStatus.PLANNED, attempt=None, first_sent_at=None))
        return claim

    monkeypatch.setattr(service, "_claim", forgotten)
    monkeypatch.setattr(store, "_mine", lambda *_: ())
    assert "paid twice" in found_out(beginnings, "F6", key_ttl=None)


def test_control_without_the_fence_a_sender_that_slept_pays_twice(
    beginnings: Beginnings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_mine", lambda *_: ())
    monkeypatch.setattr(service, "times", lambda _, now: (now + timedelta(days=7), now + timedelta(minutes=2)))
    assert "paid twice" in found_out(beginnings, "F11")
    assert "paid under two keys" in found_out(beginnings, "F11", key_ttl=None)


def test_control_an_unknown_outcome_that_frees_its_money_passes_the_cap(
    beginnings: Beginnings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prototype of reliability.md: the provider pays above the cap while our books show that it is kept."""
    whole = classify.after_sending

    def freed(*args: Any, **named: Any) -> Any:
        for ruled in whole(*args, **named):
            yield ruled._replace(status=PayoutStatus.REFUSED) if ruled.status is PayoutStatus.UNKNOWN else ruled

    monkeypatch.setattr(service, "after_sending", freed)
    found = found_out(beginnings, "F9")
    assert "paid under two keys" in found or "the provider paid" in found or "theirs_only" in found
