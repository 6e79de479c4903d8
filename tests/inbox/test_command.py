"""`/opsflow`: where campaigns stand, and what waits for whoever asks, in their language."""

from dataclasses import replace

from tests.approvals.asked import ask
from tests.engine.small import LEGAL, OPERATIONS, PLANNER, SPONSOR
from tests.inbox.fingers import slack_id
from tests.inbox.office import Office


def asks(desk: Office, who: str, text: str) -> str:
    payload = desk.command(who, text)
    assert desk.send(payload) == (200, {"text": ""})
    return desk.said(payload)


def test_my_tasks_are_those_that_wait_for_me(desk: Office) -> None:
    assert asks(desk, PLANNER, "tasks") == "Do Task P1 (P1), due 2026-08-05 Wed 18:00 · Some campaign"
    assert asks(desk, LEGAL, "my tasks") == "Nothing waits for you."


def test_what_waits_is_told_in_the_language_of_whoever_asks(desk: Office) -> None:
    ask(desk.ctx)
    assert asks(desk, SPONSOR, "我的待办").startswith("审批：Proposal（small-campaign/proposal/1），截止 2026年8月5日")


def test_late_work_says_so(desk: Office) -> None:
    desk.clock.move_to(desk.clock.now().replace(day=6))
    assert "18:00, late" in asks(desk, PLANNER, "tasks")


def test_status_is_a_line_for_each_campaign(desk: Office) -> None:
    assert asks(desk, OPERATIONS, "") == asks(desk, OPERATIONS, "status")
    assert asks(desk, OPERATIONS, "status") == "Some campaign (S): Initial_Planning; 1 waiting, 0 late"
    assert asks(desk, SPONSOR, "进展").startswith("Some campaign（S 级）")


def test_anything_else_is_answered_with_what_can_be_asked(desk: Office) -> None:
    assert asks(desk, PLANNER, "drop table") == asks(desk, PLANNER, "help")


def test_who_is_nobody_of_ours_learns_nothing(desk: Office) -> None:
    desk.workspace.users[slack_id(PLANNER)].email = "somebody@else.example"
    assert "does not know who you are" in asks(desk, PLANNER, "status")


def test_the_page_is_named_where_there_is_one(desk: Office) -> None:
    page = "https://ops.example.com"
    settings = desk.ctx.settings.model_copy(update={"public_url": page})
    desk.inbox.desk.ctx = replace(desk.inbox.desk.ctx, settings=settings)
    assert asks(desk, PLANNER, "tasks").splitlines()[-1] == f"The page: {page}"
