"""A task is given to somebody else: the reminders of the former owner die, the new one is told, nothing is lost."""

from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.engine.reassign import reassign
from opsflow.engine.record import journal
from opsflow.engine.tick import deliver_due
from opsflow.engine.worklist import one_task
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict, NotFound, OpsflowError, Refused
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.service import complete_task
from tests.campaigns.planning import organisation
from tests.doubles import channel_of
from tests.engine.driving import run_due
from tests.engine.opened import p1_opened
from tests.engine.scene import at
from tests.engine.small import KEY, MANAGER, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace
from tests.engine.test_deadlines_told import pass_hours, told

P1, D1 = TaskCode("P1"), TaskCode("D1")
DUTY, DEPUTY, LEGAL_DEPUTY = (PersonKey(name) for name in ("duty", "operations-deputy", "legal-deputy"))


@pytest.fixture
def opened(ctx: Context, tmp_path: Path) -> Context:
    """P1 is open and the planner's, due on Wednesday 5 August at 18:00; everybody has been told."""
    here = p1_opened(ctx, tmp_path)
    deliver_due(here)
    return here


def titles(channel: MemoryChannel, person: PersonKey) -> list[str]:
    return [message.title for message in channel.sent_to(person)]


def test_the_new_owner_is_reminded_and_the_former_one_is_not(opened: Context) -> None:
    """F02, F47"""
    reassign(opened, KEY, P1, to=DUTY, by=OPERATIONS)
    pass_hours(opened, at("7", 20))
    assert told(opened, "P1") == [
        ("05 09", "remind-0", DUTY),
        ("06 09", "overdue-head", OPERATIONS),
        ("06 14", "overdue-coordination_post", PMO),
        ("07 09", "overdue-leader", SPONSOR),
    ]


def test_both_are_told_who_has_it_now(opened: Context, channel: MemoryChannel) -> None:
    reassign(opened, KEY, P1, to=DUTY, by=OPERATIONS, note=Text.both("Planner is busy"))
    deliver_due(opened)
    assert titles(channel, DUTY) == ["P1 Task P1: yours now, due 2026-08-05 Wed 18:00"]
    assert "Remark: Planner is busy" in channel.sent_to(DUTY)[0].body
    assert titles(channel, PLANNER)[-1] == "P1 Task P1: Duty's now"


def test_what_is_given_away_late_is_asked_for_at_once_and_is_as_late_as_before(opened: Context) -> None:
    """F22: P1 was due on Wednesday at 18:00 and is given away on Thursday at 15:00, with the sponsor's step to come."""
    pass_hours(opened, at("6", 15))
    reassign(opened, KEY, P1, to=DUTY, by=OPERATIONS)
    pass_hours(opened, at("7", 20))
    given = next(message for message in channel_of(opened).sent_to(DUTY) if "yours now" in message.title)
    assert given.title == "P1 Task P1: yours now, as soon as possible (was due 2026-08-05 Wed 18:00)"
    assert "2026-08-05 Wed 18:00 has passed already. Please" in given.body
    assert ("07 09", "overdue-leader", SPONSOR) in told(opened, "P1")


def test_what_the_former_owner_had_not_been_told_yet_is_not_told(ctx: Context, tmp_path: Path) -> None:
    """F04"""
    here = in_workspace(ctx, tmp_path)
    begin(here)
    clock, channel = here.clock, channel_of(here)
    assert isinstance(clock, VirtualClock)
    clock.move_to(at("4", 10))
    run_due(here)
    reassign(here, KEY, P1, to=DUTY, by=MANAGER)
    deliver_due(here)
    assert titles(channel, PLANNER) == ["P1 Task P1: Duty's now"]


def test_there_and_back_again_is_told_each_time_and_reminded_once(opened: Context, clock: VirtualClock) -> None:
    """F03"""
    reassign(opened, KEY, P1, to=DUTY, by=OPERATIONS)
    clock.move_to(at("4", 11))
    reassign(opened, KEY, P1, to=PLANNER, by=OPERATIONS)
    pass_hours(opened, at("5", 17))
    assert told(opened, "P1") == [("05 09", "remind-0", PLANNER)]
    assert one_task(opened, KEY, P1)[1].owner == PLANNER


def test_what_has_not_opened_yet_opens_with_its_new_owner(opened: Context, clock: VirtualClock) -> None:
    """F48: a state that changes does not bring the former owner back."""
    reassign(opened, KEY, TaskCode("P2"), to=DUTY, by=OPERATIONS)
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    clock.move_to(at("6", 10))
    run_due(opened)
    _, task = one_task(opened, KEY, TaskCode("P2"))
    assert (task.status, task.owner, task.deputy_for) == ("open", DUTY, None)


def test_the_new_owner_may_act_and_a_former_one_may_not(opened: Context) -> None:
    reassign(opened, KEY, P1, to=DUTY, by=OPERATIONS)
    with pytest.raises(Refused, match="P1 of small-campaign is duty's"):
        complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    complete_task(opened, KEY, P1, by=DUTY, evidence="p1.pdf")


def test_the_journal_names_both_and_who_gave_it(opened: Context) -> None:
    reassign(opened, KEY, P1, to=DUTY, by=MANAGER)
    entry = journal(opened, KEY)[-1]
    assert (entry.action, entry.actor, entry.object) == ("task.reassigned", MANAGER, P1)
    assert {"owner": DUTY, "was": PLANNER}.items() <= entry.data.items()


@pytest.mark.parametrize("giver", [OPERATIONS, DEPUTY, MANAGER])
def test_head_deputy_and_campaign_manager_may_give_it(opened: Context, giver: PersonKey) -> None:
    reassign(opened, KEY, P1, to=DUTY, by=giver)


def test_its_owner_hands_it_over_within_the_department_and_the_head_is_told(
    opened: Context, channel: MemoryChannel
) -> None:
    reassign(opened, KEY, P1, to=DUTY, by=PLANNER)
    deliver_due(opened)
    assert titles(channel, DUTY) == ["P1 Task P1: yours now, due 2026-08-05 Wed 18:00"]
    assert titles(channel, OPERATIONS)[-1] == "P1 Task P1: Duty's now"
    assert "Planner has given this task to Duty" in channel.sent_to(OPERATIONS)[-1].body


REFUSALS: dict[str, tuple[TaskCode, PersonKey, PersonKey, type[OpsflowError], str]] = {
    "by its owner to another department": (
        P1,
        LEGAL_DEPUTY,
        PLANNER,
        Refused,
        "planner can hand P1 of .* over within operations only",
    ),
    "by another department's deputy": (P1, DUTY, LEGAL_DEPUTY, Refused, "legal-deputy cannot give"),
    "by nobody of the organisation": (P1, DUTY, PersonKey("who"), Refused, "who is nobody in"),
    "to nobody of the organisation": (P1, PersonKey("who"), MANAGER, Refused, "who is nobody in"),
    "to whose it is": (P1, PLANNER, MANAGER, Conflict, "is planner's already"),
    "of no such task": (TaskCode("X9"), DUTY, MANAGER, NotFound, "has no task X9"),
    "of what several approve": (TaskCode("D4"), DUTY, MANAGER, Refused, "asked by their seats"),
    "of the go-live decision": (TaskCode("E2"), DUTY, MANAGER, Refused, "decided by the sponsor"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_why_and_changes_nothing(opened: Context, case: str) -> None:
    code, to, by, kind, text = REFUSALS[case]
    before = journal(opened, KEY)
    with pytest.raises(kind, match=text):
        reassign(opened, KEY, code, to=to, by=by)
    assert journal(opened, KEY) == before


def test_finished_work_stays_whose_it_was(opened: Context) -> None:
    complete_task(opened, KEY, P1, by=PLANNER, evidence="p1.pdf")
    with pytest.raises(Conflict, match="is done"):
        reassign(opened, KEY, P1, to=DUTY, by=MANAGER)


def test_nobody_is_given_what_is_due_while_they_are_away(ctx: Context, clock: VirtualClock, tmp_path: Path) -> None:
    """F47"""
    people = organisation().model_dump(mode="json")["people"]
    people["duty"]["absent"] = [{"first": "2026-08-03", "last": "2026-08-07"}]
    here = in_workspace(ctx, tmp_path)
    begin(here, org=organisation(people=people))
    clock.move_to(at("4", 10))
    run_due(here)
    with pytest.raises(Refused, match="duty is away, and still is when P1 is due on 2026-08-05"):
        reassign(here, KEY, P1, to=DUTY, by=MANAGER)
