"""Draw rows and their entrants, by sets."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_many
from opsflow.db.tables import AwardRow, DrawRow, EntrantRow, ParticipantRow, PayoutRow
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.model import TAKING_PART
from opsflow.prizes.awards.model import AwardStatus, needs_claim
from opsflow.prizes.draws.model import Draw, DrawStatus, Entrant, Standing
from opsflow.prizes.payouts.model import PayoutStatus

CHUNK = 5_000
"""Rows that are read or written at a time."""


def draw(session: Session, campaign: CampaignKey, name: str) -> Draw | None:
    """A draw, once it was frozen."""
    row = session.scalar(_draws(campaign).where(DrawRow.id == name))
    return _draw(row) if row else None


def draws(session: Session, campaign: CampaignKey) -> tuple[Draw, ...]:
    """Every draw of a campaign that was frozen."""
    return tuple(_draw(row) for row in session.scalars(_draws(campaign).order_by(DrawRow.id)))


def begin_freezing(
    session: Session,
    campaign: CampaignKey,
    name: str,
    *,
    rules: Mapping[str, Any],
    appeals_until: datetime,
    by: str,
    now: datetime,
) -> int:
    """Note that a draw is being frozen; what an earlier freezing wrote is deleted. Answers the revision.

    The caller holds the campaign, and has seen that the draw is not committed.
    """
    row = session.scalar(_draws(campaign).where(DrawRow.id == name))
    revision = row.revision + 1 if row else 1
    values = {
        "status": DrawStatus.FREEZING, "revision": revision, "rules": dict(rules), "entrants": 0, "refused": 0,
        "frozen_at": now, "frozen_by": by, "appeals_until": appeals_until,
    }  # fmt: skip
    if row is None:
        session.add(DrawRow(campaign=campaign, id=name, **values))
        session.flush()
    else:
        session.execute(sa.delete(EntrantRow).where(EntrantRow.campaign == campaign, EntrantRow.draw == name))
        session.execute(sa.update(DrawRow).where(*_is(campaign, name)).values(**values))
    return revision


def add_entrants(
    session: Session, campaign: CampaignKey, name: str, revision: int, entrants: Sequence[Entrant]
) -> bool:
    """Write entrants down; False when the draw is being frozen anew by somebody else, and nothing is written."""
    left_out = sum(each.refused is not None for each in entrants)
    counted = {"entrants": DrawRow.entrants + len(entrants) - left_out, "refused": DrawRow.refused + left_out}
    mine = (*_is(campaign, name), DrawRow.revision == revision, DrawRow.status == DrawStatus.FREEZING)
    if not _moved(session, mine, counted):
        return False
    if entrants:
        insert_many(session, EntrantRow, [_row(campaign, name, each) for each in entrants])
    return True


def set_frozen(session: Session, campaign: CampaignKey, name: str, revision: int) -> bool:
    """Say that everybody is written down; False when somebody else is freezing it anew."""
    mine = (*_is(campaign, name), DrawRow.revision == revision, DrawRow.status == DrawStatus.FREEZING)
    return _moved(session, mine, {"status": DrawStatus.FROZEN})


def set_committed(session: Session, found: Draw, *, manifest: bytes, commitment: str, by: str, now: datetime) -> bool:
    """Seal a draw; False when it is not as it was read any more."""
    mine = (*_is(found.campaign, found.id), DrawRow.revision == found.revision, DrawRow.status == DrawStatus.FROZEN)
    sealed = {"manifest": manifest, "commitment": commitment, "committed_at": now, "committed_by": by}
    return _moved(session, mine, {"status": DrawStatus.COMMITTED, **sealed})


def set_drawn(session: Session, found: Draw, *, number: str | None, by: str, now: datetime) -> bool:
    """Note the number of a draw; False when it was drawn already."""
    mine = (*_is(found.campaign, found.id), DrawRow.status == DrawStatus.COMMITTED)
    return _moved(session, mine, {"status": DrawStatus.DRAWN, "number": number, "drawn_at": now, "drawn_by": by})


def manifest_of(session: Session, found: Draw) -> bytes | None:
    """What was sealed."""
    return session.scalar(sa.select(DrawRow.manifest).where(*_is(found.campaign, found.id)))


def set_places(session: Session, found: Draw, places: Iterable[tuple[str, int, str | None]]) -> None:
    """Write down rank and prize, by participant."""
    table = cast(sa.Table, EntrantRow.__table__)
    statement = (
        sa.update(table)
        .where(
            table.c.campaign == found.campaign,
            table.c.draw == found.id,
            table.c.participant == sa.bindparam("who"),
        )
        .values(rank=sa.bindparam("place"), prize=sa.bindparam("won"))
    )
    rows = ({"who": who, "place": rank, "won": prize} for who, rank, prize in places)
    while some := list(islice(rows, CHUNK)):
        session.connection().execute(statement, some)


def entrants(session: Session, found: Draw, *, refused: bool) -> Iterator[Entrant]:
    """Everybody in a draw, or everybody left out of it, in the order of their ids; a chunk in memory at a time."""
    after = ""
    while True:
        query = (
            sa.select(*_ENTRANT)
            .where(
                EntrantRow.campaign == found.campaign,
                EntrantRow.draw == found.id,
                EntrantRow.participant > after,
                EntrantRow.refused.is_not(None) if refused else EntrantRow.refused.is_(None),
            )
            .order_by(EntrantRow.participant)
            .limit(CHUNK)
        )
        rows = session.execute(query).all()
        yield from map(_entrant, rows)
        if len(rows) < CHUNK:
            return
        after = rows[-1].participant


def readmit(session: Session, found: Draw, who: str) -> None:
    """Let somebody who was left out take part."""
    session.execute(sa.update(EntrantRow).where(*_in(found, who)).values(refused=None))
    moved = {"entrants": DrawRow.entrants + 1, "refused": DrawRow.refused - 1, "revision": DrawRow.revision + 1}
    session.execute(sa.update(DrawRow).where(*_is(found.campaign, found.id)).values(**moved))


def take_back(session: Session, found: Draw, who: str, reason: str) -> None:
    """Note that a winner has lost the prize."""
    session.execute(sa.update(EntrantRow).where(*_in(found, who)).values(prize=None, lost=reason))


def placed(session: Session, found: Draw) -> list[Entrant]:
    """Winners and alternates, by rank."""
    query = (
        sa.select(*_ENTRANT)
        .where(EntrantRow.campaign == found.campaign, EntrantRow.draw == found.id, EntrantRow.rank.is_not(None))
        .order_by(EntrantRow.rank)
    )
    return [_entrant(row) for row in session.execute(query)]


def entrant(session: Session, found: Draw, who: str) -> Entrant | None:
    """One participant in a draw, or left out of it."""
    row = session.execute(sa.select(*_ENTRANT).where(*_in(found, who))).first()
    return _entrant(row) if row else None


def written(session: Session, campaign: CampaignKey, name: str, people: Collection[str]) -> frozenset[str]:
    """Those of some participants who are written down in a draw, at most a chunk of them."""
    query = sa.select(EntrantRow.participant).where(EntrantRow.campaign == campaign, EntrantRow.draw == name)
    return frozenset(session.scalars(query.where(EntrantRow.participant.in_(people))))


def standings(session: Session, campaign: CampaignKey, who: str) -> dict[str, Standing]:
    """How what somebody has won stands, by draw."""
    query = (
        sa.select(AwardRow.draw, AwardRow.status, AwardRow.kind, PayoutRow.status)
        .join(PayoutRow, PayoutRow.award == AwardRow.id, isouter=True)
        .where(AwardRow.campaign == campaign, AwardRow.participant == who)
    )
    return {
        draw: Standing(AwardStatus(award), needs_claim(kind), PayoutStatus(payout) if payout else None)
        for draw, award, kind, payout in session.execute(query)
    }


def reasons(session: Session, found: Draw) -> dict[str, int]:
    """How many are left out, by reason."""
    query = (
        sa.select(EntrantRow.refused, sa.func.count())
        .where(EntrantRow.campaign == found.campaign, EntrantRow.draw == found.id, EntrantRow.refused.is_not(None))
        .group_by(EntrantRow.refused)
        .order_by(EntrantRow.refused)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def listed(session: Session, found: Draw) -> dict[str, int]:
    """How many a finished list names for each prize."""
    query = (
        sa.select(EntrantRow.listed, sa.func.count())
        .where(EntrantRow.campaign == found.campaign, EntrantRow.draw == found.id, EntrantRow.refused.is_(None))
        .where(EntrantRow.listed.is_not(None))
        .group_by(EntrantRow.listed)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def crowded(session: Session, campaign: CampaignKey, identity: str, most: int) -> frozenset[str]:
    """Of those who share a device or payee, all but the `most` who registered first."""
    column = getattr(ParticipantRow, identity)
    place = sa.func.row_number().over(partition_by=column, order_by=(ParticipantRow.registered_at, ParticipantRow.id))
    numbered = (
        sa.select(ParticipantRow.id, place.label("place"))
        .where(*_taking_part(campaign), column.is_not(None))
        .subquery()
    )
    return frozenset(session.scalars(sa.select(numbered.c.id).where(numbered.c.place > most)))


def burst(session: Session, campaign: CampaignKey, most: int, within: timedelta) -> frozenset[str]:
    """Of those who registered from one network within some time, all but the first `most`."""
    earlier = sa.func.lag(ParticipantRow.registered_at, most).over(
        partition_by=ParticipantRow.network, order_by=(ParticipantRow.registered_at, ParticipantRow.id)
    )
    query = sa.select(
        ParticipantRow.id, ParticipantRow.registered_at, sa.type_coerce(earlier, ParticipantRow.registered_at.type)
    ).where(*_taking_part(campaign), ParticipantRow.network.is_not(None))
    found = session.execute(query, execution_options={"yield_per": CHUNK})
    return frozenset(who for who, at, before in found if before is not None and at - before <= within)


def winners_of_at_least(
    session: Session, campaign: CampaignKey, times: int, *, kind: str | None = None
) -> frozenset[str]:
    """Who has won so often in a campaign, of prizes of any kind or of one."""
    query = (
        sa.select(AwardRow.participant)
        .where(AwardRow.campaign == campaign, AwardRow.status.in_([AwardStatus.WON, AwardStatus.CLAIMED]))
        .group_by(AwardRow.participant)
        .having(sa.func.count() >= times)
    )
    return frozenset(session.scalars(query.where(AwardRow.kind == kind) if kind else query))


def standing_worth(session: Session, campaign: CampaignKey) -> dict[str, tuple[int, int]]:
    """How often each prize was won and not lost, and what that is worth in minor units."""
    query = (
        sa.select(AwardRow.prize, sa.func.count(), sa.func.sum(AwardRow.units))
        .where(AwardRow.campaign == campaign, AwardRow.status.in_([AwardStatus.WON, AwardStatus.CLAIMED]))
        .group_by(AwardRow.prize)
    )
    return {row[0]: (row[1], int(row[2])) for row in session.execute(query)}


def wins(session: Session, campaign: CampaignKey, who: str, *, kind: str | None = None) -> int:
    """How often somebody has won in a campaign, prizes of any kind or of one, and has not lost it."""
    query = sa.select(sa.func.count()).where(
        AwardRow.campaign == campaign,
        AwardRow.participant == who,
        AwardRow.status.in_([AwardStatus.WON, AwardStatus.CLAIMED]),
    )
    return session.scalar(query.where(AwardRow.kind == kind) if kind else query) or 0


_ENTRANT = (
    EntrantRow.participant, EntrantRow.tickets, EntrantRow.score, EntrantRow.reached_at, EntrantRow.refused,
    EntrantRow.listed, EntrantRow.rank, EntrantRow.prize, EntrantRow.lost,
)  # fmt: skip


def _draws(campaign: CampaignKey) -> sa.Select[tuple[DrawRow]]:
    # The manifest of a million entrants is small, but it is read by nobody who only looks.
    options = sa.orm.defer(DrawRow.manifest)
    found = sa.select(DrawRow).where(DrawRow.campaign == campaign).options(options)
    return found.execution_options(populate_existing=True)


def _is(campaign: CampaignKey, name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return DrawRow.campaign == campaign, DrawRow.id == name


def _in(found: Draw, who: str) -> tuple[sa.ColumnElement[bool], ...]:
    return EntrantRow.campaign == found.campaign, EntrantRow.draw == found.id, EntrantRow.participant == who


def _taking_part(campaign: CampaignKey) -> tuple[sa.ColumnElement[bool], ...]:
    return ParticipantRow.campaign == campaign, ParticipantRow.status.in_(list(TAKING_PART))


def _moved(session: Session, mine: tuple[sa.ColumnElement[bool], ...], values: Mapping[str, Any]) -> bool:
    statement = sa.update(DrawRow).where(*mine).values(**values).returning(DrawRow.id)
    return session.execute(statement, execution_options={"synchronize_session": False}).first() is not None


def _row(campaign: CampaignKey, name: str, each: Entrant) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "draw": name,
        "participant": each.participant,
        "tickets": each.tickets,
        "score": each.score,
        "reached_at": each.reached_at,
        "refused": each.refused,
        "listed": each.listed,
        "rank": None,
        "prize": None,
        "lost": None,
    }


def _entrant(row: sa.Row[Any]) -> Entrant:
    return Entrant(*row)  # the columns stand as the fields do


def _draw(row: DrawRow) -> Draw:
    return Draw(
        campaign=CampaignKey(row.campaign),
        id=row.id,
        status=DrawStatus(row.status),
        revision=row.revision,
        rules=row.rules,
        entrants=row.entrants,
        refused=row.refused,
        frozen_at=row.frozen_at,
        frozen_by=row.frozen_by,
        appeals_until=row.appeals_until,
        commitment=row.commitment,
        committed_at=row.committed_at,
        number=row.number,
        drawn_at=row.drawn_at,
    )
