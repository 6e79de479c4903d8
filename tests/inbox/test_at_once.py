"""Many presses at once are one decision; without the guard they would not be."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from opsflow.approvals.model import seat_matter
from opsflow.approvals.store import load
from opsflow.inbox.desk import Desk
from opsflow.kernel.terms import TaskCode
from opsflow.stages.service import task_matter
from tests.approvals.asked import ID, ask
from tests.engine.small import KEY, LEGAL, OPERATIONS, PLANNER
from tests.inbox.office import Office, at_once, form_of, office

PRESSES = 20


def test_twenty_deliveries_of_one_press_are_one_press(either: Office) -> None:
    """F45: a second click executes again. The same payload, each time under a signature of its own."""
    desk = either
    card = desk.card(task_matter(KEY, TaskCode("P1")), PLANNER)
    payload = desk.press(PLANNER, "confirm", card)
    at_once(PRESSES, *[lambda number=number: desk.send({**payload, "n": number}) for number in range(PRESSES)])
    desk.rest()
    told = [answer["blocks"][0]["text"]["text"] for answer in desk.answers(payload)]
    assert sorted(text.startswith("Recorded") for text in told) == [False] * (PRESSES - 1) + [True]
    assert {text for text in told if not text.startswith("Recorded")} == {
        "This reached opsflow twice; the first time counts."
    }
    assert desk.journal("task.confirmed") == [(PLANNER, "task.confirmed", "P1")]


class Forgetful(Desk):
    """The guard off: nothing is remembered of what came in."""

    def new(self, session: Session, ids: Sequence[str], *, at: datetime) -> bool:
        return True


def test_without_the_store_each_delivery_would_be_a_press(desk: Office) -> None:
    """The control."""
    guarded = desk.inbox.desk
    desk.inbox.desk = Forgetful(desk.ctx, guarded.client)
    payload = desk.press("operations-head", "confirm", desk.card(task_matter(KEY, TaskCode("P1")), OPERATIONS))
    at_once(PRESSES, *[lambda number=number: desk.send({**payload, "n": number}) for number in range(PRESSES)])
    desk.rest()
    told = [answer["blocks"][0]["text"]["text"] for answer in desk.answers(payload)]
    assert [text for text in told if "twice" in text] == []
    guarded.close()


def test_twenty_presses_are_one_decision(either: Office) -> None:
    """Twenty devices, each with a press of its own: approve on some, and only one vote is counted."""
    desk = either
    ask(desk.ctx)
    card = desk.card(seat_matter(ID, LEGAL), LEGAL, kind="approval")
    payloads = [desk.press(LEGAL, "approve", card) for _ in range(PRESSES)]
    at_once(PRESSES, *[lambda payload=payload: desk.send(payload) for payload in payloads])
    told = [desk.said(payload) for payload in payloads]
    assert sum(text.startswith("Recorded") for text in told) == 1
    assert sum(text.startswith("Not recorded") for text in told) == PRESSES - 1
    assert desk.journal("approval.approved", "approval.rejected") == [(LEGAL, "approval.approved", str(ID))]


def test_approve_and_reject_at_once_are_one_of_both(either: Office) -> None:
    desk = either
    ask(desk.ctx)
    card = desk.card(seat_matter(ID, LEGAL), LEGAL, kind="approval")
    view = desk.opens(LEGAL, "reject", card)
    approves = [desk.press(LEGAL, "approve", card) for _ in range(3)]
    rejects = [desk.submission(LEGAL, view, {"reason": "The cost has no ceiling."}) for _ in range(3)]
    at_once(6, *[lambda payload=payload: desk.send(payload) for payload in (*approves, *rejects)])
    desk.rest()
    with desk.ctx.transaction() as session:
        (seat,) = [seat for seat in load(session, ID).seats if seat.person == LEGAL]
    said = {"approve": "approval.approved", "reject": "approval.rejected"}[str(seat.verdict)]
    assert desk.journal("approval.approved", "approval.rejected") == [(LEGAL, said, str(ID))]


def test_two_processes_take_one_press_once(either: Office) -> None:
    desk = either
    card = desk.card(task_matter(KEY, TaskCode("P1")), PLANNER)
    payload = desk.press(PLANNER, "confirm", card)
    body = form_of(payload)
    with office(desk.ctx, desk.clock, desk.slack, renew=False) as other:
        headers = desk.signed(body)
        answers = at_once(2, lambda: desk.post(body, headers), lambda: other.post(body, headers))
        desk.rest()
        other.rest()
    assert sorted(status for status, _ in answers) in ([200, 200], [200, 401])
    assert len([one for one in desk.answers(payload) if "Recorded" in str(one)]) == 1
