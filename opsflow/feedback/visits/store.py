"""Rows of return visits and of attempts at them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import ContactRow, ParticipantRow, VisitRow, VisitTryRow
from opsflow.feedback.visits.model import Load, Tried, Visit, VisitChannel, VisitOutcome
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.participants.model import TAKING_PART

_AT_ONCE = 5_000
_WILLING = (
    ParticipantRow.consent,
    ParticipantRow.blocked.is_(None),
    ParticipantRow.status.in_([str(each) for each in TAKING_PART]),
)
"""Who may be called: takes part, is on no blocklist, and agrees to be contacted."""
_WHO = sa.and_(ParticipantRow.campaign == VisitRow.campaign, ParticipantRow.id == VisitRow.participant)
_CONTACT = sa.and_(ContactRow.campaign == VisitRow.campaign, ContactRow.participant == VisitRow.participant)


@dataclass(frozen=True, slots=True)
class Call:
    """A visit with how they are reached. It holds personal data."""

    participant: str
    agent: str
    contact: Mapping[str, str]


def willing(session: Session, campaign: CampaignKey, among: Collection[str] | None = None) -> Iterator[str]:
    """Who may be called and is on no list yet; `among`: of these."""
    listed = sa.exists().where(VisitRow.campaign == campaign, VisitRow.participant == ParticipantRow.id)
    query = sa.select(ParticipantRow.id).where(ParticipantRow.campaign == campaign, *_WILLING)
    if among is None:
        yield from session.scalars(query.where(~listed), execution_options={"yield_per": _AT_ONCE})
        return
    for some in _chunks(sorted(among)):
        yield from session.scalars(query.where(ParticipantRow.id.in_(some)))


def add(session: Session, campaign: CampaignKey, visits: Sequence[Visit], *, at: datetime) -> None:
    """Put visits on the list; whoever is on it already stays as they are."""
    rows = [
        {
            "campaign": campaign, "id": each.id, "participant": each.participant, "agent": each.agent, "listed_at": at,
            "outcome": None, "offer": False, "settled_at": None,
        }
        for each in visits
    ]  # fmt: skip
    for some in _chunks(rows):
        insert_or_nothing(session, VisitRow, some, returning=VisitRow.id)


def visits(session: Session, campaign: CampaignKey, who: Collection[str]) -> dict[str, Visit]:
    """The visits of these participants, by participant."""
    found: dict[str, Visit] = {}
    for some in _chunks(sorted(who)):
        query = sa.select(VisitRow.id, VisitRow.participant, VisitRow.agent, VisitRow.outcome, VisitRow.offer).where(
            VisitRow.campaign == campaign, VisitRow.participant.in_(some)
        )
        rows = session.execute(query).all()
        tries = _tries(session, campaign, [row.id for row in rows])
        for row in rows:
            outcome = VisitOutcome(row.outcome) if row.outcome else None
            found[row.participant] = Visit(
                row.id, row.participant, PersonKey(row.agent), tries.get(row.id, ()), outcome, row.offer
            )
    return found


def _tries(session: Session, campaign: CampaignKey, ids: Sequence[str]) -> dict[str, tuple[Tried, ...]]:
    query = (
        sa.select(VisitTryRow.visit, VisitTryRow.at, VisitTryRow.channel, VisitTryRow.outcome)
        .where(VisitTryRow.campaign == campaign, VisitTryRow.visit.in_(ids))
        .order_by(VisitTryRow.visit, VisitTryRow.number)
    )
    found: dict[str, tuple[Tried, ...]] = {}
    for visit, at, channel, outcome in session.execute(query):
        found[visit] = (*found.get(visit, ()), Tried(at, VisitChannel(channel), VisitOutcome(outcome)))
    return found


def add_tries(session: Session, campaign: CampaignKey, tried: Sequence[tuple[Visit, int, str]]) -> None:
    """Keep attempts: the visit as it is after them, the number of the first new one, and who made them."""
    rows = [
        {
            "campaign": campaign, "visit": visit.id, "number": number, "by": by, "at": one.at, "channel": one.channel,
            "outcome": one.outcome,
        }
        for visit, first, by in tried
        for number, one in enumerate(visit.tries[first - 1 :], first)
    ]  # fmt: skip
    if rows:
        insert_many(session, VisitTryRow, rows)


def settle(session: Session, campaign: CampaignKey, settled: Sequence[Visit]) -> None:
    """Write down how visits ended; only those that had not."""
    table = cast(sa.Table, VisitRow.__table__)
    statement = (
        sa.update(table)
        .where(table.c.campaign == campaign, table.c.id == sa.bindparam("visit"), table.c.outcome.is_(None))
        .values(outcome=sa.bindparam("ended"), offer=sa.bindparam("wants"), settled_at=sa.bindparam("when"))
    )
    rows: list[dict[str, Any]] = [
        {"visit": each.id, "ended": each.outcome, "wants": each.offer, "when": each.tries[-1].at} for each in settled
    ]
    if rows:
        session.execute(statement, rows)


def withdraw(session: Session, campaign: CampaignKey, who: Collection[str]) -> None:
    """Take back the consent of participants."""
    for some in _chunks(sorted(who)):
        session.execute(
            sa.update(ParticipantRow)
            .where(ParticipantRow.campaign == campaign, ParticipantRow.id.in_(some))
            .values(consent=False),
            execution_options={"synchronize_session": False},
        )


def open_calls(session: Session, campaign: CampaignKey, agent: PersonKey | None) -> list[Call]:
    """Whom an agent (None: anybody) is still to call, with how they are reached; only those who still agree."""
    query = _calls(campaign).where(VisitRow.outcome.is_(None))
    if agent is not None:
        query = query.where(VisitRow.agent == agent)
    return _called(session, query)


def offers(session: Session, campaign: CampaignKey) -> list[Call]:
    """Who wants to hear of a follow-up offer, and still agrees to be contacted."""
    return _called(session, _calls(campaign).where(VisitRow.offer))


def open_visits(session: Session, campaign: CampaignKey) -> int:
    """How many are still to be called; whoever has taken back their consent is waited for no more."""
    return session.scalars(_OPEN, {"campaign": campaign}).one()


_OPEN = (
    sa.select(sa.func.count())
    .select_from(VisitRow)
    .join(ParticipantRow, _WHO)
    .where(VisitRow.campaign == sa.bindparam("campaign"), VisitRow.outcome.is_(None), *_WILLING)
)


def loads(session: Session, campaign: CampaignKey) -> list[Load]:
    """How far every agent is, by name."""
    query = (
        sa.select(VisitRow.agent, VisitRow.outcome, sa.func.count(), sa.func.sum(sa.cast(VisitRow.offer, sa.Integer)))
        .where(VisitRow.campaign == campaign)
        .group_by(VisitRow.agent, VisitRow.outcome)
        .order_by(VisitRow.agent)
    )
    found: dict[str, Load] = {}
    for agent, outcome, number, wanted in session.execute(query):
        was = found.get(agent, Load(PersonKey(agent), 0, {}, 0))
        outcomes = {**was.outcomes, **({VisitOutcome(outcome): number} if outcome else {})}
        found[agent] = Load(was.agent, was.listed + number, outcomes, was.offers + int(wanted))
    return list(found.values())


def _called(session: Session, query: "sa.Select[tuple[str, str, dict[str, Any]]]") -> list[Call]:
    return [Call(who, agent, contact or {}) for who, agent, contact in session.execute(query)]


def _calls(campaign: CampaignKey) -> "sa.Select[tuple[str, str, dict[str, Any]]]":
    return (
        sa.select(ParticipantRow.id, VisitRow.agent, ContactRow.data)
        .select_from(VisitRow)
        .join(ParticipantRow, _WHO)
        .join(ContactRow, _CONTACT, isouter=True)
        .where(VisitRow.campaign == campaign, *_WILLING)
        .order_by(VisitRow.agent, VisitRow.listed_at, VisitRow.id)
    )


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]
