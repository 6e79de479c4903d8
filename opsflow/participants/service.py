"""Participants and their results come in from files, a chunk to a transaction; people decide about them, or forget them."""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.zoned import local_date
from opsflow.participants import identity, rows, store
from opsflow.participants.model import (
    DECIDED_FROM,
    Given,
    NoSuchParticipant,
    Participant,
    ParticipantId,
    ParticipantStatus,
    Result,
)

CHUNK = 5_000
"""Rows in one transaction: others get their turn on SQLite, and what is done stays done."""
T = TypeVar("T")
IDENTITY_FORMS: Mapping[str, Callable[[str], str]] = {
    "account": identity.account,
    "email": identity.email,
    "phone": identity.phone,
}
"""What somebody may be called by, beside their id: each kind with what gives it its one form."""
Tell = Callable[[Imported], None]
Reject = Callable[[Rejected], None]
Refuse = Callable[[int, str], None]
"""Takes the line of a row and why it is not taken."""
Take = Callable[[Campaign, Session, Sequence[Row], str, Refuse], Imported]
"""Takes some rows in, with the campaign's salt; answers what it did, but for those it refused."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Participants of a campaign, counted."""

    statuses: Mapping[str, int]
    """By status; `blocked` and `paying` beside, which are some of them."""
    measures: Mapping[str, tuple[int, int]]
    """How many have it, and its sum."""

    @property
    def all(self) -> int:
        """Everybody, the erased ones included."""
        return sum(number for name, number in self.statuses.items() if name in list(ParticipantStatus))


@dataclass(slots=True)
class _Chunk:
    """What some rows come to before it is written."""

    new: list[dict[str, Any]] = field(default_factory=list)
    contacts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: int = 0


def import_participants(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    *,
    by: PersonKey,
    reject: Reject = lambda _: None,
    tell: Tell = lambda _: None,
) -> Imported:
    """Take participants in; who is there already is brought up to date, so the same file twice changes nothing (M4).

    `reject` is handed every row that is not taken, with its reason; `tell` what has been done so far. Stopped in the
    middle, what was taken stays, and the same file goes on from there. For the campaign manager and the coordination
    post. NotFound: no such campaign. Conflict: it is over. NotAllowed: not theirs. BadInput: the file cannot be read.
    """

    def take(held: Campaign, session: Session, some: Sequence[Row], salt: str, refuse: Refuse) -> Imported:
        given = _read(some, lambda row: rows.participant(row, held.zone), refuse)
        chunk = _judged(ctx, session, held, given, salt, refuse)
        store.insert_participants(session, chunk.new, {one["id"]: chunk.contacts.pop(one["id"]) for one in chunk.new})
        for who, values in chunk.changes.items():
            if values:
                store.change(session, campaign, ParticipantId(who), values)
        store.put_contacts(session, campaign, chunk.contacts)
        return Imported(len(chunk.new), len(chunk.changes), chunk.known)

    return _in_chunks(ctx, campaign, source, "participants.import", take, by=by, reject=reject, tell=tell)


def import_results(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    *,
    by: PersonKey,
    add: bool = False,
    reject: Reject = lambda _: None,
    tell: Tell = lambda _: None,
) -> Imported:
    """Take results in: a figure for the same account, measure and day replaces the one that is there.

    `add`: accounts that nobody has become participants; without it their rows are rejected. Counts are of figures, but
    for what is rejected, which is of rows. Otherwise as `import_participants`.
    """

    def take(held: Campaign, session: Session, some: Sequence[Row], salt: str, refuse: Refuse) -> Imported:
        today = local_date(ctx.clock.now(), held.zone)
        found = _read(some, lambda row: rows.result(row, held.zone, today), refuse)
        if add:
            _register(ctx, session, held, found, salt)
        digests = {one.account: identity.digest(salt, "account", one.account) for one in found}
        owners = store.owners(session, campaign, "account", set(digests.values()))
        figures: dict[tuple[object, ...], dict[str, Any]] = {}
        for one in found:
            who = owners.get(digests[one.account])
            if who is None:
                refuse(one.line, "no participant has this account: import participants first, or add them with --add")
                continue
            for measure, value in one.values.items():
                same = {"campaign": campaign, "participant": who, "measure": measure, "day": one.day}
                figures[who, measure, one.day] = same | {"value": value, "reached_at": one.reached_at}
        new, changed = store.put_results(session, list(figures.values()))
        return Imported(new, changed, len(figures) - new - changed)

    return _in_chunks(ctx, campaign, source, "participants.results", take, by=by, reject=reject, tell=tell)


def find(session: Session, campaign: CampaignKey, text: str) -> Participant:
    """Somebody by id, account, e-mail address or telephone number. NotFound: nobody of this campaign is."""
    found = store.participant(session, campaign, ParticipantId(text.strip().casefold()))
    if found is not None:
        return found
    salt = store.salt_of(session, campaign, secrets.token_hex(32))
    for kind, form in IDENTITY_FORMS.items():
        try:
            digest = identity.digest(salt, kind, form(text))
        except BadInput:
            continue
        for who in store.owners(session, campaign, kind, [digest]).values():
            known = store.participant(session, campaign, ParticipantId(who))
            assert known is not None
            return known
    raise NoSuchParticipant(campaign)


def find_many(session: Session, campaign: CampaignKey, salt: str, texts: Collection[str]) -> dict[str, str]:
    """The same of many, with the campaign's salt: ids by what was asked, without those who are nobody."""
    asked: dict[str, dict[str, str]] = {kind: {} for kind in ("id", *IDENTITY_FORMS)}
    for text in texts:
        asked["id"][text] = text.strip().casefold()
        for kind, form in IDENTITY_FORMS.items():
            with suppress(BadInput):
                asked[kind][text] = identity.digest(salt, kind, form(text))
    found: dict[str, str] = {}
    for kind, values in asked.items():
        owners = store.owners(session, campaign, kind, {values[text] for text in values.keys() - found.keys()})
        found = {text: owners[value] for text, value in values.items() if value in owners} | found
    return found


def decide(
    ctx: Context, campaign: CampaignKey, who: Sequence[str], to: ParticipantStatus, *, by: PersonKey
) -> list[ParticipantId]:
    """Approve, refuse or let join; nobody given: everybody whom the step is open to. Answers whom it moved.

    NotFound: one of them is nobody here, and nobody is moved. Conflict: the campaign is over. NotAllowed: not theirs.
    """
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "participants.decide", by=by)
        ids = [find(session, campaign, each).id for each in who] or _all_of(session, campaign)
        moved = store.move(session, campaign, ids, to, was=DECIDED_FROM[to])
        if moved:
            _note(session, held, f"participants.{to}", ctx.clock.now(), by, {"participants": len(moved)})
        return [ParticipantId(each) for each in moved]


def erase(session: Session, held: Campaign, who: ParticipantId, *, by: PersonKey, now: datetime) -> None:
    """Forget somebody of a campaign: contact, identities, results and words; what was drawn and paid keeps the bare id."""
    store.erase(session, held.key, who, now=now)
    write(session, at=now, actor=by, action="participant.erased", campaign=held.key, object=who)


def block(ctx: Context, campaign: CampaignKey, who: str, *, reason: str | None, by: PersonKey) -> ParticipantId:
    """Put somebody on the blocklist for a reason, or (None) take them off. Errors are those of `decide`."""
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "participants.decide", by=by)
        found = find(session, campaign, who)
        store.change(session, campaign, found.id, {"blocked": reason})
        done = "blocked" if reason is not None else "unblocked"
        now = ctx.clock.now()
        write(session, at=now, actor=by, action=f"participant.{done}", campaign=held.key, object=found.id)
        return found.id


def overview(ctx: Context, campaign: CampaignKey) -> Overview:
    """How many take part, and what measures they have. NotFound: no such campaign."""
    with ctx.reading() as session:
        load_campaign(session, campaign)
        return Overview(store.counts(session, campaign), store.measure_sums(session, campaign))


def _judged(
    ctx: Context, session: Session, held: Campaign, given: Sequence[Given], salt: str, refuse: Refuse
) -> _Chunk:
    digests = [_digests(salt, one) for one in given]
    taken = {
        kind: store.owners(session, held.key, kind, {each[kind] for each in digests if each[kind]})
        for kind in store.IDENTITIES
    }
    stored = store.known(session, held.key, set(taken["account"].values()))
    chunk, lines = _Chunk(), dict[str, int]()
    for one, mine in zip(given, digests, strict=True):
        who = taken["account"].get(mine["account"]) or ctx.new_id()
        why = _why_not(mine, who, taken, lines)
        if why:
            refuse(one.line, why)
            continue
        lines[who] = one.line
        for kind in store.IDENTITIES:
            if mine[kind]:
                taken[kind][mine[kind]] = who
        if who in stored:
            _compare(chunk, who, stored[who], one, mine)
        else:
            chunk.new.append(_row(held, who, one, mine, ctx.clock.now()))
            chunk.contacts[who] = one.contact
    return chunk


def _why_not(
    mine: Mapping[str, str], who: str, taken: Mapping[str, Mapping[str, str]], lines: Mapping[str, int]
) -> str | None:
    if who in lines:
        return f"the account stands in line {lines[who]} already"
    for kind, name in (("email", "e-mail address"), ("phone", "telephone number")):
        owner = taken[kind].get(mine[kind]) if mine[kind] else None
        if owner not in (None, who):
            return f"the {name} is another participant's ({owner}): one person takes part once"
    return None


def _digests(salt: str, one: Given) -> dict[str, str]:
    values = {"account": one.account, "email": one.email, "phone": one.phone}
    values |= {"device": one.device, "payee": one.payee, "network": one.network}
    return {kind: identity.digest(salt, kind, value) if value else "" for kind, value in values.items()}


def _row(held: Campaign, who: str, one: Given, mine: Mapping[str, str], now: datetime) -> dict[str, Any]:
    first = ParticipantStatus.RECEIVED if held.file.registration else ParticipantStatus.JOINED
    return {
        "campaign": held.key,
        "id": who,
        **{kind: digest or None for kind, digest in mine.items()},
        "status": one.status or first,
        "paying": bool(one.paying),
        "consent": bool(one.consent),
        "registered_at": one.registered_at or now,
        "blocked": None,
    }


def _compare(chunk: _Chunk, who: str, stored: Mapping[str, Any], one: Given, mine: Mapping[str, str]) -> None:
    """What a row says otherwise than what is there; what it does not say stays."""
    said: dict[str, Any] = {kind: digest for kind, digest in mine.items() if digest}
    said |= {} if one.paying is None else {"paying": one.paying}
    said |= {} if one.consent is None else {"consent": one.consent}
    values = {name: value for name, value in said.items() if stored[name] != value}
    contact = {**(stored["data"] or {}), **one.contact}
    if contact != stored["data"]:
        chunk.contacts[who] = contact
    if values or contact != stored["data"]:
        chunk.changes[who] = values
    else:
        chunk.known += 1


def _register(ctx: Context, session: Session, held: Campaign, found: Sequence[Result], salt: str) -> None:
    accounts = {identity.digest(salt, "account", one.account): one for one in found}
    there = store.owners(session, held.key, "account", set(accounts))
    fresh = {digest: one for digest, one in accounts.items() if digest not in there}
    given = [_bare(one) for one in fresh.values()]
    new = [_row(held, ctx.new_id(), one, _digests(salt, one), ctx.clock.now()) for one in given]
    contacts = {row["id"]: one.contact for row, one in zip(new, given, strict=True)}
    store.insert_participants(session, new, contacts)


def _bare(one: Result) -> Given:
    return Given(
        line=one.line,
        account=one.account,
        email=None,
        phone=None,
        device=None,
        payee=None,
        network=None,
        paying=None,
        consent=None,
        registered_at=one.reached_at,
        status=None,
        contact={"account": one.account},
    )


def _read(some: Sequence[Row], read: Callable[[Row], T], refuse: Refuse) -> list[T]:
    found: list[T] = []
    for row in some:
        try:
            found.append(read(row))
        except BadInput as error:
            refuse(row.line, str(error))
    return found


def _in_chunks(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    verb: str,
    take: Take,
    *,
    by: PersonKey,
    reject: Reject,
    tell: Tell,
) -> Imported:
    with ctx.transaction() as session:
        _held(ctx, session, campaign, verb, by=by)
        salt = store.salt_of(session, campaign, secrets.token_hex(32))
    done = Imported()
    for some in _chunks(source):
        refused: dict[int, str] = {}
        with ctx.transaction() as session:
            held = _held(ctx, session, campaign, verb, by=by)
            done += take(held, session, some, salt, refused.__setitem__)
        # Only now: what is told of a chunk holds.
        for row in (row for row in some if row.line in refused):
            reject(Rejected(row.line, refused[row.line], row.values))
        done += Imported(rejected=len(refused))
        tell(done)
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, verb, by=by)
        counts = {"added": done.added, "changed": done.changed, "known": done.known, "rejected": done.rejected}
        _note(session, held, verb, ctx.clock.now(), by, counts)
    return done


def _chunks(source: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(source)
    while some := list(islice(rest, CHUNK)):
        yield some


def _held(ctx: Context, session: Session, campaign: CampaignKey, verb: str, *, by: PersonKey) -> Campaign:
    hold_campaign(session, campaign)
    held = load_campaign(session, campaign)
    check(ctx, held, verb, f"those of {campaign} are for others", by=by)
    if is_over(held):
        raise Conflict(f"{campaign} is {held.status}: nobody takes part in it any more.")
    return held


def _all_of(session: Session, campaign: CampaignKey) -> list[ParticipantId]:
    found: list[ParticipantId] = []
    while some := store.participants(session, campaign, after=found[-1] if found else "", most=CHUNK):
        found += [each.id for each in some]
    return found


def _note(
    session: Session, held: Campaign, action: str, now: datetime, by: PersonKey, counts: Mapping[str, int]
) -> None:
    write(session, at=now, actor=by, action=action, campaign=held.key, object=held.key, data=dict(counts))
