"""A proposal before its approvers, in a real database."""

from dataclasses import replace
from datetime import timedelta

from opsflow.approvals import store
from opsflow.approvals.model import Approval, ApprovalId, ApprovalStatus, Seat, approval_id, seat_matter
from opsflow.context import Context
from opsflow.journal.service import read
from opsflow.outbox.matters import open_matter
from tests.engine.scene import approval
from tests.engine.small import KEY

ID = approval_id(KEY, "proposal", 1)


def ask(ctx: Context, *seats: Seat, version: int = 1) -> Approval:
    """Put the proposal before these seats; without any, the sponsor and the head of legal."""
    wanted = approval("C3", "proposal", ApprovalStatus.OPEN, version=version)
    given = replace(wanted, seats=seats or wanted.seats, due=ctx.clock.now() + timedelta(days=1))
    with ctx.transaction() as session:
        assert store.insert(session, given)
        for seat in given.seats:
            open_matter(session, seat_matter(given.id, seat.person))
    return given


def stored(ctx: Context, approval: ApprovalId = ID) -> Approval:
    """The request as it stands."""
    with ctx.transaction() as session:
        return store.load(session, approval)


def votes_in_journal(ctx: Context) -> list[tuple[str, str]]:
    """Who voted how, by the journal."""
    with ctx.transaction() as session:
        return [(entry.actor, entry.action) for entry in read(session, KEY) if entry.action.startswith("approval.")]
