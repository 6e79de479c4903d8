"""Planning a campaign under way anew: first what would move and whom it hits, then all of it in one transaction."""

from dataclasses import replace
from datetime import datetime

from opsflow.approvals.model import Approval
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.livetimes import window_of
from opsflow.campaigns.state import Campaign, CampaignStatus, PlanMoved
from opsflow.campaigns.store import all_campaigns, hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.decide import reopened
from opsflow.engine.load import load_snapshot
from opsflow.engine.moving import take
from opsflow.engine.replanning.anew import Replanned, anew
from opsflow.engine.replanning.change import Change
from opsflow.engine.replanning.preview import Hit, MeetingMove, Preview, TaskMove
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.steering import check_change
from opsflow.engine.subjects import subject_title
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.stages.model import FINAL, StageStatus, StaleStage

UNDER_WAY = (CampaignStatus.ACTIVE, CampaignStatus.PAUSED)
TRIES = 3
"""A run that moved a stage meanwhile is read again; more often than that somebody has to look."""


class LaunchDoesNotHold(Refused):
    """The rest cannot be done before the launch."""

    def __init__(self, campaign: Campaign, found: Replanned) -> None:
        short = found.short
        assert short is not None
        super().__init__(
            f"The plan of {campaign.key} is not changed: the launch on {local_date(found.launch, campaign.zone)} does not "
            f"hold, it is short by {short.by} working day{'' if short.by == 1 else 's'}. "
            f"{' '.join(change.en for change in short.changes)}"
        )


def preview(
    ctx: Context, campaign: CampaignKey, change: Change, *, organisation: Organisation | None = None
) -> Preview:
    """What a change would move. `organisation`: the workspace's, whose calendars count from now on.

    NotFound: no such campaign or task. Conflict: the campaign is over, or what is to move is past or done. BadInput,
    Refused: the change makes no sense.
    """
    with ctx.reading() as session:
        snapshot = load_snapshot(ctx, session, campaign, Stage.EXECUTION)
        return _preview(session, snapshot, change, organisation)


def replan(
    ctx: Context,
    campaign: CampaignKey,
    change: Change,
    *,
    by: PersonKey,
    revision: int,
    reason: Text | None = None,
    organisation: Organisation | None = None,
) -> Preview:
    """Do what a preview has shown. `revision`: of the plan that was shown.

    PlanMoved: somebody planned it anew meanwhile. LaunchDoesNotHold: the rest does not fit. Refused: not theirs to
    decide, or nothing moves.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _once(ctx, campaign, change, by=by, revision=revision, reason=reason, organisation=organisation)
        except StaleStage:
            if attempt == TRIES:
                raise
    raise AssertionError("The last attempt has returned or raised.")


def _once(
    ctx: Context,
    campaign: CampaignKey,
    change: Change,
    *,
    by: PersonKey,
    revision: int,
    reason: Text | None,
    organisation: Organisation | None,
) -> Preview:
    with ctx.transaction() as session:
        load_campaign(session, campaign)
        hold_campaign(session, campaign)
        session.expire_all()
        snapshot = load_snapshot(ctx, session, campaign, Stage.EXECUTION)
        if snapshot.campaign.plan_revision != revision:
            raise PlanMoved(campaign, revision)
        check_change(ctx, snapshot, change, by=by, reason=reason)
        found = _preview(session, snapshot, change, organisation)
        if found.replanned.short is not None:
            raise LaunchDoesNotHold(snapshot.campaign, found.replanned)
        if found.nothing:
            raise Refused(f"Nothing of {campaign} moves: its plan stays at revision {revision}.")
        take(ctx, session, snapshot, found, by=by, reason=reason)
    return found


def check_under_way(campaign: Campaign) -> None:
    """Refuse what makes no sense for a campaign that is over."""
    if campaign.status not in UNDER_WAY:
        raise Conflict(f"{campaign.key} is {campaign.status}: nothing of it moves any more.")


def _preview(session: Session, snapshot: Snapshot, change: Change, organisation: Organisation | None) -> Preview:
    check_under_way(snapshot.campaign)
    found = anew(snapshot, change, _with_calendars(snapshot.campaign.organisation, organisation))
    moves = _moves(snapshot, found)
    return Preview(
        campaign=snapshot.campaign,
        now=snapshot.now,
        replanned=found,
        moves=moves,
        hits=_hits(moves),
        meetings=tuple(_meetings(snapshot, found)),
        approvals=tuple(_approvals(snapshot, found)),
        overlaps=tuple(_overlaps(session, snapshot.campaign, found)),
    )


def _with_calendars(stored: Organisation, given: Organisation | None) -> Organisation:
    """The campaign's organisation with the published years and house days of the workspace; people stay as stored."""
    if given is None:
        return stored
    return stored.model_copy(update={"days": given.days, "schedules": given.schedules})


def _moves(snapshot: Snapshot, found: Replanned) -> tuple[TaskMove, ...]:
    calendar, zone = working_days(found.organisation), snapshot.campaign.zone

    def ordinal(at: datetime) -> int:
        return calendar.index(local_date(at, zone))

    moves = [TaskMove(was, now, ordinal(now.due) - ordinal(was.due)) for was, now in found.moves]
    return tuple(sorted(moves, key=lambda move: (move.now.start, move.now.due, move.now.code)))


def _hits(moves: tuple[TaskMove, ...]) -> tuple[Hit, ...]:
    people: dict[PersonKey, list[TaskMove]] = {}
    for move in moves:
        for person in dict.fromkeys((move.now.owner, move.was.owner)):
            people.setdefault(person, []).append(move)
    hits = [Hit(person, tuple(listed)) for person, listed in people.items()]
    return tuple(sorted(hits, key=lambda hit: (-abs(hit.days), -len(hit.tasks), hit.person)))


def _meetings(snapshot: Snapshot, found: Replanned) -> list[MeetingMove]:
    titles = {meeting.id: meeting.title for meeting in snapshot.sop.meetings}
    return [
        MeetingMove(was.meeting, titles[was.meeting], was.meeting_at, now.meeting_at, _invited(was.status))
        for was, now in zip(snapshot.stages, found.stages, strict=True)
        if was.meeting and was.meeting_at and now.meeting_at and was.meeting_at != now.meeting_at
    ]


def _invited(status: StageStatus) -> bool:
    return status is StageStatus.RELEASED


def _approvals(snapshot: Snapshot, found: Replanned) -> list[tuple[Approval, Text]]:
    """What the engine asks for again: what was approved of the file that changes, in stages that are not over."""
    after = replace(snapshot, campaign=replace(snapshot.campaign, file=found.file))
    ids = {
        effect.approval
        for stage in snapshot.stages
        if stage.status not in FINAL
        for effect in reopened(replace(after, stage=stage))
    }
    return [(each, subject_title(snapshot, each.subject)) for each in snapshot.approvals if each.id in ids]


def _overlaps(session: Session, campaign: Campaign, found: Replanned) -> list[Text]:
    """Other campaigns under way whose live windows touch days that this one did not live until now."""
    if (found.launch, found.ends) == (campaign.launch, campaign.ends):
        return []
    others = (load_campaign(session, key) for key in all_campaigns(session) if key != campaign.key)
    return [
        _overlap(other)
        for other in others
        if other.status in UNDER_WAY
        and max(other.launch, found.launch) < min(other.ends, found.ends)
        and not max(other.launch, campaign.launch) < min(other.ends, campaign.ends)
    ]


def _overlap(other: Campaign) -> Text:
    window = window_of(other.file)
    title, span = other.title, f"{window.first_day} - {window.last_day}"
    return Text(
        f"It is live at the same time as {title.en} ({other.key}, level {other.level}, {span}).",
        f"与“{title.zh}”（{other.key}，{other.level} 级，{span}）同期进行。",
    )
