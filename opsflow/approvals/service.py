"""Voting: the one door through which Slack, pages and the command line approve or reject."""

from opsflow.approvals import store
from opsflow.approvals.model import (
    AlreadyVoted,
    ApprovalId,
    ApprovalStatus,
    Verdict,
    check_vote,
    result,
    seat_matter,
)
from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.service import check
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.matters import answer, close_matter


def vote(
    ctx: Context, approval_id: ApprovalId, *, by: PersonKey, verdict: Verdict, reason: Text | None = None
) -> ApprovalStatus:
    """Record one person's vote and answer where the request stands now.

    NoSeat, OwnWork, ReasonMissing: the vote is not allowed. AlreadyDecided, AlreadyVoted: somebody, or the person
    themselves, was first.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        # First the campaign, then what is in it: everybody waits in this order, so that nobody waits for ever.
        hold_campaign(session, store.load(session, approval_id).campaign)
        store.lock_open(session, approval_id)
        session.expire_all()
        approval = store.load(session, approval_id)
        check_vote(approval, by=by, verdict=verdict, reason=reason)
        held = load_campaign(session, approval.campaign)
        check(ctx, held, "approval.vote", f"{approval_id} is for others", by=by, ties={Tie.ASKED})
        if not store.set_verdict(session, approval_id, person=by, verdict=verdict, reason=reason, at=now):
            raise AlreadyVoted(approval, by)
        said = {"what": "approved" if verdict is Verdict.APPROVE else "rejected", "at": now}
        close_matter(session, seat_matter(approval_id, by), facts=said)
        answer(session, seat_matter(approval_id, by), by=by, at=now)
        status = result(store.load(session, approval_id).seats)
        if status is not ApprovalStatus.OPEN:
            store.set_status(session, approval_id, status, was=ApprovalStatus.OPEN, at=now)
            for person in approval.waiting_for:
                close_matter(session, seat_matter(approval_id, person), facts=said)
            add_wakes(session, approval.campaign, [(approval.stage, now)])
        write(
            session,
            at=now,
            actor=by,
            action=f"approval.{'approved' if verdict is Verdict.APPROVE else 'rejected'}",
            campaign=approval.campaign,
            object=approval_id,
            data={"hash": approval.content_hash, "reason": reason},
        )
    return status
