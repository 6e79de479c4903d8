"""What the use cases of draws share: how far a draw is, what it will cost, who may win no more, and whether somebody may."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from opsflow.budget.service import rewards_of
from opsflow.campaigns.drawrules import DrawRule
from opsflow.campaigns.prizelaw import law_of, tax_on
from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import resolve
from opsflow.participants import store as crowd
from opsflow.participants.model import ParticipantId, ParticipantStatus
from opsflow.prizes.draws import store
from opsflow.prizes.draws.entering import BLOCKLIST, CAP
from opsflow.prizes.draws.model import (
    ERASED,
    PASSED_OVER,
    Draw,
    DrawStatus,
    Entrant,
    Expected,
    NotFrozen,
    expected,
    first_places,
    rule_of,
)
from opsflow.prizes.draws.simulating import Seen, Spread, simulate


@dataclass(frozen=True, slots=True)
class Overview:
    """A draw of the campaign file, and how far it is."""

    rule: DrawRule
    draw: Draw | None
    """None: nobody has frozen it."""
    expected: Expected | None
    """What it is going to give out; None: nobody knows who takes part."""
    reasons: Mapping[str, int]
    """How many are left out, by reason."""
    left: Money | None = None
    """What the rewards line has for it, tax taken off everything else; None: nobody knows who takes part, or it is drawn."""

    @property
    def short(self) -> Money | None:
        """How much more it costs than the rewards line has for it; None: it is covered."""
        if self.expected is None or self.left is None or self.expected.cost <= self.left:
            return None
        return self.expected.cost - self.left


def overview(ctx: Context, campaign: CampaignKey) -> list[Overview]:
    """Every draw of the campaign file, and how far it is. NotFound: no such campaign."""
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        return [overview_of(ctx, session, held, rule) for rule in held.file.draws]


def overview_of(ctx: Context, session: Session, held: Campaign, rule: DrawRule) -> Overview:
    """How far a draw is, and what it is going to give out."""
    found = store.draw(session, held.key, rule.id)
    if found is None or found.status is DrawStatus.FREEZING:
        return Overview(rule, found, None, {})
    left = _left(ctx, session, held, found) if found.status is not DrawStatus.DRAWN else None
    expects = expected_of(ctx, session, held, rule, found)
    return Overview(rule, found, expects, store.reasons(session, found), left)


def simulated(
    ctx: Context, campaign: CampaignKey, known: Mapping[str, Seen], *, participants: int, rounds: int, seed: int
) -> dict[str, Spread]:
    """What each draw may come to with so many participants. `known`: of how many people so many qualify, by draw.

    NotFound: no such campaign.
    """
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        return {
            rule.id: simulate(
                known[rule.id],
                participants=participants,
                cost=_cost_of(ctx, held, rule),
                places=rule.quantity,
                by_chance=rule.form in ("lottery", "ranking"),
                rounds=rounds,
                seed=seed,
            )
            for rule in held.file.draws
            if rule.id in known
        }


def _cost_of(ctx: Context, held: Campaign, rule: DrawRule) -> Callable[[int], Money]:
    taxes = _taxes(ctx, held)
    return lambda winners: expected(held.file, first_places(rule, winners), taxes).cost


def expected_of(ctx: Context, session: Session, held: Campaign, rule: DrawRule, found: Draw) -> Expected:
    """How many win what in a frozen draw, and what it costs with the tax that the organiser pays.

    A finished list gives what it says, anything else its first places.
    """
    if rule.form == "list":
        listed = store.listed(session, found)
        by_prize = {share.prize: listed.get(share.prize, 0) for share in rule.prizes}
    else:
        by_prize = first_places(rule, found.entrants)
    return expected(held.file, by_prize, _taxes(ctx, held))


def _left(ctx: Context, session: Session, held: Campaign, found: Draw) -> Money:
    """What the rewards line has for a draw, beside what is won and what other sealed draws will give; tax is part of both.

    Below 0: they cost more than it holds already.
    """
    taxes, currency = _taxes(ctx, held), held.file.budget.currency
    left = rewards_of(held.file)
    for prize, (count, units) in store.standing_worth(session, held.key).items():
        left -= Money(units, currency) + taxes.get(prize, Money(0, currency)) * count
    for other in store.draws(session, held.key):
        if other.status is DrawStatus.COMMITTED and other.id != found.id:
            left -= expected_of(ctx, session, held, rule_of(held.file, other.id), other).cost
    return left


def _taxes(ctx: Context, held: Campaign) -> Mapping[str, Money]:
    """On one of each prize, where the organiser pays it."""
    law = law_of(held.file, held.organisation, ctx.settings.template_folders)
    ours = held.file.prize_terms.tax_paid_by == "organiser"
    return {prize.id: tax_on(prize, held.file, law) for prize in held.file.prizes} if ours else {}


def capped(session: Session, held: Campaign, *, physical: bool) -> frozenset[str]:
    """Who has won in earlier draws as much as one person may. `physical`: whether what they would win is."""
    terms, found = held.file.prize_terms, frozenset[str]()
    if terms.per_person is not None:
        found |= store.winners_of_at_least(session, held.key, terms.per_person)
    if terms.physical_per_person is not None and physical:
        found |= store.winners_of_at_least(session, held.key, terms.physical_per_person, kind="physical")
    return found


def passed_over(session: Session, found: Draw, who: str, kind: str) -> str | None:
    """Why an alternate gets no prize of this kind, though it is their turn; None: they get it.

    By the caps that were sealed with the draw, and by what they have won in all draws by now.
    """
    person = crowd.participant(session, found.campaign, ParticipantId(who))
    if person is None or person.status is ParticipantStatus.ERASED:
        return ERASED
    if person.blocked is not None:
        return PASSED_OVER + BLOCKLIST
    most, most_physical = found.rules["per_person"], found.rules["physical_per_person"]
    if most is not None and store.wins(session, found.campaign, who) >= most:
        return PASSED_OVER + CAP
    if most_physical is None or kind != "physical":
        return None
    return PASSED_OVER + CAP if store.wins(session, found.campaign, who, kind=kind) >= most_physical else None


def frozen(session: Session, held: Campaign, draw: str) -> tuple[DrawRule, Draw]:
    """A draw whose entrants are written down. NotFound: the file has none of that id. NotFrozen: they are not."""
    rule, found = rule_of(held.file, draw), store.draw(session, held.key, draw)
    if found is None or found.status is DrawStatus.FREEZING:
        raise NotFrozen(held.key, draw)
    return rule, found


def open_draw(
    ctx: Context, session: Session, campaign: CampaignKey, draw: str, verb: str, *, by: PersonKey
) -> tuple[Campaign, Draw]:
    """The same, with the campaign held, for somebody who may change it. NotAllowed: they may not."""
    hold_campaign(session, campaign)
    held = load_campaign(session, campaign)
    check_may(ctx, held, verb, by)
    _, found = frozen(session, held, draw)
    return held, found


def check_may(ctx: Context, held: Campaign, verb: str, by: PersonKey) -> None:
    """Whether somebody may do this with the campaign's prizes."""
    check(ctx, held, verb, f"the prizes of {held.key} are for others", by=by)


def local(at: datetime, held: Campaign) -> str:
    """An instant as the campaign's clocks show it."""
    zone: ZoneInfo = held.zone
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def note(
    session: Session, found: Draw, action: str, *, by: PersonKey, now: datetime, data: Mapping[str, Value]
) -> None:
    """Write into the journal what was done with a draw."""
    name = f"{found.campaign}/draws/{found.id}"
    write(session, at=now, actor=by, action=f"draw.{action}", campaign=found.campaign, object=name, data=data)


def number_at_of(found: Draw, held: Campaign) -> datetime | None:
    """From when the number of a draw is known; None: it needs none."""
    said = found.rules["number_at"]
    return resolve(datetime.fromisoformat(said), held.zone).astimezone(held.zone) if said else None


def currency_of(ctx: Context, campaign: CampaignKey) -> str:
    """What a campaign's prizes are paid in. NotFound: no such campaign."""
    with ctx.reading() as session:
        return load_campaign(session, campaign).file.budget.currency


def beyond_caps(session: Session, held: Campaign, found: Draw) -> list[Entrant]:
    """Winners of a draw who with it have won more than one person may, by the caps that were sealed with it; by rank."""
    most, most_physical = found.rules["per_person"], found.rules["physical_per_person"]
    kinds = {prize.id: prize.kind for prize in held.file.prizes}
    too_many = frozenset[str]() if most is None else store.winners_of_at_least(session, held.key, most + 1)
    physical = frozenset[str]()
    if most_physical is not None:
        physical = store.winners_of_at_least(session, held.key, most_physical + 1, kind="physical")
    if not too_many | physical:
        return []
    return [
        each
        for each in store.placed(session, found)
        if each.prize is not None
        and (each.participant in too_many or (each.participant in physical and kinds[each.prize] == "physical"))
    ]
