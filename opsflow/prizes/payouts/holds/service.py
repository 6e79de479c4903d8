"""Pause, brake and resume: who stopped what, when and why stands in the journal."""

from opsflow.budget.service import fund
from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.campaigns.store import hold_campaign, load_campaign, move_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.payouts.holds import store
from opsflow.prizes.payouts.holds.store import Held
from opsflow.prizes.payouts.model import Hold
from opsflow.prizes.payouts.telling import tell_of_brake


def pause(ctx: Context, campaign: CampaignKey, *, by: PersonKey, reason: str) -> None:
    """Send nothing new; what is under way is still looked up and confirmed. Conflict: it is stopped already."""
    with ctx.transaction() as session:
        _stop(ctx, session, campaign, Hold.PAUSED, "prizes.pause", by=by, reason=reason)


def brake(ctx: Context, campaign: CampaignKey, *, by: PersonKey, reason: str) -> bool:
    """Let nothing leave at all, not even a question, and stop the campaign's reminders; True: those ran until now.

    What was sent a moment ago may still be paid; it stays unknown until payouts go on. Conflict: the brake is on already.
    """
    with ctx.transaction() as session:
        _stop(ctx, session, campaign, Hold.BRAKED, "prizes.brake", by=by, reason=reason)
        now, folders = ctx.clock.now(), ctx.settings.template_folders
        tell_of_brake(session, folders, load_campaign(session, campaign), by=by, reason=reason, now=now)
        ran = move_campaign(session, campaign, CampaignStatus.PAUSED, was=CampaignStatus.ACTIVE)
        if ran:
            data = {"reason": reason}
            write(session, at=now, actor=by, action="campaign.paused", campaign=campaign, object=campaign, data=data)
    return ran


def resume(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> Held:
    """Let payouts go on: what they were stopped by. A campaign that the brake paused is resumed by itself.

    Conflict: nothing stops them.
    """
    with ctx.transaction() as session:
        _held(ctx, session, campaign, "prizes.resume", by=by)
        found = store.held(session, campaign)
        if found is None:
            raise Conflict(
                f"Nothing stops the payouts of {campaign}. `opsflow prizes status {campaign}` shows what they wait for."
            )
        store.set_hold(session, campaign, None)
        data = {"was": found.hold.value, "since": found.at}
        now = ctx.clock.now()
        write(session, at=now, actor=by, action="payouts.resumed", campaign=campaign, object=campaign, data=data)
    return found


def _stop(
    ctx: Context, session: Session, campaign: CampaignKey, hold: Hold, verb: str, *, by: PersonKey, reason: str
) -> None:
    found, now = _held(ctx, session, campaign, verb, by=by), ctx.clock.now()
    before = store.held(session, campaign)
    if before is not None and (before.hold is hold or hold is Hold.PAUSED):
        raise Conflict(f"The payouts of {campaign} are {before.hold} already, by {before.by}: {before.because}")
    fund(session, found.file, now=now)  # the brake works before anybody has won
    store.set_hold(session, campaign, Held(hold, by, now, reason))
    data = {"reason": reason}
    write(session, at=now, actor=by, action=f"payouts.{hold}", campaign=campaign, object=campaign, data=data)


def _held(ctx: Context, session: Session, campaign: CampaignKey, verb: str, *, by: PersonKey) -> Campaign:
    hold_campaign(session, campaign)
    found = load_campaign(session, campaign)
    check(ctx, found, verb, f"the payouts of {campaign} are for others to stop or let go", by=by)
    return found
