"""Who hears of a deadline, when, and how often, from the opening of a task to its end."""

from datetime import datetime
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel
from opsflow.approvals.model import Verdict, approval_id
from opsflow.approvals.service import vote
from opsflow.context import Context
from opsflow.engine.tick import deliver_due, tick
from opsflow.engine.worklist import worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.outbox.store import sent
from opsflow.selfcheck.service import score
from opsflow.stages.service import complete_task
from tests.engine.driving import People, live, run_due, stage_of
from tests.engine.scene import ZONE, at
from tests.engine.small import KEY, LEGAL, MODULES, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace

DEADLINES = ("task_reminder", "task_overdue", "task_escalated")


@pytest.fixture
def small(ctx: Context, tmp_path: Path) -> Context:
    here = in_workspace(ctx, tmp_path)
    begin(here)
    return here


def pass_hours(ctx: Context, until: datetime, *, minutes: int = 60) -> None:
    """Ticks come every hour; nobody does anything."""
    clock = ctx.clock
    assert isinstance(clock, VirtualClock)
    while clock.now() < until:
        clock.move_to(min(until, _after(clock.now(), minutes)))
        run_due(ctx)
        tick(ctx)
        deliver_due(ctx)


def _after(now: datetime, minutes: int) -> datetime:
    return datetime.fromtimestamp(now.timestamp() + minutes * 60, now.tzinfo)


def told(ctx: Context, code: str) -> list[tuple[str, str, str]]:
    """Day and hour, step and person of what was sent about the deadline of a task."""
    with ctx.transaction() as session:
        return [
            (f"{message.sent_at.astimezone(ZONE):%d %H}", key.split("/")[4], message.person)
            for message in sent(session, KEY)
            for _, template, key in message.notices
            if template in DEADLINES and key.split("/")[2].split(".v")[0] == code
        ]


def test_a_task_that_nobody_does_is_heard_of_by_everybody_once(small: Context) -> None:
    """F07: P1 runs to Wednesday 18:00. Working hours are 9-12 and 13-18, and nobody is told from 18:00 on."""
    pass_hours(small, at("7", 20))
    assert told(small, "P1") == [
        ("05 09", "remind-0", PLANNER),
        ("06 09", "overdue-head", OPERATIONS),
        ("06 14", "overdue-coordination_post", PMO),
        ("07 09", "overdue-leader", SPONSOR),
    ]


def test_whoever_is_done_before_the_date_hears_nothing_more(small: Context) -> None:
    """F01, F04."""
    pass_hours(small, at("4", 12))
    complete_task(small, KEY, TaskCode("P1"), by=PLANNER, evidence="brief.pdf")
    pass_hours(small, at("7", 20))
    assert told(small, "P1") == []


def test_whoever_is_done_late_stops_the_ladder_where_it_is(small: Context) -> None:
    """F04, F13."""
    pass_hours(small, at("6", 10))
    complete_task(small, KEY, TaskCode("P1"), by=OPERATIONS, evidence="brief.pdf")
    pass_hours(small, at("7", 20))
    assert [step for _, step, _ in told(small, "P1")] == ["remind-0", "overdue-head"]


def test_nobody_is_reminded_of_a_task_that_has_not_opened(small: Context) -> None:
    """P2 is due on the 6th; P1, before it, is still not done."""
    pass_hours(small, at("12", 20))
    assert told(small, "P2") == []


def test_ticks_after_a_long_silence_tell_each_person_once(small: Context, channel: MemoryChannel) -> None:
    """F32."""
    pass_hours(small, at("4", 12))
    pass_hours(small, at("11", 12), minutes=60 * 24 * 7)
    pass_hours(small, at("11", 18))
    steps = told(small, "P1")
    assert sorted(person for _, _, person in steps) == sorted({person for _, _, person in steps})
    assert {person for _, _, person in steps} == {OPERATIONS, PMO, SPONSOR}


def to_approval(ctx: Context) -> None:
    """Let everybody work until the proposal is before its approvers, who say nothing."""
    people = People(ctx, KEY, idle=frozenset({"C3"}))
    live(people, until=lambda: stage_of(ctx, KEY, Stage.COORDINATION) == "awaiting_approval")


def test_each_approver_has_a_ladder_that_dies_with_the_vote(small: Context) -> None:
    """F04, F13: the sponsor votes; only the head of legal is late, and everybody above hears of the right one."""
    to_approval(small)
    pass_hours(small, at("11", 12))
    vote(small, approval_id(KEY, "proposal", 1), by=SPONSOR, verdict=Verdict.APPROVE)
    pass_hours(small, at("13", 10))
    steps = told(small, "C3")
    assert [step for _, step, _ in steps if step.startswith("overdue")] == [
        "overdue-head", "overdue-coordination_post", "overdue-leader",
    ]  # fmt: skip
    assert ("12 09", "overdue-head", LEGAL) in steps
    assert PMO in {person for _, _, person in steps}
    bodies = [message.body for message in small.channel.sent_to(PMO)]  # type: ignore[attr-defined]
    assert any("Head of legal" in body and "Task C3" in body for body in bodies)


def test_an_approval_that_is_decided_disturbs_nobody_any_more(small: Context) -> None:
    """F35, F01."""
    to_approval(small)
    for person in (SPONSOR, LEGAL):
        vote(small, approval_id(KEY, "proposal", 1), by=person, verdict=Verdict.APPROVE)
    pass_hours(small, at("13", 20))
    assert told(small, "C3") == []


def test_each_reviewer_has_a_ladder_that_dies_with_the_scores(small: Context) -> None:
    live(People(small, KEY, idle=frozenset({"D2"})), until=lambda: worklist(small, KEY).scoring is not None)
    current = worklist(small, KEY).scoring
    assert current is not None
    first, second = current.reviewers
    score(small, KEY, by=first, points=dict.fromkeys(MODULES, 8))
    pass_hours(small, at("14", 20))
    heads = {person for _, step, person in told(small, "D2") if step == "overdue-head"}
    assert heads == {PersonKey(second)}, "both are heads of their departments; the first has scored"
    assert PMO in {person for _, _, person in told(small, "D2")}
