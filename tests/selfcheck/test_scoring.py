"""Scoring, on both databases: once a round, and the last one wakes the stage however many are the last."""

from functools import partial
from pathlib import Path

import pytest

from opsflow.campaigns.store import delete_wakes, due_wakes
from opsflow.context import Context
from opsflow.kernel.errors import Conflict, NotFound
from opsflow.kernel.terms import PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.selfcheck import store
from opsflow.selfcheck.service import score
from tests.engine.small import KEY, begin, in_workspace
from tests.engine.together import errors, together

ANN, BEN = PersonKey("legal-head"), PersonKey("data-head")


@pytest.fixture
def small(ctx: Context, tmp_path: Path) -> Context:
    here = in_workspace(ctx, tmp_path)
    begin(here)
    return here


def open_round(ctx: Context, number: int = 1) -> None:
    now = ctx.clock.now()
    with ctx.transaction() as session:
        modules = {ANN: ("goal", "theme"), BEN: ("goal", "theme")}
        assert store.insert_round(session, KEY, number, reviewers=modules, due=now, now=now)


def give(ctx: Context, by: PersonKey, points: int = 7) -> None:
    score(ctx, KEY, by=by, points={"goal": points, "theme": points}, comments={"goal": Text.both("Clear.")})


def wakes(ctx: Context) -> int:
    with ctx.transaction() as session:
        found = due_wakes(session, KEY, Stage.DECISION, now=ctx.clock.now())
        delete_wakes(session, found)
    return len(found)


def test_only_the_last_reviewer_wakes_the_stage(small: Context) -> None:
    open_round(small)
    give(small, ANN)
    assert wakes(small) == 0
    give(small, BEN)
    assert wakes(small) == 1


def test_scores_are_kept_with_their_comments_and_given_once(small: Context) -> None:
    open_round(small)
    give(small, ANN)
    with pytest.raises(Conflict, match="once a round"):
        give(small, ANN, 10)
    with small.transaction() as session:
        (current,) = store.rounds(session, KEY)
    assert [(each.reviewer, each.module, each.points) for each in current.scores] == [
        (ANN, "goal", 7), (ANN, "theme", 7)
    ]  # fmt: skip
    assert current.scores[0].comment == Text.both("Clear.")
    assert current.waiting_for == (BEN,)


def test_scores_are_taken_for_the_latest_round_alone(small: Context) -> None:
    with pytest.raises(NotFound, match="open for scoring"):
        give(small, ANN)
    open_round(small)
    with small.transaction() as session:
        store.close_round(session, KEY, 1, passed=False, now=small.clock.now())
    with pytest.raises(NotFound, match="open for scoring"):
        give(small, ANN)
    open_round(small, 2)
    give(small, ANN)


def test_a_round_is_opened_once(small: Context) -> None:
    open_round(small)
    with small.transaction() as session:
        now = small.clock.now()
        assert not store.insert_round(session, KEY, 1, reviewers={}, due=now, now=now)


def test_twenty_presses_of_one_reviewer_are_one_set_of_scores(small: Context) -> None:
    """F45."""
    open_round(small)
    outcomes = together(*[partial(give, small, ANN)] * 20)
    assert outcomes.count(None) == 1
    assert {type(error) for error in errors(outcomes)} == {Conflict}


def test_the_last_two_reviewers_at_once_still_wake_the_stage(small: Context) -> None:
    for number in range(1, 11):
        open_round(small, number)
        assert not errors(together(partial(give, small, ANN), partial(give, small, BEN)))
        assert wakes(small) == 1, f"round {number}: both saw the other as still to come"
        with small.transaction() as session:
            store.close_round(session, KEY, number, passed=False, now=small.clock.now())


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_lock_neither_of_two_is_the_last(small: Context) -> None:
    """The control: neither sees what the other has not committed. (SQLite has one writer at a time.)"""
    open_round(small)
    with small.transaction() as one, small.transaction() as other:
        seen = []
        for session, by in ((one, ANN), (other, BEN)):
            store.insert_scores(
                session, KEY, 1, by=by, points={"goal": 7, "theme": 7}, comments={}, at=small.clock.now()
            )
        for session in (one, other):
            (current,) = store.rounds(session, KEY)
            seen.append(current.waiting_for)
    assert seen == [(BEN,), (ANN,)]
