"""Rows of campaigns and wakes."""

from datetime import timedelta
from pathlib import Path

import pytest

from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import (
    active_campaigns,
    add_wakes,
    all_campaigns,
    claim_launch,
    delete_wakes,
    due_wakes,
    first_due_wakes,
    insert_campaign,
    load_campaign,
    next_wake,
    set_run,
    set_status,
)
from opsflow.context import Context
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, Stage
from tests.campaigns.planning import campaign, organisation, planned

KEY = CampaignKey("some-campaign")


def insert(ctx: Context, *keys: str) -> None:
    for key in keys:
        file = campaign(key=key)
        with ctx.transaction() as session:
            assert insert_campaign(session, file, organisation(), planned(file), sop_version=1, now=ctx.clock.now())


@pytest.fixture
def stored(ctx: Context, tmp_path: Path) -> Context:
    insert(ctx, KEY)
    return ctx


def test_a_campaign_comes_back_as_it_was_stored(stored: Context) -> None:
    plan = planned(campaign())
    with stored.transaction() as session:
        found = load_campaign(session, KEY)
    assert (found.file, found.organisation) == (campaign(), organisation())
    assert (found.launch, found.ends, found.warnings) == (plan.launch, plan.end, plan.warnings)
    assert (found.zone.key, found.plan_revision, found.status) == ("Asia/Shanghai", 1, CampaignStatus.ACTIVE)


def test_a_key_is_taken_once(stored: Context) -> None:
    other = campaign(title="Another")
    with stored.transaction() as session:
        assert not insert_campaign(
            session, other, organisation(), planned(other), sop_version=1, now=stored.clock.now()
        )
        assert load_campaign(session, KEY).file == campaign()


def test_a_campaign_that_does_not_exist_is_answered_with_those_that_do(ctx: Context) -> None:
    insert(ctx, "second-one", "first-one")
    with (
        ctx.transaction() as session,
        pytest.raises(NotFound, match=r"no campaign third\. Known: first-one, second-one"),
    ):
        load_campaign(session, CampaignKey("third"))


def test_a_campaign_that_is_over_is_not_active_any_more(ctx: Context) -> None:
    insert(ctx, "second-one", "first-one")
    with ctx.transaction() as session:
        set_status(session, CampaignKey("first-one"), CampaignStatus.ARCHIVED)
        assert active_campaigns(session) == ("second-one",)
        assert all_campaigns(session) == ("first-one", "second-one")


def test_a_wake_is_due_from_its_instant_on_and_for_its_stage_alone(stored: Context) -> None:
    now = stored.clock.now()
    with stored.transaction() as session:
        add_wakes(session, KEY, [(Stage.DECISION, now), (Stage.DECISION, now + timedelta(seconds=1))])
        assert next_wake(session) == now
        assert len(due_wakes(session, KEY, Stage.DECISION, now=now)) == 1
        assert len(due_wakes(session, KEY, Stage.DECISION, now=now + timedelta(seconds=1))) == 2
        assert due_wakes(session, KEY, Stage.REVIEW, now=now) == ()
        assert due_wakes(session, KEY, Stage.DECISION, now=now - timedelta(seconds=1)) == ()


def test_an_id_is_never_given_again(stored: Context) -> None:
    """It is part of a run's key, and the motor answers an old key with the old run."""
    now = stored.clock.now()
    seen: set[int] = set()
    for _ in range(3):
        with stored.transaction() as session:
            add_wakes(session, KEY, [(Stage.DECISION, now)])
            found = due_wakes(session, KEY, Stage.DECISION, now=now)
            assert not seen & set(found)
            seen |= set(found)
            delete_wakes(session, found)


def test_one_wake_per_stage_is_offered_the_launched_one_before_the_earliest(stored: Context) -> None:
    now = stored.clock.now()
    early, late = now - timedelta(minutes=2), now - timedelta(minutes=1)
    with stored.transaction() as session:
        add_wakes(session, KEY, [(Stage.DECISION, late), (Stage.DECISION, early), (Stage.REVIEW, late)])
        add_wakes(session, KEY, [(Stage.CLOSING, now + timedelta(minutes=1))])
        offered = {wake.stage: wake for wake in first_due_wakes(session, now=now)}
        assert {stage: wake.not_before for stage, wake in offered.items()} == {
            Stage.DECISION: early, Stage.REVIEW: late
        }  # fmt: skip
        claimed = claim_launch(session, offered[Stage.DECISION], now=now)
        assert claimed is not None
        add_wakes(session, KEY, [(Stage.DECISION, early - timedelta(minutes=1))])
        again = {wake.stage: wake for wake in first_due_wakes(session, now=now)}
    assert again[Stage.DECISION].id == claimed.id


def test_a_launch_that_did_not_happen_gives_its_attempt_back(stored: Context) -> None:
    now = stored.clock.now()
    with stored.transaction() as session:
        add_wakes(session, KEY, [(Stage.DECISION, now)])
        (wake,) = first_due_wakes(session, now=now)
        for _ in range(2):
            claimed = claim_launch(session, wake, now=now)
            assert claimed is not None
            assert (claimed.attempt, claimed.launched_at) == (1, now)
            set_run(session, claimed, None)
        claimed = claim_launch(session, wake, now=now)
        assert claimed is not None
        set_run(session, claimed, "run-7")
        (launched,) = first_due_wakes(session, now=now)
        assert (launched.attempt, launched.run) == (1, "run-7")
        second = claim_launch(session, launched, now=now)
        assert second is not None
        assert (second.attempt, second.run) == (2, None)


def test_wakes_for_one_instant_are_as_many_as_were_asked_for(stored: Context) -> None:
    now = stored.clock.now()
    with stored.transaction() as session:
        for _ in range(2):
            add_wakes(session, KEY, [(Stage.DECISION, now)])
        assert len(due_wakes(session, KEY, Stage.DECISION, now=now)) == 2
        add_wakes(session, KEY, [])
