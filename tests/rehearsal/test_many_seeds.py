"""Rehearsals under abuse: many seeds at every level, without Prefect's run context, and what must hold after each."""

import os
from collections import Counter
from dataclasses import dataclass

import pytest

from opsflow.campaigns.team import role_holders
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Role, Stage, TaskCode
from opsflow.rehearsal.abuse import Abuse
from opsflow.stages.model import Outcome, StageStatus
from tests.rehearsal.abused import SMALL, Played, played
from tests.rehearsal.invariants import broken
from tests.rehearsal.troupe import A, B, C, S

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SEEDS = range(20)
"""Per level."""
WHOLE = frozenset(SEEDS) if os.environ.get("OPSFLOW_TEST_WHOLE_SAMPLES") else frozenset()
"""These play the sample itself, the others the small campaign of its level, which has every kind of task and all stages.
The whole samples at all seeds (OPSFLOW_TEST_WHOLE_SAMPLES=1) take two idle processors eight minutes; below, three of them
are played with something that goes wrong.
"""
LATE, ABSENT, REFUSE = (0.0, 0.15, 0.3, 0.6, 1.0), (0.0, 0.2, 0.5, 1.0), (0.0, 0.5, 1.0)
"""Their lengths have no common divisor: in sixty seeds everything meets everything."""
SAMPLES = {"S": S, "A": A, "B": B, "C": C}


def abuse_of(seed: int) -> Abuse:
    return Abuse(late=LATE[seed % 5], absent=ABSENT[seed % 4], refuse=REFUSE[seed % 3])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", SAMPLES)
def test_whatever_goes_wrong_everything_that_must_hold_holds(level: str, seed: int) -> None:
    """F01, F02, F03, F04, F47."""
    abuse = abuse_of(seed)
    done = played(SAMPLES[level] if seed in WHOLE else SMALL[level], seed, abuse)
    assert broken(done) == []
    happened = {entry.action for entry in done.rehearsed.record.entries}
    # A whole share leaves nothing to chance: then it must really have made things go wrong.
    # (What an absence hands over depends on who had something open that day: tests/engine/test_handing.py.)
    certain = {"person.absent": abuse.absent, "approval.rejected": abuse.refuse}
    assert {action for action, share in certain.items() if share == 1} <= happened


@dataclass(frozen=True)
class Told:
    """What a scenario left in the journal."""

    played: Played

    def all(self, action: str) -> list[str]:
        return [entry.object for entry in self.played.rehearsed.record.entries if entry.action == action]

    def status(self, stage: Stage) -> StageStatus:
        return next(each.status for each in self.played.rehearsed.record.snapshot.stages if each.name is stage)


def scenario(sample: str, abuse: Abuse) -> Told:
    done = played(sample, 5, abuse)
    assert broken(done) == []
    return Told(done)


def test_a_late_build_is_held_and_then_released_by_the_sponsor() -> None:
    told = scenario(A, Abuse(delays=((TaskCode("EX28"), 16),)))
    assert told.all("stage.hold") == ["execution"]
    moves = [entry for entry in told.played.rehearsed.record.entries if entry.object in ("execution", "EX29")]
    held = next(entry for entry in moves if entry.action == "stage.hold")
    (go,) = (entry for entry in told.played.rehearsed.record.entries if entry.action == "go_live.decided")
    live = next(entry for entry in moves if entry.action == "stage.live")
    assert held.at < go.at <= live.at
    snapshot = told.played.rehearsed.record.snapshot
    assert go.actor == role_holders(snapshot.campaign.file, snapshot.campaign.organisation)[Role.LEADER]
    urgent = {
        sent.person for sent in told.played.rehearsed.record.messages if "go_live_hold" in templates(sent.notices)
    }
    assert go.actor in urgent


def test_what_is_not_ready_before_its_live_window_is_over_never_goes_live() -> None:
    """And nobody is asked about it, nor are there figures of it."""
    told = scenario(A, Abuse(delays=((TaskCode("EX28"), 80),)))
    entries = told.played.rehearsed.record.entries
    (cancelled,) = (entry for entry in entries if entry.action == "campaign.cancelled")
    assert cancelled.at >= told.played.rehearsed.record.snapshot.campaign.ends
    assert "live window was over" in cancelled.data["reason"]["en"]
    assert cancelled.data["live"] is False
    happened = {entry.action for entry in entries}
    assert not happened & {"stage.live", "go_live.decided", "survey.opened", "task.repeated"}
    assert not any(action.startswith("metrics.") for action in happened)


def templates(notices: "tuple[tuple[object, str, str], ...]") -> set[str]:
    return {template for _, template, _ in notices}


def test_a_stop_at_the_decision_ends_everything_with_its_reason() -> None:
    told = scenario(B, Abuse(outcomes=(Outcome.STOP,)))
    snapshot = told.played.rehearsed.record.snapshot
    assert told.all("campaign.stopped") == [snapshot.campaign.key]
    later = [told.status(stage) for stage in (Stage.DECISION, Stage.EXECUTION, Stage.CLOSING, Stage.REVIEW)]
    assert set(later) == {StageStatus.STOPPED}
    stopped = next(entry.at for entry in told.played.rehearsed.record.entries if entry.action == "campaign.stopped")
    after = [sent for sent in told.played.rehearsed.record.messages if sent.sent_at > stopped]
    assert {template for sent in after for template in templates(sent.notices)} <= {
        "campaign_stopped", "question_assigned", "approval_decided", "stage_closed", "self_check_result",
    }  # fmt: skip


def test_a_revision_at_the_decision_is_approved_again_and_met_about_again() -> None:
    told = scenario(B, Abuse(outcomes=(Outcome.REVISE,)))
    assert told.all("meeting.held").count("decision") == 2
    assert told.status(Stage.REVIEW) is StageStatus.CLOSED


def test_two_refusals_in_a_row_make_three_versions() -> None:
    told = scenario(C, Abuse(refuse=1, refusals=2))
    versions = Counter(approval.task for approval in told.played.rehearsed.record.snapshot.approvals)
    assert set(versions.values()) == {3}
    assert len(told.all("approval.rejected")) == 2 * len(versions)


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan"), float("inf")])
def test_a_share_goes_from_nothing_to_all(share: float) -> None:
    with pytest.raises(BadInput, match="--refuse"):
        Abuse(refuse=share)
