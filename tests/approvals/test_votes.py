"""What votes amount to, and who may give them: the same answer at every door (F43)."""

from dataclasses import replace

import pytest

from opsflow.approvals.model import (
    AlreadyDecided,
    AlreadyVoted,
    Approval,
    ApprovalStatus,
    NoSeat,
    OwnWork,
    ReasonMissing,
    Seat,
    Verdict,
    check_vote,
    result,
)
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from tests.engine.scene import approval
from tests.engine.small import LEGAL, PLANNER, SPONSOR

OPEN = approval("C3", "proposal", ApprovalStatus.OPEN)
YES, NO = Verdict.APPROVE, Verdict.REJECT


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((None, None), ApprovalStatus.OPEN),
        ((YES, None), ApprovalStatus.OPEN),
        ((YES, YES), ApprovalStatus.APPROVED),
        ((None, NO), ApprovalStatus.REJECTED),
        ((YES, NO), ApprovalStatus.REJECTED),
        ((), ApprovalStatus.OPEN),
    ],
)
def test_every_seat_must_approve_and_one_refusal_refuses(
    verdicts: tuple[Verdict | None, ...], status: ApprovalStatus
) -> None:
    assert result([Seat(f"seat-{n}", SPONSOR, None, verdict) for n, verdict in enumerate(verdicts)]) is status


def check(given: Approval, by: str, verdict: Verdict = YES, reason: str | None = None) -> None:
    check_vote(given, by=PersonKey(by), verdict=verdict, reason=Text.both(reason) if reason else None)


def test_who_has_a_seat_may_approve_and_may_reject_with_a_reason() -> None:
    check(OPEN, SPONSOR)
    check(OPEN, LEGAL, NO, "Too dear.")


def test_who_has_no_seat_may_not_vote_and_learns_whose_votes_are_wanted() -> None:
    with pytest.raises(NoSeat, match="leader: sponsor, head:legal: legal-head"):
        check(OPEN, "manager")


def test_nobody_approves_what_they_wrote_even_with_a_seat() -> None:
    """F43."""
    seats = (Seat("leader", PLANNER), *OPEN.seats[1:])
    with pytest.raises(OwnWork, match="wrote what approval"):
        check(replace(OPEN, seats=seats), PLANNER)


def test_a_rejection_without_a_reason_is_refused() -> None:
    with pytest.raises(ReasonMissing, match="has to know what to change"):
        check(OPEN, LEGAL, NO)


def test_a_vote_is_given_once() -> None:
    """F45."""
    voted = replace(OPEN, seats=(replace(OPEN.seats[0], verdict=YES), OPEN.seats[1]))
    with pytest.raises(AlreadyVoted, match="a vote is not changed"):
        check(voted, SPONSOR, NO, "On second thoughts.")


@pytest.mark.parametrize("status", [status for status in ApprovalStatus if status is not ApprovalStatus.OPEN])
def test_what_is_decided_or_void_takes_no_more_votes_and_names_who_voted(status: ApprovalStatus) -> None:
    """F35, F46."""
    decided = replace(OPEN, status=status, seats=(replace(OPEN.seats[0], verdict=NO), OPEN.seats[1]))
    with pytest.raises(AlreadyDecided, match=r"already: sponsor \(reject\)"):
        check(decided, LEGAL)


def test_an_approval_waits_for_each_person_once() -> None:
    both = replace(OPEN, seats=(Seat("leader", SPONSOR), Seat("finance_approver", SPONSOR), Seat("head:legal", LEGAL)))
    assert both.waiting_for == (SPONSOR, LEGAL)
