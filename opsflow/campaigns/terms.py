"""What changes between two versions of a campaign's prizes, draws and rules, and what of it participants would lose by: pure.

Published terms change only in the participants' favour: more, earlier, easier; never less, later, harder. A sentence of the
rules that is not what it was counts as lost, because nobody but a lawyer can weigh words.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from opsflow.campaigns.drawcheck import filters_of, window
from opsflow.campaigns.drawrules import Condition, DrawRule, Tickets
from opsflow.campaigns.model import CampaignFile, Prize

PARTS = ("prizes", "draws", "prize_terms", "rules")
"""Of a campaign file, what its terms are."""
_ENDLESS = 10**18


def with_terms(was: CampaignFile, new: CampaignFile) -> CampaignFile:
    """A campaign file with the terms of another version."""
    return was.model_copy(update={part: getattr(new, part) for part in PARTS})


def changes(was: CampaignFile, new: CampaignFile) -> list[str]:
    """Every prize, draw, term and rule that is not what it was, a line each."""
    return [*_listed("prize", was.prizes, new.prizes), *_listed("draw", was.draws, new.draws), *_terms(was, new)]


def losses(was: CampaignFile, new: CampaignFile) -> list[str]:
    """What participants would lose, a line each; empty: nothing."""
    return [*_prizes(was, new), *_draws(was, new), *_caps(was, new), *_rules(was, new)]


def frozen_changes(was: CampaignFile, new: CampaignFile, frozen: Collection[DrawRule]) -> Iterator[str]:
    """What another version would change, a sentence each, of what draws that are frozen, sealed or drawn give.

    Their cost was confirmed, and whoever moves up gets what the first would have got: neither worth, kind nor tax of their
    prizes may change, nor may there be fewer than they give. A title may.
    """
    after: dict[str, Prize] = {prize.id: prize for prize in new.prizes}
    taxed_as_before = was.prize_terms.tax_paid_by == new.prize_terms.tax_paid_by
    for prize in was.prizes:
        draws = [rule.id for rule in frozen if any(share.prize == prize.id for share in rule.prizes)]
        if not draws:
            continue
        given = sum(share.quantity for rule in frozen for share in rule.prizes if share.prize == prize.id)
        holds, now = f"{', '.join(draws)} stands and gives {prize.id}", after.get(prize.id)
        if now is None:
            yield f"{holds}, which would be gone"
            continue
        for name in ("kind", "unit_value", "taxable"):
            if getattr(now, name) != getattr(prize, name):
                yield f"{holds}: its {name} would be {getattr(now, name)} instead of {getattr(prize, name)}"
        if now.quantity < given:
            yield f"{holds}: {now.quantity} would be left of {given}"
        if prize.taxable and not taxed_as_before:
            yield f"{holds}: its tax would be paid by the {new.prize_terms.tax_paid_by}"


def _listed(what: str, was: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[str]:
    before, after = ({each.id: each for each in version} for version in (was, new))
    for name in before | after:
        if name not in after:
            yield f"{what} {name} is gone"
        elif name not in before:
            yield f"{what} {name} is new"
        elif before[name] != after[name]:
            fields = [
                field
                for field in type(before[name]).model_fields
                if _of(before, name, field) != _of(after, name, field)
            ]
            yield f"{what} {name}: {', '.join(fields)}"


def _of(version: Mapping[str, Any], name: str, field: str) -> Any:
    return getattr(version[name], field)


def _terms(was: CampaignFile, new: CampaignFile) -> Iterator[str]:
    fields = type(was.prize_terms).model_fields
    changed = [name for name in fields if getattr(was.prize_terms, name) != getattr(new.prize_terms, name)]
    if changed:
        yield f"prize_terms: {', '.join(changed)}"
    if was.rules != new.rules:
        yield f"rules: {len(was.rules)} sentences, now {len(new.rules)}"


def _prizes(was: CampaignFile, new: CampaignFile) -> Iterator[str]:
    after: dict[str, Prize] = {prize.id: prize for prize in new.prizes}
    for prize in was.prizes:
        now = after.get(prize.id)
        if now is None:
            yield f"prize {prize.id} is gone"
            continue
        if now.quantity < prize.quantity:
            yield f"prize {prize.id}: {now.quantity} instead of {prize.quantity}"
        if now.unit_value < prize.unit_value:
            yield f"prize {prize.id}: worth {now.unit_value} instead of {prize.unit_value}"
        if now.kind != prize.kind:
            yield f"prize {prize.id}: {now.kind} instead of {prize.kind}"


def _draws(was: CampaignFile, new: CampaignFile) -> Iterator[str]:
    after = {draw.id: draw for draw in new.draws}
    for draw in was.draws:
        if draw.id not in after:
            yield f"draw {draw.id} is gone"
            continue
        for loss in _draw(draw, after[draw.id], was, new):
            yield f"draw {draw.id}: {loss}"


def _draw(was: DrawRule, new: DrawRule, before: CampaignFile, after: CampaignFile) -> Iterator[str]:
    yield from _shares(was, new)
    for name in ("form", "measure", "number_source", "drand"):
        if getattr(was, name) != getattr(new, name):
            yield f"another {name}"
    if new.who not in (was.who, "all"):
        yield f"for {new.who} users instead of {was.who}"
    yield from _conditions(was, new)
    if was.tickets is not None or new.tickets is not None:
        yield from _tickets(was.tickets, new.tickets)
    starts, ends = window(was, before)
    later, sooner = window(new, after)
    if later > starts or sooner < ends:
        yield "results count for a shorter time"
    if (was.number_at is None) != (new.number_at is None) or (
        was.number_at and new.number_at and new.number_at < was.number_at
    ):
        yield "its number is known earlier"
    for name in ("alternates", "claim_days", "appeal_days"):
        if getattr(new, name) < getattr(was, name):
            yield f"{name} {getattr(new, name)} instead of {getattr(was, name)}"
    if (new.most_a_day or _ENDLESS) < (was.most_a_day or _ENDLESS):
        yield f"at most {new.most_a_day} a day"
    yield from _filters(was, new, before, after)


def _shares(was: DrawRule, new: DrawRule) -> Iterator[str]:
    now = {share.prize: share.quantity for share in new.prizes}
    for share in was.prizes:
        if now.get(share.prize, 0) < share.quantity:
            yield f"{now.get(share.prize, 0)} of {share.prize} instead of {share.quantity}"


def _conditions(was: DrawRule, new: DrawRule) -> Iterator[str]:
    for each in new.conditions:
        if not any(_implies(old, each) for old in was.conditions):
            yield f"`{each.measure} {each.operator} {each.bound}` is asked for"


def _implies(old: Condition, new: Condition) -> bool:
    """Whether everybody who met the old one meets the new one."""
    if old.measure != new.measure:
        return False
    if old == new:
        return True
    if old.operator == "=":
        return new.holds(old.bound)
    if old.operator in (">", ">="):
        least = old.bound + (old.operator == ">")
        return new.operator in (">", ">=") and new.holds(least)
    most = old.bound - (old.operator == "<")
    return new.operator in ("<", "<=") and new.holds(most)


def _tickets(was: Tickets | None, new: Tickets | None) -> Iterator[str]:
    if was is None or new is None:
        yield "tickets are counted otherwise"
        return
    if was.measure != new.measure:
        yield "tickets are counted by another measure"
    if new.per > was.per:
        yield f"a ticket for {new.per} instead of {was.per}"
    if new.paying_times < was.paying_times:
        yield f"paying users' tickets count {new.paying_times} times instead of {was.paying_times}"
    if new.most < was.most or (new.most_a_day or _ENDLESS) < (was.most_a_day or _ENDLESS):
        yield "fewer tickets at most"


def _filters(was: DrawRule, new: DrawRule, before: CampaignFile, after: CampaignFile) -> Iterator[str]:
    there = {each.name: each for each in filters_of(was, before)}
    for each in filters_of(new, after):
        old = there.get(each.name)
        if old is None or each.most < old.most or each.within > old.within:
            yield f"the filter {each.name} leaves out more"


def _caps(was: CampaignFile, new: CampaignFile) -> Iterator[str]:
    for name in ("per_person", "physical_per_person"):
        before, now = getattr(was.prize_terms, name), getattr(new.prize_terms, name)
        if (now or _ENDLESS) < (before or _ENDLESS):
            yield f"prize_terms: {name} {now} instead of {before or 'any number'}"
    if (was.prize_terms.tax_paid_by, new.prize_terms.tax_paid_by) == ("organiser", "winner"):
        yield "prize_terms: the winner pays the tax"
    if was.prize_terms.number_source != new.prize_terms.number_source:
        yield "prize_terms: another number_source"


def _rules(was: CampaignFile, new: CampaignFile) -> Iterator[str]:
    if new.rules[: len(was.rules)] != was.rules or len(new.rules) > len(was.rules):
        yield "rules: the sentences are not those that were published"
