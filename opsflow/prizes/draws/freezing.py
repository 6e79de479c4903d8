"""Freezing a draw: who takes part is written down, chunk by chunk, and appeals are heard until it is sealed."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, islice
from operator import attrgetter

from opsflow.campaigns.drawcheck import filters_of, window
from opsflow.campaigns.drawrules import DrawRule
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Rejected
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import resolve
from opsflow.participants import store as crowd
from opsflow.participants.model import TAKING_PART, ParticipantId
from opsflow.participants.service import find, find_many
from opsflow.prizes.draws import store
from opsflow.prizes.draws.entering import Figure, Judge, Suspects
from opsflow.prizes.draws.listing import listing
from opsflow.prizes.draws.model import AlreadyCommitted, DrawStatus, Entrant, comes_first, published_rules, rule_of
from opsflow.prizes.draws.ranked import with_code
from opsflow.prizes.draws.simulating import Seen
from opsflow.prizes.draws.standing import Overview, capped, check_may, local, note, open_draw, overview_of

Tell = Callable[[int], None]
_BUSY = "somebody else is freezing it at the same time. See `opsflow prizes status`."


def freeze(
    ctx: Context,
    campaign: CampaignKey,
    draw: str,
    *,
    by: PersonKey,
    number_at: datetime | None = None,
    winners: Iterable[Row] | None = None,
    reject: Callable[[Rejected], None] = lambda _: None,
    tell: Tell = lambda _: None,
) -> Overview:
    """Write down who takes part in a draw, and who is left out for which reason; until it is committed it may be repeated.

    `number_at`: local time of the public number, later than the file says. `winners`: the rows of a finished list, who has
    won which prize; `reject` is handed each that cannot be taken, with its reason. `tell` is handed how many are written down.
    For the campaign manager and the coordination post. NotFound: no such campaign or draw. Refused: results
    still count, another draw must be drawn first because of the caps, or the rules let them not. Conflict: it is
    committed, or somebody else is freezing it. BadInput: a list for a draw that needs none, or none for one that does.
    """
    rule, revision = _begin(ctx, campaign, draw, by=by, number_at=number_at, is_listed=winners is not None)
    if winners is None:
        with ctx.reading() as session:
            held = load_campaign(session, campaign)
            _write_down(ctx, campaign, draw, revision, judged(session, held, rule), tell)
    else:
        _write_down(ctx, campaign, draw, revision, _listed(ctx, campaign, rule, winners, reject), tell)
    now = ctx.clock.now()
    with ctx.transaction() as session:
        if not store.set_frozen(session, campaign, draw, revision):
            raise Conflict(f"{draw} is not frozen: {_BUSY}")
        found = overview_of(ctx, session, load_campaign(session, campaign), rule)
        assert found.draw is not None
        data = {"entrants": found.draw.entrants, "refused": found.draw.refused, "revision": revision}
        note(session, found.draw, "frozen", by=by, now=now, data=data)
        return found


def readmit(ctx: Context, campaign: CampaignKey, draw: str, who: str, *, reason: str, by: PersonKey) -> ParticipantId:
    """Let somebody who was left out take part after all: their appeal was right. Errors: those of `freeze`, and
    NotFound: nobody of that name was left out.
    """
    with ctx.transaction() as session:
        _, found = open_draw(ctx, session, campaign, draw, "prizes.freeze", by=by)
        if found.status is not DrawStatus.FROZEN:
            raise AlreadyCommitted(found)
        person = find(session, campaign, who)
        entrant = store.entrant(session, found, person.id)
        if entrant is None or entrant.refused is None:
            raise NotFound(f"{person.id} was not left out of {draw}: there is nothing to appeal against.")
        store.readmit(session, found, person.id)
        data: dict[str, Value] = {"participant": person.id, "was": entrant.refused, "reason": reason}
        note(session, found, "readmitted", by=by, now=ctx.clock.now(), data=data)
        return person.id


def seen(ctx: Context, campaign: CampaignKey, draw: str) -> Seen:
    """How many of a campaign's participants qualify for a draw as they stand now. NotFound: no such campaign or draw."""
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        rule = rule_of(held.file, draw)
        people = sum(crowd.counts(session, campaign).get(status, 0) for status in TAKING_PART)
        taking = (each for some in judged(session, held, rule) for each in some)
        return Seen(people, sum(each.refused is None for each in taking))


def _begin(
    ctx: Context,
    campaign: CampaignKey,
    draw: str,
    *,
    by: PersonKey,
    number_at: datetime | None,
    is_listed: bool,
) -> tuple[DrawRule, int]:
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check_may(ctx, held, "prizes.freeze", by)
        rule = rule_of(held.file, draw)
        if is_over(held):
            raise Conflict(f"{campaign} is {held.status}: nothing is drawn in it any more.")
        if is_listed != (rule.form == "list"):
            raise BadInput(f"{draw} is a {rule.form}: a finished list of winners is for draws of the form `list` only.")
        there = store.draw(session, campaign, draw)
        if there is not None and there.commitment:
            raise AlreadyCommitted(there)
        rule = _postponed(rule, number_at)
        _check_time(session, held, rule, now)
        rules = with_code(published_rules(held.file, rule))
        until = now + timedelta(days=rule.appeal_days)
        revision = store.begin_freezing(session, campaign, draw, rules=rules, appeals_until=until, by=by, now=now)
        return rule, revision


def _postponed(rule: DrawRule, number_at: datetime | None) -> DrawRule:
    if number_at is None:
        return rule
    if rule.number_at is None or number_at < rule.number_at:
        raise BadInput(
            f"--number-at is later than what the campaign file says, {rule.number_at or 'which is nothing'}."
        )
    return rule.model_copy(update={"number_at": number_at})


def _check_time(session: Session, held: Campaign, rule: DrawRule, now: datetime) -> None:
    ends = resolve(window(rule, held.file)[1], held.zone)
    if now < ends:
        raise Refused(f"Results of {rule.id} count until {local(ends, held)}: freeze it when they are in.")
    undrawn = [one.id for one in store.draws(session, held.key) if one.status is not DrawStatus.DRAWN]
    first = comes_first(held.file, rule, undrawn)
    if first is not None:
        raise Refused(
            f"One person may win only so much in {held.key}, so draws are made one after the other: {first} comes first."
        )


def judged(session: Session, held: Campaign, rule: DrawRule) -> Iterator[list[Entrant]]:
    """Everybody whom a draw concerns, as they stand now, chunk by chunk."""
    judge = Judge(rule, filters_of(rule, held.file), _suspects(session, held, rule), held.zone)
    first, last = window(rule, held.file)
    days = first.date(), (last - timedelta(microseconds=1)).date()
    starts, ends = (resolve(at, held.zone) for at in (first, last))
    after = ""
    while some := crowd.participants(session, held.key, after=after, most=store.CHUNK):
        after = some[-1].id
        rows = crowd.results(session, held.key, rule.measures, first=some[0].id, last=after, days=days)
        within = (row for row in rows if row.reached_at is None or starts <= row.reached_at < ends)
        figures = {
            who: [Figure(row.measure, row.day, row.value, row.reached_at) for row in mine]
            for who, mine in groupby(within, key=attrgetter("participant"))
        }
        found = (judge.entrant(each, figures.get(each.id, [])) for each in some)
        yield [each for each in found if each is not None]


def _suspects(session: Session, held: Campaign, rule: DrawRule) -> Suspects:
    found: dict[str, frozenset[str]] = {}
    for each in filters_of(rule, held.file):
        match each.name:
            case "same_device" | "same_payee":
                found[each.name] = store.crowded(session, held.key, each.name.removeprefix("same_"), each.most)
            case "burst":
                found[each.name] = store.burst(session, held.key, each.most, timedelta(seconds=each.within))
            case "blocklist":
                pass  # stands with the participant
    kinds = {prize.id: prize.kind for prize in held.file.prizes}
    physical = any(kinds[share.prize] == "physical" for share in rule.prizes)
    return Suspects(found, capped(session, held, physical=physical))


def _listed(
    ctx: Context, campaign: CampaignKey, rule: DrawRule, rows: Iterable[Row], reject: Callable[[Rejected], None]
) -> Iterator[list[Entrant]]:
    """Who is on a finished list, chunk by chunk; each is looked at once the one before it is written down."""
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        read = listing(
            held.file,
            rule,
            blocked=crowd.blocked(session, campaign),
            capped=capped(session, held, physical=False),
            capped_physical=capped(session, held, physical=True),
        )
        salt = crowd.salt_of(session, campaign, secrets.token_hex(32))
    source = iter(rows)
    while some := tuple(islice(source, store.CHUNK)):
        refused: dict[int, str] = {}
        with ctx.reading() as session:
            find, written = (
                partial(find_many, session, campaign, salt),
                partial(store.written, session, campaign, rule.id),
            )
            found = read.entrants(some, refused.__setitem__, find=find, written=written)
        yield found
        for row in some:
            if row.line in refused:
                reject(Rejected(row.line, refused[row.line], row.values))


def _write_down(
    ctx: Context, campaign: CampaignKey, draw: str, revision: int, chunks: Iterable[list[Entrant]], tell: Tell
) -> None:
    """A transaction for each chunk: a million entrants take a minute, and others want to write meanwhile."""
    done = 0
    for chunk in chunks:
        with ctx.transaction() as session:
            if not store.add_entrants(session, campaign, draw, revision, chunk):
                raise Conflict(f"{draw} is not frozen: {_BUSY}")
        done += len(chunk)
        tell(done)
