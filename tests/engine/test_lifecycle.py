"""A campaign is paused, goes on, is cancelled, ends sooner or later than planned."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from opsflow.campaigns.files import Loaded
from opsflow.campaigns.state import CampaignStatus
from opsflow.context import Context
from opsflow.engine.advance import Advanced, advance
from opsflow.engine.launch import launch_due
from opsflow.engine.lifecycle import cancel, pause, resume
from opsflow.engine.load import load_snapshot
from opsflow.engine.record import journal
from opsflow.engine.replan import preview, replan
from opsflow.engine.replanning.change import Change
from opsflow.engine.replanning.preview import Preview
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.start import start
from opsflow.engine.tick import deliver_due, tick
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, OpsflowError, Refused
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue, sent
from opsflow.stages.model import StageStatus, StaleStage, TaskStatus
from opsflow.stages.service import complete_task
from tests.campaigns.planning import organisation
from tests.engine.driving import People, live, run_due
from tests.engine.opened import p1_opened
from tests.engine.scene import at
from tests.engine.small import KEY, MANAGER, PLANNER, PMO, SPONSOR, TODAY, file, sop
from tests.engine.test_deadlines_told import pass_hours, told
from tests.engine.together import errors, together

P1 = TaskCode("P1")
WHY = Text.both("The supplier is bankrupt.")


@pytest.fixture
def opened(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """P1 is open and the planner's, due on Wednesday 5 August at 18:00; everybody has been told."""
    return _opened(ctx, tmp_path)


@pytest.fixture
def quick(sqlite_ctx: Context, tmp_path: Path) -> Context:
    """The same, where which database it is decides nothing."""
    return _opened(sqlite_ctx, tmp_path)


def _opened(ctx: Context, folder: Path) -> Context:
    here = p1_opened(ctx, folder)
    deliver_due(here)
    return here


def state(ctx: Context) -> Snapshot:
    with ctx.transaction() as session:
        return load_snapshot(ctx, session, KEY, Stage.EXECUTION)


def heard(ctx: Context) -> list[tuple[str, str]]:
    """Template and person of everything that was sent, in order."""
    with ctx.transaction() as session:
        return [(template, message.person) for message in sent(session) for _, template, _ in message.notices]


# Paused


def test_nothing_fires_and_nothing_opens_while_it_is_paused(quick: Context) -> None:
    """F12: P1 would be reminded of on the 5th and escalated from the 6th on; P2 would open on the 6th."""
    pause(quick, KEY, by=MANAGER, reason=WHY)
    complete_before = heard(quick)
    pass_hours(quick, at("6", 15))
    new = heard(quick)[len(complete_before) :]
    assert {template for template, _ in new} == {"campaign_paused"}
    assert told(quick, "P1") == []
    assert [task.code for task in state(quick).tasks if task.status is TaskStatus.OPEN] == ["P1"]


def test_the_control_without_a_pause_all_of_it_happens(quick: Context) -> None:
    pass_hours(quick, at("7", 12))
    assert [step for _, step, _ in told(quick, "P1")] == [
        "remind-0", "overdue-head", "overdue-coordination_post", "overdue-leader"
    ]  # fmt: skip


def test_deadlines_stand_and_what_is_done_meanwhile_counts(quick: Context, clock: VirtualClock) -> None:
    due = next(task.due for task in state(quick).tasks if task.code == P1)
    pause(quick, KEY, by=PMO, reason=WHY)
    clock.move_to(at("5", 12))
    complete_task(quick, KEY, P1, by=PLANNER, evidence="p1.pdf")
    task = next(task for task in state(quick).tasks if task.code == P1)
    assert (task.status, task.due) == (TaskStatus.DONE, due)


def test_resuming_says_what_is_late_and_each_is_told_one_step_of_it(quick: Context, clock: VirtualClock) -> None:
    """F32: three steps of P1's ladder came and went; one is told."""
    pause(quick, KEY, by=MANAGER, reason=WHY)
    clock.move_to(at("7", 10))
    resumed = resume(quick, KEY, by=MANAGER)
    assert [(each.what, each.person) for each in resumed.late] == [("P1", PLANNER)]
    run_due(quick)
    pass_hours(quick, at("7", 11))
    assert sorted(person for _, _, person in told(quick, "P1")) == ["operations-head", PMO, SPONSOR]
    assert ("campaign_resumed", PLANNER) in heard(quick)


def test_a_life_with_a_pause_in_its_middle_ends_in_the_archive(quick: Context, clock: VirtualClock) -> None:
    people = People(quick, KEY)
    live(people, until=lambda: clock.now() >= at("6", 12))
    pause(quick, KEY, by=MANAGER, reason=WHY)
    clock.move_to(at("7", 12))
    assert launch_due(quick) == 0
    resume(quick, KEY, by=MANAGER)
    live(people)
    assert state(quick).campaign.status is CampaignStatus.ARCHIVED


def test_a_run_that_was_under_way_when_it_was_paused_does_nothing_and_loses_nothing(
    quick: Context, clock: VirtualClock
) -> None:
    """F39: its wakes go with it; resuming writes new ones."""
    complete_task(quick, KEY, P1, by=PLANNER, evidence="p1.pdf")
    pause(quick, KEY, by=MANAGER, reason=WHY)
    clock.move_to(at("6", 10))
    assert advance(quick, KEY, Stage.INITIAL_PLANNING).did == ()
    resume(quick, KEY, by=MANAGER)
    run_due(quick)
    assert next(task for task in state(quick).tasks if task.code == "P2").status is TaskStatus.OPEN


def test_another_campaign_goes_on_while_one_is_paused(quick: Context) -> None:
    other = file(key="other-one")
    start(quick, Loaded(other, organisation(), sop()), today=TODAY)
    pause(quick, KEY, by=MANAGER, reason=WHY)
    before = len(heard(quick))
    pass_hours(quick, at("5", 12))
    assert "task_reminder" in {template for template, _ in heard(quick)[before:]}
    assert told(quick, "P1") == []


def test_what_is_urgent_is_told_in_a_paused_campaign_and_the_rest_waits(quick: Context) -> None:
    pause(quick, KEY, by=MANAGER, reason=WHY)
    deliver_due(quick)
    before = len(heard(quick))
    with quick.transaction() as session:
        for template, urgent in (("launched", False), ("campaign_archived", True)):
            notice = Notice(
                key=template, person=PLANNER, template=template, data={"campaign_title": "Small"}, campaign=KEY, urgent=urgent
            )  # fmt: skip
            enqueue(session, notice, now=quick.clock.now())
    deliver_due(quick)
    assert heard(quick)[before:] == [("campaign_archived", PLANNER)]
    resume(quick, KEY, by=MANAGER)
    deliver_due(quick)
    assert ("launched", PLANNER) in heard(quick)[before:]


# Cancelled


def test_cancelling_ends_everything_and_everybody_is_told_once(opened: Context) -> None:
    """F01, F04: P1 is open, its reminder would come on the 5th."""
    cancel(opened, KEY, by=SPONSOR, reason=WHY)
    pass_hours(opened, at("6", 15))
    after = state(opened)
    assert after.campaign.status is CampaignStatus.CANCELLED
    assert {stage.status for stage in after.stages} == {StageStatus.CANCELLED}
    assert {task.status for task in after.tasks} == {TaskStatus.CANCELLED}
    cancelled = [person for template, person in heard(opened) if template == "campaign_cancelled"]
    assert sorted(cancelled) == sorted({*cancelled})
    assert {PLANNER, MANAGER, SPONSOR, PMO} <= set(cancelled)
    assert told(opened, "P1") == []


def test_what_was_not_told_yet_is_not_told_any_more(quick: Context) -> None:
    complete_task(quick, KEY, P1, by=PLANNER, evidence="p1.pdf")
    quick.clock.move_to(at("6", 10))  # type: ignore[attr-defined]
    run_due(quick)
    cancel(quick, KEY, by=SPONSOR, reason=WHY)
    before = len(heard(quick))
    deliver_due(quick)
    assert {template for template, _ in heard(quick)[before:]} == {"campaign_cancelled"}


def test_of_a_live_campaign_that_is_cancelled_people_hear_as_of_an_incident(
    quick: Context, clock: VirtualClock
) -> None:
    """In the hours that the level allows; this one's are working hours, so nobody is woken."""
    live(People(quick, KEY), until=lambda: clock.now() >= at("25", 9))
    clock.move_to(at("25", 23))
    cancel(quick, KEY, by=SPONSOR, reason=WHY)
    before = len(heard(quick))
    deliver_due(quick)
    assert heard(quick)[before:] == []
    clock.move_to(at("26", 9))
    deliver_due(quick)
    assert ("campaign_cancelled", PLANNER) in heard(quick)[before:]
    done = [task.code for task in state(quick).tasks if task.status is TaskStatus.DONE]
    assert "E3" in done, "what was done stays done"


def test_a_paused_campaign_can_be_cancelled(quick: Context) -> None:
    pause(quick, KEY, by=MANAGER, reason=WHY)
    cancel(quick, KEY, by=SPONSOR, reason=WHY)
    assert state(quick).campaign.status is CampaignStatus.CANCELLED


def test_of_a_run_and_a_cancellation_at_once_neither_leaves_something_open(
    opened: Context, clock: VirtualClock
) -> None:
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    clock.move_to(at("6", 10))
    outcomes = together(
        partial(advance, opened, KEY, Stage.INITIAL_PLANNING),
        partial(cancel, opened, KEY, by=SPONSOR, reason=WHY),
    )
    assert {type(error) for error in errors(outcomes)} <= {StaleStage}
    if isinstance(outcomes[1], StaleStage):  # the run was first
        cancel(opened, KEY, by=SPONSOR, reason=WHY)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Advanced) and outcomes[1] is None and outcome.did
                and state(opened).campaign.status is not CampaignStatus.CANCELLED]  # fmt: skip
    assert not [task.code for task in state(opened).tasks if not task.finished]


# Shorter and longer


@pytest.fixture
def alive(quick: Context, clock: VirtualClock) -> Context:
    """Live from Monday 24 to Wednesday 26 August; it is Tuesday noon, and everything was done on time."""
    live(People(quick, KEY), until=lambda: clock.now() >= at("25", 12))
    return quick


def do(ctx: Context, last_day: int, *, sooner: bool, by: PersonKey = MANAGER, reason: Text | None = None) -> Preview:
    change = Change(last_day=date(2026, 8, last_day), sooner=sooner)
    return replan(ctx, KEY, change, by=by, revision=state(ctx).campaign.plan_revision, reason=reason)


def times(ctx: Context) -> list[str]:
    task = next(task for task in state(ctx).tasks if task.code == "L1")
    return [f"{at:%d}" for at in task.repeats]


def test_longer_while_live_adds_what_comes_round_and_moves_what_follows(alive: Context) -> None:
    found = do(alive, 28, sooner=False)
    assert times(alive) == ["24", "25", "26", "27", "28"]
    assert {move.now.code: move.days for move in found.moves if move.now.code in ("W1", "V1", "V2")} == {
        "W1": 2, "V1": 2, "V2": 2
    }  # fmt: skip
    live(People(alive, KEY))
    after = state(alive)
    assert after.campaign.status is CampaignStatus.ARCHIVED
    assert [f"{at:%d}" for at in after.repeats[TaskCode("L1")]] == ["24", "25", "26", "27", "28"]
    assert f"{after.other(Stage.CLOSING).opened_at:%d}" == "31"


def test_shorter_while_live_asks_for_the_sponsor_and_a_reason(alive: Context, clock: VirtualClock) -> None:
    """Terms that are published change only in favour of participants."""
    with pytest.raises(Refused, match="manager cannot shorten a campaign that is live"):
        do(alive, 25, sooner=True, reason=WHY)
    with pytest.raises(BadInput, match="participants have to be told why"):
        do(alive, 25, sooner=True, by=SPONSOR)
    do(alive, 25, sooner=True, by=SPONSOR, reason=WHY)
    assert times(alive) == ["24", "25"]
    live(People(alive, KEY))
    assert state(alive).campaign.status is CampaignStatus.ARCHIVED


def test_what_had_ended_by_itself_comes_round_again_when_it_is_lengthened(quick: Context, clock: VirtualClock) -> None:
    """The figures of the last day are recorded in its morning; then there are two more days."""
    live(People(quick, KEY), until=lambda: clock.now() >= at("26", 9))
    assert next(task for task in state(quick).tasks if task.code == "L1").status is TaskStatus.DONE
    do(quick, 28, sooner=False)
    live(People(quick, KEY))
    assert [f"{at:%d}" for at in state(quick).repeats[TaskCode("L1")]] == ["24", "25", "26", "27", "28"]


def test_shorter_before_the_launch_is_the_managers(quick: Context) -> None:
    do(quick, 24, sooner=True)
    after = state(quick)
    assert (after.campaign.launch, after.campaign.ends) == (at("24", 0), at("25", 0))
    assert after.campaign.file.live.end.day == 25


def test_campaigns_that_are_live_at_the_same_time_are_named(quick: Context) -> None:
    other = file(key="other-one", live={"start": "2026-08-28T00:00", "end": "2026-08-30T00:00"})
    start(quick, Loaded(other, organisation(), sop()), today=TODAY)
    change = Change(last_day=date(2026, 8, 28))
    assert [warning.en for warning in preview(quick, KEY, change).overlaps] == [
        "It is live at the same time as Some campaign (other-one, level S, 2026-08-28 - 2026-08-29)."
    ]
    assert preview(quick, KEY, Change(last_day=date(2026, 8, 27))).overlaps == ()


# Refusals

REFUSALS: dict[str, tuple[Callable[..., object], type[OpsflowError], str]] = {
    "pausing by an owner": (partial(pause, by=PLANNER, reason=WHY), Refused, "planner cannot pause a campaign"),
    "pausing by nobody": (partial(pause, by=PersonKey("who"), reason=WHY), Refused, "who is nobody in"),
    "resuming what goes on": (partial(resume, by=MANAGER), Conflict, "is active: it cannot become active"),
    "cancelling by the manager": (partial(cancel, by=MANAGER, reason=WHY), Refused, "manager cannot cancel a campaign"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_why_and_changes_nothing(quick: Context, case: str) -> None:
    act, kind, text = REFUSALS[case]
    before = state(quick), journal(quick, KEY)
    with pytest.raises(kind, match=text):
        act(quick, KEY)
    assert (state(quick), journal(quick, KEY)) == before


@pytest.mark.parametrize(
    ("last_day", "sooner", "kind", "text"),
    [
        (26, True, BadInput, "The last live day of small-campaign is 2026-08-26: to shorten it, name one before that"),
        (25, False, BadInput, "to extend it, name one after that"),
        (23, True, Refused, "would be over before it began"),
    ],
)
def test_an_end_that_makes_no_sense_is_refused(
    quick: Context, last_day: int, sooner: bool, kind: type[OpsflowError], text: str
) -> None:
    with pytest.raises(kind, match=text):
        preview(quick, KEY, Change(last_day=date(2026, 8, last_day), sooner=sooner))


def test_nothing_of_a_campaign_that_is_over_moves(quick: Context) -> None:
    cancel(quick, KEY, by=SPONSOR, reason=WHY)
    for act in (
        partial(pause, by=MANAGER, reason=WHY),
        partial(resume, by=MANAGER),
        partial(cancel, by=SPONSOR, reason=WHY),
    ):
        with pytest.raises(Conflict, match="small-campaign is cancelled"):
            act(quick, KEY)
    with pytest.raises(Conflict, match="small-campaign is cancelled: nothing of it moves any more"):
        preview(quick, KEY, Change())


def test_pausing_twice_is_told_as_such(quick: Context) -> None:
    pause(quick, KEY, by=MANAGER, reason=WHY)
    with pytest.raises(Conflict, match="is paused: it cannot become paused"):
        pause(quick, KEY, by=MANAGER, reason=WHY)


def test_the_tick_of_a_paused_campaign_counts_no_campaign(quick: Context) -> None:
    pause(quick, KEY, by=MANAGER, reason=WHY)
    assert tick(quick).campaigns == 0
    assert quick.clock.now() < at("5") + timedelta(days=1)
