"""A campaign under way is planned anew: what moves, whom it hits, whether the launch holds, and what becomes of the rest."""

from datetime import date, datetime
from functools import partial
from pathlib import Path

import pytest

from opsflow.approvals import store as approvals
from opsflow.approvals.model import ApprovalStatus
from opsflow.campaigns.state import CampaignStatus, PlanMoved
from opsflow.context import Context
from opsflow.documents.store import latest
from opsflow.engine.absences import report_absence
from opsflow.engine.load import load_snapshot
from opsflow.engine.reassign import reassign
from opsflow.engine.record import journal, record
from opsflow.engine.replan import LaunchDoesNotHold, preview, replan
from opsflow.engine.replanning.change import Change, Slip
from opsflow.engine.replanning.preview import Preview
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.snooze import snooze
from opsflow.engine.tick import deliver_due
from opsflow.engine.worklist import one_task
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, NotFound, OpsflowError, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.store import sent
from opsflow.stages.model import StageStatus, TaskStatus
from opsflow.stages.service import complete_task
from tests.campaigns.planning import organisation
from tests.engine.driving import People, live, run_due, stage_of
from tests.engine.opened import p1_opened
from tests.engine.scene import ZONE, at
from tests.engine.small import KEY, MANAGER, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace, put_live
from tests.engine.test_deadlines_told import pass_hours, told
from tests.engine.together import errors, together

P1, E1 = TaskCode("P1"), TaskCode("E1")


def slip(code: str, day: int) -> Change:
    return Change(slips=(Slip(TaskCode(code), date(2026, 8, day)),))


def launch(day: int) -> Change:
    return Change(launch=date(2026, 8, day))


LATE = Change(slips=(Slip(P1, date(2026, 8, 7)), Slip(E1, date(2026, 8, 20))))
"""P1 two days later; E1, three days long, is promised for its old date all the same: the launch holds."""


@pytest.fixture
def opened(sqlite_ctx: Context, tmp_path: Path) -> Context:
    """P1 is open and the planner's, due on Wednesday 5 August at 18:00; everybody has been told. Launch: Monday 24th."""
    return _opened(sqlite_ctx, tmp_path)


@pytest.fixture
def either(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """The same on each kind of database."""
    return _opened(ctx, tmp_path)


def _opened(ctx: Context, folder: Path) -> Context:
    here = p1_opened(ctx, folder)
    deliver_due(here)
    return here


def state(ctx: Context) -> Snapshot:
    with ctx.transaction() as session:
        return load_snapshot(ctx, session, KEY, Stage.EXECUTION)


def do(ctx: Context, change: Change, *, by: PersonKey = PMO, reason: str | None = None) -> Preview:
    revision = state(ctx).campaign.plan_revision
    return replan(ctx, KEY, change, by=by, revision=revision, reason=Text.both(reason) if reason else None)


@pytest.mark.parametrize(
    ("change", "left"), [(LATE, None), (Change(slips=LATE.slips[1:]), at("5", 11))], ids=["its date moves", "it stays"]
)
def test_a_reminder_that_was_put_off_was_so_for_the_date_that_was(
    opened: Context, change: Change, left: datetime | None
) -> None:
    snooze(opened, KEY, P1, until=at("5", 11), by=PLANNER)
    do(opened, change)
    assert next(task.snoozed_until for task in state(opened).tasks if task.code == P1) == left


def dues(found: Preview) -> dict[str, str]:
    return {move.now.code: f"{move.was.due:%d} > {move.now.due:%d}" for move in found.moves}


def heard(ctx: Context, person: PersonKey, template: str) -> list[str]:
    """What somebody was told with a template."""
    with ctx.transaction() as session:
        return [m.text for m in sent(session, KEY) if m.person == person and template in [n[1] for n in m.notices]]


# What is shown


def test_a_slip_flows_down_its_successors_and_says_that_the_launch_does_not_hold(opened: Context) -> None:
    found = preview(opened, KEY, slip("P1", 6))
    assert dues(found) == {
        "P1": "05 > 06", "P2": "06 > 07", "C1": "10 > 11", "C2": "10 > 11", "C3": "11 > 12", "C4": "11 > 12",
        "D1": "12 > 13", "D2": "13 > 14", "D4": "14 > 17", "D5": "14 > 17", "D6": "17 > 18", "E1": "20 > 21",
        "E2": "21 > 24",
    }  # fmt: skip
    assert {move.days for move in found.moves} == {1}
    short = found.replanned.short
    assert short is not None
    assert (short.by, short.earliest_launch) == (1, date(2026, 8, 25))
    assert [change.en for change in short.changes] == [
        "Finish P1 by Wed 2026-08-05 instead.",
        "Launch 1 working day later: on Tue 2026-08-25 at the earliest.",
        "Or shorten, in working days: E1 Task E1 by 1.",
    ]


def test_what_would_make_it_hold_does(opened: Context) -> None:
    assert preview(opened, KEY, Change(date(2026, 8, 25), slips=slip("P1", 6).slips)).holds
    assert preview(opened, KEY, Change(slips=(*slip("P1", 6).slips, Slip(E1, date(2026, 8, 20))))).holds
    assert not preview(opened, KEY, Change(slips=(*slip("P1", 6).slips, Slip(E1, date(2026, 8, 21))))).holds


def test_people_are_named_by_how_hard_they_are_hit(opened: Context) -> None:
    found = preview(opened, KEY, slip("P1", 6))
    assert [(hit.person, len(hit.tasks), hit.days) for hit in found.hits][:2] == [("manager", 5, 1), ("planner", 3, 1)]


def test_looking_writes_nothing(opened: Context) -> None:
    before = state(opened), journal(opened, KEY)
    preview(opened, KEY, launch(26))
    assert (state(opened), journal(opened, KEY)) == before


def test_a_launch_moves_the_window_and_what_follows_it(opened: Context) -> None:
    found = preview(opened, KEY, launch(31))
    assert found.holds
    assert f"{found.replanned.launch.astimezone(found.campaign.zone):%d %H:%M}" == "31 00:00"
    assert {move.days for move in found.moves} == {5}
    assert [(meeting.id, f"{meeting.was:%d}", f"{meeting.at:%d}") for meeting in found.meetings] == [
        ("kick_off", "06", "13"), ("decision", "17", "24")
    ]  # fmt: skip


def test_work_that_is_late_is_finished_today_at_the_earliest(opened: Context, clock: VirtualClock) -> None:
    """Nobody has said anything of P1: its own date stands, what follows it is told the truth."""
    clock.move_to(at("6", 10))
    found = preview(opened, KEY, Change())
    assert "P1" not in dues(found)
    assert dues(found)["P2"] == "06 > 07"


def test_the_calendars_of_the_workspace_count_from_then_on(opened: Context) -> None:
    """A day of the house is made a day off: what lay on it and behind it moves (design section 3)."""
    off = organisation(days=[{"day": "2026-08-12", "works": False, "reason": "Outing"}])
    found = preview(opened, KEY, launch(25), organisation=off)
    assert dues(found)["D1"] == "12 > 13"
    assert found.replanned.organisation.days == off.days
    assert found.replanned.organisation.people == state(opened).campaign.organisation.people


# What is done


def test_a_plan_that_does_not_fit_is_not_taken(opened: Context) -> None:
    before = state(opened)
    with pytest.raises(LaunchDoesNotHold, match=r"short by 1 working day\. Finish P1 by Wed 2026-08-05 instead\."):
        do(opened, slip("P1", 6))
    assert state(opened) == before


def test_the_rows_say_what_was_shown(either: Context) -> None:
    shown = preview(either, KEY, LATE)
    do(either, LATE)
    after = state(either)
    assert after.tasks == shown.replanned.after
    assert after.campaign.plan_revision == 2
    assert [(s.opens, s.closes, s.meeting_at) for s in after.stages] == [
        (s.opens, s.closes, s.meeting_at) for s in shown.replanned.stages
    ]
    assert preview(either, KEY, Change()).nothing


def test_old_reminders_are_dead_and_new_ones_come_once(opened: Context, clock: VirtualClock) -> None:
    """F02, F12: P1 was to be reminded of on the 5th; moved to the 7th, it is on that day, and escalates after it."""
    clock.move_to(at("4", 15))
    do(opened, LATE)
    pass_hours(opened, at("10", 12))
    assert told(opened, "P1") == [
        ("06 09", "remind-1", PLANNER),
        ("07 09", "remind-0", PLANNER),
        ("10 09", "overdue-head", OPERATIONS),
    ]


def test_everybody_hears_once_what_of_theirs_moved_and_nobody_else_does(opened: Context, clock: VirtualClock) -> None:
    """F03."""
    found = do(opened, LATE, reason="The agency is late.")
    deliver_due(opened)
    pass_hours(opened, at("5", 10))
    mine = heard(opened, PLANNER, "plan_moved")
    assert len(mine) == 1
    assert "P1 Task P1: due 2026-08-07 Fri 18:00 (was 2026-08-05 Wed 18:00)" in mine[0]
    assert "Why: The agency is late." in mine[0]
    with opened.transaction() as session:
        people = {m.person for m in sent(session, KEY) if "plan_moved" in [n[1] for n in m.notices]}
    assert people == {*(hit.person for hit in found.hits), MANAGER, SPONSOR}


def test_the_journal_says_who_moved_what_and_why(opened: Context) -> None:
    found = do(opened, LATE, by=MANAGER, reason="The agency is late.")
    entries = [entry for entry in journal(opened, KEY) if entry.action in ("plan.moved", "task.moved")]
    assert (entries[0].actor, entries[0].data["revision"], entries[0].data["reason"]["en"]) == (
        MANAGER, 2, "The agency is late."
    )  # fmt: skip
    assert {entry.object for entry in entries[1:]} == set(dues(found))


def test_a_date_that_was_said_stays_said(opened: Context, clock: VirtualClock) -> None:
    """F35: whatever else moves later; what cannot begin by then any more takes its usual time."""
    do(opened, LATE)
    clock.move_to(at("5", 10))
    do(opened, launch(31), by=SPONSOR)
    assert f"{one_task(opened, KEY, P1)[1].due:%d}" == "07"
    assert f"{one_task(opened, KEY, E1)[1].due:%d}" == "27"


def test_what_was_given_to_somebody_else_stays_theirs(opened: Context) -> None:
    """F47, F48."""
    from_then = PersonKey("duty")
    reassign(opened, KEY, TaskCode("D1"), to=from_then, by=OPERATIONS)
    do(opened, launch(31), by=SPONSOR)
    assert one_task(opened, KEY, TaskCode("D1"))[1].owner == from_then


def test_whoever_is_away_on_the_new_days_is_stood_in_for(opened: Context) -> None:
    """F47."""
    report_absence(opened, KEY, PLANNER, first=date(2026, 8, 17), last=date(2026, 8, 21), by=PLANNER)
    do(opened, launch(31), by=SPONSOR)
    moved = one_task(opened, KEY, TaskCode("D1"))[1]
    assert (f"{moved.due:%d}", moved.owner, moved.deputy_for) == ("19", "operations-deputy", PLANNER)


def test_approvals_of_the_old_dates_are_asked_for_again(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = in_workspace(sqlite_ctx, tmp_path)
    begin(here)
    people = People(here, KEY, idle=frozenset({"C4"}))
    live(people, until=lambda: one_task(here, KEY, TaskCode("C3"))[1].finished)
    found = preview(here, KEY, launch(31))
    assert [title.en for _, title in found.approvals] == ["Proposal"]
    do(here, launch(31), by=SPONSOR)
    run_due(here)
    with here.transaction() as session:
        asked = [(each.version, each.status) for each in approvals.of_campaign(session, KEY)]
        papers = {name: revision for name, _, revision, _ in latest(session, KEY)}
    assert asked == [(1, ApprovalStatus.SUPERSEDED), (2, ApprovalStatus.OPEN)]
    assert papers == {"proposal": 3}, "written anew with the new dates"


def test_a_life_with_a_replan_in_its_middle_ends_in_the_archive(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = in_workspace(sqlite_ctx, tmp_path)
    begin(here)
    people = People(here, KEY)
    live(people, until=lambda: here.clock.now() >= at("12", 12))
    done = {task.code: task for task in state(here).tasks if task.finished}
    do(here, launch(31), by=SPONSOR)
    live(people)
    after = state(here)
    assert after.campaign.status is CampaignStatus.ARCHIVED
    assert {task.status for task in after.tasks} == {TaskStatus.DONE}
    for code, task in done.items():
        again = next(each for each in after.tasks if each.code == code)
        assert (again.start, again.due) == (task.start, task.due), code
    assert after.campaign.launch == at("31", 0)


# Races


@pytest.fixture
def shown(either: Context) -> tuple[Context, int]:
    return either, preview(either, KEY, LATE).campaign.plan_revision


def test_a_stale_preview_is_refused(shown: tuple[Context, int]) -> None:
    here, revision = shown
    replan(here, KEY, LATE, by=PMO, revision=revision)
    with pytest.raises(PlanMoved, match="is not revision 1 any more"):
        replan(here, KEY, launch(31), by=SPONSOR, revision=revision)
    assert state(here).campaign.plan_revision == 2


def test_of_two_replans_at_once_one_is_taken(shown: tuple[Context, int]) -> None:
    here, revision = shown
    outcomes = together(
        partial(replan, here, KEY, LATE, by=PMO, revision=revision),
        partial(replan, here, KEY, launch(31), by=SPONSOR, revision=revision),
    )
    assert [type(error) for error in errors(outcomes)] == [PlanMoved]
    assert state(here).campaign.plan_revision == 2
    assert sum(entry.action == "plan.moved" for entry in journal(here, KEY)) == 1


def test_without_the_revision_the_second_would_overwrite_the_first(shown: tuple[Context, int]) -> None:
    """The control: the same two, one after the other, each with the revision that is there by then."""
    here, revision = shown
    replan(here, KEY, LATE, by=PMO, revision=revision)
    replan(here, KEY, launch(31), by=SPONSOR, revision=revision + 1)
    assert sum(entry.action == "plan.moved" for entry in journal(here, KEY)) == 2


def test_work_that_is_finished_meanwhile_is_not_lost(shown: tuple[Context, int]) -> None:
    here, revision = shown
    outcomes = together(
        partial(replan, here, KEY, launch(31), by=SPONSOR, revision=revision),
        partial(complete_task, here, KEY, P1, by=PLANNER, evidence="p1.pdf"),
    )
    assert not errors(outcomes)
    assert one_task(here, KEY, P1)[1].status is TaskStatus.DONE


# Refusals

REFUSALS: dict[str, tuple[Change, PersonKey, type[OpsflowError], str]] = {
    "a launch of level S by the manager": (
        launch(31),
        MANAGER,
        Refused,
        "manager cannot move the launch of an S or A campaign",
    ),
    "by an owner": (LATE, PLANNER, Refused, "planner cannot"),
    "by nobody of the organisation": (LATE, PersonKey("who"), Refused, "who is nobody in"),
    "of no such task": (slip("X9", 7), PMO, NotFound, "has no task X9"),
    "to a day off": (slip("P1", 8), PMO, BadInput, "2026-08-08 is no working day"),
    "to a day that is past": (slip("P1", 3), PMO, BadInput, "2026-08-03 is past"),
    "before it can start": (slip("D1", 10), PMO, BadInput, "D1 cannot be finished by 2026-08-10: it starts 2026-08-12"),
    "of a live task": (slip("L1", 27), PMO, Refused, "moves with the live window"),
    "to the same launch": (launch(24), SPONSOR, BadInput, "launches on 2026-08-24 already"),
    "to a launch that is past": (launch(3), SPONSOR, BadInput, "that is past"),
    "when nothing moves": (Change(), PMO, Refused, "Nothing of small-campaign moves"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_why_and_changes_nothing(opened: Context, case: str) -> None:
    change, by, kind, text = REFUSALS[case]
    before = state(opened), journal(opened, KEY)
    with pytest.raises(kind, match=text):
        do(opened, change, by=by)
    assert (state(opened), journal(opened, KEY)) == before


def test_done_work_never_moves(opened: Context) -> None:
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    with pytest.raises(Conflict, match="P1 of small-campaign is done: done work never moves"):
        preview(opened, KEY, slip("P1", 7))


def test_a_launch_that_is_past_cannot_be_moved(opened: Context, clock: VirtualClock) -> None:
    clock.move_to(at("24", 10))
    put_live(opened)
    with pytest.raises(Conflict, match="went live on 2026-08-24"):
        preview(opened, KEY, launch(31))


def test_what_was_held_past_its_launch_is_launched_on_another_day_and_lives_all_of_it(
    opened: Context, clock: VirtualClock
) -> None:
    """Nothing of its live time has happened, whatever the date."""
    people = People(opened, KEY, idle=frozenset({"E1"}))
    live(people, until=lambda: stage_of(opened, KEY, Stage.EXECUTION) == StageStatus.HOLD)
    clock.move_to(at("25", 10))
    run_due(opened)
    shown = do(opened, launch(31), by=SPONSOR)
    assert shown.replanned.file.live.start == datetime(2026, 8, 31)  # noqa: DTZ001 - the campaign's own clocks
    daily = one_task(opened, KEY, TaskCode("L1"))[1]
    assert [day.astimezone(ZONE).date() for day in daily.repeats] == [
        date(2026, 8, 31),
        date(2026, 9, 1),
        date(2026, 9, 2),
    ]
    live(People(opened, KEY))
    after = record(opened, KEY)
    assert after.snapshot.campaign.status == "archived"
    assert after.snapshot.live_since == at("31", 0)


def test_an_unknown_campaign_is_named(opened: Context) -> None:
    with pytest.raises(NotFound, match="There is no campaign other"):
        preview(opened, CampaignKey("other"), Change())
