"""What owners say of a task: they confirm its date, put its reminders off, or call for help."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from opsflow.campaigns.permissions import NotAllowed
from opsflow.context import Context
from opsflow.deadlines.model import Rung, snoozed
from opsflow.deadlines.service import fire_due
from opsflow.deadlines.store import set_rungs
from opsflow.engine.comment import comment
from opsflow.engine.confirm import confirm
from opsflow.engine.load import load_snapshot
from opsflow.engine.need_help import need_help
from opsflow.engine.overview import overview
from opsflow.engine.reassign import reassign
from opsflow.engine.record import journal
from opsflow.engine.snooze import snooze
from opsflow.engine.tick import deliver_due
from opsflow.engine.worklist import one_task
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, NotFound, OpsflowError, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.store import ledger
from opsflow.stages.service import complete_task
from tests.campaigns.planning import organisation
from tests.doubles import channel_of
from tests.engine.driving import run_due
from tests.engine.opened import p1_opened
from tests.engine.scene import ZONE, at
from tests.engine.small import KEY, MANAGER, OPERATIONS, PLANNER, PMO, begin, in_workspace

P1, P2, D4 = TaskCode("P1"), TaskCode("P2"), TaskCode("D4")
STOCK = Text.both("The supplier has no stock")
EXECUTOR, DUTY = PersonKey("executor"), PersonKey("duty")


@pytest.fixture
def ctx(sqlite_ctx: Context) -> Context:
    return sqlite_ctx


@pytest.fixture
def opened(ctx: Context, tmp_path: Path) -> Context:
    """P1 is open since 10:00 of Tuesday the 4th, due on Wednesday at 18:00; its reminder comes on Wednesday at 9:00."""
    return p1_opened(ctx, tmp_path)


def reminded(ctx: Context, person: PersonKey = PLANNER) -> list[datetime]:
    """When somebody was reminded, on the campaign's clocks."""
    with ctx.transaction() as session:
        sent = [each for each in ledger(session, person=person) if each.template == "task_reminder" and each.sent_at]
    return [each.sent_at.astimezone(ZONE) for each in sent if each.sent_at]


def pass_to(ctx: Context, *instants: datetime) -> None:
    clock = ctx.clock
    assert isinstance(clock, VirtualClock)
    for instant in instants:
        clock.move_to(instant)
        fire_due(ctx)
        deliver_due(ctx)


def told(ctx: Context, template: str) -> set[PersonKey]:
    with ctx.transaction() as session:
        return {each.person for each in ledger(session, campaign=KEY) if each.template == template}


def test_a_confirmed_date_is_shown_and_journaled_once(opened: Context) -> None:
    for _ in range(2):
        confirm(opened, KEY, P1, by=PLANNER)
    entries = [entry for entry in journal(opened, KEY) if entry.action == "task.confirmed"]
    assert [(entry.actor, entry.object) for entry in entries] == [(PLANNER, P1)]
    assert [each.confirmed for each in overview(opened, KEY).waiting if each.what == P1] == [True]


def test_confirming_silences_nothing_that_is_due_later(opened: Context) -> None:
    confirm(opened, KEY, P1, by=PLANNER)
    pass_to(opened, at("5", 9, 30), at("5", 19), at("6", 10))
    assert reminded(opened) == [at("5", 9, 30)]
    assert OPERATIONS in told(opened, "task_overdue")


def test_a_promise_may_be_given_before_the_task_opens_and_binds_no_new_owner(opened: Context) -> None:
    confirm(opened, KEY, P2, by=MANAGER)
    assert one_task(opened, KEY, P2)[1].confirmed
    reassign(opened, KEY, P2, to=DUTY, by=OPERATIONS)
    assert not one_task(opened, KEY, P2)[1].confirmed


def test_a_snoozed_reminder_comes_instead_of_the_regular_one_never_beside_it(opened: Context) -> None:
    """F10"""
    snooze(opened, KEY, P1, until=at("5", 11), by=PLANNER)
    pass_to(opened, at("5", 9, 30), at("5", 10, 30), at("5", 11), at("5", 12), at("5", 17))
    assert reminded(opened) == [at("5", 11)]


def test_without_silencing_both_would_come(opened: Context) -> None:
    """F10, the control: a reminder of one's own that is put beside the regular one."""
    with opened.transaction() as session:
        snapshot = load_snapshot(opened, session, KEY, Stage.INITIAL_PLANNING)
        task = snapshot.task(P1)
        assert task is not None

        rung = Rung(
            campaign=KEY,
            task=P1,
            plan_revision=1,
            step=snoozed(1, at("5", 11)),
            person=PLANNER,
            matter=f"task/{KEY}/P1",
            matter_version=1,
            data={"campaign_title": Text.both("x"), "task": task.title, "code": P1, "due": task.due},
        )
        set_rungs(session, [rung])
    pass_to(opened, at("5", 9, 30), at("5", 11))
    assert reminded(opened) == [at("5", 9, 30), at("5", 11)]


def test_a_reminder_that_waits_for_the_morning_is_silenced_too(opened: Context) -> None:
    """F10: it has been written, but not sent."""
    pass_to(opened, at("4", 20))
    clock = opened.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(at("5", 9))
    fire_due(opened)
    snooze(opened, KEY, P1, until=at("5", 15), by=PLANNER)
    pass_to(opened, at("5", 10), at("5", 15))
    assert reminded(opened) == [at("5", 15)]


def test_who_snoozes_again_is_reminded_once_at_the_last_time_they_named(opened: Context) -> None:
    for hour in (16, 11, 14):
        snooze(opened, KEY, P1, until=at("5", hour), by=PLANNER)
    pass_to(opened, at("5", 9), at("5", 11), at("5", 14), at("5", 16), at("5", 17))
    assert reminded(opened) == [at("5", 14)]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            lambda ctx: confirm(ctx, KEY, P1, by=OPERATIONS),
            "Seen by Head of operations, 2026-08-04 Tue 10:00\nThe date",
        ),
        (lambda ctx: snooze(ctx, KEY, P1, until=at("5", 11), by=PLANNER), "Reminded again 2026-08-05 Wed 11:00"),
    ],
    ids=["confirmed", "snoozed"],
)
def test_the_card_of_a_task_says_who_sees_to_it(opened: Context, act: Callable[[Context], object], said: str) -> None:
    pass_to(opened, at("4", 10))
    act(opened)
    pass_to(opened, at("4", 10))
    (card,) = (shown for shown in channel_of(opened).shown.values() if "P1" in shown.title)
    assert said in card.body
    assert card.actions, "it is still to be done"


def test_a_snooze_moves_no_date_and_whoever_hears_of_a_missed_one_still_does(opened: Context) -> None:
    due = one_task(opened, KEY, P1)[1].due
    snooze(opened, KEY, P1, until=at("5", 17, 59), by=PLANNER)
    assert one_task(opened, KEY, P1)[1].due == due
    pass_to(opened, at("5", 17, 59), at("5", 18, 1), at("6", 15))
    assert OPERATIONS in told(opened, "task_overdue")
    assert PMO in told(opened, "task_escalated")


def test_a_time_without_a_zone_is_read_on_the_snoozers_own_clock(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    """F10: 20:00 in New York is 8:00 of the next day in Shanghai."""
    people = organisation().model_dump(mode="json")["people"]
    people["planner"]["zone"] = "America/New_York"
    here = in_workspace(ctx, tmp_path)
    begin(here, org=organisation(people=people))
    clock.move_to(at("4", 10))
    run_due(here)
    assert snooze(here, KEY, P1, until=at("4", 20).replace(tzinfo=None), by=PLANNER) == at("5", 8)


def test_what_is_finished_reminds_nobody_whenever_it_was_snoozed(opened: Context) -> None:
    """F01"""
    snooze(opened, KEY, P1, until=at("5", 11), by=PLANNER)
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    pass_to(opened, at("5", 11), at("5", 12))
    assert reminded(opened) == []


def test_a_new_owner_is_reminded_as_planned_whatever_the_former_one_snoozed(opened: Context) -> None:
    snooze(opened, KEY, P1, until=at("5", 16), by=PLANNER)
    reassign(opened, KEY, P1, to=DUTY, by=OPERATIONS)
    pass_to(opened, at("5", 9), at("5", 16))
    assert (reminded(opened), reminded(opened, DUTY)) == ([], [at("5", 9)])


def test_a_call_for_help_reaches_head_manager_and_planner_before_anything_else(opened: Context) -> None:
    reassign(opened, KEY, P1, to=EXECUTOR, by=OPERATIONS)
    people = need_help(opened, KEY, P1, by=EXECUTOR, text=STOCK)
    assert set(people) == {OPERATIONS, MANAGER, PLANNER}
    deliver_due(opened)
    with opened.transaction() as session:
        calls = [each for each in ledger(session, campaign=KEY) if each.template == "help_wanted"]
    assert {(each.person, each.status, each.urgent) for each in calls} == {
        (person, "sent", True) for person in (OPERATIONS, MANAGER, PLANNER)
    }
    assert [(call.code, call.help_by, call.help_text) for call in overview(opened, KEY).calls] == [
        (P1, EXECUTOR, STOCK)
    ]


def test_a_call_is_answered_by_somebody_elses_remark_and_who_called_is_told(opened: Context) -> None:
    need_help(opened, KEY, P1, by=PLANNER, text=STOCK)
    comment(opened, KEY, P1, by=PLANNER, text=Text.both("Since Monday"))
    assert overview(opened, KEY).calls
    comment(opened, KEY, P1, by=MANAGER, text=Text.both("Take the second supplier"))
    comment(opened, KEY, P1, by=PMO, text=Text.both("Good"))
    assert not overview(opened, KEY).calls
    with opened.transaction() as session:
        answers = [each for each in ledger(session, person=PLANNER) if each.template == "help_answered"]
    assert [answer.data["text"]["en"] for answer in answers] == ["Take the second supplier"]


def test_a_finished_task_needs_no_help_any_more(opened: Context) -> None:
    need_help(opened, KEY, P1, by=PLANNER, text=STOCK)
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    assert not overview(opened, KEY).calls


def test_who_is_head_and_caller_at_once_is_not_told_of_themselves(opened: Context) -> None:
    assert set(need_help(opened, KEY, P1, by=OPERATIONS, text=STOCK)) == {MANAGER, PLANNER}


REFUSALS: dict[str, tuple[TaskCode, PersonKey, type[OpsflowError], str]] = {
    "no such task": (TaskCode("X9"), PLANNER, NotFound, "has no task X9"),
    "nobody we know": (P1, PersonKey("who"), Refused, "who is nobody in"),
    "not theirs": (P1, PMO, NotAllowed, "P1 of small-campaign is planner's"),
}


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("verb", ["confirm", "snooze", "need_help"])
def test_a_refusal_says_why_and_changes_nothing(opened: Context, verb: str, case: str) -> None:
    code, by, kind, text = REFUSALS[case]
    before = journal(opened, KEY)
    with pytest.raises(kind, match=text):
        _say(opened, verb, KEY, code, by)
    assert journal(opened, KEY) == before


@pytest.mark.parametrize("verb", ["confirm", "snooze", "need_help"])
def test_nothing_is_said_of_an_unknown_campaign_or_of_what_is_done(opened: Context, verb: str) -> None:
    with pytest.raises(NotFound, match="There is no campaign nope"):
        _say(opened, verb, CampaignKey("nope"), P1, PLANNER)
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    with pytest.raises(Conflict, match="P1 of small-campaign is done"):
        _say(opened, verb, KEY, P1, PLANNER)


def _say(ctx: Context, verb: str, campaign: CampaignKey, code: TaskCode, by: PersonKey) -> None:
    match verb:
        case "confirm":
            confirm(ctx, campaign, code, by=by)
        case "snooze":
            snooze(ctx, campaign, code, until=at("5", 11), by=by)
        case _:
            need_help(ctx, campaign, code, by=by, text=STOCK)


@pytest.mark.parametrize(
    ("until", "text"), [(at("4", 9), "is past"), (at("5", 18), "a snooze ends before that"), (at("6"), "need-help")]
)
def test_a_snooze_ends_after_now_and_before_the_task_is_due(opened: Context, until: datetime, text: str) -> None:
    """F12: nothing is put off past its first escalation."""
    with pytest.raises(BadInput, match=text):
        snooze(opened, KEY, P1, until=until, by=PLANNER)


def test_what_has_not_opened_cannot_be_snoozed(opened: Context) -> None:
    with pytest.raises(Conflict, match="P2 of small-campaign is planned"):
        snooze(opened, KEY, P2, until=at("5", 11), by=MANAGER)


def test_the_head_may_not_snooze_what_is_the_owners(opened: Context) -> None:
    with pytest.raises(NotAllowed):
        snooze(opened, KEY, P1, until=at("5", 11), by=OPERATIONS)
