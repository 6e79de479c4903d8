"""The scheduled sweeps: deadlines that have come, wakes that are due, notices that wait."""

from dataclasses import dataclass

from opsflow.campaigns.store import active_campaigns, all_campaigns, first_due_wakes, load_campaign
from opsflow.context import Context
from opsflow.db.ticks import record_tick
from opsflow.deadlines.service import fire_due
from opsflow.engine.launch import launch_due
from opsflow.kernel.terms import PersonKey
from opsflow.outbox.model import DeliveryReport, Recipient
from opsflow.outbox.recipients import recipients
from opsflow.outbox.service import deliver


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick did."""

    campaigns: int
    rungs: int
    launched: int


def tick(ctx: Context) -> TickReport:
    """Fire the deadline steps that have come and launch the wakes that are due. Late, doubled or missed ticks give the
    same result.
    """
    with ctx.transaction() as session:
        record_tick(session, "deadline_tracking", at=ctx.clock.now())
        campaigns = len(active_campaigns(session))
    return TickReport(campaigns, fire_due(ctx), launch_due(ctx))


def waiting_wakes(ctx: Context) -> int:
    """How many stages may move now and have no run that anybody has heard of."""
    with ctx.transaction() as session:
        return sum(wake.launched_at is None for wake in first_due_wakes(session, now=ctx.clock.now()))


def deliver_due(ctx: Context) -> DeliveryReport:
    """Send what is due to everybody of every campaign's organisation."""
    with ctx.transaction() as session:
        record_tick(session, "notification_delivery", at=ctx.clock.now())
        people: dict[PersonKey, Recipient] = {}
        for key in all_campaigns(session):
            people |= recipients(load_campaign(session, key).organisation)
    return deliver(ctx, people)
