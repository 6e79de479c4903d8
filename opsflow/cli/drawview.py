"""How draws are shown: in lines, and as JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.money import total
from opsflow.participants.model import Participant
from opsflow.prizes.awards.model import AwardStatus
from opsflow.prizes.claims.service import Invitation
from opsflow.prizes.draws.model import PASSED_OVER, Draw, Entrant, Standing
from opsflow.prizes.draws.simulating import Seen, Spread
from opsflow.prizes.draws.standing import Overview
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.terms.service import Terms

SHOWN = 10
"""Winners of one prize that are named on the terminal; all of them stand in the proof."""


def frozen_text(campaign: str, found: Overview) -> Iterator[str]:
    """What was written down, what it will cost, and the command that seals it."""
    yield from _lines(found)
    if found.draw is None or found.expected is None:
        return
    if found.draw.refused:
        yield f"Whoever was left out may appeal until {found.draw.appeals_until:%Y-%m-%d %H:%M} UTC."
    cost = f"{found.expected.cost.decimal:f}"
    yield "If this is right, seal it:"
    yield f"  opsflow prizes commit {campaign} {found.rule.id} --winners {found.expected.winners} --cost {cost}"


def overview_text(found: Sequence[Overview]) -> list[str]:
    """Every draw with how far it is."""
    return [line for each in found for line in _lines(each)]


def _lines(found: Overview) -> Iterator[str]:
    draw, expected = found.draw, found.expected
    yield f"{found.rule.id} · {found.rule.form} · {draw.status.value if draw else 'not frozen'}"
    if draw is None or expected is None:
        return
    yield f"  {draw.entrants:,} take part, {draw.refused:,} are left out"
    yield from (f"    {reason}: {number:,}" for reason, number in found.reasons.items())
    prizes = ", ".join(f"{number:,} {prize}" for prize, number in expected.by_prize.items())
    yield f"  {expected.winners:,} win: {prizes}; it costs {expected.cost}, tax included"
    yield from short_text(found)
    if draw.commitment:
        yield f"  commitment {draw.commitment}"
    if draw.number:
        yield f"  number {draw.number}"


def short_text(found: Overview) -> Iterator[str]:
    """A warning where the rewards line does not hold what a draw costs; no line where it does."""
    if found.short is not None:
        yield (
            f"  warning: that is {found.short} more than the rewards line has for it, beside what is won and sealed with its "
            "tax. Raise the line in the campaign file: a prize that it does not cover is won and not paid."
        )


def drawn_text(draw: str, found: Sequence[Entrant]) -> Iterator[str]:
    """Who has won what; of many the first."""
    winners = [each for each in found if each.prize]
    yield f"{draw} is drawn: {len(winners):,} win, {sum(each.is_alternate for each in found):,} are alternates."
    for prize, group in groupby(winners, key=lambda each: each.prize):
        mine = list(group)
        yield f"  {prize} ({len(mine):,})"
        yield from (f"    {each.rank:>6}  {each.participant}" for each in mine[:SHOWN])
        if len(mine) > SHOWN:
            yield f"    and {len(mine) - SHOWN:,} more; `opsflow prizes proof` writes them all"


def invitations_csv(found: Sequence[Invitation]) -> bytes:
    """Whom to tell what, a row each, as Excel and mail tools read it; no cell is a formula."""
    contacts = ("account", "name", "email", "phone")
    return csv_table(
        [*contacts, "prize", "prize_zh", "until", "link"],
        (
            [
                *(each.contact.get(name, "") for name in contacts),
                each.prize.title.en,
                each.prize.title.zh,
                each.until,
                each.link,
            ]
            for each in found
        ),
    )


def where_text(found: Participant, places: Sequence[tuple[Draw, Entrant, Standing | None]]) -> Iterator[str]:
    """What became of somebody."""
    blocked = f", on the blocklist: {found.blocked}" if found.blocked else ""
    yield f"{found.id} · {found.status.value}{blocked}"
    for draw, entrant, standing in places:
        yield f"  {draw.id}: {', '.join(filter(None, (_fate(draw, entrant), _stands(standing))))}"
    if not places:
        yield "  in no draw yet"


def where_json(found: Participant, places: Sequence[tuple[Draw, Entrant, Standing | None]]) -> dict[str, Any]:
    """The same for other programs."""
    draws = [
        {
            "draw": draw.id,
            "fate": _fate(draw, entrant),
            "award": standing.award.value if standing else None,
            "payout": standing.payout.value if standing and standing.payout else None,
            "handed_out": standing is not None and standing.is_handed_out,
        }
        | place_json(entrant)
        for draw, entrant, standing in places
    ]
    return {"participant": found.id, "status": found.status.value, "blocked": found.blocked, "draws": draws}


def _stands(standing: Standing | None) -> str:
    """What customer service tells somebody who asks where their prize is."""
    if standing is None or standing.award in (AwardStatus.LAPSED, AwardStatus.VOID):
        return ""
    if standing.award is AwardStatus.WON and standing.is_asked:
        return "not claimed yet"
    return _PAYOUTS.get(standing.payout, "") if standing.payout else ""


_PAYOUTS: Mapping[PayoutStatus, str] = {
    PayoutStatus.REFUSED_BUDGET: "the budget does not cover it",
    PayoutStatus.PLANNED: "waits to be handed out",
    PayoutStatus.SENDING: "on its way",
    PayoutStatus.UNKNOWN: "on its way: whether it has arrived is not known yet",
    PayoutStatus.PAID: "handed out",
    PayoutStatus.REFUSED: "refused by whoever pays it: a new link from `opsflow prizes claim` lets them correct where it goes",
    PayoutStatus.NEEDS_HUMAN: "finance finds out what became of it",
}


def spread_text(found: Mapping[str, Spread], known: Mapping[str, Seen], participants: int) -> Iterator[str]:
    """What each draw may come to, and all of them at the 95th percentile."""
    yield f"{participants:,} participants; 5th, 50th and 95th percentile"
    for name, each in found.items():
        seen = known[name]
        share = seen.qualified / seen.people if seen.people else 0.0
        yield f"{name} · {share:.1%} qualify"
        yield f"  take part  {_three(f'{value:,}' for value in each.entrants)}"
        yield f"  win        {_three(f'{value:,}' for value in each.winners)}"
        yield f"  cost       {_three(map(str, each.cost))}"
        if each.odds is not None:
            yield f"  odds       {each.odds:.2%} of whoever takes part wins, with equal tickets"
    if found:
        most = [each.cost[2] for each in found.values()]
        yield f"all draws at most {total(most, most[0].currency)}, tax included"


def _three(values: Iterable[str]) -> str:
    return "  ".join(f"{value:>16}" for value in values)


def spread_json(each: Spread) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "entrants": list(each.entrants),
        "winners": list(each.winners),
        "cost": [f"{amount.decimal:f}" for amount in each.cost],
        "currency": each.cost[0].currency,
        "odds": each.odds,
    }


def terms_text(found: Terms, *, filed: bool) -> Iterator[str]:
    """What other terms change, and what stands against them."""
    if not found.changes:
        yield "Nothing changes."
    yield from (f"  {line}" for line in found.changes)
    if found.losses:
        yield "Participants would lose:"
        yield from (f"  {line}" for line in found.losses)
    if filed:
        yield "Filed."
    elif found.may_be_filed:
        yield "Add --apply to file it."
    elif found.losses and found.published:
        yield "It is published: nothing is filed that anybody loses by."


def place_json(each: Entrant) -> dict[str, Any]:
    """One participant in a draw."""
    return {
        "participant": each.participant,
        "rank": each.rank,
        "prize": each.prize,
        "tickets": each.tickets,
        "refused": each.refused,
        "lost": each.lost,
    }


def overview_json(found: Overview) -> dict[str, Any]:
    """A draw and how far it is."""
    draw, expected = found.draw, found.expected
    return {
        "draw": found.rule.id,
        "form": found.rule.form,
        "status": draw.status.value if draw else None,
        "entrants": draw.entrants if draw else None,
        "refused": dict(found.reasons),
        "winners": expected.winners if expected else None,
        "cost": f"{expected.cost.decimal:f}" if expected else None,
        "currency": expected.cost.currency if expected else None,
        "rewards_left": f"{found.left.decimal:f}" if found.left else None,
        "commitment": draw.commitment if draw else None,
        "number": draw.number if draw else None,
        "appeals_until": draw.appeals_until.isoformat() if draw else None,
    }


def _fate(draw: Draw, entrant: Entrant) -> str:
    if entrant.refused:
        return f"left out: {entrant.refused}"
    if entrant.lost and entrant.lost.startswith(PASSED_OVER):
        return f"alternate, {entrant.lost}"
    if entrant.lost:
        return f"had won, and lost it: {entrant.lost}"
    if entrant.prize:
        return f"won {entrant.prize} (place {entrant.rank})"
    if entrant.is_alternate:
        return f"alternate (place {entrant.rank})"
    return "took part, won nothing" if draw.drawn_at else f"takes part with {entrant.tickets} tickets"
