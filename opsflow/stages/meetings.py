"""Holding meetings, answering opinions, and deciding go-live."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from opsflow.campaigns.permissions import Tie, check_person
from opsflow.campaigns.service import check, propose_change
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes, load_campaign
from opsflow.campaigns.team import go_live_decider, role_holders, stand_in
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.sop.changes.model import NewProposal, Source
from opsflow.sop.changes.service import said_key
from opsflow.sop.files import load_sop
from opsflow.sop.model import Meeting, Sop, TaskKind
from opsflow.stages import store
from opsflow.stages.model import GO_LIVE_MEETING, Held, Minute, MinuteKind, Outcome, Task
from opsflow.stages.permissions import OTHER_DOORS, check_open
from opsflow.stages.service import check_task, finish

OPINIONS_FROM_ALL = frozenset({"initial_planning", "coordination"})
"""Every attendee's opinion, or "none", is part of these meetings' gate."""
OWNED = frozenset({MinuteKind.QUESTION, MinuteKind.LESSON})
"""Nothing of this kind is written down without an owner and a date."""


class WindowOver(Refused):
    """A campaign that was held too long cannot go live any more."""

    def __init__(self, campaign: Campaign) -> None:
        ended = f"{campaign.ends.astimezone(campaign.zone):%Y-%m-%d %H:%M}"
        super().__init__(
            f"{campaign.key} was to be live until {ended}, and that is past: it cannot go live any more. "
            f"`opsflow replan {campaign.key} --launch DAY` launches it on another day, `opsflow campaign cancel {campaign.key}` "
            "ends it."
        )


def record_meeting(
    ctx: Context,
    campaign: CampaignKey,
    meeting: str,
    *,
    by: PersonKey,
    attendees: Sequence[PersonKey],
    minutes: Sequence[Minute],
    outcome: Outcome | None = None,
) -> None:
    """Record that a meeting was held, with what was said; its task is done by it.

    NotFound: no such meeting at this level. Conflict: its task is not open. Refused: not theirs to record. BadInput: an
    opinion, an owner, a date or the outcome is missing (all that is missing is named).
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        sop = load_sop(ctx.settings.template_folders, held.sop_name, held.sop_version)
        spec = _spec(sop, held, meeting)
        task = store.task(session, campaign, spec.task or TaskCode(meeting))
        check_task(ctx, "meeting.record", held, task, by=by)
        if task.kind is not TaskKind.MEETING:  # its minutes must not be a way past who decides it (F43)
            raise Refused(f"Meeting {meeting} of {campaign} is not recorded by hand: {OTHER_DOORS[task.kind]}.")
        check_open(task, campaign)
        for person in attendees:
            check_person(held.organisation, person)
        _check_minutes(spec, attendees, minutes, outcome)
        written = held.level in spec.written_levels
        record = Held(
            spec.id, task.stage, "writing" if written else "meeting", now, by, outcome, tuple(attendees), tuple(minutes)
        )
        store.insert_meeting(session, campaign, record)
        data = {"outcome": outcome, "attendees": list(attendees), "minutes": len(minutes), "title": spec.title}
        write(session, at=now, actor=by, action="meeting.held", campaign=campaign, object=spec.id, data=data)
        _assign_questions(session, held, spec, minutes, now=now)
        if spec.stage is Stage.REVIEW:
            _propose_lessons(session, held, spec, minutes, by=by, now=now)
        finish(session, held, task, by=by, now=now, evidence=spec.id)


def _assign_questions(
    session: Session, campaign: Campaign, spec: Meeting, minutes: Sequence[Minute], *, now: datetime
) -> None:
    """Whoever takes an open question home is told of it."""
    notices = [
        Notice(
            key=key("question_assigned", campaign.key, spec.id, place, minute.owner),
            person=minute.owner,
            template="question_assigned",
            data={"campaign_title": campaign.title, "question": minute.text, "due": minute.due},
            campaign=campaign.key,
        )
        for place, minute in enumerate(minutes)
        if minute.kind is MinuteKind.QUESTION and minute.owner is not None
    ]
    enqueue_all(session, notices, now=now)


def _propose_lessons(
    session: Session, campaign: Campaign, spec: Meeting, minutes: Sequence[Minute], *, by: PersonKey, now: datetime
) -> None:
    """Each lesson is a proposal to the SOP, without a change as yet; the causes that were found are its evidence."""
    causes = tuple(minute.text for minute in minutes if minute.kind is MinuteKind.CAUSE)
    said = Text(f"Lesson of the {spec.title.en}", f"{spec.title.zh}的经验教训")
    for minute in minutes:
        if minute.kind is MinuteKind.LESSON:
            name = said_key(Source.LESSON, campaign.key, "lesson", minute.text)
            sop, version, author = campaign.sop_name, campaign.sop_version, minute.owner or by
            evidence = (said, *causes)
            made = NewProposal(name, sop, version, Source.LESSON, minute.text, author, evidence, campaign.key)
            propose_change(session, campaign, made, now=now)


def _spec(sop: Sop, campaign: Campaign, meeting: str) -> Meeting:
    here = [spec for spec in sop.meetings if campaign.level in spec.levels and spec.task is not None]
    for spec in here:
        if spec.id == meeting and spec.task is not None:
            return spec
    names = ", ".join(spec.id for spec in here)
    raise NotFound(f"Level {campaign.level} holds no meeting {meeting}. Its meetings: {names}.")


def _check_minutes(
    spec: Meeting, attendees: Sequence[PersonKey], minutes: Sequence[Minute], outcome: Outcome | None
) -> None:
    problems = []
    if not attendees:
        problems.append("nobody attended")
    if spec.id in OPINIONS_FROM_ALL:
        heard = {minute.person for minute in minutes if minute.kind is MinuteKind.OPINION}
        silent = [person for person in attendees if person not in heard]
        if silent:
            problems.append(f'no opinion (or "none") of {", ".join(silent)}')
    problems += [
        f'no owner or date for the {minute.kind} "{minute.text.en}"'
        for minute in minutes
        if minute.kind in OWNED and (minute.owner is None or minute.due is None)
    ]
    if spec.stage is Stage.DECISION and outcome not in (Outcome.GO, Outcome.REVISE, Outcome.STOP):
        problems.append("no outcome (go, revise or stop)")
    if problems:
        raise BadInput(f"The minutes of {spec.id} are not complete: {'; '.join(problems)}.")


def answer_opinions(
    ctx: Context,
    campaign: CampaignKey,
    meeting: str,
    *,
    by: PersonKey,
    answers: Mapping[int, tuple[bool, Text | None]],
) -> None:
    """Say what became of opinions (their place in the minutes -> taken or not, and why); for those who draft."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        drafters = {task.owner for task in store.tasks(session, campaign) if _drafts(task)}
        ties = {Tie.DRAFTER} if by in drafters else set()
        check(ctx, held, "opinion.answer", f"those of {meeting} in {campaign} are for the next draft", by=by, ties=ties)
        for position, (taken, reply) in sorted(answers.items()):
            if not taken and reply is None:
                raise BadInput(f"Opinion {position} of {meeting} is not taken up: say why.")
            if not store.answer_opinion(session, campaign, meeting, position, taken=taken, reply=reply):
                raise NotFound(f"The minutes of {meeting} have no opinion at place {position}.")
        data = {"taken": sum(taken for taken, _ in answers.values()), "of": len(answers)}
        write(session, at=now, actor=by, action="opinions.answered", campaign=campaign, object=meeting, data=data)


def answer_question(
    ctx: Context, campaign: CampaignKey, meeting: str, position: int, *, by: PersonKey, answer: Text
) -> None:
    """Close an open question of a meeting; for the one who took it home, and for the campaign manager.

    NotFound: no such question. Refused: somebody else's. Conflict: answered already.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        record = next((each for each in store.meetings(session, campaign) if each.id == meeting), None)
        minute = record.minutes[position] if record and 0 <= position < len(record.minutes) else None
        if minute is None or minute.kind is not MinuteKind.QUESTION:
            raise NotFound(f"The minutes of {meeting} have no question at place {position}.")
        ties = {Tie.ASKED} if by == minute.owner else set()
        check(ctx, held, "question.answer", f"this one of {meeting} is {minute.owner}'s", by=by, ties=ties)
        if minute.reply is not None:
            raise Conflict(f"The question at place {position} of {meeting} has been answered already.")
        store.answer_question(session, campaign, meeting, position, answer=answer)
        data: dict[str, Value] = {"title": minute.text, "answer": answer}
        write(session, at=now, actor=by, action="question.answered", campaign=campaign, object=meeting, data=data)


def _drafts(task: Task) -> bool:
    return task.kind is TaskKind.WORK and task.stage in (Stage.COORDINATION, Stage.DECISION)


def decide_go_live(ctx: Context, campaign: CampaignKey, *, by: PersonKey, go: bool, reason: Text | None = None) -> None:
    """Let the campaign go live, or hold it. Go-live is decided by the sponsor where the level has one (S, A).

    Refused: not theirs, or its live window is over. Conflict: the go-live check is not open. BadInput: a hold without a
    reason.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        task = _go_live_task(store.tasks(session, campaign), campaign)
        _check_decider(ctx, held, by=by, now=now)
        check_open(task, campaign)
        if go and now >= held.ends:
            raise WindowOver(held)
        if not go and reason is None:
            raise BadInput(f"Holding {campaign} needs a reason: people have to know what is missing.")
        data = {"go": go, "reason": reason}
        write(session, at=now, actor=by, action="go_live.decided", campaign=campaign, object=task.code, data=data)
        minute = Minute(MinuteKind.DECISION, reason or Text("Go.", "放行。"), person=by)
        outcome = Outcome.GO if go else Outcome.HOLD
        record = Held(GO_LIVE_MEETING, task.stage, "meeting", now, by, outcome, (task.owner, by), (minute,))
        store.insert_meeting(session, campaign, record)
        _tell_go_live(session, held, go=go, by=by, reason=reason, now=now)
        if go:
            finish(session, held, task, by=by, now=now, evidence=GO_LIVE_MEETING, note=minute.text)
        else:
            add_wakes(session, campaign, [(task.stage, now)])


def _tell_go_live(
    session: Session, campaign: Campaign, *, go: bool, by: PersonKey, reason: Text | None, now: datetime
) -> None:
    holders = role_holders(campaign.file, campaign.organisation)
    people = [holders.get(role) for role in (Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST, Role.EXECUTOR)]
    data: dict[str, Value] = {
        "campaign_title": campaign.title,
        "verdict": Text("go", "放行") if go else Text("hold", "暂缓"),
        "by_name": campaign.organisation.people[by].name,
    }
    if reason is not None:
        data["reason"] = reason
    notices = [
        Notice(
            key=key("go_live_decided", campaign.key, int(now.timestamp()), person),
            person=person,
            template="go_live_decided",
            data=data,
            urgent=True,
            campaign=campaign.key,
        )
        for person in dict.fromkeys(people)
        if person is not None
    ]
    enqueue_all(session, notices, now=now)


def _go_live_task(tasks: Sequence[Task], campaign: CampaignKey) -> Task:
    for task in tasks:
        if task.kind is TaskKind.GO_LIVE:
            return task
    raise NotFound(f"Campaign {campaign} has no go-live check.")


def _check_decider(ctx: Context, campaign: Campaign, *, by: PersonKey, now: datetime) -> None:
    sop = load_sop(ctx.settings.template_folders, campaign.sop_name, campaign.sop_version)
    decider = go_live_decider(sop.levels[campaign.level], campaign.file, campaign.organisation)
    if decider is None:
        raise Refused(f"Nobody is named who decides go-live of {campaign.key}; fill the role in org.yaml.")
    acting = stand_in(decider, local_date(now, campaign.zone), campaign.organisation)
    ties = {Tie.DECIDER} if by in (decider, acting.person) else set()
    what = f"that of {campaign.key} is decided by {acting.person}"
    check(ctx, campaign, "go-live.decide", what, by=by, ties=ties)
