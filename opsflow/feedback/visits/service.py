"""Who is called back after a campaign, by whom, and what came of it; who wants to hear of an offer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.feedback.access import SERVICE, ties
from opsflow.feedback.service import wake_closing, whose
from opsflow.feedback.visits import rows, store
from opsflow.feedback.visits.model import (
    Load,
    Tried,
    Visit,
    VisitChannel,
    VisitLine,
    VisitOutcome,
    chosen,
    shared_out,
    tried_again,
)
from opsflow.feedback.visits.store import Call
from opsflow.feedback.voices.model import Said, voice_id
from opsflow.feedback.voices.service import keep
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict, NotFound
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.participants.service import find

CHUNK = 5_000
"""Rows in one transaction, as of participants."""
Tell = Callable[[Imported], None]
Reject = Callable[[Rejected], None]


@dataclass(frozen=True, slots=True)
class Listed:
    """What became of a list."""

    new: int
    listed: int
    """In all."""


@dataclass(slots=True)
class _Chunk:
    """What some rows come to before it is written."""

    visits: dict[str, Visit]
    """By participant: as they are after the rows so far."""
    lines: list[tuple[VisitLine, str]] = field(default_factory=list)
    """Rows that can be taken, each with its participant."""
    first_tries: dict[str, int] = field(default_factory=dict)
    """By participant: the number of the first attempt that is new."""
    said: list[Said] = field(default_factory=list)
    listed: int = 0
    added: int = 0
    """Rows that only listed somebody."""
    changed: int = 0
    known: int = 0


def list_visits(
    ctx: Context, campaign: CampaignKey, number: int | None, *, by: PersonKey, agents: Sequence[PersonKey] = ()
) -> Listed:
    """Choose whom to call until so many are listed (None: as the campaign file says), shared out evenly among agents.

    Chosen by a rank that follows from campaign and id, among those who take part, are on no blocklist and agree to be
    contacted; whoever is listed stays listed, so the same number again changes nothing. `agents`: else everybody of customer
    service who is there today, its head only where nobody else is. NotFound: no such campaign. Conflict: it is over, or
    not launched. NotAllowed: not theirs. BadInput: no number, or an agent who is nobody here.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "feedback.call-list", by=by)
        plan = held.file.feedback
        wanted = number if number is not None else (plan.visits if plan else 0)
        if wanted < 1:
            raise BadInput(f"How many? Give --list N, or write `feedback: {{visits: N}}` into the file of {campaign}.")
        if now < held.launch:
            raise Conflict(f"{campaign} is not launched yet: nobody has anything to tell. List them once it is live.")
        loads = store.loads(session, campaign)
        there = sum(load.listed for load in loads)
        who = chosen(campaign, store.willing(session, campaign), max(0, wanted - there))
        by_agent = {load.agent: load.open for load in loads}
        working = {agent: by_agent.get(agent, 0) for agent in _agents(held, agents, now)}
        shared = shared_out(len(who), working)
        new = [Visit(ctx.new_id(), each, agent) for each, agent in zip(who, shared, strict=True)]
        store.add(session, campaign, new, at=now)
        if new:
            _note(session, held, "visits.listed", now, by, {"visits": len(new), "agents": len(set(shared))})
        return Listed(len(new), there + len(new))


def record(
    ctx: Context,
    campaign: CampaignKey,
    who: str,
    *,
    by: PersonKey,
    channel: VisitChannel,
    outcome: VisitOutcome,
    offer: bool = False,
    note: str = "",
) -> Visit:
    """Say what came of an attempt to reach somebody; what they said is kept as their words. Answers the visit after it.

    The third `no_answer` ends it, any other outcome at once. NotFound: no such campaign, or they are on no list. Conflict:
    somebody was first, or the campaign is over. NotAllowed: not theirs. BadInput: an offer without having been reached.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "feedback.call", by=by)
        participant = find(session, campaign, who).id
        visits = store.visits(session, campaign, [participant])
        if participant not in visits:
            raise NotFound(
                f"{participant} is on no list of {campaign}. `opsflow feedback visits {campaign} --list N` makes one."
            )
        line = VisitLine(1, {}, None, Tried(now.replace(microsecond=0), channel, outcome), offer, note)
        chunk = _Chunk(visits)
        _take(chunk, line, participant)
        _write(ctx, session, held, chunk, by=by, now=now)
        return chunk.visits[participant]


def import_visits(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    *,
    by: PersonKey,
    agents: Sequence[PersonKey] = (),
    reject: Reject = lambda _: None,
    tell: Tell = lambda _: None,
) -> Imported:
    """Take a file in that names whom to call, or what came of calls; the same file twice changes nothing.

    Whom a row lists without saying who calls is shared out among `agents`, else as `list_visits`. `reject` is handed every
    row that is not taken, with its reason; `tell` what has been done so far. NotFound: no such campaign. Conflict: it is over. NotAllowed: not theirs. BadInput: the file cannot be read.
    """
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "feedback.call", by=by)
        calling = _agents(held, agents, ctx.clock.now())
    done, rest = Imported(), iter(source)
    while some := list(islice(rest, CHUNK)):
        refused: dict[int, str] = {}
        now = ctx.clock.now()
        with ctx.transaction() as session:
            held = _held(ctx, session, campaign, "feedback.call", by=by)
            chunk = _read(ctx, session, held, some, calling, refused, now=now)
            for line, participant in chunk.lines:
                try:
                    _take(chunk, line, participant)
                except (BadInput, Conflict) as error:
                    refused[line.line] = str(error)
            _write(ctx, session, held, chunk, by=by, now=now)
        for row in (row for row in some if row.line in refused):
            reject(Rejected(row.line, refused[row.line], row.values))
        done += Imported(chunk.added, chunk.changed, chunk.known, len(refused))
        tell(done)
    return done


def calls(ctx: Context, campaign: CampaignKey, *, by: PersonKey, agent: PersonKey | None = None) -> list[Call]:
    """Whom an agent (None: anybody) is still to call, with how they are reached; that somebody has it stands in the journal.

    Only who still agrees to be contacted. NotFound: no such campaign. NotAllowed: not theirs.
    """
    return _exported(
        ctx,
        campaign,
        "feedback.call",
        "visits.exported",
        lambda session: store.open_calls(session, campaign, agent),
        by=by,
    )


def offers(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> list[Call]:
    """Who said that they want to hear of a follow-up offer, and still agrees to be contacted; otherwise as `calls`."""
    return _exported(
        ctx, campaign, "feedback.offers", "offers.exported", lambda session: store.offers(session, campaign), by=by
    )


def standing(ctx: Context, campaign: CampaignKey) -> tuple[Load, ...]:
    """How far every agent is. NotFound: no such campaign."""
    with ctx.reading() as session:
        load_campaign(session, campaign)
        return tuple(store.loads(session, campaign))


def _exported(
    ctx: Context, campaign: CampaignKey, verb: str, action: str, read: Callable[[Session], list[Call]], *, by: PersonKey
) -> list[Call]:
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        check(ctx, held, verb, f"participants of {campaign} are for others", by=by, ties=ties(held, by))
        found = read(session)
        _note(session, held, action, ctx.clock.now(), by, {"participants": len(found)})
        return found


def _read(
    ctx: Context, session: Session, held: Campaign, some: Sequence[Row], agents: Sequence[PersonKey], refused: dict[int, str],
    *, now: datetime,
) -> _Chunk:  # fmt: skip
    """The rows that can be taken, with the visits they speak of; whoever is on no list yet is put on it."""
    lines = []
    for row in some:
        try:
            lines.append(_named_agent(held, rows.visit(row, held.zone, now)))
        except BadInput as error:
            refused[row.line] = str(error)
    who = whose(session, held.key, [line.who for line in lines])
    known = {each for each in who if each is not None}
    visits = store.visits(session, held.key, known)
    willing = set(store.willing(session, held.key, known - set(visits)))
    by_agent = {load.agent: load.open for load in store.loads(session, held.key)}
    shared = iter(shared_out(len(willing), {agent: by_agent.get(agent, 0) for agent in agents}))
    chunk = _Chunk(visits)
    new: list[Visit] = []
    for line, participant in zip(lines, who, strict=True):
        if participant is None:
            refused[line.line] = "nobody who takes part is found by that: is it written as it was imported?"
        elif participant in visits:
            chunk.lines.append((line, participant))
        elif participant in willing:
            agent = PersonKey(line.agent) if line.agent else next(shared)
            visits[participant] = Visit(ctx.new_id(), participant, agent)
            new.append(visits[participant])
            if line.tried is None:
                chunk.added += 1
            else:
                chunk.lines.append((line, participant))
        else:
            refused[line.line] = (
                "they do not take part, are blocked, or do not agree to be contacted: nobody calls them"
            )
    store.add(session, held.key, new, at=now)
    chunk.listed = len(new)
    return chunk


def _named_agent(held: Campaign, line: VisitLine) -> VisitLine:
    if line.agent is not None and line.agent not in held.organisation.people:
        raise BadInput(
            f"`agent` {line.agent[:40]} is nobody in {held.organisation.name.en}; people are listed in org.yaml"
        )
    return line


def _take(chunk: _Chunk, line: VisitLine, participant: str) -> None:
    """What one row makes of its visit. VisitSettled, BadInput: it cannot be."""
    visit = chunk.visits[participant]
    if line.tried is None:
        chunk.known += 1
        return
    after = tried_again(visit, line.tried, offer=line.offer)
    if after is None:
        chunk.known += 1
        return
    chunk.first_tries.setdefault(participant, len(after.tries))
    chunk.visits[participant] = after
    chunk.changed += 1
    if line.note:
        number = str(len(after.tries))
        chunk.said.append(Said(voice_id("visit", visit.id, number), participant, "visit", line.note, line.tried.at))


def _write(ctx: Context, session: Session, held: Campaign, chunk: _Chunk, *, by: PersonKey, now: datetime) -> None:
    moved = [chunk.visits[participant] for participant in chunk.first_tries]
    store.add_tries(session, held.key, [(chunk.visits[who], first, by) for who, first in chunk.first_tries.items()])
    ended = [visit for visit in moved if visit.outcome is not None]
    store.settle(session, held.key, ended)
    store.withdraw(
        session,
        held.key,
        [each.participant for each in ended if each.outcome is VisitOutcome.WITHDRAWN and each.participant],
    )
    keep(ctx, session, held.key, chunk.said)
    if chunk.listed or chunk.changed:
        _note(
            session,
            held,
            "visits.recorded",
            now,
            by,
            {"listed": chunk.listed, "tries": chunk.changed, "settled": len(ended)},
        )
    if ended and not store.open_visits(session, held.key):
        wake_closing(session, held, now=now)


def _agents(held: Campaign, named: Sequence[PersonKey], now: datetime) -> list[PersonKey]:
    """Who calls: those named, else everybody of customer service who is there today, its head only where nobody else is."""
    organisation, today = held.organisation, local_date(now, held.zone)
    unknown = next((each for each in named if each not in organisation.people), None)
    if unknown is not None:
        raise BadInput(f"{unknown} is nobody in {organisation.name.en}; people are listed in org.yaml.")
    if named:
        return list(dict.fromkeys(named))
    department = organisation.departments.get(SERVICE)
    members = [
        PersonKey(key)
        for key, person in organisation.people.items()
        if person.department == SERVICE and organisation.now(PersonKey(key)) == key
    ]
    there = [each for each in members if not organisation.people[each].is_absent(today)]
    others = [each for each in there if department is None or each != department.head]
    found = others or there or members
    if not found:
        raise BadInput(
            f"Nobody of {organisation.name.en} is in the department {SERVICE}: name who calls with --agent PERSON."
        )
    return found


def _held(ctx: Context, session: Session, campaign: CampaignKey, verb: str, *, by: PersonKey) -> Campaign:
    hold_campaign(session, campaign)
    held = load_campaign(session, campaign)
    check(ctx, held, verb, f"participants of {campaign} are for others", by=by, ties=ties(held, by))
    if is_over(held):
        raise Conflict(f"{campaign} is {held.status}: nobody is called any more.")
    return held


def _note(session: Session, held: Campaign, action: str, now: datetime, by: PersonKey, data: dict[str, Value]) -> None:
    write(session, at=now, actor=by, action=action, campaign=held.key, object=held.key, data=data)
