"""Who hears of a deadline, when, and how often, from the opening of a task to its end."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel
from opsflow.approvals.model import Verdict, approval_id
from opsflow.approvals.service import vote
from opsflow.context import Context
from opsflow.engine.absences import report_absence, take_back_absence
from opsflow.engine.handover import hand_over
from opsflow.engine.record import journal
from opsflow.engine.tick import deliver_due, tick
from opsflow.engine.worklist import worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import NotFound, Refused
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.outbox.store import sent
from opsflow.selfcheck.service import score
from opsflow.stages.service import complete_task
from tests.campaigns.planning import organisation
from tests.doubles import channel_of
from tests.engine.driving import People, live, run_due, stage_of
from tests.engine.scene import ZONE, at
from tests.engine.small import KEY, LEGAL, MODULES, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace

DEADLINES = ("task_reminder", "task_overdue", "task_escalated")


@pytest.fixture
def ctx(sqlite_ctx: Context) -> Context:
    return sqlite_ctx


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


ACTING = PersonKey("coordination-deputy")


def away(ctx: Context) -> None:
    report_absence(ctx, KEY, PMO, first=date(2026, 8, 5), last=date(2026, 8, 7), by=PMO)


def back(ctx: Context) -> None:
    away(ctx)
    take_back_absence(ctx, KEY, PMO, first=date(2026, 8, 5), last=date(2026, 8, 7), by=ACTING)


def handed_over(ctx: Context) -> None:
    hand_over(ctx, PMO, ACTING, by=PMO)


@pytest.mark.parametrize(("happens", "hears"), [(away, ACTING), (back, PMO), (handed_over, ACTING)])
def test_who_is_there_by_then_hears_of_a_late_task(
    small: Context, happens: Callable[[Context], None], hears: PersonKey
) -> None:
    """F47: P1 opened on the 3rd, and its steps were set for whoever was the coordination post then."""
    pass_hours(small, at("4", 12))
    happens(small)
    pass_hours(small, at("7", 20))
    assert told(small, "P1") == [
        ("05 09", "remind-0", PLANNER),
        ("06 09", "overdue-head", OPERATIONS),
        ("06 14", "overdue-coordination_post", hears),
        ("07 09", "overdue-leader", SPONSOR),
    ]


def test_an_absence_that_nobody_reported_is_not_taken_back(small: Context) -> None:
    away(small)
    before = journal(small, KEY)
    with pytest.raises(
        NotFound, match=r"pmo is not away from 2026-08-05 to 2026-08-06 .* known: 2026-08-05 to 2026-08-07"
    ):
        take_back_absence(small, KEY, PMO, first=date(2026, 8, 5), last=date(2026, 8, 6), by=PMO)
    with pytest.raises(Refused):
        take_back_absence(small, KEY, PMO, first=date(2026, 8, 5), last=date(2026, 8, 7), by=LEGAL)
    assert journal(small, KEY) == before


def buttons(ctx: Context, person: PersonKey) -> list[tuple[str, ...]]:
    """Of each message about a deadline that somebody got."""
    return [
        tuple(action.name for action in message.actions)
        for message in channel_of(ctx).sent_to(person)
        if "overdue" in message.title
    ]


def test_only_who_may_hand_a_task_over_is_offered_it(ctx: Context, tmp_path: Path) -> None:
    """The sponsor decides what becomes of a late task, but hands over none; who is the task's head as well does."""
    here = in_workspace(ctx, tmp_path)
    begin(here, people={"coordination_post": "operations-deputy"})
    pass_hours(here, at("7", 20))
    assert buttons(here, OPERATIONS) == [("done", "need_help", "reassign")]
    assert buttons(here, PersonKey("operations-deputy")) == [("reassign",)]
    assert buttons(here, SPONSOR) == [()]


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


def test_what_opens_after_its_date_says_so_and_is_not_escalated_at_once(small: Context) -> None:
    """F22: P2 was due on the 6th; P1, before it, is done on Monday the 10th at 10:00 only."""
    pass_hours(small, at("10", 10))
    complete_task(small, KEY, TaskCode("P1"), by=PLANNER, evidence="brief.pdf")
    pass_hours(small, at("12", 20))
    opened = next(message for message in channel_of(small).sent if "P2 Task P2: yours" in message.title + message.body)
    assert "as soon as possible (was due 2026-08-06 Thu 18:00)" in opened.title + opened.body
    steps = told(small, "P2")
    assert [step for _, step, _ in steps] == ["overdue-head", "overdue-coordination_post", "overdue-leader"]
    assert [when for when, _, _ in steps] == ["10 16", "11 11", "11 16"]
    late = next(message for message in channel_of(small).sent if "P2 Task P2: overdue" in message.title)
    assert "it could begin only on 2026-08-10 Mon 11:00" in late.body


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
    assert buttons(small, LEGAL) == [()], "a vote is no task to be done; the request has its own buttons"
    assert PMO in {person for _, _, person in steps}
    bodies = [message.body for message in channel_of(small).sent_to(PMO)]
    assert any("Head of legal" in body and "Task C3" in body for body in bodies)
    titles = [message.title for message in channel_of(small).sent_to(SPONSOR)]
    assert any("Task C3, Head of legal's vote" in title for title in titles), "whose vote is late"


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


def test_what_goes_to_a_head_who_is_away_goes_to_the_deputy(ctx: Context, tmp_path: Path) -> None:
    """F47, M15: lateness on a day on which the head is away is the deputy's to hear of; the sponsor is there."""
    here = in_workspace(ctx, tmp_path)
    away = organisation().model_dump(mode="json")["people"]
    away[OPERATIONS]["absent"] = [{"first": "2026-08-06", "last": "2026-08-06"}]
    begin(here, org=organisation(people=away))
    pass_hours(here, at("7", 20))
    assert told(here, "P1") == [
        ("05 09", "remind-0", PLANNER),
        ("06 09", "overdue-head", PersonKey("operations-deputy")),
        ("06 14", "overdue-coordination_post", PMO),
        ("07 09", "overdue-leader", SPONSOR),
    ]


def test_whoever_reads_another_date_is_told_the_campaigns_as_well(ctx: Context, tmp_path: Path) -> None:
    """F20: P1 is due on Wednesday the 5th at 18:00 in Shanghai, which is Thursday already where the planner is."""
    here = in_workspace(ctx, tmp_path)
    people = organisation().model_dump(mode="json")["people"]
    people[PLANNER]["zone"] = "Pacific/Kiritimati"
    begin(here, org=organisation(people=people))
    pass_hours(here, at("6", 20))
    titles = [message.title for message in channel_of(here).sent_to(PLANNER)]
    assert "P1 Task P1: yours, due 2026-08-06 Thu 00:00 (2026-08-05 Wed 18:00 for the campaign)" in titles
    assert any("due tomorrow, 2026-08-06 Thu 00:00 (2026-08-05" in title for title in titles)
    assert not any("for the campaign" in message.title for message in channel_of(here).sent_to(OPERATIONS))
