"""Rows of differences, and what our books say of a provider's payments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import among, insert_many
from opsflow.db.tables import AwardRow, JournalRow, PayoutDifferenceRow, PayoutRow, PayoutTryRow
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.payouts.model import PayoutStatus, Ruled, payout_key
from opsflow.prizes.payouts.reckoning.model import Difference, Match, Ours, SaidPaid

RECONCILED = "payouts.reconciled"
"""What the journal calls a reconciliation."""
_OPEN = PayoutDifferenceRow.explained_at.is_(None) & PayoutDifferenceRow.gone_at.is_(None)


@dataclass(frozen=True, slots=True)
class Case:
    """A difference that somebody has to explain."""

    number: int
    provider: str
    difference: Difference
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """When our books were last held against a provider's, and what came of it."""

    provider: str
    at: datetime
    matching: int
    differences: int
    """How many differed then, explained or not."""


def last_held(session: Session, campaign: CampaignKey) -> tuple[Held, ...]:
    """The last reconciliation with each provider of a campaign, by their names; the journal tells of each."""
    told = sa.select(JournalRow.object, JournalRow.at, JournalRow.data).where(
        JournalRow.campaign == campaign, JournalRow.action == RECONCILED
    )
    found = {
        row.object: Held(row.object, row.at, row.data["matching"], row.data["differences"])
        for row in session.execute(told.order_by(JournalRow.number))
    }
    return tuple(found[provider] for provider in sorted(found))


def ours(
    session: Session, campaign: CampaignKey, provider: str, *, asked_at: datetime | None = None
) -> dict[str, Ours]:
    """What our books say of all that was or may have been sent through a provider, by key.

    `asked_at`: what was paid later is under way, for the statement cannot have it.
    """
    paid: sa.ColumnElement[bool] = PayoutRow.status == PayoutStatus.PAID
    if asked_at is not None:
        paid &= PayoutRow.settled_at <= asked_at
    rows = session.execute(
        sa.select(
            PayoutRow.award,
            PayoutRow.round,
            PayoutRow.units,
            paid.label("is_paid"),
            AwardRow.currency,
            PayoutRow.reference,
        )
        .join(AwardRow, AwardRow.id == PayoutRow.award)
        .where(PayoutRow.campaign == campaign, PayoutRow.provider == provider)
        .where((PayoutRow.status == PayoutStatus.PAID) | (PayoutRow.status.in_(_UNDER_WAY) & _WAS_SENT))
        .execution_options(yield_per=5_000)
    )
    return {
        payout_key(row.award, row.round): Ours(row.units, row.currency, bool(row.is_paid), row.reference)
        for row in rows
    }


_UNDER_WAY = (PayoutStatus.SENDING, PayoutStatus.UNKNOWN, PayoutStatus.NEEDS_HUMAN, PayoutStatus.PLANNED)
_WAS_SENT = PayoutRow.first_sent_at.is_not(None)


def keep(
    session: Session, campaign: CampaignKey, provider: str, found: Sequence[Difference], *, at: datetime
) -> tuple[int, int]:
    """Keep what a whole statement shows, each once, and note what it shows no more; the campaign is held.

    How many are new, or open again; and how many that were open are gone.
    """
    known = {
        (row.key, row.kind, row.theirs, row.currency, row.reference): row for row in _known(session, campaign, provider)
    }
    shown = {one.said: one for one in found}
    rows = [_row(campaign, provider, one, at=at) for said, one in shown.items() if said not in known]
    insert_many(session, PayoutDifferenceRow, rows)
    back = [row for said, row in known.items() if said in shown and row.gone_at is not None]
    gone = [row for said, row in known.items() if said not in shown and row.gone_at is None]
    _set_gone(session, [row.id for row in back], None)
    _set_gone(session, [row.id for row in gone], at)
    unexplained = [sum(row.explained_at is None for row in each) for each in (back, gone)]
    return len(rows) + unexplained[0], unexplained[1]


def _known(session: Session, campaign: CampaignKey, provider: str) -> sa.Result[Any]:
    columns = ("id", "key", "kind", "theirs", "currency", "reference", "gone_at", "explained_at")
    return session.execute(
        sa.select(*(getattr(PayoutDifferenceRow, name) for name in columns)).where(
            PayoutDifferenceRow.campaign == campaign, PayoutDifferenceRow.provider == provider
        )
    )


def _row(campaign: CampaignKey, provider: str, one: Difference, *, at: datetime) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "provider": provider,
        "key": one.key,
        "kind": one.kind.value,
        "ours": one.ours,
        "theirs": one.theirs,
        "currency": one.currency,
        "reference": one.reference,
        "our_reference": one.our_reference,
        "found_at": at,
    }


def _set_gone(session: Session, ids: Sequence[int], at: datetime | None) -> None:
    if ids:
        session.execute(
            sa.update(PayoutDifferenceRow).where(among(session, PayoutDifferenceRow.id, ids)).values(gone_at=at),
            execution_options={"synchronize_session": False},
        )


def shown(session: Session, campaign: CampaignKey, provider: str) -> int:
    """How many differences the provider's last statement showed, explained or not."""
    asked = sa.select(sa.func.count()).where(
        PayoutDifferenceRow.campaign == campaign,
        PayoutDifferenceRow.provider == provider,
        PayoutDifferenceRow.gone_at.is_(None),
    )
    return session.execute(asked).scalar_one()


def is_stopped(session: Session, campaign: CampaignKey, provider: str) -> bool:
    """Whether a difference that nobody has explained keeps this provider from being sent anything."""
    asked = sa.select(PayoutDifferenceRow.id).where(
        PayoutDifferenceRow.campaign == campaign, PayoutDifferenceRow.provider == provider, _OPEN
    )
    return session.scalar(asked.limit(1)) is not None


def cases(session: Session, campaign: CampaignKey) -> tuple[Case, ...]:
    """Differences that nobody has explained, the oldest first."""
    asked = sa.select(PayoutDifferenceRow).where(PayoutDifferenceRow.campaign == campaign, _OPEN)
    return tuple(
        Case(
            row.id,
            row.provider,
            Difference(row.key, Match(row.kind), row.ours, row.theirs, row.reference, row.currency, row.our_reference),
            row.found_at,
        )
        for row in session.scalars(asked.order_by(PayoutDifferenceRow.id))
    )


def said_paid(session: Session, campaign: CampaignKey, *, award: str | None = None) -> tuple[SaidPaid, ...]:
    """Refused payouts whose key a provider's last statement shows as paid, explained or not, in their order; those of one award."""
    shown = sa.select(PayoutDifferenceRow.provider, PayoutDifferenceRow.key, PayoutDifferenceRow.reference).where(
        PayoutDifferenceRow.campaign == campaign,
        PayoutDifferenceRow.kind == Match.THEIRS_ONLY,
        PayoutDifferenceRow.gone_at.is_(None),
    )
    references = {(row.provider, row.key): row.reference or "" for row in session.execute(shown)}
    if not references:
        return ()
    asked = sa.select(PayoutRow.id, PayoutRow.award, PayoutRow.round, PayoutRow.provider, PayoutRow.units).where(
        PayoutRow.campaign == campaign, PayoutRow.status == PayoutStatus.REFUSED
    )
    if award is not None:
        asked = asked.where(PayoutRow.award == award)
    found = (
        (row, payout_key(row.award, row.round), row.provider or "")
        for row in session.execute(asked.order_by(PayoutRow.id))
    )
    return tuple(
        SaidPaid(row.id, row.award, provider, key, row.units, references[provider, key])
        for row, key, provider in found
        if (provider, key) in references
    )


def hold_back(session: Session, campaign: CampaignKey, provider: str, found: Iterable[Difference]) -> tuple[Ruled, ...]:
    """Payouts that were asked for again and not sent yet, whose earlier key the provider shows as paid: people decide."""
    earlier: dict[str, list[str]] = {}
    for one in found:
        if one.kind is Match.THEIRS_ONLY:
            earlier.setdefault(one.key.partition("-")[0], []).append(one.key)
    awards, held = sorted(earlier), list[Ruled]()
    for start in range(0, len(awards), 5_000):
        again = sa.select(PayoutRow.id, PayoutRow.award, PayoutRow.round).where(
            PayoutRow.campaign == campaign,
            PayoutRow.provider == provider,
            PayoutRow.status == PayoutStatus.PLANNED,
            PayoutRow.round > 0,
            PayoutRow.award.in_(awards[start : start + 5_000]),
        )
        for id_, award, round_ in session.execute(again.with_for_update()):
            before = {payout_key(award, each) for each in range(round_)}
            if paid := [key for key in earlier[award] if key in before]:
                reason = f"the statement shows {paid[0]}, an earlier key of it, as paid"
                held.append(Ruled(id_, PayoutStatus.NEEDS_HUMAN, reason, "held_back"))
    for each in held:
        session.execute(
            _HELD_BACK, {"which": each.id, "status": each.status, "reason": each.reason, "not_before": None}
        )
    return tuple(held)


_PAYOUTS = cast(sa.Table, PayoutRow.__table__)
_TRIES = cast(sa.Table, PayoutTryRow.__table__)
# What people say of it is kept beside the attempt that was refused: the new key has none.
_REFUSED = sa.select(sa.func.max(_TRIES.c.attempt)).where(_TRIES.c.payout == _PAYOUTS.c.id).scalar_subquery()
_HELD_BACK = sa.update(_PAYOUTS).where(_PAYOUTS.c.id == sa.bindparam("which")).values(attempt=_REFUSED)


def explain_paid(
    session: Session, campaign: CampaignKey, one: SaidPaid, *, by: PersonKey, text: str, at: datetime
) -> None:
    """What the provider alone had as paid is booked here too: that it was theirs only needs no other explanation."""
    session.execute(
        sa.update(PayoutDifferenceRow)
        .where(
            PayoutDifferenceRow.campaign == campaign,
            PayoutDifferenceRow.provider == one.provider,
            PayoutDifferenceRow.key == one.key,
            PayoutDifferenceRow.kind == Match.THEIRS_ONLY,
            _OPEN,
        )
        .values(explained_by=by, explained_at=at, explanation=text),
        execution_options={"synchronize_session": False},
    )


def explain(session: Session, campaign: CampaignKey, number: int, *, by: PersonKey, text: str, at: datetime) -> bool:
    """Note what is behind a difference; False when there is none of that number, or it is explained."""
    moved = session.execute(
        sa.update(PayoutDifferenceRow)
        .where(PayoutDifferenceRow.campaign == campaign, PayoutDifferenceRow.id == number, _OPEN)
        .values(explained_by=by, explained_at=at, explanation=text)
        .returning(PayoutDifferenceRow.id),
        execution_options={"synchronize_session": False},
    )
    return moved.first() is not None
