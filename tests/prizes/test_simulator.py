"""Twelve places at which a payer may die or answers may get lost, under seeds: nothing lost, nothing twice, never above the cap."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.tables import PayoutRow
from opsflow.kernel.clock import VirtualClock
from opsflow.prizes.payouts import classify, service, store
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.settings import Settings
from tests.conftest import START
from tests.prizes.paying import campaign
from tests.prizes.simulator import POINTS, Story, Unsure, play

WHOLE, ALL = (bool(os.environ.get(f"OPSFLOW_TEST_{name}")) for name in ("WHOLE_SAMPLES", "ALL_SEEDS"))
SEEDS, AWARDS = (200, 500) if WHOLE else (10, 200) if ALL else (5, 40)
"""By point. The nightly sample is asked for with OPSFLOW_TEST_WHOLE_SAMPLES=1, the one between with OPSFLOW_TEST_ALL_SEEDS=1."""
pytestmark = pytest.mark.timeout(3 * 60 * 60 if WHOLE else 20 * 60 if ALL else 120)
CAP = AWARDS * 100 - 150
"""Not enough for the last two."""

Make = Callable[[], Context]


@pytest.fixture
def make(migrated_file: Path, tmp_path: Path) -> Make:
    """A context over a new SQLite file, whose campaign is there."""

    def made() -> Context:
        number = len(list(tmp_path.glob("*.db")))
        file = tmp_path / f"{number}.db"
        shutil.copy(migrated_file, file)
        database = Unsure(f"sqlite:///{file}", lasting=False)
        settings = Settings(workspace=None, database_url=database.url)
        ctx = Context(settings, database, VirtualClock(START), MemoryLauncher(), {"memory": MemoryChannel()})
        campaign(ctx, f"{CAP / 100:.2f}")
        return ctx

    return made


def told(make: Make, point: str, seed: int, **terms: Any) -> Story:
    story, _ = play(make(), point, seed, awards=AWARDS, cap=CAP, **terms)
    return story


@pytest.mark.parametrize("point", POINTS)
def test_whoever_dies_wherever_each_is_paid_once_and_the_cap_holds(make: Make, point: str) -> None:
    deaths = 0
    for seed in range(SEEDS):
        story = told(make, point, seed)
        assert story.problems == [], f"{point}, seed {seed}"
        deaths += story.deaths
    assert deaths, f"nobody died at {point}: this test shows nothing"


@pytest.mark.parametrize(
    "terms", [{"key_ttl": None}, {"finds": False}, {"key_ttl": None, "settles_within": timedelta(0)}]
)
@pytest.mark.parametrize("point", ["F4", "F6", "F11"])
def test_with_a_provider_that_knows_no_keys_or_cannot_be_asked_as_well(
    make: Make, point: str, terms: dict[str, Any]
) -> None:
    assert told(make, point, 1, **terms).problems == []


@pytest.mark.parametrize("point", ["F6", "F11", "F12"])
def test_the_same_seed_tells_the_same_story(make: Make, point: str) -> None:
    """A failing seed can be looked at again."""
    assert len({told(make, point, 7).log.hexdigest() for _ in range(2)}) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_too(ctx: Context) -> None:
    campaign(ctx, f"{CAP / 100:.2f}")
    unsure = Unsure(ctx.database.url)
    try:
        story, _ = play(replace(ctx, database=unsure), "F12", 3, awards=AWARDS, cap=CAP)
    finally:
        unsure.close()
    assert (story.problems, story.deaths > 0) == ([], True)


def found_out(make: Make, point: str, **terms: Any) -> str:
    """What the simulator finds wrong, over a few seeds."""
    stories = [play(make(), point, seed, awards=AWARDS, cap=CAP, most=12, **terms)[0] for seed in range(3)]
    return "; ".join(problem for story in stories for problem in story.problems)


def test_control_an_attempt_that_is_not_written_before_it_is_sent_pays_twice(
    make: Make, monkeypatch: pytest.MonkeyPatch
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
    assert "paid twice" in found_out(make, "F6", key_ttl=None)


def test_control_without_the_fence_a_sender_that_slept_pays_twice(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_mine", lambda *_: ())
    monkeypatch.setattr(service, "times", lambda _, now: (now + timedelta(days=7), now + timedelta(minutes=2)))
    assert "paid twice" in found_out(make, "F11")
    assert "paid under two keys" in found_out(make, "F11", key_ttl=None)


def test_control_an_unknown_outcome_that_frees_its_money_passes_the_cap(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prototype of reliability.md: the provider pays above the cap while our books show that it is kept."""
    whole = classify.after_sending

    def freed(*args: Any, **named: Any) -> Any:
        for ruled in whole(*args, **named):
            yield ruled._replace(status=PayoutStatus.REFUSED) if ruled.status is PayoutStatus.UNKNOWN else ruled

    monkeypatch.setattr(service, "after_sending", freed)
    found = found_out(make, "F9")
    assert "paid under two keys" in found or "the provider paid" in found or "theirs_only" in found
