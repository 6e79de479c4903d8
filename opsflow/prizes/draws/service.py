"""A draw whose entrants are frozen: seal it, draw it, prove it; and what may still happen to a winner."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from opsflow.campaigns.drawrules import DrawRule
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.money import Money, money
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.participants import store as crowd
from opsflow.participants.model import Participant
from opsflow.participants.service import find
from opsflow.prizes.awards.model import Award, AwardStatus, needs_claim
from opsflow.prizes.awards.service import record_awards, set_status
from opsflow.prizes.draws import lottery, store
from opsflow.prizes.draws.beacon import Told
from opsflow.prizes.draws.entering import CAP
from opsflow.prizes.draws.fetching import check_known, round_of
from opsflow.prizes.draws.inclusion import inclusion_files
from opsflow.prizes.draws.lottery import Drawn, Entropy, Sealed, checked, proof_files
from opsflow.prizes.draws.model import (
    ERASED,
    AlreadyCommitted,
    Draw,
    DrawStatus,
    Entrant,
    Expected,
    NotFrozen,
    Standing,
    rule_of,
)
from opsflow.prizes.draws.ranked import ranked, script, seal_ranked
from opsflow.prizes.draws.standing import (
    beyond_caps,
    check_may,
    expected_of,
    frozen,
    local,
    note,
    number_at_of,
    open_draw,
    passed_over,
)
from opsflow.prizes.payouts.lists.service import set_payees
from opsflow.prizes.settling.service import wake_closing


def seal(ctx: Context, campaign: CampaignKey, draw: str, *, winners: int, cost: Money, by: PersonKey) -> str:
    """Seal a draw, and answer the commitment that is to be published before the number is known.

    `winners`, `cost`: how many win and what that costs, as whoever commits has read it (F67). Refused: other figures are
    expected, appeals are still heard, or the number is known already. Otherwise errors are those of `freezing.freeze`.
    """
    now = ctx.clock.now()
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        check_may(ctx, held, "prizes.commit", by)
        rule, found = frozen(session, held, draw)
        if found.status is not DrawStatus.FROZEN:
            raise AlreadyCommitted(found) if found.commitment else NotFrozen(campaign, draw)
        if found.refused and now < found.appeals_until:
            raise Refused(f"Whoever was left out of {draw} may appeal until {local(found.appeals_until, held)}.")
        at = number_at_of(found, held)
        if at is not None and now >= at:
            raise Refused(
                f"The number of {draw} is known since {local(at, held)}: nobody would believe a list that is sealed now. "
                "Freeze it again with a later --number-at, and publish that."
            )
        _confirmed(draw, expected_of(ctx, session, held, rule, found), winners, cost)
        sealed = _sealed(session, held, found)
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        commitment = sealed.commitment
        if not store.set_committed(session, found, manifest=sealed.manifest, commitment=commitment, by=by, now=now):
            raise Conflict(f"{draw} was frozen anew or committed meanwhile. See `opsflow prizes status {campaign}`.")
        data: dict[str, Value] = {"commitment": commitment, "winners": winners, "cost": str(cost)}
        note(session, found, "committed", by=by, now=now, data=data)
    return commitment


def perform(
    ctx: Context, campaign: CampaignKey, draw: str, *, number: str | None, by: PersonKey, beacon: bytes | None = None
) -> list[Entrant]:
    """Draw: write down who has won what, record their awards, and answer winners and alternates in their order.

    `beacon`: in place of the number, where the seal names a round of drand: that round as drand's API answers it. With neither,
    drand's servers are asked for it.

    The same number again changes nothing. Refused: the number is not known yet, the draw is not committed, or its list is
    not the one that was sealed. BadInput: a lottery without a number, another draw with one. Conflict: it was drawn
    with another number. Otherwise errors are those of `fetching.round_of`.
    """
    told = round_of(ctx, campaign, draw, given=beacon, by=by) if number is None or beacon is not None else None
    now = ctx.clock.now()
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        check_may(ctx, held, "prizes.draw", by)
        rule, found = frozen(session, held, draw)
        given = _number(rule, found, held, _said(found, number, told), now)
        if found.status is DrawStatus.DRAWN:
            return _drawn_already(session, found, given)
        places = _places(session, held, found, given)
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        if not store.set_drawn(session, found, number=given, by=by, now=now):
            again = store.draw(session, campaign, draw)
            assert again is not None
            return _drawn_already(session, again, given)
        store.set_places(session, found, ((one.id, one.rank, one.prize) for one in places))
        # Made twice: of a million winners they would take more memory than all else.
        recorded = record_awards(session, campaign, _awards(held.file, found, places, now), now=now)
        _to_accounts(ctx, session, campaign, _awards(held.file, found, places, now))
        data: dict[str, Value] = {"number": given, "winners": recorded.new, "without_budget": recorded.refused}
        note(session, found, "drawn", by=by, now=now, data=data | _witnessed(told))
        for who in sorted(crowd.erased(session, campaign) & {one.id for one in places if one.prize}):
            forfeit(ctx, session, held, who, by=by, now=now)
        # Whoever moved up in another draw after this list was sealed may have won enough by now.
        for entrant in beyond_caps(session, held, found):
            _take_from(ctx, session, held, found, entrant, CAP, by=by, now=now)
        wake_closing(session, held, now=now)
        return store.placed(session, found)


def replace_winner(
    ctx: Context, campaign: CampaignKey, draw: str, who: str, *, reason: str, by: PersonKey
) -> Entrant | None:
    """Take a prize from somebody who may not have it, and give it to the next alternate; None: there is none any more.

    NotFound: they have won nothing in it. Conflict: the prize is being paid. Otherwise errors are those of `freezing.freeze`.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held, found = open_draw(ctx, session, campaign, draw, "prizes.replace", by=by)
        person = find(session, campaign, who)
        entrant = store.entrant(session, found, person.id)
        if found.status is not DrawStatus.DRAWN or entrant is None or entrant.prize is None or entrant.rank is None:
            raise NotFound(f"{person.id} has won nothing in {draw}.")
        return _take_from(ctx, session, held, found, entrant, reason, by=by, now=now)


def _take_from(
    ctx: Context,
    session: Session,
    held: Campaign,
    found: Draw,
    winner: Entrant,
    reason: str,
    *,
    by: PersonKey,
    now: datetime,
) -> Entrant | None:
    """Take what somebody has won in a draw, and give it to the next alternate: who that is. The campaign is held."""
    assert winner.rank is not None
    assert winner.prize is not None
    lost = _award(held.file, found, winner.participant, winner.rank, winner.prize, now)
    set_status(session, [lost.id], AwardStatus.VOID, now=now)
    store.take_back(session, found, winner.participant, reason)
    heir = None if is_over(held) else promote(ctx, session, held, found, winner.prize, now)
    data: dict[str, Value] = {
        "participant": winner.participant,
        "reason": reason,
        "to": heir.participant if heir else None,
    }
    note(session, found, "replaced", by=by, now=now, data=data)
    wake_closing(session, held, now=now)
    return heir


def forfeit(ctx: Context, session: Session, held: Campaign, who: str, *, by: PersonKey, now: datetime) -> None:
    """Take what was not handed out yet from somebody who is forgotten, and give it to the next alternates; the campaign is held.

    Nobody could pay it to them any more. UnderWay: some of it is being paid.
    """
    won = store.standings(session, held.key, who)
    handed_out = {draw for draw, standing in won.items() if standing.is_handed_out}
    for found in store.draws(session, held.key):
        entrant = store.entrant(session, found, who)
        if found.id in handed_out or entrant is None or entrant.prize is None or entrant.rank is None:
            continue
        _take_from(ctx, session, held, found, entrant, ERASED, by=by, now=now)


def proof(ctx: Context, campaign: CampaignKey, draw: str) -> tuple[Draw, dict[str, bytes]]:
    """The public files of a drawn draw, by name. NotFound: no such draw. Refused: it is not drawn, or was tampered with."""
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        rule, found = frozen(session, held, draw)
        if found.status is not DrawStatus.DRAWN:
            raise Refused(f"{draw} is not drawn yet: there is nothing to prove.")
        sealed = _resealed(session, held, found)
        code = None if rule.form == "lottery" else script()
        files = proof_files(sealed, _drawn(rule, sealed, found.number), code)
        lost = [f"{each.participant}\t{each.lost}\n" for each in store.placed(session, found) if each.lost]
        return found, files | ({"lost.tsv": "".join(lost).encode()} if lost else {})


def inclusion(ctx: Context, campaign: CampaignKey, draw: str, who: str) -> tuple[Draw, dict[str, bytes]]:
    """The file with which one participant sees that they were on the sealed list, and its script, by name.

    `who`: the opaque id, as the published lists have it. It can be had as soon as the draw is sealed. NotFound: no such draw,
    or nobody of that id on its lists. Refused: it is not sealed yet, or was tampered with.
    """
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        _, found = frozen(session, held, draw)
        if not found.commitment:
            raise Refused(f"{draw} is not committed yet: there is no sealed list that anybody could be on.")
        files = inclusion_files(_resealed(session, held, found), who)
    if files is None:
        raise NotFound(
            f"Nobody of the id {who[:40]} is on the lists of {draw}. `opsflow prizes where` tells of a person."
        )
    return found, files


def look_up(
    ctx: Context, campaign: CampaignKey, who: str, *, by: PersonKey
) -> tuple[Participant, list[tuple[Draw, Entrant, Standing | None]]]:
    """Somebody, what became of them in each draw they were in or left out of, and how what they won stands.

    For the organisation: that a code was sent is told, the code is not.

    NotFound: no such campaign, or nobody of that name. NotAllowed: the table lets them not.
    """
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        check(ctx, held, "participants.see", f"those of {campaign} are for others", by=by)
        person = find(session, campaign, who)
        found = ((draw, store.entrant(session, draw, person.id)) for draw in store.draws(session, campaign))
        won = store.standings(session, campaign, person.id)
        return person, [(draw, entrant, won.get(draw.id)) for draw, entrant in found if entrant is not None]


def _confirmed(draw: str, found: Expected, winners: int, cost: Money) -> None:
    if (winners, cost) != (found.winners, found.cost):
        raise Refused(
            f"{draw} gives {found.winners} prizes for {found.cost}, and you said {winners} for {cost}. Check the prizes and "
            "entrants; if they are right, commit with these figures."
        )


def _sealed(session: Session, held: Campaign, found: Draw) -> Sealed:
    left_out = {each.participant: each.refused or "" for each in store.entrants(session, found, refused=True)}
    taking = store.entrants(session, found, refused=False)
    if found.rules["form"] != "lottery":
        return seal_ranked(campaign=held.key, draw=found.id, rules=found.rules, entrants=taking, refused=left_out)
    at = number_at_of(found, held)
    assert at is not None
    return lottery.seal(
        campaign=held.key,
        draw=found.id,
        prizes=[(prize, quantity) for prize, quantity in found.rules["prizes"]],
        alternates=found.rules["alternates"],
        entropy=Entropy(found.rules["number_source"]["en"], at),
        rules=found.rules,
        entrants=(lottery.Entrant(each.participant, each.tickets) for each in taking),
        refused=left_out,
    )


def _resealed(session: Session, held: Campaign, found: Draw) -> Sealed:
    """The list as it stands in the database: it must be the one that was sealed."""
    sealed = _sealed(session, held, found)
    if sealed.commitment != found.commitment or sealed.manifest != store.manifest_of(session, found):
        raise Refused(
            f"The entrants or rules of {found.id} are not those that were sealed with {found.commitment}: somebody changed "
            "the database. Put back a backup from before; nothing is drawn from this."
        )
    return sealed


def _said(found: Draw, number: str | None, told: Told | None) -> str | None:
    """The number as it was given, or that of the round of drand that was sealed."""
    sealed = found.rules.get("drand")
    if sealed is None:
        return number
    if number is not None:
        which = f"round {sealed['round']} of chain {sealed['chain']}"
        raise BadInput(
            f"{found.id} is drawn by {which} of drand and by no other number: leave --number out, or give --round, a file with it."
        )
    return told.pulse.randomness if told is not None else found.number


def _witnessed(told: Told | None) -> dict[str, Value]:
    """What the journal keeps of the round that drew."""
    if told is None:
        return {}
    pulse = told.pulse
    kept: dict[str, Value] = {"round": pulse.number, "chain": pulse.chain, "signature": pulse.signature.hex()}
    return kept | {"told_by": list(told.by), "signature_checked": told.is_genuine}


def _number(rule: DrawRule, found: Draw, held: Campaign, number: str | None, now: datetime) -> str | None:
    check_known(found, held, now)
    if rule.form != "lottery":
        if number is not None:
            raise BadInput(f"{found.id} is a {rule.form}: no number decides it.")
        return None
    if number is None:
        raise BadInput(f"Which number? Give --number as it was published: {found.rules['number_source']['en']}.")
    return checked(number)


def _places(session: Session, held: Campaign, found: Draw, number: str | None) -> tuple[Drawn, ...]:
    return _drawn(rule_of(held.file, found.id), _resealed(session, held, found), number)


def _drawn(rule: DrawRule, sealed: Sealed, number: str | None) -> tuple[Drawn, ...]:
    return lottery.draw(sealed, number) if rule.form == "lottery" and number is not None else ranked(sealed)


def _drawn_already(session: Session, found: Draw, number: str | None) -> list[Entrant]:
    if found.number != number:
        raise Conflict(
            f"{found.id} was drawn with {found.number}. A draw is made once: with another number nobody could trust it."
        )
    return store.placed(session, found)


def promote(ctx: Context, session: Session, held: Campaign, found: Draw, prize: str, now: datetime) -> Entrant | None:
    """Give a prize that somebody has lost to the first alternate, who gets an award of their own; None: there is none.

    The campaign is held. Whoever was erased can claim nothing; whoever is on the blocklist or has won as much as one person
    may gets no more: they lose their place, and the proof says so.
    """
    heir = _heir(session, held, found, prize)
    if heir is None or heir.rank is None:
        return None
    store.set_places(session, found, [(heir.participant, heir.rank, prize)])
    award = _award(held.file, found, heir.participant, heir.rank, prize, now)
    record_awards(session, held.key, [award], now=now)
    _to_accounts(ctx, session, held.key, [award])
    return replace(heir, prize=prize)


def _heir(session: Session, held: Campaign, found: Draw, prize: str) -> Entrant | None:
    """The first alternate who may have it; whoever may not loses their place, and the proof's `lost.tsv` says why."""
    kind = next(each.kind for each in held.file.prizes if each.id == prize)
    for each in store.placed(session, found):
        if not each.is_alternate:
            continue
        why = passed_over(session, found, each.participant, kind)
        if why is None:
            return each
        store.take_back(session, found, each.participant, why)
    return None


def _to_accounts(ctx: Context, session: Session, campaign: CampaignKey, awards: Iterable[Award]) -> None:
    """Where prizes go of which nobody has to say it: to the account that took part."""
    direct = (award for award in awards if not needs_claim(award.kind))
    while chunk := list(islice(direct, store.CHUNK)):
        known = crowd.known(session, campaign, {award.participant for award in chunk})
        accounts: dict[str, str] = {who: row["data"]["account"] for who, row in known.items() if row["data"]}
        to = ((award, accounts.get(award.participant)) for award in chunk)
        payees: dict[str, dict[str, str]] = {award.id: {"account": account} for award, account in to if account}
        set_payees(session, payees, new_id=ctx.new_id)


def _awards(campaign: CampaignFile, found: Draw, places: Iterable[Drawn], now: datetime) -> Iterator[Award]:
    """What has been won, one after the other."""
    items = {each.id: (money(each.unit_value, campaign.budget.currency), each.kind) for each in campaign.prizes}
    for place in places:
        if place.prize is not None:
            worth, kind = items[place.prize]
            yield Award(found.campaign, found.id, place.id, place.prize, place.rank, worth, kind, now)


def _award(campaign: CampaignFile, found: Draw, who: str, rank: int, prize: str, now: datetime) -> Award:
    return next(_awards(campaign, found, [Drawn(rank, who, prize)], now))
