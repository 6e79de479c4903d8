"""Somebody leaves, or is gone for long: everything of theirs goes to whoever takes over, in one step (F47, F48, F49)."""

from dataclasses import dataclass, replace

from opsflow.approvals import store as approvals
from opsflow.approvals.model import Approval, ApprovalStatus, Seat
from opsflow.campaigns.permissions import Tie, check_person
from opsflow.campaigns.service import check
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import active_campaigns, add_wakes, hold_campaign, load_campaign, set_organisation
from opsflow.campaigns.succession import duties, taken_over
from opsflow.campaigns.team import Holder, role_holders, seated
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.apply_absences import HandingEffects
from opsflow.engine.effects import MoveSeat
from opsflow.engine.handing import VOTED
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import Notices, joined
from opsflow.engine.rungs import point_rungs, set_score_rungs, set_task_rungs
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.work import Work
from opsflow.incidents.service import point_anew
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict, NotFound, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.matters import Facts, close_matter, open_matter, raise_matter
from opsflow.outbox.store import enqueue_all
from opsflow.selfcheck import store as selfcheck
from opsflow.selfcheck.model import Round
from opsflow.selfcheck.service import scores_matter
from opsflow.sop.model import TaskKind
from opsflow.stages import store
from opsflow.stages.changes import store as changes
from opsflow.stages.model import FINAL, MinuteKind, Task, TaskStatus, base_code
from opsflow.stages.service import task_matter


@dataclass(frozen=True)
class Handover:
    """What of one campaign passes from one person to another."""

    campaign: CampaignKey
    title: Text
    roles: tuple[str, ...]
    tasks: tuple[Task, ...]
    """Open and to come."""
    votes: tuple[tuple[Approval, Seat, Holder], ...]
    """Seats that have not voted, and who sits there then: whoever wrote what is voted on never does."""
    scoring: Round | None
    """The open round of the self-check, if scores are still wanted."""
    questions: int
    """Of meetings, unanswered."""
    stays: tuple[str, ...]
    """What cannot pass, and why."""

    @property
    def empty(self) -> bool:
        """Nothing passes, and nothing is left."""
        return not (self.roles or self.tasks or self.votes or self.scoring or self.questions or self.stays)


def hand_over(
    ctx: Context,
    was: PersonKey,
    to: PersonKey,
    *,
    by: PersonKey,
    campaign: CampaignKey | None = None,
    dry_run: bool = False,
) -> tuple[Handover, ...]:
    """Give one person's tasks, votes, scores, questions and roles to another, in one campaign or in all under way.

    Both are told what is what. `dry_run`: nothing passes, the answer says what would. NotFound: no such campaign, or
    nobody of any is that. NotAllowed: not theirs. Refused: nobody we know, away, or campaign manager and coordination
    post would be one person. Conflict: the campaign is over, or both are one person.
    """
    if was == to:
        raise Conflict(f"{was} has what is {was}'s already: name two people.")
    with ctx.transaction() as session:
        keys = active_campaigns(session) if campaign is None else (campaign,)
        known = [key for key in keys if campaign or was in load_campaign(session, key).organisation.people]
        if not known:
            raise NotFound(f"{was} is nobody in any campaign under way; people are listed in org.yaml.")
        found = [_in_campaign(ctx, session, key, was, to, by=by, dry_run=dry_run) for key in known]
    return tuple(each for each in found if not each.empty)


def _in_campaign(
    ctx: Context, session: Session, key: CampaignKey, was: PersonKey, to: PersonKey, *, by: PersonKey, dry_run: bool
) -> Handover:
    hold_campaign(session, key)
    # Votes and scores that are given at this moment are in before the rest is read, or come after and are refused.
    for each in approvals.of_campaign(session, key):
        approvals.lock_open(session, each.id)
    selfcheck.lock_rounds(session, key)
    session.expire_all()
    snapshot = load_snapshot(ctx, session, key, Stage.EXECUTION)
    _check(ctx, snapshot, was, to, by=by)
    organisation = taken_over(snapshot.campaign.organisation, was, to)
    after = replace(snapshot, campaign=replace(snapshot.campaign, organisation=organisation))
    what = _what(snapshot, after, was, to)
    if not (dry_run or what.empty):
        set_organisation(session, key, organisation)
        _do(Work(ctx, session, after), what, was, to)
        _tell(session, after, what, was, to, by=by)
    return what


def _check(ctx: Context, snapshot: Snapshot, was: PersonKey, to: PersonKey, *, by: PersonKey) -> None:
    campaign, organisation = snapshot.campaign, snapshot.campaign.organisation
    for person in (was, to):
        check_person(organisation, person)
    department = organisation.departments.get(organisation.people[was].department)
    ties = {Tie.SELF} if by == was else set()
    ties |= {Tie.HEAD} if department and by in (department.head, department.deputy) else set()
    check(ctx, campaign, "handover", f"this is {was}'s in {campaign.key}", by=by, ties=ties)
    if campaign.status is not CampaignStatus.ACTIVE:
        raise Conflict(f"Campaign {campaign.key} is {campaign.status}: nothing in it is anybody's any more.")
    day = local_date(snapshot.now, campaign.zone)
    if organisation.people[to].is_absent(day):
        raise Refused(f"{to} is away on {day}; name somebody who is there.")
    holders = role_holders(campaign.file, taken_over(organisation, was, to))
    post = holders.get(Role.COORDINATION_POST)
    if post is not None and post == holders.get(Role.CAMPAIGN_MANAGER):
        raise Refused(
            f"{to} would be campaign manager and coordination post of {campaign.key} at once: nobody supervises their own "
            "campaign. Name somebody else, or hand one of the two to another person first."
        )


def _what(snapshot: Snapshot, after: Snapshot, was: PersonKey, to: PersonKey) -> Handover:
    campaign = snapshot.campaign
    votes, stuck = _votes(after, was)
    scoring = next((each for each in snapshot.rounds[-1:] if each.closed_at is None and was in each.waiting_for), None)
    stays = [f"the vote on {each.id}: nobody who did not write it is there" for each in stuck]
    if scoring is not None and not _may_score(after, scoring, was, to):
        stays.append(f"the scores of round {scoring.number}: {to} scores already, or wrote what is scored")
        scoring = None
    asked = [minute for held in snapshot.meetings for minute in held.minutes if minute.kind is MinuteKind.QUESTION]
    return Handover(
        campaign=campaign.key,
        title=campaign.title,
        roles=duties(campaign.file, campaign.organisation, was),
        tasks=tuple(task for task in snapshot.tasks if task.owner == was and not task.finished),
        votes=tuple(votes),
        scoring=scoring,
        questions=sum(minute.owner == was and minute.reply is None for minute in asked),
        stays=tuple(stays),
    )


def _votes(after: Snapshot, was: PersonKey) -> tuple[list[tuple[Approval, Seat, Holder]], list[Approval]]:
    """The seats that pass, and the requests whose seat nobody may take (F43: never who wrote it)."""
    campaign, day = after.campaign, local_date(after.now, after.campaign.zone)
    found, stuck = [], []
    for approval in after.approvals:
        for seat in approval.seats if approval.status is ApprovalStatus.OPEN else ():
            if seat.person != was or seat.verdict is not None:
                continue
            authors = frozenset({approval.author})
            holder = seated(seat.seat, day, authors=authors, file=campaign.file, organisation=campaign.organisation)
            if holder is None or holder.person in (was, approval.author):
                stuck.append(approval)
            else:
                found.append((approval, seat, holder))
    return found, stuck


def _may_score(after: Snapshot, current: Round, was: PersonKey, to: PersonKey) -> bool:
    holders = role_holders(after.campaign.file, after.campaign.organisation)
    wrote_all = {holders.get(role) for role in (Role.PLANNER, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST)}
    written = {
        code for module in after.sop.self_check if module.id in current.reviewers[was] for code in module.written_in
    }
    authors = {to if task.owner == was else task.owner for task in after.tasks if base_code(task.code) in written}
    return to not in current.reviewers and to not in authors | wrote_all


def _do(work: Work, what: Handover, was: PersonKey, to: PersonKey) -> None:
    session, key, snapshot = work.session, what.campaign, work.snapshot
    for task in what.tasks:
        _give(session, snapshot, task, to)
    changes.replace_approver(session, key, snapshot.tasks, was=was, to=to)
    handing = HandingEffects(work)
    for approval, seat, holder in what.votes:
        handing.move_seat(MoveSeat(approval.id, seat.seat, holder.person, holder.deputy_for))
    if what.scoring is not None:
        _score(session, snapshot, what.scoring, was, to)
    changes.pass_questions(session, key, was=was, to=to)
    point_rungs(session, snapshot)
    point_anew(work.ctx, session, snapshot.campaign)
    running = [stage for stage in snapshot.stages if stage.status not in FINAL]
    for stage in running:
        store.guard_stage(session, stage)  # a run that has read the former owner begins anew
    add_wakes(session, key, [(stage.name, max(snapshot.now, stage.opens or snapshot.now)) for stage in running])


def _give(session: Session, snapshot: Snapshot, task: Task, to: PersonKey) -> None:
    store.hand_over(session, snapshot.campaign.key, task.code, owner=to, deputy_for=None)
    if task.status is TaskStatus.OPEN:  # what has not opened has no reminders, and nobody was told of it
        owner = snapshot.campaign.organisation.people[to].name
        said: Facts = {"what": "handed_over", "owner_name": owner}
        raise_matter(session, task_matter(snapshot.campaign.key, task.code), facts=said)
        if task.kind not in VOTED:
            set_task_rungs(session, snapshot, replace(task, owner=to, deputy_for=None))


def _score(session: Session, snapshot: Snapshot, current: Round, was: PersonKey, to: PersonKey) -> None:
    key, number = snapshot.campaign.key, current.number
    modules = current.reviewers[was]
    reviewers = {to if person == was else person: each for person, each in current.reviewers.items()}
    selfcheck.set_reviewers(session, key, number, reviewers)
    owner = snapshot.campaign.organisation.people[to].name
    said: Facts = {"what": "handed_over", "owner_name": owner, "at": snapshot.now}
    close_matter(session, scores_matter(key, number, was), facts=said)
    open_matter(session, scores_matter(key, number, to))
    task = next(task for task in snapshot.tasks if task.kind is TaskKind.SELF_CHECK)
    set_score_rungs(session, snapshot, task, number=number, reviewers=(to,), due=current.due, begun=current.opened_at)
    notices = Notices(snapshot.campaign, snapshot.sop)
    wanted = notices.scores_wanted(
        to, number=number, modules=modules, due=current.due, begun=current.opened_at, now=snapshot.now
    )
    enqueue_all(session, [wanted], now=snapshot.now)


def _tell(session: Session, after: Snapshot, what: Handover, was: PersonKey, to: PersonKey, *, by: PersonKey) -> None:
    notices, key = Notices(after.campaign, after.sop), what.campaign
    data: dict[str, Value] = {
        "was_name": notices.name(was),
        "to_name": notices.name(to),
        "by_name": notices.name(by),
        "count": len(what.tasks),
        "tasks": joined(task.title for task in what.tasks),
        "votes": len(what.votes),
        "roles": ", ".join(what.roles),
    }
    at = int(after.now.timestamp())
    told = [notices.make("handover", person, was, to, at, data={**data, "yours": person == to}) for person in (was, to)]
    enqueue_all(session, told, now=after.now)
    entry: dict[str, Value] = {
        "title": after.campaign.organisation.people[was].name,
        "to": to,
        "tasks": [task.code for task in what.tasks],
        "votes": [approval.id for approval, _, _ in what.votes],
        "roles": list(what.roles),
    }
    write(session, at=after.now, actor=by, action="person.handed_over", campaign=key, object=was, data=entry)
