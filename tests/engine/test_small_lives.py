"""The small campaign from start to end, on time and with what people do to it on the way."""

from pathlib import Path

import pytest

from opsflow.approvals import store as approvals
from opsflow.approvals.model import AlreadyDecided, ApprovalStatus, Verdict
from opsflow.approvals.service import vote
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import load_campaign, next_wake
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.apply import apply
from opsflow.engine.effects import StopCampaign
from opsflow.engine.load import load_snapshot
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.service import read
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Refused
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.model import FINAL, Outcome, StageStatus, TaskStatus
from opsflow.stages.service import replace_evidence
from tests.engine.driving import People, live
from tests.engine.small import KEY, MODULES, begin, everybody, in_workspace


def snapshot(ctx: Context) -> Snapshot:
    with ctx.transaction() as session:
        return load_snapshot(ctx, session, KEY, Stage.DECISION)


def told(ctx: Context, action: str) -> list[str]:
    with ctx.transaction() as session:
        return [entry.object for entry in read(session, KEY) if entry.action == action]


@pytest.fixture
def people(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> People:
    """Everybody of a started campaign. Which way a life takes is decided above the database."""
    return everybody(sqlite_database, clock, tmp_path)


@pytest.mark.parametrize("level", ["S", "C"])
def test_a_campaign_in_which_everybody_is_on_time_ends_in_the_archive(ctx: Context, tmp_path: Path, level: str) -> None:
    here = in_workspace(ctx, tmp_path)
    begin(here, level=level)
    live(People(here, KEY))
    found = snapshot(here)
    assert found.campaign.status is CampaignStatus.ARCHIVED
    assert {stage.status for stage in found.stages} <= {StageStatus.CLOSED, StageStatus.SKIPPED}
    assert {task.status for task in found.tasks} == {TaskStatus.DONE}
    skipped = [stage.name for stage in found.stages if stage.status is StageStatus.SKIPPED]
    assert skipped == ([Stage.COORDINATION] if level == "C" else [])
    assert {meeting.mode for meeting in found.meetings if meeting.id == "decision"} == {
        "writing" if level == "C" else "meeting"
    }


def test_a_refused_proposal_comes_back_as_a_second_version(people: People) -> None:
    people.verdict = lambda approval, person: (
        Text.both("Too dear.") if approval.version == 1 and person == "legal-head" and approval.task == "C3" else None
    )
    live(people)
    with people.ctx.transaction() as session:
        proposals = [each for each in approvals.of_campaign(session, KEY) if each.subject == "proposal"]
    assert [(each.version, each.status) for each in proposals] == [(1, "rejected"), (2, "approved")]
    again = next(task for task in snapshot(people.ctx).tasks if task.code == "C1.r2")
    assert (again.status, again.because) == (TaskStatus.DONE, (Text.both("Too dear."),))
    assert snapshot(people.ctx).documents["proposal"].revision == 3


def test_a_weak_module_is_reworked_and_only_it_is_scored_again(people: People) -> None:
    people.points = lambda current, _person, module: 4 if current.number == 1 and module == "reward" else 8
    live(people)
    found = snapshot(people.ctx)
    first, second = found.rounds
    assert (first.passed, second.passed) == (False, True)
    assert {module for modules in first.reviewers.values() for module in modules} == set(MODULES)
    assert set(second.reviewers.values()) == {("reward",)}
    assert found.task(TaskCode("D3")) is not None


def test_revise_leads_to_a_second_plan_a_second_approval_and_a_second_meeting(people: People) -> None:
    people.outcomes = [Outcome.REVISE, Outcome.GO]
    live(people)
    assert told(people.ctx, "meeting.held") == ["kick_off", "decision", "decision"]
    assert told(people.ctx, "approval.superseded") == [f"{KEY}/plan/1"]
    assert told(people.ctx, "approval.requested") == [f"{KEY}/proposal/1", f"{KEY}/plan/1", f"{KEY}/plan/2"]
    assert snapshot(people.ctx).campaign.status is CampaignStatus.ARCHIVED


def test_stop_ends_everything_and_nobody_is_reminded_of_anything_any_more(people: People) -> None:
    """F04."""
    people.outcomes = [Outcome.STOP]
    live(people)
    found = snapshot(people.ctx)
    assert found.campaign.status is CampaignStatus.STOPPED
    assert {stage.status for stage in found.stages} == {StageStatus.CLOSED, StageStatus.STOPPED}
    assert {task.status for task in found.tasks} == {TaskStatus.DONE, TaskStatus.CANCELLED}
    assert all(stage.status in FINAL for stage in found.stages)


def test_a_vote_that_comes_after_the_stop_is_refused(people: People) -> None:
    def asked() -> bool:
        return any(each.status is ApprovalStatus.OPEN for each in snapshot(people.ctx).approvals)

    people.idle = frozenset({"C3"})
    live(people, until=asked)
    found = snapshot(people.ctx)
    waiting = next(each for each in found.approvals if each.status is ApprovalStatus.OPEN)
    with people.ctx.transaction() as session:
        apply(people.ctx, session, found, [StopCampaign(Text.both("No money this season."))])
    with pytest.raises(AlreadyDecided):
        vote(people.ctx, waiting.id, by=waiting.waiting_for[0], verdict=Verdict.APPROVE)


def test_what_was_handed_in_stays_as_it_was_when_its_stage_is_over(people: People) -> None:
    live(people)
    done = next(task for task in snapshot(people.ctx).tasks if task.code == "C1")
    with pytest.raises(Refused, match="stays as it was"):
        replace_evidence(people.ctx, KEY, done.code, by=done.owner, evidence="another.pdf")


def test_nothing_is_left_to_wake_when_a_campaign_is_over(people: People) -> None:
    live(people)
    with people.ctx.transaction() as session:
        assert load_campaign(session, KEY).status is CampaignStatus.ARCHIVED
        assert next_wake(session) is None
    assert snapshot(people.ctx).documents["plan"].state == "final"
