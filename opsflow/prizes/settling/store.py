"""Reads how far a campaign's prizes are, in a few statements whatever their number."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.state import Campaign
from opsflow.db.tables import AwardRow, BudgetRow, DrawRow, PayoutDifferenceRow, PayoutRow
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.text import Text
from opsflow.prizes.awards.model import AwardStatus, needs_claim
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.settling.model import Given, Settled, Settling

TABLES = frozenset({"draws", "awards", "payouts", "payout_budgets", "payout_differences"})
"""Where it is kept."""
_GONE = (AwardStatus.LAPSED, AwardStatus.VOID)
Counts = dict[tuple[str, str], dict[tuple[str, str], int]]
"""By draw and prize: by status of the award and of its payout."""


def settling(session: Session, held: Campaign) -> Settling | None:
    """How far it is; None: the campaign gives nothing out through opsflow."""
    if not held.file.draws:
        return None
    counts = _counts(session, held.key)
    drawn = {row.id: row for row in session.execute(_DRAWS.where(DrawRow.campaign == held.key))}
    draws = tuple(_draw(held.file, rule.id, drawn.get(rule.id), counts) for rule in held.file.draws)
    budget = session.execute(_BUDGET.where(BudgetRow.campaign == held.key)).first()
    money = [Money(units, budget.currency) for units in budget[:3]] if budget else [None, None, None]
    unclaimed = sum(given.unclaimed for draw in draws for given in draw.given)
    waiting = sum(
        number
        for by_status in counts.values()
        for (award, payout), number in by_status.items()
        if award not in _GONE and payout not in (PayoutStatus.PAID, PayoutStatus.CANCELLED)
    )
    differences = session.scalars(
        sa.select(sa.func.count()).where(
            PayoutDifferenceRow.campaign == held.key,
            PayoutDifferenceRow.explained_at.is_(None),
            PayoutDifferenceRow.gone_at.is_(None),
        )
    ).one()
    return Settling(draws, waiting - unclaimed, differences, *money)


_DRAWS = sa.select(
    DrawRow.id, DrawRow.entrants, DrawRow.refused, DrawRow.commitment, DrawRow.number, DrawRow.rules, DrawRow.drawn_at
)
_BUDGET = sa.select(BudgetRow.cap, BudgetRow.paid, BudgetRow.reserved, BudgetRow.currency)


def _counts(session: Session, campaign: CampaignKey) -> Counts:
    query = (
        sa.select(AwardRow.draw, AwardRow.prize, AwardRow.status, PayoutRow.status, sa.func.count())
        .join(PayoutRow, PayoutRow.award == AwardRow.id)
        .where(AwardRow.campaign == campaign)
        .group_by(AwardRow.draw, AwardRow.prize, AwardRow.status, PayoutRow.status)
    )
    found: Counts = {}
    for draw, prize, award, payout, number in session.execute(query):
        found.setdefault((draw, prize), {})[award, payout] = number
    return found


def _draw(campaign: CampaignFile, name: str, row: "sa.Row[tuple[object, ...]] | None", counts: Counts) -> Settled:
    rule = next(each for each in campaign.draws if each.id == name)
    given = tuple(_given(campaign, share.prize, counts.get((name, share.prize), {})) for share in rule.prizes)
    if row is None:
        return Settled(name, rule.title, rule.form, 0, 0, None, None, None, None, given)
    _, entrants, refused, commitment, number, rules, drawn_at = row
    source = rules["number_source"]
    return Settled(
        name, rule.title, rule.form, entrants, refused, commitment, number,
        Text(source["en"], source["zh"]) if source else None, drawn_at, given,
    )  # fmt: skip


def _given(campaign: CampaignFile, prize: str, counts: dict[tuple[str, str], int]) -> Given:
    item = next(each for each in campaign.prizes if each.id == prize)
    claims = needs_claim(item.kind)
    kept = {pair: number for pair, number in counts.items() if pair[0] not in _GONE}
    return Given(
        prize=item.title,
        won=sum(kept.values()),
        unclaimed=sum(number for (award, _), number in kept.items() if claims and award == AwardStatus.WON),
        paid=sum(number for (_, payout), number in kept.items() if payout == PayoutStatus.PAID),
        lapsed=sum(number for (award, _), number in counts.items() if award in _GONE),
    )
