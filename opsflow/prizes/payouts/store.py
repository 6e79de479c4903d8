"""Payout rows: intended, claimed, settled. Whoever moves one says in which state and under which fence they know it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.money import IS_OPEN
from opsflow.db.statements import among, insert_many, pairs
from opsflow.db.tables import (
    AwardRow,
    BudgetRow,
    PayeeRow,
    PayoutAttemptRow,
    PayoutListRow,
    PayoutRow,
    PayoutTryRow,
)
from opsflow.kernel.keys import content_hash
from opsflow.kernel.paying import Payment
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.awards.model import AwardStatus
from opsflow.prizes.payouts.lists.model import ListId, ListStatus
from opsflow.prizes.payouts.model import (
    HOLDS_MONEY,
    Attempt,
    Claimed,
    Hold,
    PayoutStatus,
    Ruled,
    address_of,
    payout_key,
)

_UNSYNCHRONISED = {"synchronize_session": False}


class Due(NamedTuple):
    """A payout that may be sent."""

    claimed: Claimed
    payment: Payment
    is_as_approved: bool
    """Neither its worth, nor whether it was won, nor where it goes has changed since."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Awards that have no payout yet."""

    count: int
    units: int
    first: str
    """The least of their ids."""


def missing(session: Session, campaign: CampaignKey) -> Missing:
    """The awards of a campaign that no payout is intended for."""
    columns = (sa.func.count(), sa.func.coalesce(sa.func.sum(AwardRow.units), 0), sa.func.min(AwardRow.id))
    count, units, first = session.execute(sa.select(*columns).where(*_without_payout(campaign))).one()
    return Missing(count, int(units), first or "")


def intend(session: Session, campaign: CampaignKey, status: PayoutStatus, *, reserved_by: int | None) -> None:
    """Make a payout for each award that has none, the first ranks first."""
    columns = ("award", "campaign", "units", "status", "round", "attempts", "reserved_by")
    found = (
        sa.select(
            AwardRow.id,
            AwardRow.campaign,
            AwardRow.units,
            sa.literal(status.value),
            sa.literal(0),
            sa.literal(0),
            sa.literal(reserved_by, sa.Integer),
        )
        .where(*_without_payout(campaign))
        .order_by(AwardRow.draw, AwardRow.rank, AwardRow.id)
    )
    session.execute(sa.insert(PayoutRow).from_select(columns, found, include_defaults=False))


def _without_payout(campaign: CampaignKey) -> tuple[sa.ColumnElement[bool], ...]:
    return (AwardRow.campaign == campaign, ~sa.exists().where(PayoutRow.award == AwardRow.id))


def last_id(session: Session, campaign: CampaignKey) -> int:
    """The highest id of a campaign's payouts; 0: there are none."""
    return session.scalar(sa.select(sa.func.max(PayoutRow.id)).where(PayoutRow.campaign == campaign)) or 0


def waiting_for_budget(session: Session, campaign: CampaignKey, *, after: int = 0) -> tuple[tuple[int, int], ...]:
    """Id and units of the payouts that the budget did not cover, in their order; those with a higher id than `after`."""
    rows = session.execute(
        sa.select(PayoutRow.id, PayoutRow.units)
        .where(PayoutRow.campaign == campaign, PayoutRow.status == PayoutStatus.REFUSED_BUDGET, PayoutRow.id > after)
        .order_by(PayoutRow.id)
    )
    return tuple((row.id, row.units) for row in rows)


def refused(session: Session, campaign: CampaignKey) -> tuple[tuple[int, int, int], ...]:
    """Id, units and round of the payouts that a provider refused and whose award still holds, in their order."""
    rows = session.execute(
        sa.select(PayoutRow.id, PayoutRow.units, PayoutRow.round)
        .join(AwardRow, AwardRow.id == PayoutRow.award)
        .where(PayoutRow.campaign == campaign, PayoutRow.status == PayoutStatus.REFUSED)
        .where(AwardRow.status.in_((AwardStatus.WON, AwardStatus.CLAIMED)))
        .order_by(PayoutRow.id)
    )
    return tuple((row.id, row.units, row.round) for row in rows)


def lists_waiting(session: Session, ids: Sequence[int]) -> tuple[ListId, ...]:
    """The lists of these payouts on which others still wait to be sent."""
    mine = sa.select(PayoutRow.list).where(among(session, PayoutRow.id, ids), PayoutRow.list.is_not(None))
    waiting = sa.select(PayoutRow.list).where(PayoutRow.list.in_(mine), PayoutRow.status == PayoutStatus.PLANNED)
    return tuple(ListId(on) for on in session.scalars(waiting.distinct().order_by(PayoutRow.list)) if on is not None)


def plan(session: Session, ids: Sequence[int], *, was: PayoutStatus, reserved_by: int) -> None:
    """Let payouts be paid for which money is reserved now; one that was refused gets another key."""
    values: dict[str, Any] = {"status": PayoutStatus.PLANNED, "reserved_by": reserved_by, "reason": None}
    if was is PayoutStatus.REFUSED:
        values |= {"round": PayoutRow.round + 1, "attempts": 0, "first_sent_at": None, "not_before": None}
        values |= {"list": None, "digest": None, "settled_at": None, "attempt": None}
    session.execute(
        sa.update(PayoutRow).where(among(session, PayoutRow.id, ids), PayoutRow.status == was).values(**values),
        execution_options=_UNSYNCHRONISED,
    )


def cancel(
    session: Session, campaign: CampaignKey, awards: Sequence[str], *, reason: str
) -> tuple[tuple[int, int, str | None, bool], ...]:
    """Cancel what is not sent yet: id, units, list, and whether money was reserved for it."""
    found: list[tuple[int, int, str | None, bool]] = []
    for start in range(0, len(awards), 5_000):
        mine = (PayoutRow.campaign == campaign, PayoutRow.award.in_(awards[start : start + 5_000]))
        for was in (PayoutStatus.PLANNED, PayoutStatus.REFUSED_BUDGET):
            rows = session.execute(
                sa.update(PayoutRow)
                .where(*mine, PayoutRow.status == was, PayoutRow.first_sent_at.is_(None))
                .values(status=PayoutStatus.CANCELLED, reason=reason)
                .returning(PayoutRow.id, PayoutRow.units, PayoutRow.list),
                execution_options=_UNSYNCHRONISED,
            )
            found += [(row.id, row.units, row.list, was is PayoutStatus.PLANNED) for row in rows]
    return tuple(found)


def statuses(session: Session, awards: Sequence[str]) -> Mapping[str, PayoutStatus]:
    """Where the payouts of awards stand, by award."""
    found: dict[str, PayoutStatus] = {}
    for start in range(0, len(awards), 5_000):
        asked = sa.select(PayoutRow.award, PayoutRow.status).where(PayoutRow.award.in_(awards[start : start + 5_000]))
        found |= {row.award: PayoutStatus(row.status) for row in session.execute(asked)}
    return found


def add_attempt(
    session: Session,
    campaign: CampaignKey,
    provider: str,
    kind: str,
    *,
    rows: Sequence[Claimed],
    now: datetime,
    until: tuple[datetime, datetime],
) -> Attempt:
    """Write down that somebody has a go at these payouts: its id is the fence."""
    values = {
        "campaign": campaign,
        "provider": provider,
        "kind": kind,
        "count": len(rows),
        "units": sum(row.units for row in rows),
        "begun_at": now,
        "send_until": until[0],
        "lease_until": until[1],
    }
    new = session.execute(sa.insert(PayoutAttemptRow).values(**values).returning(PayoutAttemptRow.id)).scalar_one()
    return Attempt(new, campaign, provider, now, *until)


def due(
    session: Session, campaign: CampaignKey, provider: str, *, limit: int, now: datetime, alive_since: datetime | None
) -> list[Due]:
    """Payouts of approved lists that may be sent now, taken for this transaction.

    `alive_since`: one that was sent before is only taken when its key began to live after that; None: never.
    """
    life: sa.ColumnElement[bool] = PayoutRow.first_sent_at.is_(None)
    if alive_since is not None:
        life |= PayoutRow.first_sent_at > alive_since
    asked = (
        sa.select(*_SENT)
        .join(AwardRow, AwardRow.id == PayoutRow.award)
        .join(PayoutListRow, PayoutListRow.id == PayoutRow.list)
        .outerjoin(PayeeRow, PayeeRow.award == PayoutRow.award)
        .where(
            *_open(campaign, PayoutStatus.PLANNED),
            PayoutRow.provider == provider,
            PayoutListRow.status == ListStatus.APPROVED,
            PayoutRow.not_before.is_(None) | (PayoutRow.not_before <= now),
            life,
        )
        .order_by(PayoutRow.id)
        .limit(limit)
        .with_for_update(of=PayoutRow, skip_locked=True)
    )
    return [_sent(campaign, row) for row in session.connection().execute(asked).all()]


_IS_AS_APPROVED = (
    (AwardRow.units == PayoutRow.units)
    & AwardRow.status.in_((AwardStatus.WON, AwardStatus.CLAIMED))
    & PayoutRow.digest.is_not_distinct_from(PayeeRow.digest)
)
_SENT = (
    PayoutRow.id, PayoutRow.award, PayoutRow.round, PayoutRow.units, AwardRow.currency, PayoutRow.attempts,
    PayoutRow.first_sent_at, PayoutRow.list, AwardRow.prize, AwardRow.kind, AwardRow.participant, PayeeRow.data,
    PayeeRow.digest, _IS_AS_APPROVED,
)  # fmt: skip


def _sent(campaign: CampaignKey, row: Sequence[Any]) -> Due:
    # By place, not by name, and past the mapper: this is done for every payout of a million.
    id_, award, round_, units, currency, attempts, first, on, prize, kind, participant, data, digest, is_same = row
    key = payout_key(award, round_) if round_ else award
    if digest is not None:
        is_same = is_same and data is not None and content_hash(data) == digest
    to = address_of(data) if data else {}
    return Due(
        Claimed(id_, key, units, currency, attempts + 1, first, on),
        Payment(key, campaign, prize, kind, units, currency, participant, to),
        is_same,
    )


Conditions = tuple[sa.ColumnElement[bool] | sa.TextClause, ...]


def _open(campaign: CampaignKey, status: PayoutStatus) -> Conditions:
    """Those of a campaign in one of the states that the index of open payouts holds: found by it, however many are paid."""
    return (PayoutRow.campaign == campaign, PayoutRow.status == status, IS_OPEN)


def _these(session: Session, attempt: Attempt, ids: Sequence[int], was: PayoutStatus) -> Conditions:
    """Those of these ids that are still in a state.

    Campaign, provider and range are for PostgreSQL, which has not counted a table that was just filled: it might look for a chunk in all that is open.
    """
    return (
        PayoutRow.campaign == attempt.campaign,
        PayoutRow.status == was,
        PayoutRow.provider == attempt.provider,
        PayoutRow.id.between(min(ids, default=0), max(ids, default=0)),
        among(session, PayoutRow.id, ids),
    )


def take(session: Session, rows: Sequence[Claimed], attempt: Attempt) -> None:
    """Put planned payouts into the hands of an attempt."""
    ids = [row.id for row in rows]
    session.execute(
        sa.update(PayoutRow)
        .where(*_these(session, attempt, ids, PayoutStatus.PLANNED))
        .values(
            status=PayoutStatus.SENDING,
            attempt=attempt.id,
            attempts=PayoutRow.attempts + 1,
            first_sent_at=sa.func.coalesce(
                PayoutRow.first_sent_at, sa.literal(attempt.begun_at, PayoutRow.first_sent_at.type)
            ),
            not_before=None,
        ),
        execution_options=_UNSYNCHRONISED,
    )


def unknown_due(
    session: Session, campaign: CampaignKey, provider: str, *, limit: int, now: datetime
) -> tuple[Claimed, ...]:
    """Unknown payouts whose provider is to be asked now, taken for this transaction."""
    rows = session.execute(
        sa.select(
            PayoutRow.id, PayoutRow.award, PayoutRow.round, PayoutRow.units, AwardRow.currency, PayoutRow.attempts,
            PayoutRow.first_sent_at, PayoutRow.list,
        )
        .join(AwardRow, AwardRow.id == PayoutRow.award)
        .where(
            *_open(campaign, PayoutStatus.UNKNOWN),
            PayoutRow.provider == provider,
            PayoutRow.not_before <= now,
        )
        .order_by(PayoutRow.id)
        .limit(limit)
        .with_for_update(of=PayoutRow, skip_locked=True)
    )  # fmt: skip
    return tuple(Claimed(id_, payout_key(award, round_), *rest) for id_, award, round_, *rest in rows)


def take_to_look(session: Session, rows: Sequence[Claimed], attempt: Attempt) -> None:
    """Put unknown payouts into the hands of who asks; nobody else asks until the lease is over."""
    ids = [row.id for row in rows]
    session.execute(
        sa.update(PayoutRow)
        .where(*_these(session, attempt, ids, PayoutStatus.UNKNOWN))
        .values(attempt=attempt.id, not_before=attempt.lease_until),
        execution_options=_UNSYNCHRONISED,
    )


def confirm(
    session: Session, attempt: Attempt, references: Mapping[int, str], *, was: PayoutStatus, at: datetime
) -> Collection[int]:
    """Mark payouts as paid; the ids of those that were still this attempt's."""
    if not references:
        return ()
    ids, texts = pairs(session, references)
    rows = session.connection().execute(
        sa.update(PayoutRow)
        .where(PayoutRow.id == ids, *_mine(attempt, was))
        .values(status=PayoutStatus.PAID, reference=texts, settled_at=at, not_before=None, reason=None)
        .returning(PayoutRow.id)
    )
    return frozenset(rows.scalars().all())


def rule(
    session: Session, attempt: Attempt, ids: Sequence[int], like: Ruled, *, was: PayoutStatus, at: datetime
) -> Collection[int]:
    """Move payouts to where the same outcome puts them; the ids of those that were still this attempt's."""
    values: dict[str, Any] = {"status": like.status, "reason": like.reason, "not_before": like.not_before}
    if like.status is PayoutStatus.REFUSED:
        values["settled_at"] = at
    if like.surely_unsent:
        begun = sa.literal(attempt.begun_at, PayoutRow.first_sent_at.type)
        values["first_sent_at"] = sa.case((PayoutRow.first_sent_at == begun, None), else_=PayoutRow.first_sent_at)
    rows = session.connection().execute(
        sa.update(PayoutRow)
        .where(among(session, PayoutRow.id, ids), *_mine(attempt, was))
        .values(**values)
        .returning(PayoutRow.id)
    )
    return frozenset(rows.scalars().all())


def _mine(attempt: Attempt, was: PayoutStatus) -> Conditions:
    """The fence: an attempt whose payouts somebody else has taken up writes nothing."""
    return (PayoutRow.attempt == attempt.id, PayoutRow.status == was)


def add_tries(session: Session, ruled: Iterable[Ruled], *, attempt: int | None, at: datetime) -> None:
    """Keep what did not simply succeed."""
    rows = [
        {
            "payout": one.id,
            "attempt": attempt,
            "outcome": one.outcome,
            "reason": one.reason,
            "reference": one.reference,
            "at": at,
        }
        for one in ruled
    ]
    if rows:
        insert_many(session, PayoutTryRow, rows)


def lost(session: Session, campaign: CampaignKey, *, now: datetime) -> dict[tuple[str, datetime], list[int]]:
    """Payouts whose sender's lease is over: ids by provider and when that was."""
    rows = session.execute(
        sa.select(PayoutRow.id, PayoutAttemptRow.provider, PayoutAttemptRow.lease_until)
        .join(PayoutAttemptRow, PayoutAttemptRow.id == PayoutRow.attempt)
        .where(*_open(campaign, PayoutStatus.SENDING), PayoutAttemptRow.lease_until <= now)
        .with_for_update(of=PayoutRow, skip_locked=True)
    )
    found: dict[tuple[str, datetime], list[int]] = {}
    for row in rows:
        found.setdefault((row.provider, row.lease_until), []).append(row.id)
    return found


def give_up(session: Session, ids: Sequence[int], *, reason: str, look_at: datetime) -> None:
    """Nobody knows what became of these."""
    session.execute(
        sa.update(PayoutRow)
        .where(among(session, PayoutRow.id, ids), PayoutRow.status == PayoutStatus.SENDING)
        .values(status=PayoutStatus.UNKNOWN, reason=reason, not_before=look_at),
        execution_options=_UNSYNCHRONISED,
    )


def outlived(
    session: Session, campaign: CampaignKey, provider: str, *, alive_since: datetime | None, reason: str
) -> tuple[int, ...]:
    """Planned payouts that were sent once and may not be sent again: people decide. Their ids."""
    dead: sa.ColumnElement[bool] = PayoutRow.first_sent_at.is_not(None)
    if alive_since is not None:
        dead = PayoutRow.first_sent_at <= alive_since
    rows = session.scalars(
        sa.update(PayoutRow)
        .where(*_open(campaign, PayoutStatus.PLANNED), PayoutRow.provider == provider, dead)
        .values(status=PayoutStatus.NEEDS_HUMAN, reason=reason, not_before=None)
        .returning(PayoutRow.id),
        execution_options=_UNSYNCHRONISED,
    )
    return tuple(rows)


def hold_of(session: Session, campaign: CampaignKey) -> Hold | None:
    """What somebody put a stop to."""
    found = session.scalar(sa.select(BudgetRow.hold).where(BudgetRow.campaign == campaign))
    return None if found is None else Hold(found)


def sums(session: Session, campaign: CampaignKey) -> dict[PayoutStatus, tuple[int, int]]:
    """How many payouts of a campaign are in each state, and their units."""
    rows = session.execute(
        sa.select(PayoutRow.status, sa.func.count(), sa.func.sum(PayoutRow.units))
        .where(PayoutRow.campaign == campaign)
        .group_by(PayoutRow.status)
    )
    return {PayoutStatus(status): (count, int(units)) for status, count, units in rows}


def held_units(found: Mapping[PayoutStatus, tuple[int, int]]) -> int:
    """Of such sums: the units that must be reserved."""
    return sum(found[status][1] for status in HOLDS_MONEY if status in found)


def campaigns_with_work(session: Session, *, now: datetime) -> tuple[CampaignKey, ...]:
    """Campaigns in which something may be sent, looked up or taken up now, or soon."""
    statuses_ = (PayoutStatus.PLANNED, PayoutStatus.SENDING, PayoutStatus.UNKNOWN)
    asked = (
        sa.select(PayoutRow.campaign)
        .where(PayoutRow.status.in_(statuses_), IS_OPEN, PayoutRow.list.is_not(None))
        .where(PayoutRow.not_before.is_(None) | (PayoutRow.not_before <= now))
        .distinct()
        .order_by(PayoutRow.campaign)
    )
    return tuple(CampaignKey(key) for key in session.scalars(asked))


def providers_of(session: Session, campaign: CampaignKey) -> tuple[str, ...]:
    """Providers that have something of a campaign in hand or are to get it."""
    statuses_ = (PayoutStatus.PLANNED, PayoutStatus.SENDING, PayoutStatus.UNKNOWN)
    asked = (
        sa.select(PayoutRow.provider)
        .where(PayoutRow.campaign == campaign, PayoutRow.status.in_(statuses_), IS_OPEN, PayoutRow.list.is_not(None))
        .distinct()
        .order_by(PayoutRow.provider)
    )
    return tuple(name for name in session.scalars(asked) if name is not None)


def providers_named(session: Session, campaign: CampaignKey) -> frozenset[str]:
    """Every provider that a payout of a campaign went to or is to go to."""
    asked = sa.select(PayoutRow.provider).where(PayoutRow.campaign == campaign).distinct()
    return frozenset(name for name in session.scalars(asked) if name is not None)
