"""Meetings, approvals and the self-check, for documents."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from opsflow.approvals.model import Approval, Seat
from opsflow.campaigns.planner import MEETING_AT
from opsflow.documents.model import (
    ApprovalFacts,
    AttendeeFacts,
    MeetingFacts,
    MinuteFacts,
    ModuleFacts,
    ProposalFacts,
    SelfCheckRound,
    TopicFacts,
    VoteFacts,
)
from opsflow.engine.dossier.words import Words
from opsflow.engine.notices import members
from opsflow.engine.subjects import subject_title
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.zoned import instant
from opsflow.selfcheck.model import WEAK_BELOW, Round, evaluate
from opsflow.sop.agenda import topic_minutes, topics_of
from opsflow.sop.changes.model import ProposalStatus, Source
from opsflow.sop.model import AgendaTopic, Meeting, SelfCheckModule
from opsflow.stages.model import Held, Minute, MinuteKind, Task


def meeting_facts(words: Words) -> list[MeetingFacts]:
    """The meetings this level holds, in the order of the SOP."""
    snapshot = words.snapshot
    held = [spec for spec in snapshot.sop.meetings if snapshot.campaign.level in spec.levels and spec.task]
    return [_meeting(words, spec, task) for spec in held if (task := snapshot.task(spec.task))]  # type: ignore[arg-type]


def _meeting(words: Words, spec: Meeting, task: Task) -> MeetingFacts:
    snapshot = words.snapshot
    record = snapshot.held(spec.id)
    written = snapshot.campaign.level in spec.written_levels
    people = record.attendees if record else tuple(members(snapshot, task.stage))
    topics = [_topic(words, topic) for topic in topics_of(spec, written=written)]
    return {
        "id": spec.id,
        "title": words.say(spec.title),
        "stage": task.stage,
        "mode": "writing" if written else "meeting",
        "at": words.local(_planned(words, spec, task) if record else _called(words, spec, task)),
        "held_at": words.maybe_local(record.held_at) if record else None,
        "minutes_total": sum(topic["minutes"] or 0 for topic in topics),
        "topics": topics,
        "attendees": [_attendee(words, person) for person in people],
        "outcome": words.title(words.labels.outcome, record.outcome) if record and record.outcome else None,
        "outcome_id": record.outcome if record else None,
        "minutes": [minute_facts(words, minute) for minute in record.minutes] if record else [],
    }


def _called(words: Words, spec: Meeting, task: Task) -> datetime:
    """When it is going to be held: a stage's meeting at the hour that people are invited to."""
    stage = words.snapshot.other(task.stage)
    return stage.meeting_at if stage.meeting == spec.id and stage.meeting_at else task.start


def _planned(words: Words, spec: Meeting, task: Task) -> datetime:
    """When the plan has it. The hour of its stage does not say: a meeting whose papers are late is called anew there."""
    if words.snapshot.other(task.stage).meeting != spec.id:
        return task.start
    # What has begun keeps its start when somebody names another day for it.
    day = words.day(task.due if task.held_due else task.start)
    return instant(day, MEETING_AT, words.snapshot.campaign.zone)


def _topic(words: Words, topic: AgendaTopic) -> TopicFacts:
    tasks = [task for code in topic.tasks if (task := words.snapshot.task(code))]
    presenters = list(dict.fromkeys(words.person(task.owner) for task in tasks))
    minutes = topic_minutes(topic, words.snapshot.campaign.level)
    return {"minutes": minutes, "title": words.say(topic.title), "presenters": presenters}


def _attendee(words: Words, person: PersonKey) -> AttendeeFacts:
    return {"person": words.person(person), "department": words.department_of(person) or ""}


def minute_facts(words: Words, minute: Minute) -> MinuteFacts:
    """One thing said in a meeting."""
    return {
        "kind": minute.kind.value,
        "person": words.maybe_person(minute.person),
        "department": words.department_of(minute.person),
        "text": words.say(minute.text),
        "owner": words.maybe_person(minute.owner),
        "due": minute.due,
        "task": words.task(minute.task) if minute.task else None,
        "cause": words.title(words.labels.cause, minute.cause) if minute.cause else None,
        "cause_id": minute.cause,
        "taken": minute.taken,
        "reply": words.maybe(minute.reply),
        "proposal": _proposal(words, minute),
    }


def _proposal(words: Words, minute: Minute) -> ProposalFacts | None:
    """What a lesson became: the proposal that says it in the same words."""
    if minute.kind is not MinuteKind.LESSON:
        return None
    same = [each for each in words.snapshot.proposals if each.source is Source.LESSON and each.reason == minute.text]
    if not same:
        return None
    found = same[0]
    return {
        "number": found.number,
        "status": found.status.value,
        "status_title": words.title(words.labels.proposal_status, found.status),
        "version": found.version if found.status is ProposalStatus.ACCEPTED else None,
    }


def open_questions(words: Words) -> list[MinuteFacts]:
    """The questions of every meeting held so far that nobody has answered (F58: they stay until somebody does)."""
    return [
        minute_facts(words, minute)
        for held in words.snapshot.meetings
        for minute in held.minutes
        if minute.kind is MinuteKind.QUESTION and minute.reply is None
    ]


def previous_of(
    meetings: list[MeetingFacts], held: tuple[Held, ...], current: MeetingFacts | None
) -> MeetingFacts | None:
    """The last meeting held before the one of this stage."""
    order = [record.id for record in held]
    earlier = order[: order.index(current["id"])] if current and current["id"] in order else order
    by_id = {meeting["id"]: meeting for meeting in meetings}
    return next((by_id[name] for name in reversed(earlier) if name in by_id), None)


def approval_facts(words: Words) -> list[ApprovalFacts]:
    """Every request for approval, in order of time."""
    return [approval_of(words, approval) for approval in words.snapshot.approvals]


def approval_of(words: Words, approval: Approval) -> ApprovalFacts:
    """One request for approval."""
    return {
        "subject": approval.subject,
        "subject_title": words.say(subject_title(words.snapshot, approval.subject)),
        "stage": approval.stage,
        "version": approval.version,
        "status": approval.status.value,
        "status_title": words.title(words.labels.approval_status, approval.status),
        "content_hash": approval.content_hash,
        "author": words.person(approval.author),
        "requested_at": words.local(approval.requested_at),
        "due": words.local(approval.due),
        "decided_at": words.maybe_local(approval.decided_at),
        "votes": [_vote(words, seat) for seat in approval.seats],
    }


def _vote(words: Words, seat: Seat) -> VoteFacts:
    return {
        "seat": words.seat(seat.seat),
        "person": words.person(seat.person),
        "deputy_for": words.maybe_person(seat.deputy_for),
        "verdict": seat.verdict.value if seat.verdict else None,
        "verdict_title": words.title(words.labels.verdict, seat.verdict) if seat.verdict else None,
        "reason": words.maybe(seat.reason),
        "at": words.maybe_local(seat.voted_at),
    }


def self_check_facts(words: Words) -> list[SelfCheckRound]:
    """Every round so far; a later one shows every module, the reworked ones with their new scores."""
    rounds = words.snapshot.rounds
    return [_round(words, rounds[: place + 1]) for place in range(len(rounds))]


def _round(words: Words, rounds: tuple[Round, ...]) -> SelfCheckRound:
    modules = words.snapshot.sop.self_check
    verdict = evaluate(rounds, [module.id for module in modules])
    facts = [_module(words, rounds, module, verdict.means.get(module.id)) for module in modules]
    return {
        "number": rounds[-1].number,
        "modules": facts,
        "reviewers": [words.person(person) for person in rounds[-1].reviewers],
        "total": verdict.total.quantize(Decimal("0.1")),
        "passed": verdict.passed,
        "weak": [fact["title"] for fact in facts if fact["weak"]],
    }


def _module(words: Words, rounds: tuple[Round, ...], module: SelfCheckModule, mean: Decimal | None) -> ModuleFacts:
    latest = next((each for each in reversed(rounds) if any(s.module == module.id for s in each.scores)), None)
    scores = [score for score in latest.scores if score.module == module.id] if latest else []
    points = [score.points for score in scores]
    return {
        "id": module.id,
        "title": words.say(module.title),
        "layer": words.title(words.labels.layer, module.layer),
        "question": words.say(module.question),
        "evidence": words.say(module.evidence),
        "scores": [
            {"person": words.person(score.reviewer), "points": score.points, "comment": words.maybe(score.comment)}
            for score in scores
        ],
        "mean": mean.quantize(Decimal("0.01"), ROUND_HALF_UP) if mean is not None else None,
        "spread": max(points) - min(points) if points else None,
        "weak": mean is not None and mean < WEAK_BELOW,
    }
