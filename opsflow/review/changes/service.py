"""Propose, show, accept and reject changes of an SOP. A version that was published is never edited: the next one is written.

The file of a version appears by one rename. It is announced, with its hash, before it is written, and recorded after: who dies
in between has left either nothing (the proposal waits as before) or everything (the file; the next look records it).
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from opsflow.campaigns.files import ORGANISATION_FILE, OWN_TEMPLATES, load_organisation
from opsflow.campaigns.leadtimes import check_plannable, lead_changes
from opsflow.campaigns.permissions import check_standing, load_matrix
from opsflow.campaigns.service import propose_change
from opsflow.campaigns.sopcheck import checked_text
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.journal.store import hold
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.faultpoints import passing
from opsflow.kernel.keys import content_hash, key
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.writing import write_aside
from opsflow.kernel.yamlfile import text_of
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.review.changes.model import (
    Answer,
    BaseMoved,
    ChangesNothing,
    NoChange,
    Shown,
    WrongFile,
    check_agreement,
    check_undecided,
    seats_of,
)
from opsflow.sop.changes import store
from opsflow.sop.changes.diff import Difference, differences, unified
from opsflow.sop.changes.edition import Entry, edition, renumbered
from opsflow.sop.changes.model import NewProposal, Proposal, ProposalStatus, Seat, Source, change_hash
from opsflow.sop.changes.service import keep
from opsflow.sop.files import load_sop, next_version, read_sop, sop_file
from opsflow.stages.store import task as load_task

VERBS = {Seat.COORDINATION: "sop.accept", Seat.SPONSOR: "sop.accept-control"}


def propose(
    ctx: Context,
    *,
    sop: str,
    reason: Text,
    by: PersonKey,
    file: Path | None = None,
    campaign: CampaignKey | None = None,
    task: TaskCode | None = None,
    evidence: Sequence[Text] = (),
) -> tuple[Proposal, bool]:
    """Propose a change of an SOP; answers the proposal, and whether it is new: the same is proposed once.

    `file`: the newest version, edited; without one it is a reason that waits for its change. NotFound: no such SOP, campaign
    or task. BadFile: the lint finds mistakes. BadInput: the file changes nothing, or is of another version.
    """
    change = None if file is None else text_of(file)
    return put(
        ctx, sop=sop, reason=reason, by=by, change=change, named=file, campaign=campaign, task=task, evidence=evidence
    )


def put(
    ctx: Context,
    *,
    sop: str,
    reason: Text,
    by: PersonKey,
    change: str | None,
    named: Path | None = None,
    campaign: CampaignKey | None = None,
    task: TaskCode | None = None,
    evidence: Sequence[Text] = (),
    source: Source = Source.HAND,
) -> tuple[Proposal, bool]:
    """The same for a text that stands in no file; `named` is what its mistakes are told under."""
    now = ctx.clock.now()
    _check_may(ctx, "sop.propose", f"{sop} is everybody's to better", by=by)
    folders = ctx.settings.template_folders
    base = load_sop(folders, sop).version
    if change is not None:
        change = renumbered(change, base)
        _differences(ctx, sop, base, change, named)
    meaning = content_hash([reason.en, reason.zh, [each.en for each in evidence], change, campaign, task])[:32]
    made = NewProposal(
        key(source, sop, base, meaning), sop, base, source, reason, by, tuple(evidence), campaign, task, change
    )
    with ctx.transaction() as session:
        if campaign is None:
            number, is_new = keep(session, made, now=now)
        else:
            hold_campaign(session, campaign)
            held = load_campaign(session, campaign)
            if task is not None:
                load_task(session, campaign, task)
            number, is_new = propose_change(session, held, made, now=now)
        return store.load(session, number), is_new


def attach(ctx: Context, number: int, file: Path, *, by: PersonKey) -> Proposal:
    """Hand in the edited file of a proposal; who has agreed to another one agrees anew. As `propose`; Conflict: it is decided."""
    now, change = ctx.clock.now(), text_of(file)
    _check_may(ctx, "sop.propose", f"proposal {number} is everybody's to better", by=by)
    settle(ctx)
    with ctx.transaction() as session:
        proposal = _held(session, number)
        check_undecided(proposal)
        base = load_sop(ctx.settings.template_folders, proposal.sop).version
        change = renumbered(change, base)
        _differences(ctx, proposal.sop, base, change, file)
        store.set_change(session, proposal, change, base=base, by=by)
        data: dict[str, Value] = {"sop": proposal.sop, "base": base, "hash": change_hash(change)}
        write(
            session, at=now, actor=by, action="sop.changed", campaign=proposal.campaign, object=str(number), data=data
        )
        return store.load(session, number)


def listing(ctx: Context, *, every: bool = False, campaign: CampaignKey | None = None) -> tuple[Proposal, ...]:
    """Proposals that wait for somebody; `every`: those that are decided as well."""
    settle(ctx)
    statuses = tuple(ProposalStatus) if every else (ProposalStatus.DRAFT, ProposalStatus.OPEN)
    with ctx.reading() as session:
        return store.proposals(session, campaign=campaign, statuses=statuses)


def shown(ctx: Context, number: int) -> Shown:
    """A proposal and what it changes, against the version that it starts from. NotFound: no such proposal."""
    settle(ctx)
    with ctx.reading() as session:
        proposal = store.load(session, number)
    folders = ctx.settings.template_folders
    newest = load_sop(folders, proposal.sop).version
    if proposal.change is None:
        return Shown(proposal, (), "", newest)
    file = sop_file(folders, proposal.sop, proposal.base)
    found = _differences(ctx, proposal.sop, proposal.base, proposal.change, None)
    becomes = f"proposal {proposal.number}"
    return Shown(proposal, found, unified(text_of(file), proposal.change, was=file.name, becomes=becomes), newest)


def accept(ctx: Context, number: int, seat: Seat, *, by: PersonKey) -> Answer:
    """Agree to a change in a seat; with the last agreement that it needs, the next version is written and used from then on.

    Campaigns under way keep the version they started with. NotAllowed: the seat is not theirs. OwnChange: they wrote it.
    NoChange, BaseMoved: it cannot be accepted as it is. BadFile: the lint finds mistakes. Conflict: somebody was first.
    """
    _check_may(ctx, VERBS[seat], f"proposal {number} is for others", by=by)
    settle(ctx)
    now = ctx.clock.now()
    with ctx.transaction() as session:
        proposal = _held(session, number)
        found = _acceptable(ctx, proposal)
        seats = seats_of(found)
        check_agreement(proposal, seat, seats, by=by)
        if store.agree(session, proposal, seat, by=by, now=now):
            data: dict[str, Value] = {"seat": seat, "sop": proposal.sop, "base": proposal.base}
            write(
                session,
                at=now,
                actor=by,
                action="sop.agreed",
                campaign=proposal.campaign,
                object=str(number),
                data=data,
            )
        proposal = store.load(session, number)
        given = {each.seat for each in proposal.agreements}
        if waits := tuple(each for each in seats if each not in given):
            return Answer(number, None, waits)
        version = next_version(ctx.settings.template_folders, proposal.sop)
        text = _text(proposal, found, version, local_date(now, _zone(ctx)))
        store.announce(session, proposal, version=version, file_hash=_hash(text), summary=[each.text for each in found])
    passing("sop.announced")
    _publish(ctx, number, text, version)
    return Answer(number, version, ())


def reject(ctx: Context, number: int, *, by: PersonKey, reason: Text) -> None:
    """Say that an SOP stays as it is, and why. NotAllowed: not theirs. Conflict: it is decided."""
    _check_may(ctx, "sop.reject", f"proposal {number} is for others", by=by)
    settle(ctx)
    now = ctx.clock.now()
    with ctx.transaction() as session:
        proposal = _held(session, number)
        check_undecided(proposal)
        store.decide(session, proposal, ProposalStatus.REJECTED, by=by, now=now, why=reason)
        data: dict[str, Value] = {"sop": proposal.sop, "reason": reason}
        write(
            session, at=now, actor=by, action="sop.rejected", campaign=proposal.campaign, object=str(number), data=data
        )
        _tell(session, proposal, by=by, now=now, version=None, why=reason)


def settle(ctx: Context) -> None:
    """Record what somebody accepted and died before recording: the version's file stands where it was announced."""
    with ctx.reading() as session:
        found = [each for each in store.proposals(session, statuses=[ProposalStatus.OPEN]) if _is_written(ctx, each)]
    for each in found:
        with ctx.transaction() as session:
            proposal = _held(session, each.number)
            if not proposal.over:
                _record(ctx, session, proposal)


def _publish(ctx: Context, number: int, text: str, version: int) -> None:
    with ctx.transaction() as session:
        proposal = _held(session, number)
        hold(session, None)  # versions are written one after the other, also on several machines
        if proposal.over or proposal.written_hash != _hash(text):
            raise Conflict(f"Proposal {number} has just been changed or decided; look at it again.")
        _acceptable(ctx, proposal)
        if next_version(ctx.settings.template_folders, proposal.sop) != version:
            raise BaseMoved(proposal, version)
        target = _place(ctx, proposal.sop, version)
        target.parent.mkdir(parents=True, exist_ok=True)
        passing("sop.writing")
        write_aside(target, text.encode())
        passing("sop.written")
        _record(ctx, session, proposal)


def _record(ctx: Context, session: Session, proposal: Proposal) -> None:
    last, now = proposal.agreements[-1], ctx.clock.now()
    store.decide(session, proposal, ProposalStatus.ACCEPTED, by=last.person, now=now)
    data: dict[str, Value] = {
        "sop": proposal.sop,
        "version": proposal.version,
        "hash": proposal.written_hash,
        "by": [each.person for each in proposal.agreements],
        "changes": list(proposal.summary),
    }
    of, name = proposal.campaign, str(proposal.number)
    write(session, at=now, actor=last.person, action="sop.accepted", campaign=of, object=name, data=data)
    _tell(session, proposal, by=last.person, now=now, version=proposal.version, why=None)


def _tell(
    session: Session, proposal: Proposal, *, by: PersonKey, now: datetime, version: int | None, why: Text | None
) -> None:
    """Whoever proposed it in a campaign hears what became of it, if they are still of that campaign."""
    if proposal.campaign is None:
        return
    held = load_campaign(session, proposal.campaign)
    people, author = held.organisation.people, held.organisation.now(proposal.author)
    if author == by or author not in people:
        return
    data: dict[str, Value] = {
        "campaign_title": held.title,
        "number": proposal.number,
        "reason": proposal.reason,
        "by_name": people[by].name if by in people else Text.both(by),
        "version": version,
        "why": why,
    }
    name = key("sop_decided", held.key, proposal.number, author)
    notice = Notice(key=name, person=author, template="sop_decided", data=data, campaign=held.key)
    enqueue_all(session, [notice], now=now)


def _acceptable(ctx: Context, proposal: Proposal) -> tuple[Difference, ...]:
    """What a proposal changes, if it can be accepted as it stands."""
    check_undecided(proposal)
    if proposal.change is None:
        raise NoChange(proposal)
    newest = load_sop(ctx.settings.template_folders, proposal.sop).version
    if newest != proposal.base:
        raise BaseMoved(proposal, newest)
    return _differences(ctx, proposal.sop, proposal.base, proposal.change, None)


def _differences(ctx: Context, name: str, base: int, change: str, named: Path | None) -> tuple[Difference, ...]:
    folders = ctx.settings.template_folders
    after = checked_text(named or Path(f"sop/{name}/v{base + 1}.yaml"), change, folders)
    if after.name != name or after.version != base + 1:
        raise WrongFile(name, base, f"{after.name} v{after.version}")
    before = read_sop(sop_file(folders, name, base))
    found = differences(before, after)
    if not found:
        raise ChangesNothing(name, base)
    check_plannable(before, after)
    return (*found, *lead_changes(before, after))


def _text(proposal: Proposal, found: Sequence[Difference], version: int, day: date) -> str:
    people = [each.person for each in proposal.agreements]
    evidence = list(proposal.evidence)
    if proposal.campaign:
        place = f"campaign {proposal.campaign}" + (f", task {proposal.task}" if proposal.task else "")
        evidence.insert(0, Text.both(place))
    changes, author = [each.text for each in found], proposal.changed_by or proposal.author
    assert proposal.change is not None
    return edition(
        proposal.change, Entry(version, day, proposal.number, author, people, proposal.reason, evidence, changes)
    )


def _is_written(ctx: Context, proposal: Proposal) -> bool:
    if proposal.version is None or proposal.written_hash is None or ctx.settings.workspace is None:
        return False
    place = _place(ctx, proposal.sop, proposal.version)
    return place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == proposal.written_hash


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _place(ctx: Context, name: str, version: int) -> Path:
    return _workspace(ctx) / OWN_TEMPLATES / "sop" / name / f"v{version}.yaml"


def _held(session: Session, number: int) -> Proposal:
    """A proposal, and its campaign before it: everybody takes them in this order."""
    campaign = store.load(session, number).campaign
    if campaign is not None:
        hold_campaign(session, campaign)
    session.expire_all()
    return store.load(session, number, hold=True)


def _check_may(ctx: Context, verb: str, what: str, *, by: PersonKey) -> None:
    organisation = load_organisation(_workspace(ctx) / ORGANISATION_FILE)
    matrix = load_matrix(ctx.settings.template_folders)
    today = local_date(ctx.clock.now(), ZoneInfo(organisation.zone))
    check_standing(matrix, organisation, verb, what, by=by, today=today)


def _zone(ctx: Context) -> ZoneInfo:
    return ZoneInfo(load_organisation(_workspace(ctx) / ORGANISATION_FILE).zone)


def _workspace(ctx: Context) -> Path:
    if ctx.settings.workspace is None:
        raise Refused(
            "An SOP is changed in a workspace: go to the folder that `opsflow init` wrote, or set OPSFLOW_WORKSPACE."
        )
    return ctx.settings.workspace
