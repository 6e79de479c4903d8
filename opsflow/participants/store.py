"""Participant rows, their contacts and results; everything by sets, so that a million of them is ordinary."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import (
    ActivityRow,
    ContactRow,
    InvitationRow,
    ParticipantRow,
    ResultRow,
    SaltRow,
    VisitRow,
    VoiceRow,
)
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.model import Participant, ParticipantId, ParticipantStatus

IDENTITIES = ("account", "email", "phone")
_AT_ONCE = 5_000
"""Values in one statement: SQLite takes 32,766."""
_COLUMNS = (
    ParticipantRow.campaign, ParticipantRow.id, ParticipantRow.status, ParticipantRow.paying, ParticipantRow.consent,
    ParticipantRow.registered_at, ParticipantRow.blocked, ParticipantRow.device, ParticipantRow.payee, ParticipantRow.network,
)  # fmt: skip


def salt_of(session: Session, campaign: CampaignKey, new: str) -> str:
    """The campaign's salt; `new` becomes it where there is none."""
    row = {"campaign": campaign, "salt": new}
    insert_or_nothing(session, SaltRow, [row], returning=SaltRow.salt)
    return session.scalars(sa.select(SaltRow.salt).where(SaltRow.campaign == campaign)).one()


def owners(session: Session, campaign: CampaignKey, identity: str, digests: Collection[str]) -> dict[str, str]:
    """Whose an identity (`account`, `email`, `phone`) is, for those of the digests that are somebody's: id by digest."""
    column = getattr(ParticipantRow, identity)
    query = sa.select(column, ParticipantRow.id).where(ParticipantRow.campaign == campaign)
    found: dict[str, str] = {}
    for some in _chunks(sorted(digests)):
        found |= {row[0]: row[1] for row in session.execute(query.where(column.in_(some)))}
    return found


def known(session: Session, campaign: CampaignKey, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """What is stored of participants, with their contact, by id."""
    table, contact = cast(sa.Table, ParticipantRow.__table__), ContactRow
    query = (
        sa.select(table, contact.data)
        .join(contact, sa.and_(contact.campaign == table.c.campaign, contact.participant == table.c.id), isouter=True)
        .where(table.c.campaign == campaign)
    )
    found: dict[str, dict[str, Any]] = {}
    for some in _chunks(sorted(ids)):
        found |= {row["id"]: dict(row) for row in session.execute(query.where(table.c.id.in_(some))).mappings()}
    return found


def insert_participants(session: Session, rows: Sequence[Mapping[str, Any]], contacts: Mapping[str, Any]) -> None:
    """Store new participants; `contacts` by id."""
    if rows:
        insert_many(session, ParticipantRow, [dict(row) for row in rows])
        put_contacts(session, CampaignKey(rows[0]["campaign"]), contacts)


def put_contacts(session: Session, campaign: CampaignKey, contacts: Mapping[str, Any]) -> None:
    """Write down or replace personal data, by participant."""
    rows = [{"campaign": campaign, "participant": who, "data": dict(data)} for who, data in contacts.items()]
    if rows:
        _upsert(session, ContactRow, rows, ("data",))


def change(session: Session, campaign: CampaignKey, who: ParticipantId, values: Mapping[str, Any]) -> None:
    """Change columns of one participant."""
    mine = sa.and_(ParticipantRow.campaign == campaign, ParticipantRow.id == who)
    session.execute(sa.update(ParticipantRow).where(mine).values(**values))


def move(
    session: Session,
    campaign: CampaignKey,
    who: Collection[str],
    to: ParticipantStatus,
    *,
    was: Collection[ParticipantStatus],
) -> list[str]:
    """Move participants to a status from one of several; answers whom it moved."""
    moved: list[str] = []
    for some in _chunks(sorted(who)):
        statement = (
            sa.update(ParticipantRow)
            .where(
                ParticipantRow.campaign == campaign, ParticipantRow.id.in_(some), ParticipantRow.status.in_(list(was))
            )
            .values(status=to)
            .returning(ParticipantRow.id)
        )
        moved += session.scalars(statement, execution_options={"synchronize_session": False})
    return moved


def put_results(session: Session, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Store results; a figure for the same measure and day is replaced. Answers how many are new, and how many changed."""
    new, changed = 0, 0
    for some in _chunks(rows):
        there = _stored(session, some)
        differ = [row for row in some if there.get(_result_key(row)) != (row["value"], row["reached_at"])]
        changed += sum(_result_key(row) in there for row in differ)
        new += sum(_result_key(row) not in there for row in differ)
        if differ:
            _upsert(session, ResultRow, [dict(row) for row in differ], ("value", "reached_at"))
    return new, changed


def participant(session: Session, campaign: CampaignKey, who: ParticipantId) -> Participant | None:
    """One participant by id."""
    query = sa.select(*_COLUMNS).where(ParticipantRow.campaign == campaign, ParticipantRow.id == who)
    row = session.execute(query).first()
    return _participant(row) if row else None


def erased(session: Session, campaign: CampaignKey) -> frozenset[ParticipantId]:
    """Those who were forgotten."""
    query = sa.select(ParticipantRow.id).where(
        ParticipantRow.campaign == campaign, ParticipantRow.status == ParticipantStatus.ERASED
    )
    return frozenset(ParticipantId(who) for who in session.scalars(query))


def blocked(session: Session, campaign: CampaignKey) -> frozenset[ParticipantId]:
    """Those on the blocklist."""
    query = sa.select(ParticipantRow.id).where(ParticipantRow.campaign == campaign, ParticipantRow.blocked.is_not(None))
    return frozenset(ParticipantId(who) for who in session.scalars(query))


def participants(session: Session, campaign: CampaignKey, *, after: str, most: int) -> list[Participant]:
    """Participants in the order of their ids, from the first behind `after` on."""
    query = (
        sa.select(*_COLUMNS)
        .where(ParticipantRow.campaign == campaign, ParticipantRow.id > after)
        .order_by(ParticipantRow.id)
        .limit(most)
    )
    return [_participant(row) for row in session.execute(query)]


def results(
    session: Session,
    campaign: CampaignKey,
    measures: Collection[str],
    *,
    first: str,
    last: str,
    days: tuple[date, date],
) -> Iterator[sa.Row[Any]]:
    """Results of the participants from `first` to `last`, on days from the first to the last: participant, measure, day,
    value, reached_at; each participant's together, by day.
    """
    query = (
        sa.select(ResultRow.participant, ResultRow.measure, ResultRow.day, ResultRow.value, ResultRow.reached_at)
        .where(
            ResultRow.campaign == campaign,
            ResultRow.participant.between(first, last),
            ResultRow.measure.in_(list(measures)),
            ResultRow.day.between(*days),
        )
        .order_by(ResultRow.participant, ResultRow.day, ResultRow.reached_at, ResultRow.measure)
    )
    yield from session.execute(query)


def counts(session: Session, campaign: CampaignKey) -> dict[str, int]:
    """How many participants there are, by status; `blocked` and `paying` beside."""
    by_status = (
        sa.select(ParticipantRow.status, sa.func.count())
        .where(ParticipantRow.campaign == campaign)
        .group_by(ParticipantRow.status)
    )
    found = {row[0]: row[1] for row in session.execute(by_status)}
    for name, column in (("blocked", ParticipantRow.blocked.is_not(None)), ("paying", ParticipantRow.paying)):
        query = sa.select(sa.func.count()).where(ParticipantRow.campaign == campaign, column)
        found[name] = session.scalars(query).one()
    return found


def measure_sums(session: Session, campaign: CampaignKey) -> dict[str, tuple[int, int]]:
    """How many participants have each measure, and its sum."""
    query = (
        sa.select(ResultRow.measure, sa.func.count(sa.distinct(ResultRow.participant)), sa.func.sum(ResultRow.value))
        .where(ResultRow.campaign == campaign)
        .group_by(ResultRow.measure)
        .order_by(ResultRow.measure)
    )
    return {measure: (people, int(total)) for measure, people, total in session.execute(query)}


def contact(session: Session, campaign: CampaignKey, who: ParticipantId) -> Mapping[str, str] | None:
    """Somebody's personal data; None: there are none, or they were erased."""
    query = sa.select(ContactRow.data).where(ContactRow.campaign == campaign, ContactRow.participant == who)
    return session.scalar(query)


def erase(session: Session, campaign: CampaignKey, who: ParticipantId, *, now: datetime) -> None:
    """Forget somebody: contact, results and activity go, every digest is emptied, the bare id stays.

    What they wrote is emptied; that they were asked, answered and were called stays, of nobody.
    """
    # In the order in which whoever answers takes them: the invitation, the participant, the words.
    asked = sa.and_(InvitationRow.campaign == campaign, InvitationRow.participant == who)
    session.execute(sa.update(InvitationRow).where(asked).values(participant=None))
    called = sa.and_(VisitRow.campaign == campaign, VisitRow.participant == who)
    waits = sa.and_(called, VisitRow.outcome.is_(None))
    session.execute(sa.update(VisitRow).where(waits).values(outcome="withdrawn", settled_at=now))
    session.execute(sa.update(VisitRow).where(called).values(participant=None, offer=False))
    named = sa.select(ParticipantRow.account).where(ParticipantRow.campaign == campaign, ParticipantRow.id == who)
    session.execute(
        sa.delete(ActivityRow).where(
            ActivityRow.campaign == campaign, ActivityRow.participant == named.scalar_subquery()
        )
    )
    for table in (ContactRow, ResultRow):
        session.execute(sa.delete(table).where(table.campaign == campaign, table.participant == who))
    nothing = dict.fromkeys(("account", "email", "phone", "device", "payee", "network", "blocked"))
    change(session, campaign, who, nothing | {"status": ParticipantStatus.ERASED, "consent": False})
    words = sa.and_(VoiceRow.campaign == campaign, VoiceRow.participant == who)
    session.execute(sa.update(VoiceRow).where(words).values(participant=None, text="", because=""))


def _stored(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    table = cast(sa.Table, ResultRow.__table__)
    who = sorted({row["participant"] for row in rows})
    days = sorted({row["day"] for row in rows})
    query = sa.select(table).where(
        table.c.campaign == rows[0]["campaign"], table.c.participant.in_(who), table.c.day.between(days[0], days[-1])
    )
    found = (dict(row) for row in session.execute(query).mappings())
    return {_result_key(row): (row["value"], row["reached_at"]) for row in found}


def _result_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["participant"], row["measure"], row["day"]


def _upsert(
    session: Session,
    table: type[ContactRow | ResultRow],
    rows: list[dict[str, Any]],
    replaced: Iterable[str],
) -> None:
    columns = cast(sa.Table, table.__table__)
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert(columns) if dialect == "postgresql" else sqlite.insert(columns)
    values = {name: insert.excluded[name] for name in replaced}
    session.execute(insert.on_conflict_do_update(index_elements=list(columns.primary_key), set_=values), rows)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]


def _participant(row: sa.Row[Any]) -> Participant:
    return Participant(
        campaign=CampaignKey(row.campaign),
        id=ParticipantId(row.id),
        status=ParticipantStatus(row.status),
        paying=row.paying,
        consent=row.consent,
        registered_at=row.registered_at,
        blocked=row.blocked,
        device=row.device,
        payee=row.payee,
        network=row.network,
    )
