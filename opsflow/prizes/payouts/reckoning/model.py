"""What two books say of the same payments. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from opsflow.kernel.errors import BadInput, NotFound, Refused
from opsflow.kernel.money import MOST
from opsflow.kernel.paying import StatementLine
from opsflow.kernel.terms import CampaignKey


class Match(StrEnum):
    """How a payment stands in the two books."""

    MATCH = "match"
    OURS_ONLY = "ours_only"
    """We have it as paid, the provider does not."""
    THEIRS_ONLY = "theirs_only"
    """The provider has paid what we do not have as paid."""
    AMOUNT_DIFFERS = "amount_differs"
    """Amount or currency."""
    DUPLICATE = "duplicate"
    """The provider has paid it more than once, or several under one reference."""
    REFERENCE_DIFFERS = "reference_differs"
    """The provider's books name it otherwise than its answer did, or than people who decided it."""


@dataclass(frozen=True, slots=True)
class Ours:
    """One payment by our books."""

    units: int
    currency: str
    is_paid: bool
    """Else it is under way: unknown, or with people. Then a payment there is no surprise, and none is none either."""
    reference: str | None = None
    """Of a payment, as the provider gave it then."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One payment on which the books differ."""

    key: str
    kind: Match
    ours: int | None
    theirs: int | None
    reference: str | None
    currency: str | None
    """Theirs."""
    our_reference: str | None = None

    @property
    def said(self) -> tuple[str, str, int | None, str | None, str | None]:
        """What the provider's books say: who has explained one has not explained what they say otherwise."""
        return self.key, self.kind.value, self.theirs, self.currency, self.reference


@dataclass(frozen=True, slots=True)
class SaidPaid:
    """A payout that the provider refused, and that its own statement shows as paid."""

    id: int
    award: str
    provider: str
    key: str
    units: int
    """As asked for; an amount that differs is told once it is booked."""
    reference: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a reconciliation found."""

    matching: int
    under_way: int
    """Not settled here yet; they are looked up as usual."""
    differences: tuple[Difference, ...]
    new: int
    """Of the differences: not known before, or shown again before anybody had explained it."""
    gone: int
    """Open until now, and not shown any more: they stop nothing."""
    stopped: bool
    """Nothing is sent through this provider until every difference is explained."""
    held_back: int = 0
    """Payouts that were asked for again and not sent yet, of which the statement shows an earlier key as paid: people decide."""


def compare(ours: Mapping[str, Ours], theirs: Iterable[StatementLine]) -> tuple[int, int, tuple[Difference, ...]]:
    """(how many match, how many are under way, the differences in the order of their keys)."""
    lines: dict[str, list[StatementLine]] = {}
    for line in theirs:
        lines.setdefault(line.key, []).append(line)
    by_reference: dict[str, set[str]] = {}
    for key, several in lines.items():
        for line in several:
            if line.reference:
                by_reference.setdefault(line.reference, set()).add(key)
    shared = frozenset(key for keys in by_reference.values() if len(keys) > 1 for key in keys)
    found = tuple(
        difference for key in sorted(ours.keys() | lines.keys()) for difference in _of(key, ours, lines, shared)
    )
    differing = {difference.key for difference in found}
    alike = [key for key in ours if key not in differing]
    matching = sum(ours[key].is_paid for key in alike)
    return matching, len(alike) - matching, found


def _of(
    key: str, ours: Mapping[str, Ours], lines: Mapping[str, list[StatementLine]], shared: frozenset[str]
) -> Iterator[Difference]:
    # In an order of their own: the same lines in another order are no other difference.
    mine, several = ours.get(key), sorted(lines.get(key, []), key=_content)
    if not several:
        if mine is not None and mine.is_paid:
            yield Difference(key, Match.OURS_ONLY, mine.units, None, None, None)
        return
    first = several[0]
    if mine is None:
        yield _difference(Match.THEIRS_ONLY, None, first)
    else:
        others = [line for line in several if (line.units, line.currency) != (mine.units, mine.currency)]
        yield from (_difference(Match.AMOUNT_DIFFERS, mine, line) for line in others[:1])
        if _is_named_otherwise(mine, several):
            yield _difference(Match.REFERENCE_DIFFERS, mine, first)
    if len(several) > 1 or key in shared:
        total = min(
            sum(line.units for line in several), MOST
        )  # what is listed often enough is more than any column holds
        yield _difference(Match.DUPLICATE, mine, replace(first, units=total))


def _is_named_otherwise(mine: Ours, several: list[StatementLine]) -> bool:
    """Whether no line of a payment has the reference by which we know it; a line without one says nothing."""
    named = {line.reference for line in several if line.reference}
    return mine.is_paid and mine.reference is not None and bool(named) and mine.reference not in named


def _content(line: StatementLine) -> tuple[str, int, str]:
    return line.reference, line.units, line.currency


def _difference(kind: Match, mine: Ours | None, line: StatementLine) -> Difference:
    units, reference = (mine.units, mine.reference) if mine else (None, None)
    return Difference(line.key, kind, units, line.units, line.reference, line.currency, reference)


class EmptyStatement(BadInput):
    """It has no line, and cannot be all that the provider has paid."""

    def __init__(self, provider: str, paid: int, shown: int) -> None:
        super().__init__(
            f"The statement of {provider} has no line, but {paid} payments through it are paid here, and {shown} differences stand from "
            "the last one. Nothing was changed: hand in the whole statement, or add `--empty` when the provider has really paid nothing."
        )


class LeftOut(Refused):
    """All that could be asked for again stands as paid in a statement."""

    def __init__(self, campaign: CampaignKey, found: Sequence[SaidPaid]) -> None:
        first = found[0]
        super().__init__(
            f"Nothing of {campaign} is asked for again: {len(found)} refused payouts stand as paid in their provider's statement, and "
            f"another key would pay them twice. Book each: `opsflow prizes decide {campaign} {first.award} --paid "
            f"{first.reference} --evidence TEXT`; `opsflow prizes status {campaign}` names them. A later statement without them frees them."
        )


class NoSuchDifference(NotFound):
    """There is nothing to explain under that number."""

    def __init__(self, campaign: CampaignKey, number: int) -> None:
        super().__init__(
            f"{campaign} has no unexplained difference {number}. `opsflow prizes status {campaign}` shows those there are."
        )
