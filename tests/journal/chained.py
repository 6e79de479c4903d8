"""What tests of the chain share: entries, an attacker who passes the guards, a witness, and the verdict."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from opsflow.adapters.checkpoints import CheckpointFile
from opsflow.context import Context
from opsflow.db.session import Database, Session
from opsflow.db.statements import insert_many
from opsflow.db.tables import JournalRow
from opsflow.db.types import Encoded
from opsflow.journal import store
from opsflow.journal.model import ENGINE, Stored
from opsflow.journal.service import Verified, sign_due, verify, write_all
from opsflow.journal.verifying import PERIOD, ChainReport
from opsflow.kernel.chain import START, entry_hash
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey
from opsflow.ports import Kept
from opsflow.settings import Settings

ELEVEN = CampaignKey("double-eleven")
AT = datetime(2026, 8, 3, 1, tzinfo=UTC)
NOTHING = Kept((), ())


def write_some(database: Database, count: int, *, campaign: CampaignKey | None = ELEVEN, first: int = 1) -> None:
    """So many entries in one transaction: `task.done` of T1, T2, ..."""
    objects = {f"T{number}": {"title": f"Task {number} 任务"} for number in range(first, first + count)}
    with database.transaction() as session:
        write_all(session, at=AT, actor=ENGINE, action="task.done", campaign=campaign, objects=objects)


def witnessed(ctx: Context, folder: Path) -> Context:
    """The context with a witness whose file is in a folder."""
    return replace(ctx, witness=partial(CheckpointFile, Settings(workspace=folder)))


def sign(ctx: Context) -> int:
    """Sign what has been written up to now, ten minutes later."""
    assert isinstance(ctx.clock, VirtualClock)
    ctx.clock.move_to(ctx.clock.now() + PERIOD)
    return sign_due(ctx)


def found(ctx: Context) -> Verified:
    """What verifying says with the checkpoints that were kept."""
    assert ctx.witness is not None
    return verify(ctx, ctx.witness().kept())


def chain(verified: Verified, campaign: CampaignKey | None = ELEVEN) -> ChainReport:
    (one,) = [each for each in verified.chains if each.campaign == campaign]
    return one


@contextmanager
def past_the_guards(database: Database) -> Iterator[Session]:
    """A transaction of a database administrator: the triggers that refuse changes are off in it."""
    with database.transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("alter table journal disable trigger user"))
            yield session
            session.execute(sa.text("alter table journal enable trigger user"))
            return
        triggers = "select name, sql from sqlite_master where type = 'trigger' and tbl_name = 'journal'"
        kept = session.execute(sa.text(triggers)).all()
        for name, _ in kept:
            session.execute(sa.text(f"drop trigger {name}"))
        yield session
        for _, statement in kept:
            session.execute(sa.text(statement))


Forgery = Callable[[list[Stored]], list[Stored]]


def forge(database: Database, change: Forgery, *, campaign: CampaignKey | None = ELEVEN) -> None:
    """Put other rows in the place of a chain's, as far as a database administrator can: in their order, whatever they say."""
    with past_the_guards(database) as session:
        rows = [Stored._make(each) for each in store.stored(session) if each.campaign == campaign]
        session.execute(sa.delete(JournalRow).where(JournalRow.campaign == campaign))
        free = itertools.chain((each.seq for each in rows), itertools.count(rows[-1].seq + 1_000))
        changed = [each._replace(seq=seq) for each, seq in zip(change(rows), free, strict=False)]
        if changed:
            insert_many(session, JournalRow, [_row(each) for each in changed])


def chained(row: Stored, after: Stored | None) -> Stored:
    """A row numbered and hashed as one that was written after another."""
    number, last = (after.number + 1, after.hash) if after else (1, START)
    hashed = entry_hash(
        last, number=number, at=row.at, actor=row.actor, action=row.action, campaign=row.campaign, object=row.object,
        data=row.data,
    )  # fmt: skip
    return row._replace(number=number, hash=hashed)


def rechained(rows: list[Stored], first: int) -> list[Stored]:
    """Fresh hashes from one place on: what the best attacker leaves behind."""
    done = rows[: first - 1]
    for row in rows[first - 1 :]:
        done.append(chained(row, done[-1] if done else None))
    return done


def _row(row: Stored) -> dict[str, object]:
    at = datetime.fromisoformat(row.at).replace(tzinfo=UTC)
    return row._asdict() | {"at": at, "data": Encoded(row.data)}
