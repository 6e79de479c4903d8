"""A draw as it goes from its rules to its winners: pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.campaigns.drawcheck import filters_of, source_of, window
from opsflow.campaigns.drawrules import DrawRule
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.errors import Conflict, NotFound, Refused
from opsflow.kernel.money import Money, money, total
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.zoned import resolve
from opsflow.prizes.awards.model import AwardStatus
from opsflow.prizes.draws.beacon import named
from opsflow.prizes.payouts.model import PayoutStatus

ERASED = "was erased"
"""Why somebody who is forgotten loses what they had won, or their place behind it."""
PASSED_OVER = "passed over: "
"""Begins the reason for which an alternate got nothing when it was their turn."""


class DrawStatus(StrEnum):
    """How far a draw is."""

    FREEZING = "freezing"
    """Entrants are being written down; if nothing more comes of it, it is frozen again from the start."""
    FROZEN = "frozen"
    """Who takes part is written down; appeals are heard."""
    COMMITTED = "committed"
    """Sealed and published: nothing about it changes any more but that its number becomes known."""
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw of a campaign, from its freezing on."""

    campaign: CampaignKey
    id: str
    status: DrawStatus
    revision: int
    """Counts what has changed its list."""
    rules: Mapping[str, Any]
    """As they are published with it."""
    entrants: int
    refused: int
    frozen_at: datetime
    frozen_by: str
    appeals_until: datetime
    commitment: str | None
    committed_at: datetime | None
    number: str | None
    drawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody in a draw, or left out of it."""

    participant: str
    tickets: int
    """A lottery's; else 1."""
    score: int
    """A ranking's sum; else 0."""
    reached_at: datetime | None
    """When a ranking's sum, or a threshold, was reached."""
    refused: str | None
    """Why they are left out."""
    listed: str | None = None
    """The prize that a finished list names for them."""
    rank: int | None = None
    prize: str | None = None
    lost: str | None = None
    """Why what they had won went to somebody else."""

    @property
    def is_alternate(self) -> bool:
        """Whether they are next when somebody loses a prize."""
        return self.rank is not None and self.prize is None and self.lost is None


@dataclass(frozen=True, slots=True)
class Standing:
    """How what somebody has won stands."""

    award: AwardStatus
    is_asked: bool
    """Whether its winner has to say where it goes."""
    payout: PayoutStatus | None
    """None: nothing is intended, as of what was taken back before anything could be."""

    @property
    def is_handed_out(self) -> bool:
        """Whether it was paid, sent or handed over."""
        return self.payout is PayoutStatus.PAID


@dataclass(frozen=True, slots=True)
class Expected:
    """What a draw is going to give out, before it is drawn (F67)."""

    winners: int
    cost: Money
    """What the prizes are worth, with the tax on them where the organiser pays it."""
    by_prize: Mapping[str, int]


class NoSuchDraw(NotFound):
    """The campaign file has no such draw."""

    def __init__(self, campaign: CampaignFile, draw: str) -> None:
        known = ", ".join(each.id for each in campaign.draws) or "none: its file has no `draws:`"
        super().__init__(f"{campaign.key} has no draw {draw}. It has {known}.")


class NotFrozen(Refused):
    """The draw has no list of entrants yet."""

    def __init__(self, campaign: CampaignKey, draw: str) -> None:
        super().__init__(
            f"Nobody has frozen the entrants of {draw}: `opsflow prizes freeze {campaign} {draw}` writes them down."
        )


class AlreadyCommitted(Conflict):
    """It was published; nothing about it can be changed any more."""

    def __init__(self, draw: Draw) -> None:
        at = draw.committed_at or draw.frozen_at
        super().__init__(
            f"{draw.id} was committed on {at:%Y-%m-%d %H:%M} UTC with {draw.commitment}: its entrants, prizes and rules "
            "stand. Whoever was left out wrongly takes part in another draw."
        )


def rule_of(campaign: CampaignFile, draw: str) -> DrawRule:
    """A draw of the campaign file. NoSuchDraw: there is none of that id."""
    found = next((each for each in campaign.draws if each.id == draw), None)
    if found is None:
        raise NoSuchDraw(campaign, draw)
    return found


def published_rules(campaign: CampaignFile, rule: DrawRule) -> dict[str, Any]:
    """Everything that decides who takes part, as it is published: JSON."""
    starts, ends = window(rule, campaign)
    source = source_of(rule, campaign)
    # Only where it is asked for: lists that were sealed before there was such a thing keep their hash.
    drand = (
        {"drand": named(rule.drand, resolve(rule.number_at, ZoneInfo(campaign.zone)))}
        if rule.drand and rule.number_at
        else {}
    )
    return {
        "form": rule.form,
        "who": rule.who,
        "when": list(rule.when),
        "measure": rule.measure,
        "tickets": rule.tickets.model_dump(mode="json") if rule.tickets else None,
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
        "zone": campaign.zone,
        "most_a_day": rule.most_a_day,
        "alternates": rule.alternates,
        "filters": [each.model_dump(mode="json") for each in filters_of(rule, campaign)],
        "per_person": campaign.prize_terms.per_person,
        "physical_per_person": campaign.prize_terms.physical_per_person,
        "prizes": [[share.prize, share.quantity] for share in rule.prizes],
        "number_at": rule.number_at.isoformat() if rule.number_at else None,
        "number_source": {"en": source.en, "zh": source.zh} if source else None,
        "appeal_days": rule.appeal_days,
        "claim_days": rule.claim_days,
    } | drand


def comes_first(campaign: CampaignFile, rule: DrawRule, undrawn: Collection[str]) -> str | None:
    """A draw that must be drawn before this one is frozen, because what somebody wins in it counts here; None: there is none.

    `undrawn`: the draws that are frozen or committed and not drawn.
    """
    terms = campaign.prize_terms
    physical = {prize.id for prize in campaign.prizes if prize.kind == "physical"}

    def gives_physical(each: DrawRule) -> bool:
        return any(share.prize in physical for share in each.prizes)

    for other in campaign.draws:
        shared = terms.per_person is not None or (
            terms.physical_per_person is not None and gives_physical(rule) and gives_physical(other)
        )
        if other.id != rule.id and other.id in undrawn and shared:
            return other.id
    return None


def places(rule: DrawRule) -> list[str]:
    """The prize of each place, first place first."""
    return [share.prize for share in rule.prizes for _ in range(share.quantity)]


def first_places(rule: DrawRule, entrants: int) -> dict[str, int]:
    """How many of each prize so many entrants get, the first places first."""
    given = places(rule)[:entrants]
    return {share.prize: given.count(share.prize) for share in rule.prizes}


def expected(campaign: CampaignFile, by_prize: Mapping[str, int], taxes: Mapping[str, Money]) -> Expected:
    """What a draw costs that gives so many of each prize. `taxes`: on one of each prize, where the organiser pays it."""
    currency = campaign.budget.currency
    values = {prize.id: money(prize.unit_value, currency) for prize in campaign.prizes}
    none = Money(0, currency)
    cost = total(((values[prize] + taxes.get(prize, none)) * number for prize, number in by_prize.items()), currency)
    return Expected(sum(by_prize.values()), cost, by_prize)
