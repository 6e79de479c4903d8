"""Journal rows: added and read. There is no function that changes or deletes one, and the database refuses both."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.chains import NO_CAMPAIGN
from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import JournalChainRow, JournalRow
from opsflow.db.types import Encoded, to_json
from opsflow.journal.model import Chain, Entry, Stored
from opsflow.kernel.chain import START, Checkpoint, entry_hash, instant_text
from opsflow.kernel.terms import CampaignKey

_HEADS = "opsflow_journal_heads"
_AT_ONCE = 5_000
_JOURNAL = cast(sa.Table, JournalRow.__table__)
_CHAINS = cast(sa.Table, JournalChainRow.__table__)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain: what the next one is chained to."""

    number: int
    hash: bytes


def add(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    campaign: CampaignKey | None,
    object: str,  # noqa: A002  the entry's own word for what was acted on
    data: Mapping[str, Any],
) -> None:
    """Append one row."""
    add_all(session, at=at, actor=actor, action=action, campaign=campaign, objects={object: data})


def add_all(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    campaign: CampaignKey | None,
    objects: Mapping[str, Mapping[str, Any]],
) -> None:
    """Append a row per object of one action, in their order, to the campaign's chain."""
    # A session is one transaction, and whoever holds a chain holds it until that ends: its head is asked for once.
    heads: dict[CampaignKey | None, Head] = session.info.setdefault(_HEADS, {})
    head = heads[campaign] if campaign in heads else hold(session, campaign)
    heads[campaign] = append(session, head, at=at, actor=actor, action=action, campaign=campaign, objects=objects)


def hold(session: Session, campaign: CampaignKey | None) -> Head:
    """Keep everybody else from appending to a chain until this transaction ends, and answer where it ends.

    Most writers hold the campaign already (`campaigns.store.hold_campaign`); whoever does not, or writes for no campaign,
    waits here.
    """
    chain = campaign or NO_CAMPAIGN
    if session.execute(_HELD, {"chain": chain}).first() is None:
        row = {"chain": chain, "signed": 0, "signed_at": None}
        insert_or_nothing(session, JournalChainRow, [row], returning=JournalChainRow.chain)
        session.execute(_HELD, {"chain": chain})
    return head(session, campaign)


_HELD = sa.select(_CHAINS.c.chain).where(_CHAINS.c.chain == sa.bindparam("chain")).with_for_update()


def head(session: Session, campaign: CampaignKey | None) -> Head:
    """Where a chain ends."""
    last = session.execute(_LAST if campaign else _LAST_OF_NONE, {"campaign": campaign}).first()
    return Head(0, START) if last is None else Head(last.number, last.hash)


_ENDS = sa.select(_JOURNAL.c.number, _JOURNAL.c.hash).order_by(_JOURNAL.c.number.desc()).limit(1)
_LAST = _ENDS.where(_JOURNAL.c.campaign == sa.bindparam("campaign"))
_LAST_OF_NONE = _ENDS.where(_JOURNAL.c.campaign.is_(None))


def append(
    session: Session,
    head: Head,
    *,
    at: datetime,
    actor: str,
    action: str,
    campaign: CampaignKey | None,
    objects: Mapping[str, Mapping[str, Any]],
) -> Head:
    """Append rows after the head of their chain, in one statement; answers the new head."""
    rows, number, last, written = [], head.number, head.hash, instant_text(at)
    for name, data in objects.items():
        number, text = number + 1, to_json(dict(data))
        last = entry_hash(
            last, number=number, at=written, actor=actor, action=action, campaign=campaign, object=name, data=text
        )
        row = {"at": at, "actor": actor, "action": action, "campaign": campaign, "object": name}
        rows.append({**row, "data": Encoded(text), "number": number, "hash": last})
    insert_many(session, JournalRow, rows)
    return Head(number, last)


def entries(session: Session, campaign: CampaignKey | None) -> tuple[Entry, ...]:
    """All entries of one campaign in their order; of None: those that belong to no campaign."""
    rows = session.scalars(sa.select(JournalRow).where(JournalRow.campaign == campaign).order_by(JournalRow.number))
    return tuple(
        Entry(
            number=row.number,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            action=row.action,
            campaign=CampaignKey(row.campaign) if row.campaign else None,
            object=row.object,
            data=row.data,
            hash=row.hash.hex(),
        )
        for row in rows
    )


def stored(session: Session) -> Iterator[Stored]:
    """Every row of every chain as it stands, in the order of writing; never more than some thousands in memory."""
    return _as_stored(session, sa.true())


def stored_of(session: Session, campaign: CampaignKey) -> Iterator[Stored]:
    """The same of one campaign's chain."""
    return _as_stored(session, _JOURNAL.c.campaign == campaign)


def _as_stored(session: Session, which: sa.ColumnElement[bool]) -> Iterator[Stored]:
    # The table, not the class, and instants as text: half the time of a million rows went into taking them apart.
    columns = _JOURNAL.c
    rows = (
        sa.select(
            columns.seq,
            columns.number,
            _written_at(session).label("at"),
            columns.actor,
            columns.action,
            columns.campaign,
            columns.object,
            sa.cast(columns.data, sa.Text).label("data"),
            columns.hash,
        )
        .where(which)
        .order_by(columns.seq)
    )
    # SQLAlchemy's rows are tuples with these names.
    return cast("Iterator[Stored]", iter(session.execute(rows, execution_options={"yield_per": _AT_ONCE})))


def _written_at(session: Session) -> sa.ColumnElement[str]:
    """`at` as `kernel.chain.instant_text` writes it."""
    if session.get_bind().dialect.name == "postgresql":
        utc = sa.func.timezone("utc", _JOURNAL.c.at)
        return sa.func.to_char(utc, "YYYY-MM-DD HH24:MI:SS.US", type_=sa.Text)
    return sa.cast(_JOURNAL.c.at, sa.Text)


def chains(session: Session) -> tuple[Chain, ...]:
    """Every chain there is."""
    rows = session.execute(sa.select(_CHAINS.c.chain, _CHAINS.c.signed).order_by(_CHAINS.c.chain))
    return tuple(Chain(_campaign(row.chain), row.signed) for row in rows)


def unsigned(session: Session, *, most: int, before: datetime, now: datetime) -> tuple[Checkpoint, ...]:
    """Checkpoints of the chains that have grown by so many entries, or at all and were last signed before an instant."""
    found = []
    rows = session.execute(sa.select(_CHAINS).order_by(_CHAINS.c.chain)).all()
    for row in rows:
        campaign = _campaign(row.chain)
        end = head(session, campaign)
        waits = row.signed_at is None or row.signed_at <= before
        if end.number - row.signed >= (1 if waits else most):
            found.append(Checkpoint(campaign, end.number, end.hash.hex(), now))
    return tuple(found)


def mark_signed(session: Session, checkpoints: Iterable[Checkpoint]) -> None:
    """Remember up to where chains were signed."""
    for each in checkpoints:
        chain = _CHAINS.c.chain == (each.campaign or NO_CAMPAIGN)
        session.execute(sa.update(_CHAINS).where(chain).values(signed=each.number, signed_at=each.at))


def _campaign(chain: str) -> CampaignKey | None:
    return CampaignKey(chain) if chain != NO_CAMPAIGN else None
