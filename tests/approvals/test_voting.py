"""Voting, on both databases: one vote per person, one decision per request, however many press at once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from opsflow.approvals import store
from opsflow.approvals.model import AlreadyDecided, AlreadyVoted, ApprovalStatus, Seat, Verdict, check_vote, result
from opsflow.approvals.service import vote
from opsflow.campaigns.store import delete_wakes, due_wakes
from opsflow.context import Context
from opsflow.db.tables import SeatRow
from opsflow.engine.tick import tick
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import PersonKey, Stage
from opsflow.kernel.text import Text
from tests.approvals.asked import ID, ask, stored, votes_in_journal
from tests.engine.scene import at
from tests.engine.small import KEY, LEGAL, SPONSOR, begin, in_workspace
from tests.engine.together import errors, together

YES, NO, WHY = Verdict.APPROVE, Verdict.REJECT, Text.both("Too dear.")


@pytest.fixture
def small(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    here = in_workspace(ctx, tmp_path)
    begin(here)
    clock.move_to(at("11"))
    wakes(here)  # those of the start
    return here


def wakes(ctx: Context) -> int:
    """Take the wakes of the stage; how many there were."""
    with ctx.transaction() as session:
        found = due_wakes(session, KEY, Stage.COORDINATION, now=ctx.clock.now())
        delete_wakes(session, found)
    return len(found)


def test_the_last_vote_decides_and_wakes_the_stage(small: Context) -> None:
    ask(small)
    assert vote(small, ID, by=SPONSOR, verdict=YES) is ApprovalStatus.OPEN
    assert wakes(small) == 0
    assert vote(small, ID, by=LEGAL, verdict=YES) is ApprovalStatus.APPROVED
    assert wakes(small) == 1
    assert votes_in_journal(small) == [(SPONSOR, "approval.approved"), (LEGAL, "approval.approved")]


def test_one_refusal_decides_at_once_and_is_kept_with_its_reason(small: Context) -> None:
    ask(small)
    assert vote(small, ID, by=LEGAL, verdict=NO, reason=WHY) is ApprovalStatus.REJECTED
    assert wakes(small) == 1
    assert next(seat.reason for seat in stored(small).seats if seat.person == LEGAL) == WHY
    with pytest.raises(AlreadyDecided):
        vote(small, ID, by=SPONSOR, verdict=YES)


def test_a_person_in_two_seats_votes_once_for_both(small: Context) -> None:
    ask(small, Seat("leader", SPONSOR), Seat("finance_approver", SPONSOR))
    assert vote(small, ID, by=SPONSOR, verdict=YES) is ApprovalStatus.APPROVED
    assert [seat.verdict for seat in stored(small).seats] == [YES, YES]
    assert len(votes_in_journal(small)) == 1


def test_an_approval_that_does_not_exist_is_named(small: Context) -> None:
    with pytest.raises(NotFound, match="There is no approval"):
        vote(small, ID, by=SPONSOR, verdict=YES)


def test_the_same_version_is_asked_for_once(small: Context) -> None:
    given = ask(small)
    with small.transaction() as session:
        assert not store.insert(session, given)
    assert len(stored(small).seats) == 2


def test_a_seat_takes_one_verdict_and_a_request_one_decision(small: Context) -> None:
    """The rows themselves say so, whoever asks them."""
    ask(small)
    now = small.clock.now()
    with small.transaction() as session:
        assert store.set_verdict(session, ID, person=SPONSOR, verdict=YES, reason=None, at=now)
        assert not store.set_verdict(session, ID, person=SPONSOR, verdict=NO, reason=WHY, at=now)
        assert store.set_status(session, ID, ApprovalStatus.APPROVED, was=ApprovalStatus.OPEN, at=now)
        assert not store.set_status(session, ID, ApprovalStatus.REJECTED, was=ApprovalStatus.OPEN, at=now)
    assert stored(small).status is ApprovalStatus.APPROVED
    assert [seat.verdict for seat in stored(small).seats] == [None, YES]


def test_a_decision_stands_whatever_time_passes(small: Context, clock: VirtualClock) -> None:
    """F35: decide, go past the date, and nothing takes the answer back or asks again."""
    ask(small)
    for person in (SPONSOR, LEGAL):
        vote(small, ID, by=person, verdict=YES)
    decided = stored(small)
    clock.move_to(decided.due + timedelta(days=3))
    tick(small)
    assert stored(small) == decided


def test_a_decided_request_keeps_what_each_said(small: Context) -> None:
    """F46: what comes back is the approvers' answer."""
    given = ask(small)
    vote(small, ID, by=SPONSOR, verdict=YES)
    vote(small, ID, by=LEGAL, verdict=NO, reason=WHY)
    now = small.clock.now()
    expected = replace(
        given, status=ApprovalStatus.REJECTED, decided_at=now,
        seats=(Seat("head:legal", LEGAL, None, NO, WHY, now), Seat("leader", SPONSOR, None, YES, None, now)),
    )  # fmt: skip
    assert stored(small) == expected


def test_twenty_presses_of_one_button_are_one_vote(small: Context) -> None:
    """F45."""
    ask(small)
    outcomes = together(*[partial(vote, small, ID, by=SPONSOR, verdict=YES)] * 20)
    assert outcomes.count(ApprovalStatus.OPEN) == 1
    assert {type(error) for error in errors(outcomes)} == {AlreadyVoted}
    assert votes_in_journal(small) == [(SPONSOR, "approval.approved")]


def unguarded(ctx: Context, looked: Barrier, by: PersonKey, verdict: Verdict) -> ApprovalStatus:
    """A vote that looks first and writes later: what the locks keep from happening."""
    with ctx.transaction() as session:
        approval = store.load(session, ID)
        check_vote(approval, by=by, verdict=verdict, reason=WHY)
    looked.wait()
    with ctx.transaction() as session:
        session.execute(
            sa.update(SeatRow).where(SeatRow.approval == ID, SeatRow.person == by).values(verdict=verdict, reason=WHY)
        )
        return result(store.load(session, ID).seats)


def test_without_the_guard_twenty_presses_are_many_votes(small: Context) -> None:
    """The control: the same race, look first and write later."""
    ask(small)
    outcomes = together(*[partial(unguarded, small, Barrier(20, timeout=20), SPONSOR, YES)] * 20)
    assert outcomes.count(ApprovalStatus.OPEN) > 1


def test_approve_and_reject_at_once_are_one_decision(small: Context) -> None:
    """I1: whoever is second is told, and the request ends in one state with one wake."""
    for version in range(1, 11):
        given = ask(small, Seat("leader", SPONSOR), Seat("head:legal", SPONSOR), version=version)
        wakes(small)
        outcomes = together(
            partial(vote, small, given.id, by=SPONSOR, verdict=YES),
            partial(vote, small, given.id, by=SPONSOR, verdict=NO, reason=WHY),
        )
        (error,) = errors(outcomes)
        assert isinstance(error, AlreadyDecided)
        (status,) = [outcome for outcome in outcomes if isinstance(outcome, ApprovalStatus)]
        assert stored(small, given.id).status is status
        assert {seat.verdict for seat in stored(small, given.id).seats} == {
            YES if status is ApprovalStatus.APPROVED else NO
        }
        assert wakes(small) == 1


def test_the_last_two_approvers_at_once_still_decide(small: Context) -> None:
    """Each counts after the other: neither finds the other's seat still empty."""
    for version in range(1, 11):
        given = ask(small, version=version)
        wakes(small)
        outcomes = together(
            partial(vote, small, given.id, by=SPONSOR, verdict=YES),
            partial(vote, small, given.id, by=LEGAL, verdict=YES),
        )
        assert sorted(str(outcome) for outcome in outcomes) == ["approved", "open"]
        assert stored(small, given.id).status is ApprovalStatus.APPROVED
        assert wakes(small) == 1
