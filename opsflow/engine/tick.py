"""The scheduled sweeps: deadlines that have come, wakes that are due, notices that wait."""

from dataclasses import dataclass
from datetime import timedelta

from opsflow.campaigns.store import active_campaigns, all_campaigns, first_due_wakes, load_campaign
from opsflow.context import Context
from opsflow.db.ticks import last_tick, record_tick
from opsflow.deadlines.service import fire_due
from opsflow.engine.launch import launch_due
from opsflow.engine.rungs import digest_turn
from opsflow.journal.service import sign_due
from opsflow.kernel.errors import OpsflowError
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.model import DeliveryReport, Recipient
from opsflow.outbox.recipients import fallback_of, recipients, room
from opsflow.outbox.service import deliver


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick did."""

    campaigns: int
    rungs: int
    launched: int
    unsigned: str | None = None
    """Why checkpoints of the journal that are due were not kept; None: all were."""


def tick(ctx: Context) -> TickReport:
    """Fire the deadline steps that have come, launch the wakes that are due, sign the journal where that is due. Late,
    doubled or missed ticks give the same result.
    """
    with ctx.transaction() as session:
        record_tick(session, "deadline_tracking", at=ctx.clock.now())
        campaigns = len(active_campaigns(session))
    return TickReport(campaigns, fire_due(ctx, digest_turn), launch_due(ctx), _sign(ctx))


def _sign(ctx: Context) -> str | None:
    """No deadline waits for the journal's witness: why it fails is told, and the next tick asks again."""
    try:
        sign_due(ctx)
    except OpsflowError as error:
        return str(error)
    return None


def since_tick(ctx: Context) -> timedelta | None:
    """How long ago the last tick was; None: there never was one."""
    with ctx.reading() as session:
        last = last_tick(session, "deadline_tracking")
    return None if last is None else ctx.clock.now() - last


def waiting_wakes(ctx: Context) -> int:
    """How many stages may move now and have no run that anybody has heard of."""
    with ctx.reading() as session:
        return sum(wake.launched_at is None for wake in first_due_wakes(session, now=ctx.clock.now()))


def deliver_due(ctx: Context) -> DeliveryReport:
    """Send what is due to everybody of every campaign's organisation, and to the campaigns' channels."""
    with ctx.transaction() as session:
        record_tick(session, "notification_delivery", at=ctx.clock.now())
        people: dict[PersonKey, Recipient] = {}
        fallbacks: dict[CampaignKey, PersonKey] = {}
        for key in all_campaigns(session):
            campaign = load_campaign(session, key)
            organisation, channel = campaign.organisation, campaign.file.slack_channel
            people |= recipients(organisation)
            if channel is not None:
                own = room(key, channel, organisation, language=campaign.file.language, zone=campaign.zone)
                people[own.person] = own
            fallback = fallback_of(organisation)
            if fallback is not None:
                fallbacks[key] = fallback
    return deliver(ctx, people, fallbacks=fallbacks)
