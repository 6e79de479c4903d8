"""How payouts are shown: their states, lists, doubts and differences, as lines and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from opsflow.kernel.money import Money
from opsflow.kernel.terms import PersonKey
from opsflow.prizes.payouts.lists.model import ListStatus, PayoutList
from opsflow.prizes.payouts.lists.store import Part
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.payouts.overview import Overview
from opsflow.prizes.payouts.reckoning.model import Difference, Match, Reconciled
from opsflow.prizes.payouts.reckoning.store import Case
from opsflow.prizes.payouts.service import Round

MOST_SHOWN = 10
WORDS: Mapping[PayoutStatus, str] = {
    PayoutStatus.PAID: "paid",
    PayoutStatus.SENDING: "being sent",
    PayoutStatus.UNKNOWN: "unknown: the provider is asked",
    PayoutStatus.NEEDS_HUMAN: "needs two people to decide",
    PayoutStatus.PLANNED: "planned",
    PayoutStatus.REFUSED: "refused by the provider",
    PayoutStatus.REFUSED_BUDGET: "not covered by the rewards line",
    PayoutStatus.CANCELLED: "cancelled",
}


def overview_text(found: Overview) -> Iterator[str]:
    """Where payouts stand, and what has to be done next."""
    if found.budget is None:
        yield f"{found.campaign}: nobody has won anything yet."
        return
    currency = found.budget.currency
    amounts = (found.budget.cap, found.budget.paid, found.budget.reserved, found.budget.available)
    cap, paid, reserved, available = (Money(units, currency) for units in amounts)
    yield f"{found.campaign}: {paid} paid and {reserved} reserved of {cap}; {available} left."
    if found.held is not None:
        yield f"Stopped ({found.held.hold}) by {found.held.by} at {found.held.at:%Y-%m-%d %H:%M} UTC: {found.held.because}"
    if found.is_paused:
        yield f"The campaign is paused: nothing is sent before `opsflow campaign resume {found.campaign}`."
    for status, words in WORDS.items():
        if status in found.payouts:
            count, units = found.payouts[status]
            yield f"  {count:>9,}  {Money(units, currency)}  {words}"
    for each in found.lists:
        yield f"  {_list_line(each)}"
    for last in found.held_against:
        yield f"  {last.at:%Y-%m-%d %H:%M} UTC: held against the books of {last.provider}, {last.matching:,} match, {last.differences:,} differ"
    yield from _todo(found)


def _list_line(found: PayoutList) -> str:
    signed = f", signed by {', '.join(found.signed_by)}" if found.signed_by else ""
    why = f": {found.reason}" if found.reason else ""
    return f"list {found.number}: {found.count:,} worth {found.worth}, {found.status}{why}{signed}"


def _todo(found: Overview) -> Iterator[str]:
    if found.unlisted:
        yield f"{found.unlisted:,} are on no list: `opsflow prizes request {found.campaign}` asks for those that are due."
    for each in found.lists:
        if each.status is ListStatus.PROPOSED:
            missing = each.needed - len(each.signed_by)
            yield f"List {each.number} waits for {missing} of finance: `opsflow prizes approve {found.campaign} --list {each.number}`."
    for one in found.waiting[:MOST_SHOWN]:
        yield f"{one.count:,} {WORDS[one.status].partition(':')[0]} through {one.provider}: {one.reason}."
    yield from _more(found.waiting, "reasons")
    for doubt in found.in_doubt[:MOST_SHOWN]:
        yield f"Award {doubt.award} through {doubt.provider}: {doubt.reason}. `opsflow prizes decide {found.campaign} {doubt.award}`."
    yield from _more(found.in_doubt, "to decide")
    yield from said_paid_lines(found)
    yield from (case_line(case) for case in found.cases[:MOST_SHOWN])
    yield from _more(found.cases, "differences")
    if found.cases:
        yield f"Nothing is sent there until each is explained: `opsflow prizes explain {found.campaign} NUMBER`."
    for name in found.missing:
        yield f"Provider {name} is not in payouts.yaml (any more), and payouts wait for it: put it back under that name."
    if found.next_at is not None:
        yield f"What waits is looked at from {found.next_at:%Y-%m-%d %H:%M} UTC on."
    yield from (f"The books do not hold: {fault}. Stop paying and tell whoever runs opsflow." for fault in found.faults)


def said_paid_lines(found: Overview) -> Iterator[str]:
    """Refused payouts that a statement shows as paid, each with the way to book it."""
    for one in found.said_paid[:MOST_SHOWN]:
        yield (
            f"Award {one.award} was refused, and the statement of {one.provider} shows it as paid: it is not asked for again. "
            f"`opsflow prizes decide {found.campaign} {one.award} --paid {one.reference}` books it."
        )
    yield from _more(found.said_paid, "that a statement shows as paid")


def _more(found: Sequence[object], what: str) -> Iterator[str]:
    if len(found) > MOST_SHOWN:
        yield f"And {len(found) - MOST_SHOWN:,} more {what} (`--format json` lists all)."


def case_line(case: Case) -> str:
    """One difference between our books and a provider's."""
    return f"Difference {case.number} with {case.provider}: {_difference(case.difference)}."


def _difference(one: Difference) -> str:
    """What the two books say of a payment."""
    if one.kind is Match.REFERENCE_DIFFERS:
        return f"{one.key} {one.kind}, our reference {one.our_reference}, theirs {one.reference}"
    return f"{one.key} {one.kind}, ours {one.ours}, theirs {one.theirs} minor units, reference {one.reference}"


def list_text(found: PayoutList, parts: Sequence[Part]) -> Iterator[str]:
    """A list as it is looked at before it is signed."""
    yield f"{_list_line(found)}, asked for by {found.requested_by}"
    for part in parts:
        yield f"  {part.count:>9,}  {Money(part.units, found.worth.currency)}  {part.prize} through {part.provider}"
    yield f"hash {found.root}"
    if found.status is ListStatus.PROPOSED:
        yield f"{found.needed} of finance approve exactly this: opsflow prizes approve {found.campaign} --list {found.number} --hash {found.root}"


def signers_lines(found: PayoutList, people: Sequence[PersonKey]) -> Iterator[str]:
    """Who may still sign a list that waits for it, or that they are too few."""
    named, wanted = ", ".join(people) or "nobody", found.needed - len(found.signed_by)
    if found.status is not ListStatus.PROPOSED:
        return
    if len(people) >= wanted:
        yield f"Who can: {named}."
        return
    yield (
        f"Warning: {wanted} must still sign, and of finance there {'is' if len(people) == 1 else 'are'} {named} besides whoever asked. "
        f"Name others under `permissions: {{finance: [...]}}` in org.yaml, then: opsflow campaign permissions {found.campaign}"
    )


def list_json(found: PayoutList, parts: Sequence[Part]) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "list": found.number,
        "status": found.status.value,
        "count": found.count,
        "units": found.worth.units,
        "currency": found.worth.currency,
        "hash": found.root,
        "needed": found.needed,
        "requested_by": found.requested_by,
        "signed_by": list(found.signed_by),
        "reason": found.reason,
        "parts": [
            {"prize": part.prize, "provider": part.provider, "count": part.count, "units": part.units} for part in parts
        ],
    }


def overview_json(found: Overview) -> dict[str, Any]:
    """Where payouts stand, for other programs; amounts in minor units."""
    budget, held = found.budget, found.held
    return {
        "campaign": found.campaign,
        "budget": None
        if budget is None
        else {"currency": budget.currency, "cap": budget.cap, "reserved": budget.reserved, "paid": budget.paid},
        "payouts": {status.value: {"count": count, "units": units} for status, (count, units) in found.payouts.items()},
        "unlisted": found.unlisted,
        "lists": [list_json(each, ()) for each in found.lists],
        "held": None
        if held is None
        else {"hold": held.hold.value, "by": held.by, "at": held.at.isoformat(), "because": held.because},
        "campaign_is_paused": found.is_paused,
        "needs_human": [
            {"award": one.award, "provider": one.provider, "units": one.units, "reason": one.reason}
            for one in found.in_doubt
        ],
        "said_paid": said_paid_json(found),
        "differences": [_case_json(case) for case in found.cases],
        "reconciled": [
            {
                "provider": last.provider,
                "at": last.at.isoformat(),
                "matching": last.matching,
                "differences": last.differences,
            }
            for last in found.held_against
        ],
        "waiting": [
            {"status": one.status.value, "provider": one.provider, "reason": one.reason, "count": one.count}
            for one in found.waiting
        ],
        "missing_providers": list(found.missing),
        "faults": list(found.faults),
        "next_at": found.next_at.isoformat() if found.next_at else None,
    }


def said_paid_json(found: Overview) -> list[dict[str, Any]]:
    """Refused payouts that a statement shows as paid, for other programs."""
    return [
        {"award": one.award, "provider": one.provider, "units": one.units, "reference": one.reference}
        for one in found.said_paid
    ]


def _case_json(case: Case) -> dict[str, Any]:
    one = case.difference
    return {
        "number": case.number,
        "provider": case.provider,
        "key": one.key,
        "kind": one.kind.value,
        "ours": one.ours,
        "theirs": one.theirs,
        "currency": one.currency,
        "reference": one.reference,
        "our_reference": one.our_reference,
    }


def round_text(done: Round, found: Overview) -> Iterator[str]:
    """What a round of paying did, and through whom it could not."""
    moved = ", ".join(f"{count:,} {WORDS[status]}" for status, count in done.moved.items())
    lost = f"; {done.lost:,} were taken up from senders that did not come back" if done.lost else ""
    is_stopped = done.unusable or found.held is not None or found.is_paused or found.cases
    yield f"{moved or ('Nothing was sent' if is_stopped else 'Nothing was due')}{lost}."
    yield from (why for name, why in done.unusable.items() if name not in found.missing)


def reconciled_text(done: Reconciled, provider: str) -> Iterator[str]:
    """What a reconciliation found."""
    yield f"{done.matching:,} match with {provider}, {done.under_way:,} are under way, {len(done.differences):,} differ ({done.new:,} new)."
    if done.gone:
        yield f"{done.gone:,} that were open are not in this statement any more: they stop nothing."
    for one in done.differences[:MOST_SHOWN]:
        yield f"  {_difference(one)}"
    if len(done.differences) > MOST_SHOWN:
        yield f"  and {len(done.differences) - MOST_SHOWN:,} more (`opsflow prizes status` with `--format json` lists all that are open)"
    if done.held_back:
        yield (
            f"{done.held_back:,} that were asked for again are held back: {provider} has paid them under an earlier key. "
            "`opsflow prizes decide` books them (`opsflow prizes status` lists them)."
        )
    if done.stopped:
        yield f"Nothing is sent through {provider} until every difference is explained (`opsflow prizes status`)."
