"""The scheduled asking of participants: surveys open and close on time, letters go out; one campaign's trouble is its own."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.campaigns.store import active_campaigns
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.db.ticks import record_tick
from opsflow.feedback.collecting import store
from opsflow.feedback.collecting.service import next_letter, send_due, tell_waiting
from opsflow.feedback.surveys.model import closes_at, opens_at
from opsflow.feedback.surveys.service import close_due, invite, links_for, open_due, survey_of
from opsflow.feedback.surveys.store import opened, unasked
from opsflow.kernel.errors import OpsflowError
from opsflow.kernel.terms import CampaignKey
from opsflow.outbox.links import public_url
from opsflow.prizes.payouts.holds.store import held as stopped
from opsflow.prizes.payouts.model import Hold
from opsflow.stages.store import went_live

SWEEP = "feedback_collection"
LONGEST = timedelta(minutes=5)
"""So long a run hands letters over, shared out among the surveys that are open: the next one goes on."""


@dataclass(slots=True)
class Collected:
    """What a run did."""

    campaigns: int = 0
    opened: int = 0
    closed: int = 0
    invited: int = 0
    letters: Counter[str] = field(default_factory=Counter)
    """Taken by the mail server, by step."""
    waiting: int = 0
    """Letters that somebody has to send."""
    failures: dict[CampaignKey, str] = field(default_factory=dict)
    """Campaigns in which it could not go on, and why."""


def collect(ctx: Context) -> Collected:
    """Open and close the surveys whose time has come, ask whoever was not asked yet, write the letters that are due.

    A late, doubled or missed run changes nothing of the result. Nobody is written to while their campaign is paused or the
    brake of its payouts is on.
    """
    now, done = ctx.clock.now(), Collected()
    with ctx.transaction() as session:
        record_tick(session, SWEEP, at=now)
        active = active_campaigns(session)
        asking = store.asking(session)
    done.campaigns = len(active)
    for campaign in sorted({*active, *asking}):
        try:
            done.closed += close_due(ctx, campaign)
            if campaign in active:
                _ask(ctx, campaign, done, longest=LONGEST / max(len(asking), 1))
        except OpsflowError as error:
            done.failures[campaign] = str(error)
    return done


def next_collection(ctx: Context, session: Session, held: Campaign) -> datetime | None:
    """When a run next has something to do in a campaign; None: nothing is waited for. Not later than in truth."""
    now, survey = ctx.clock.now(), opened(session, held.key)
    if held.status is not CampaignStatus.ACTIVE:
        return None
    if survey is None:
        due = held.file.feedback is not None and now < closes_at(held.file)
        return opens_at(held.file) if due and (now < held.launch or went_live(session, held.key)) else None
    if survey.closed_at is not None:
        return None
    if not survey.takes_answers(now) or unasked(session, held.key, consenting=now >= held.ends, most=1):
        return now
    writes = _lacks(ctx) is None and not _is_braked(session, held.key)
    letter = next_letter(session, held, now=now) if writes else None
    return survey.closes_at if letter is None else min(letter, survey.closes_at)


def _ask(ctx: Context, campaign: CampaignKey, done: Collected, *, longest: timedelta) -> None:
    done.opened += open_due(ctx, campaign)
    done.invited += invite(ctx, campaign)
    survey = survey_of(ctx, campaign)
    if survey is None or survey.closed_at is not None:
        return
    with ctx.reading() as session:
        if _is_braked(session, campaign):
            return
    lacks = _lacks(ctx)
    if lacks is not None:
        done.waiting += tell_waiting(ctx, campaign, lacks=lacks)
    else:
        until = ctx.clock.now() + longest
        done.letters += send_due(ctx, campaign, link=links_for(ctx.settings, survey), until=until)


def _lacks(ctx: Context) -> str | None:
    """What letters cannot be sent without here: a `mail` server, or the `address` of our pages; None: nothing."""
    if ctx.mail is None:
        return "mail"
    return "address" if public_url(ctx.settings) is None else None


def _is_braked(session: Session, campaign: CampaignKey) -> bool:
    found = stopped(session, campaign)
    return found is not None and found.hold is Hold.BRAKED
