"""What a button or a form does: the use case of the command line, by whoever pressed, with the role they have then."""

import pytest

from opsflow.approvals.model import ApprovalStatus, Seat, seat_matter
from opsflow.approvals.store import load, move_seat
from opsflow.engine.worklist import one_task
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.sop.changes.store import proposals
from opsflow.stages.model import TaskStatus
from opsflow.stages.service import complete_task, task_matter
from tests.approvals.asked import ID, ask
from tests.engine.small import KEY, LEGAL, OPERATIONS, PLANNER, SPONSOR
from tests.inbox.fingers import slack_id
from tests.inbox.office import Office

P1 = TaskCode("P1")


def task_card(desk: Office, person: str = PLANNER) -> str:
    return desk.card(task_matter(KEY, P1), person)


def vote_card(desk: Office, person: PersonKey = LEGAL) -> str:
    return desk.card(seat_matter(ID, person), person, kind="approval")


def status(desk: Office) -> TaskStatus:
    return one_task(desk.ctx, KEY, P1)[1].status


def test_done_asks_for_the_deliverable_and_records_it(desk: Office) -> None:
    view = desk.opens(PLANNER, "done", task_card(desk))
    assert [block["block_id"] for block in view["blocks"]] == ["evidence", "note"]
    said = desk.fills(PLANNER, view, evidence="https://example.com/brief?a=1&b=2", note="First draft")
    assert said == "Recorded: done. The card follows in a moment."
    task = one_task(desk.ctx, KEY, P1)[1]
    assert (task.status, task.evidence) == (TaskStatus.DONE, "https://example.com/brief?a=1&b=2")
    assert desk.journal("task.done") == [(PLANNER, "task.done", "P1")]


def test_what_is_missing_is_told_in_the_form_and_can_be_sent_again(desk: Office) -> None:
    view = desk.opens(PLANNER, "done", task_card(desk))
    assert desk.fills(PLANNER, view).startswith("Not recorded: Task P1")
    assert desk.fills(PLANNER, view).startswith("Not recorded: Task P1")
    assert desk.fills(PLANNER, view, evidence="brief.pdf").startswith("Recorded")


def test_confirm_is_one_press(desk: Office) -> None:
    assert desk.presses(PLANNER, "confirm", task_card(desk)) == "Recorded: you have confirmed the date."
    assert desk.journal("task.confirmed") == [(PLANNER, "task.confirmed", "P1")]


def test_snooze_offers_times_and_days_on_the_clock_of_whoever_asks(desk: Office) -> None:
    view = desk.opens(PLANNER, "snooze", task_card(desk))
    assert desk.fills(PLANNER, view) == "Please choose a time or a day."
    assert desk.fills(PLANNER, view, day="2026-08-03") == "That time is past already. Please choose a later one."
    assert "2026-08-05 09:00" in desk.fills(PLANNER, view, until="tomorrow")
    assert desk.journal("task.snoozed") == [(PLANNER, "task.snoozed", "P1")]


def test_need_help_takes_a_text(desk: Office) -> None:
    view = desk.opens(PLANNER, "need_help", task_card(desk))
    assert desk.fills(PLANNER, view) == "Please write something here."
    assert desk.fills(PLANNER, view, text="The printer\nis late").startswith("Recorded: you need help.")
    assert one_task(desk.ctx, KEY, P1)[1].help_by == PLANNER


def test_who_needs_help_may_say_what_the_sop_should_say(desk: Office) -> None:
    view = desk.opens(PLANNER, "need_help", task_card(desk))
    desk.fills(PLANNER, view, text="The printer is late", sop="Order prints ten days ahead")
    with desk.ctx.reading() as session:
        (found,) = proposals(session, campaign=KEY)
    assert (found.reason.en, found.evidence[0].en, found.author) == (
        "Order prints ten days ahead", "The printer is late", PLANNER
    )  # fmt: skip


def test_reassign_takes_somebody_of_slack_who_is_one_of_ours(desk: Office) -> None:
    view = desk.opens(OPERATIONS, "reassign", task_card(desk, OPERATIONS))
    desk.workspace.add_user("U0GUEST", "guest@elsewhere.example")
    assert "opsflow knows" in desk.fills(OPERATIONS, view, person="U0GUEST")
    said = desk.fills(OPERATIONS, view, person=slack_id("duty"), note="Planner is busy")
    assert said == "Recorded: this is Duty's now. They are told."
    assert one_task(desk.ctx, KEY, P1)[1].owner == "duty"


def test_approve_is_one_press_and_reject_asks_why(desk: Office) -> None:
    ask(desk.ctx)
    assert desk.presses(LEGAL, "approve", vote_card(desk)) == "Recorded: you have approved."
    view = desk.opens(SPONSOR, "reject", vote_card(desk, SPONSOR), label="驳回")
    assert view["title"]["text"] == "驳回"
    assert desk.fills(SPONSOR, view) == "请写明原因，以便提交人修改。"
    assert desk.fills(SPONSOR, view, reason="成本没有上限。") == "已记录：您已驳回，提交人会收到您的意见。"
    with desk.ctx.transaction() as session:
        approval = load(session, ID)
    assert approval.status is ApprovalStatus.REJECTED
    assert [(seat.person, str(seat.verdict)) for seat in approval.seats] == [(LEGAL, "approve"), (SPONSOR, "reject")]


@pytest.mark.parametrize("who", [PLANNER, "duty"])
def test_nobody_approves_what_they_wrote_nor_what_they_are_not_asked_about(desk: Office, who: str) -> None:
    """F43: the same decision function behind every door; a stranger's card gives no right."""
    ask(desk.ctx)
    said = desk.presses(who, "approve", vote_card(desk), card_of=LEGAL)
    assert said.startswith("Not recorded")
    assert desk.journal("approval.approved") == []


def test_who_pressed_decides_not_whose_card_it_is(desk: Office) -> None:
    """The sponsor presses on a card that was sent to the head of legal: it is the sponsor's vote."""
    ask(desk.ctx)
    assert desk.presses(SPONSOR, "approve", vote_card(desk), card_of=LEGAL) == "已记录：您已通过。"
    with desk.ctx.transaction() as session:
        seats = {seat.person: seat.verdict for seat in load(session, ID).seats}
    assert seats[LEGAL] is None
    assert str(seats[SPONSOR]) == "approve"


def test_the_role_is_that_of_the_moment(desk: Office) -> None:
    """Who has lost the seat since the card was sent has no vote any more."""
    ask(desk.ctx, Seat("leader", SPONSOR))
    token = vote_card(desk, SPONSOR)
    with desk.ctx.transaction() as session:
        assert move_seat(session, ID, "leader", person=LEGAL, deputy_for=SPONSOR)
    assert desk.presses(SPONSOR, "approve", token) == "未记录：您不在本次审批人之列。"


def test_somebody_elses_task_is_refused(desk: Office) -> None:
    assert desk.presses(LEGAL, "confirm", task_card(desk), card_of=PLANNER).startswith(
        "Not recorded: this is not yours"
    )
    assert desk.journal("task.confirmed") == []


def test_an_old_card_says_so(desk: Office) -> None:
    token = desk.card(task_matter(KEY, P1), PLANNER, version=99)
    assert "out of date" in desk.presses(PLANNER, "confirm", token)


def test_closed_work_says_so(desk: Office) -> None:
    token = task_card(desk)
    complete_task(desk.ctx, KEY, P1, by=PLANNER, evidence="brief.pdf")
    assert "settled already" in desk.presses(PLANNER, "confirm", token)
    view = desk.opens(PLANNER, "done", token)
    assert "settled already" in desk.fills(PLANNER, view, evidence="other.pdf")
    assert one_task(desk.ctx, KEY, P1)[1].evidence == "brief.pdf"


@pytest.mark.parametrize("token", ["", "token-of-nobody", "x" * 2000])
def test_a_token_that_is_nobodys_says_so(desk: Office, token: str) -> None:
    assert "not known any more" in desk.presses(PLANNER, "confirm", token)


def test_a_button_pressed_in_another_channel_than_the_cards_does_nothing(desk: Office) -> None:
    assert "not known any more" in desk.presses(PLANNER, "confirm", task_card(desk), card_of=LEGAL)
    assert desk.journal("task.confirmed") == []


@pytest.mark.parametrize("action", ["approve", "acknowledge", "nothing"])
def test_a_button_that_the_card_does_not_have_does_nothing(desk: Office, action: str) -> None:
    assert "does not belong" in desk.presses(PLANNER, action, task_card(desk))


def test_somebody_who_is_nobody_of_ours_is_told_so(desk: Office) -> None:
    desk.workspace.users[slack_id(PLANNER)].email = "somebody@else.example"
    assert "does not know who you are" in desk.presses(PLANNER, "confirm", task_card(desk))


@pytest.mark.parametrize("change", [{"team": "T0OTHER"}, {"confirmed": False}, {"is_bot": True}, {"deleted": True}])
def test_an_address_that_slack_does_not_vouch_for_is_nobodys(desk: Office, change: dict[str, object]) -> None:
    """A guest of another workspace may bear any address."""
    for name, value in change.items():
        setattr(desk.workspace.users[slack_id(PLANNER)], name, value)
    assert "does not know who you are" in desk.presses(PLANNER, "confirm", task_card(desk))


def test_who_has_a_member_id_in_the_organisation_is_known_by_it_alone(desk: Office) -> None:
    desk.workspace.add_user("U0FALSE", "duty@example.com")
    token = task_card(desk, "duty")
    payload = desk.press("duty", "confirm", token) | {"user": {"id": "U0FALSE"}}
    desk.send(payload)
    assert "does not know who you are" in desk.said(payload)
    assert "not yours" in desk.presses("duty", "confirm", token)


def test_the_head_of_the_department_acts_on_the_owners_card(desk: Office) -> None:
    assert desk.presses(OPERATIONS, "confirm", task_card(desk), card_of=PLANNER).startswith("Recorded")
    assert desk.journal("task.confirmed") == [(OPERATIONS, "task.confirmed", "P1")]


def test_a_hostile_text_is_kept_as_it_is_and_shown_as_plain_text(desk: Office) -> None:
    view = desk.opens(PLANNER, "need_help", task_card(desk))
    desk.fills(PLANNER, view, text="<!channel> {evil} *x* \u202e")
    text = one_task(desk.ctx, KEY, P1)[1].help_text
    assert text is not None
    assert text.en == "<!channel> {evil} *x*"
