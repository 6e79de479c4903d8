"""Who is asked, and who is told, when a stage moves."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from opsflow.approvals import store as approvals
from opsflow.approvals.model import Approval, ApprovalStatus, Verdict
from opsflow.approvals.service import vote
from opsflow.context import Context
from opsflow.engine.advance import advance
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import go_live_hours
from opsflow.engine.tick import deliver_due
from opsflow.engine.worklist import worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation
from opsflow.outbox.rules import DAY_AND_NIGHT
from opsflow.stages.meetings import decide_go_live
from opsflow.stages.model import Task
from opsflow.stages.service import complete_task, replace_evidence
from tests.campaigns.planning import organisation
from tests.doubles import channel_of
from tests.engine.driving import People, live, run_due, stage_of
from tests.engine.scene import Scene, at
from tests.engine.small import KEY, LEGAL, MANAGER, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace

WHY = Text.both("Too dear.")


@pytest.fixture
def ctx(sqlite_ctx: Context) -> Context:
    return sqlite_ctx


def away(*people: str, first: str = "2026-08-01", last: str = "2026-08-31", **changes: Any) -> Organisation:
    """The organisation, these people away."""
    content = organisation().model_dump(mode="json")
    for person in people:
        content["people"][person]["absent"] = [{"first": first, "last": last}]
    return Organisation.model_validate(content | changes)


def started(ctx: Context, folder: Path, *, idle: str, org: Organisation | None = None, level: str = "S") -> Context:
    """A campaign in which everybody works but on these tasks, until one of them waits."""
    here = in_workspace(ctx, folder)
    begin(here, org=org, level=level)
    people = People(here, KEY, idle=frozenset(idle.split()))
    live(people, until=lambda: any(task.code in idle.split() and task.status == "open" for task in tasks(here)))
    return here


def tasks(ctx: Context) -> tuple[Task, ...]:
    with ctx.transaction() as session:
        return load_snapshot(ctx, session, KEY, Stage.DECISION).tasks


def task(ctx: Context, code: str) -> Task:
    return next(each for each in tasks(ctx) if each.code == code)


def proposal(ctx: Context, version: int = 1) -> Approval:
    with ctx.transaction() as session:
        return next(
            each
            for each in approvals.of_campaign(session, KEY)
            if (each.subject, each.version) == ("proposal", version)
        )


def told(ctx: Context, person: str, text: str) -> bool:
    """Whether somebody got a message with that text, once everything due was sent."""
    deliver_due(ctx)
    return any(text in f"{message.title}\n{message.body}" for message in channel_of(ctx).sent_to(PersonKey(person)))


def buttons(ctx: Context, person: str) -> list[list[str]]:
    """Of each message that somebody got."""
    return [[action.name for action in message.actions] for message in channel_of(ctx).sent_to(PersonKey(person))]


def test_a_deputy_sits_for_an_absent_approver_under_both_names(ctx: Context, tmp_path: Path) -> None:
    """F47."""
    here = started(ctx, tmp_path, idle="C3", org=away("legal-head"))
    seats = {seat.seat: (seat.person, seat.deputy_for) for seat in proposal(here).seats}
    assert seats == {"leader": (SPONSOR, None), "head:legal": ("legal-deputy", LEGAL)}
    assert told(here, "legal-deputy", "You vote for Head of legal, who is away")
    assert not told(here, LEGAL, "Your approval by")


def test_nobody_sits_over_what_they_wrote(ctx: Context, tmp_path: Path) -> None:
    """F43: the head of operations, who writes the plan, would approve it at level C; the deputy does."""
    org = away(roles={**{str(role): person for role, person in organisation().roles.items()}, "planner": OPERATIONS})
    here = started(ctx, tmp_path, idle="D4", org=org, level="C")
    with here.transaction() as session:
        (plan,) = approvals.of_campaign(session, KEY)
    assert [(seat.person, seat.deputy_for) for seat in plan.seats] == [("operations-deputy", OPERATIONS)]


@pytest.mark.parametrize(("level", "decider"), [("S", SPONSOR), ("C", OPERATIONS)])
def test_who_decides_go_live_is_asked(ctx: Context, tmp_path: Path, level: str, decider: PersonKey) -> None:
    here = started(ctx, tmp_path, idle="E2", level=level)
    assert worklist(here, KEY).go_live == (task(here, "E2"), decider)
    assert told(here, decider, "Manager is at the go-live check (Task E2)")
    (asked,) = (message for message in channel_of(here).sent_to(decider) if "go-live" in message.title)
    assert [action.name for action in asked.actions] == ["go", "hold"]
    other = OPERATIONS if decider == SPONSOR else SPONSOR
    assert not told(here, other, "go-live")


def test_who_stands_in_for_the_decider_is_asked_and_may_decide(ctx: Context, tmp_path: Path) -> None:
    here = started(ctx, tmp_path, idle="E2", org=away("sponsor", first="2026-08-20"))
    assert told(here, "coordination-deputy", "You decide for Lin Yue, who is away")
    decide_go_live(here, KEY, by=PersonKey("coordination-deputy"), go=True)


def test_a_late_check_holds_the_launch_and_asks_the_sponsor_and_a_release_lets_it_go(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    """What goes before it is done on Friday at 23:30; the launch is on Monday at 00:00, before anybody works again."""
    here = started(ctx, tmp_path, idle="E1")
    clock.move_to(at("21", 23, 30))
    complete_task(here, KEY, TaskCode("E1"), by=PersonKey("executor"), evidence="build.pdf")
    run_due(here)
    assert stage_of(here, KEY, Stage.EXECUTION) == "hold"
    assert told(here, SPONSOR, "Your decision as soon as possible: go-live, Task E2")
    assert told(here, SPONSOR, "Your decision: go-live is on hold")
    assert buttons(here, SPONSOR)[-1] == ["go", "go"], "a message of several cards has the first button of each"
    assert not told(here, MANAGER, "go-live is on hold"), "who decides nothing sleeps"
    clock.move_to(at("24", 10))
    run_due(here)
    for person in (MANAGER, PMO):
        assert told(here, person, "go-live is on hold")
        assert not any({"go", "hold"} & set(each) for each in buttons(here, person)), "it is not theirs to decide"
    assert stage_of(here, KEY, Stage.EXECUTION) == "hold", "the launch hour passes, and nothing goes live by itself"
    assert task(here, "E3").status == "planned"
    decide_go_live(here, KEY, by=SPONSOR, go=True)
    run_due(here)
    assert stage_of(here, KEY, Stage.EXECUTION) == "live"
    assert task(here, "E3").status == "open"


@pytest.mark.parametrize(
    ("now", "launch", "hours"),
    [
        (at("21", 23, 30), at("22", 0), DAY_AND_NIGHT),
        (at("21", 23, 30), at("24", 9), DAY_AND_NIGHT),
        (at("21", 23, 30), at("24", 9, 1), None),
        (at("20", 23, 30), at("22", 0), None),
        (at("21", 17, 59), at("22", 0), None),
        (at("22", 3), at("22", 0), DAY_AND_NIGHT),
    ],
    ids=["launch at midnight", "as work begins", "once they work", "they work before", "they work", "past its hour"],
)
def test_nobody_is_woken_for_a_launch_that_comes_after_they_work_again(
    now: datetime, launch: datetime, hours: str | None
) -> None:
    """21 August is a Friday."""
    seen = Scene(Stage.EXECUTION, now, open="E2").snapshot()
    assert go_live_hours(replace(seen, campaign=replace(seen.campaign, launch=launch)), SPONSOR) == hours


def test_author_and_manager_learn_who_refused_and_the_author_until_when_it_is_to_be_better(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    here = started(ctx, tmp_path, idle="C3")
    vote(here, proposal(here).id, by=LEGAL, verdict=Verdict.REJECT, reason=WHY)
    run_due(here)
    assert (task(here, "C1.r2").owner, task(here, "C1.r2").because) == (PLANNER, (WHY,))
    clock.move_to(at("12", 10))
    assert told(here, PLANNER, "Rework by 2026-08-12 Wed 18:00")
    assert told(here, PLANNER, "Proposal: rejected by Head of legal")
    assert told(here, MANAGER, "Proposal: rejected by Head of legal")


def test_rework_goes_to_who_is_there(ctx: Context, tmp_path: Path) -> None:
    """F47: the planner wrote the first version and is away when the second is wanted."""
    here = started(ctx, tmp_path, idle="C3", org=away("planner", first="2026-08-11"))
    vote(here, proposal(here).id, by=LEGAL, verdict=Verdict.REJECT, reason=WHY)
    run_due(here)
    again = task(here, "C1.r2")
    assert (again.owner, again.deputy_for) == ("operations-deputy", PLANNER)


def test_a_replaced_paper_is_approved_anew_and_what_was_voted_is_void(ctx: Context, tmp_path: Path) -> None:
    here = started(ctx, tmp_path, idle="C3")
    vote(here, proposal(here).id, by=SPONSOR, verdict=Verdict.APPROVE)
    replace_evidence(here, KEY, TaskCode("C1"), by=PLANNER, evidence="another.pdf")
    run_due(here)
    assert proposal(here).status is ApprovalStatus.SUPERSEDED
    second = proposal(here, 2)
    assert (second.status, second.waiting_for) == (ApprovalStatus.OPEN, (LEGAL, SPONSOR))
    assert second.content_hash != proposal(here).content_hash
    assert advance(here, KEY, Stage.COORDINATION).outlook.name == "AwaitingApproval"
