"""Starting a campaign: once, whole, and only when it fits."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from opsflow.campaigns.files import Loaded
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import active_campaigns, load_campaign, next_wake
from opsflow.context import Context
from opsflow.engine.start import CannotFit, start
from opsflow.journal.service import read
from opsflow.kernel.errors import Conflict, NotFound
from opsflow.kernel.terms import CampaignKey, Stage
from opsflow.stages.model import StageStatus, TaskStatus
from opsflow.stages.store import stages, tasks
from tests.campaigns.planning import organisation
from tests.engine.scene import at
from tests.engine.small import KEY, TODAY, file, in_workspace, planned, sop
from tests.engine.together import errors, together


def loaded(**changes: object) -> Loaded:
    return Loaded(file(**changes), organisation(), sop())


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    return in_workspace(ctx, tmp_path)


def test_a_started_campaign_has_every_stage_and_task_of_its_plan(here: Context) -> None:
    start(here, loaded(), today=TODAY)
    plan = planned(file())
    with here.transaction() as session:
        assert [(each.code, each.owner, each.start, each.due, each.after) for each in tasks(session, KEY)] == [
            (each.id, each.owner, each.start, each.due, each.after) for each in plan.tasks
        ]
        assert {each.status for each in tasks(session, KEY)} == {TaskStatus.PLANNED}
        assert [(each.name, each.status, each.opens) for each in stages(session, KEY)] == [
            (each.name, StageStatus.PLANNED, each.opens) for each in plan.stages
        ]
        assert next_wake(session) == at("4")
        campaign = load_campaign(session, KEY)
    assert (campaign.status, campaign.file, campaign.organisation) == (CampaignStatus.ACTIVE, file(), organisation())
    assert (campaign.launch, campaign.ends, campaign.sop_version) == (plan.launch, plan.end, 1)


def test_a_stage_that_the_level_does_not_hold_is_skipped_and_says_so(here: Context) -> None:
    start(here, loaded(level="C"), today=TODAY)
    with here.transaction() as session:
        skipped = [each for each in stages(session, KEY) if each.status is StageStatus.SKIPPED]
    assert [each.name for each in skipped] == [Stage.COORDINATION]
    assert skipped[0].reason is not None
    assert "Level C holds no such stage" in skipped[0].reason.en


def test_starting_twice_is_starting_once(here: Context) -> None:
    assert start(here, loaded(), today=TODAY) == start(here, loaded(), today=TODAY) == KEY
    with here.transaction() as session:
        assert [entry.action for entry in read(session, KEY)] == ["campaign.started"]


def test_four_who_start_one_campaign_at_once_start_it_once(here: Context) -> None:
    outcomes = together(*[partial(start, here, loaded(), today=TODAY)] * 4)
    assert outcomes == [KEY] * 4, errors(outcomes)
    with here.transaction() as session:
        assert len(tasks(session, KEY)) == len(planned(file()).tasks)
        assert len(read(session, KEY)) == 1


def test_a_key_that_another_file_has_is_a_conflict(here: Context) -> None:
    start(here, loaded(), today=TODAY)
    with pytest.raises(Conflict, match="started from another file"):
        start(here, loaded(title="Something else"), today=TODAY)
    with here.transaction() as session:
        assert load_campaign(session, KEY).title == file().title


def test_a_campaign_that_cannot_fit_is_refused_with_the_way_out_and_leaves_nothing(here: Context) -> None:
    with pytest.raises(CannotFit, match=r"short by \d+ working days.*earliest launch that works is 2026-"):
        start(here, loaded(), today=date(2026, 8, 20))
    with here.transaction() as session:
        assert active_campaigns(session) == ()
        with pytest.raises(NotFound, match="Known: none yet"):
            load_campaign(session, CampaignKey("small-campaign"))


def test_a_refusal_whose_earliest_launch_rests_on_a_guess_says_so(here: Context) -> None:
    """F28."""
    late = {"start": "2050-03-02T00:00", "end": "2050-03-09T00:00"}
    with pytest.raises(CannotFit, match=r"2050-\d\d-\d\d\. The official calendar of 2050 is not published"):
        start(here, loaded(live=late), today=date(2050, 3, 1))
