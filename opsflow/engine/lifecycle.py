"""Pausing a campaign, letting it go on, and ending it for good; each once, for a reason, told to everybody it concerns."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from opsflow.approvals.model import ApprovalStatus
from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign, move_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.ending import end
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import Notices
from opsflow.engine.overview import Waiting, overview_of
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.steering import check_steers
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.model import Notice
from opsflow.outbox.rules import hours_of
from opsflow.outbox.store import drop_of_campaign, enqueue_all
from opsflow.stages.model import FINAL, StageStatus
from opsflow.stages.store import guard_stage

OVER = "the campaign is cancelled"


@dataclass(frozen=True)
class Resumed:
    """A campaign that goes on, and what has become late meanwhile."""

    campaign: Campaign
    late: tuple[Waiting, ...]


def pause(ctx: Context, campaign: CampaignKey, *, by: PersonKey, reason: Text) -> None:
    """Nothing opens, nothing is reminded of, and nobody is told anything until the campaign is resumed.

    Deadlines stand, and what people do meanwhile counts. Only what is urgent (incidents) still goes out. Conflict: it is
    paused already, or over. Refused: not theirs.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        snapshot = _held(ctx, session, campaign)
        check_steers(ctx, snapshot, "campaign.pause", by=by)
        _move(session, snapshot.campaign, CampaignStatus.PAUSED, was=CampaignStatus.ACTIVE)
        _put_on_record(session, snapshot, "campaign.paused", by=by, data={"reason": reason})
        notices = Notices(snapshot.campaign, snapshot.sop)
        told = {"by_name": notices.name(by), "reason": reason}
        # The moment is part of the key: a campaign may be paused again, and that is told again.
        moment = int(now.timestamp())
        made = [notices.make("campaign_paused", person, moment, data=told) for person in _concerned(snapshot, notices)]
        enqueue_all(session, [*made, *notices.announced("campaign_paused", moment, data=told)], now=now)


def resume(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> Resumed:
    """Let it go on; every stage looks at once at what it missed. Conflict: it is not paused. Refused: not theirs."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        snapshot = _held(ctx, session, campaign)
        check_steers(ctx, snapshot, "campaign.resume", by=by)
        _move(session, snapshot.campaign, CampaignStatus.ACTIVE, was=CampaignStatus.PAUSED)
        _put_on_record(session, snapshot, "campaign.resumed", by=by, data={})
        # A run that was under way when it was paused has taken its wakes with it.
        add_wakes(session, campaign, [(stage.name, now) for stage in snapshot.stages if stage.status not in FINAL])
        enqueue_all(session, list(_resumed(snapshot, by)), now=now)
    return Resumed(snapshot.campaign, overview_of(snapshot).late)


def _resumed(snapshot: Snapshot, by: PersonKey) -> Iterator[Notice]:
    """Everybody hears that it goes on, and which of their tasks are late."""
    notices = Notices(snapshot.campaign, snapshot.sop)
    late: dict[PersonKey, list[Value]] = {}
    for task in snapshot.tasks:
        if task.opened_at is not None and not task.finished and task.due < snapshot.now and not task.repeats:
            late.setdefault(task.owner, []).append({"code": task.code, "task": task.title, "due": task.due})
    for person in _concerned(snapshot, notices):
        data: dict[str, Value] = {"by_name": notices.name(by), "tasks": late.get(person, [])}
        yield notices.make("campaign_resumed", person, int(snapshot.now.timestamp()), data=data)
    told: dict[str, Value] = {"by_name": notices.name(by), "tasks": []}
    yield from notices.announced("campaign_resumed", int(snapshot.now.timestamp()), data=told)


def cancel(ctx: Context, campaign: CampaignKey, *, by: PersonKey, reason: Text) -> None:
    """End a campaign for good, before its launch or while it is live: open work is cancelled, everybody is told once.

    For whoever decides go-live. Conflict: it is over already. Refused: not theirs.
    """
    with ctx.transaction() as session:
        snapshot = _held(ctx, session, campaign)
        check_steers(ctx, snapshot, "campaign.cancel", by=by)
        _move(session, snapshot.campaign, CampaignStatus.CANCELLED, was=snapshot.campaign.status)
        end(session, snapshot, to=StageStatus.CANCELLED, reason=reason)
        for stage in snapshot.stages:
            if stage.status not in FINAL:
                guard_stage(session, stage)  # a run that was about to open something keeps nothing
        drop_of_campaign(session, campaign, reason=OVER)
        live = snapshot.was_launched and snapshot.campaign.launch <= snapshot.now < snapshot.campaign.ends
        _put_on_record(session, snapshot, "campaign.cancelled", by=by, data={"reason": reason, "live": live})
        notices = Notices(snapshot.campaign, snapshot.sop)
        told: dict[str, Value] = {"by_name": notices.name(by), "reason": reason, "live": live}
        people = dict.fromkeys([*_concerned(snapshot, notices), *(task.owner for task in snapshot.tasks)])
        # Pages and spending run on while nobody knows: of a campaign that is live people hear as of an incident.
        hours = hours_of(snapshot.policy.off_hours) if live else None
        made = [notices.make("campaign_cancelled", person, data=told, urgent=live) for person in people]
        announced = notices.announced("campaign_cancelled", data=told)
        enqueue_all(session, [*(replace(notice, hours=hours) for notice in made), *announced], now=snapshot.now)


def _held(ctx: Context, session: Session, campaign: CampaignKey) -> Snapshot:
    """The campaign as it is, for this transaction alone."""
    load_campaign(session, campaign)
    hold_campaign(session, campaign)
    session.expire_all()
    return load_snapshot(ctx, session, campaign, Stage.EXECUTION)


def _move(session: Session, campaign: Campaign, to: CampaignStatus, *, was: CampaignStatus) -> None:
    possible = was in (CampaignStatus.ACTIVE, CampaignStatus.PAUSED)
    if not possible or not move_campaign(session, campaign.key, to, was=was):
        raise Conflict(f"{campaign.key} is {campaign.status}: it cannot become {to}.")


def _put_on_record(session: Session, snapshot: Snapshot, action: str, *, by: PersonKey, data: dict[str, Value]) -> None:
    key = snapshot.campaign.key
    write(session, at=snapshot.now, actor=by, action=action, campaign=key, object=key, data=data)


def _concerned(snapshot: Snapshot, notices: Notices) -> list[PersonKey]:
    """Who steers the campaign, and everybody who still has something to do in it."""
    people = notices.holders(Role.LEADER, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST)
    people += [task.owner for task in snapshot.tasks if not task.finished]
    people += [
        person for each in snapshot.approvals if each.status is ApprovalStatus.OPEN for person in each.waiting_for
    ]
    return list(dict.fromkeys(people))
