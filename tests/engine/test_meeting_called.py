"""A meeting whose papers came late is held at the hour that people are invited to, and everything says the same hour."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from opsflow.db.session import Database
from opsflow.db.tables import OutboxRow
from opsflow.engine.record import journal, record
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import Stage
from opsflow.stages.model import StageStatus, Stored
from opsflow.stages.store import stages
from tests.engine.driving import People, live
from tests.engine.small import KEY, everybody


def decision(people: People) -> Stored:
    with people.ctx.reading() as session:
        return next(each for each in stages(session, KEY) if each.name is Stage.DECISION)


def test_it_is_held_when_people_are_invited_to_it(
    sqlite_database: Database, clock: VirtualClock, tmp_path: Path
) -> None:
    people = everybody(sqlite_database, clock, tmp_path)
    planned = decision(people).meeting_at
    assert planned is not None
    people.idle = frozenset({"D4"})
    live(people, until=lambda: clock.now() > planned + timedelta(days=1))
    people.idle = frozenset()
    live(people, until=lambda: decision(people).status is StageStatus.RELEASED)
    called = decision(people).meeting_at
    assert called is not None
    assert called > clock.now() > planned
    with people.ctx.reading() as session:
        invited = sa.select(OutboxRow.data).where(OutboxRow.template == "meeting_invited")
        hours = [data["at"] for data in session.scalars(invited.order_by(OutboxRow.id))]
    assert hours[-1] == called.isoformat()
    live(people, until=lambda: decision(people).status is StageStatus.CLOSED)
    held = [entry.at for entry in journal(people.ctx, KEY) if entry.action == "meeting.held"]
    assert called in held
    told = [each for each in record(people.ctx, KEY).dossiers["en"]["meetings"] if each["held_at"] == called]
    # Afterwards what was planned is what the plan said, and no longer the hour that it was put off to.
    assert [each["at"] for each in told] == [planned]
