"""What an older opsflow wrote is told by this one: the upgrade keeps every row and gives the new columns a meaning."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.migrate import _config, check, upgrade
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.outbox import store
from opsflow.outbox.model import NoticeStatus, Outcome
from opsflow.outbox.service import deliver
from opsflow.settings import Settings
from tests.outbox.people import EVERYBODY, LIN, WANG, notice, tell
from tests.postgres import fresh_database

SENT_AT = datetime(2026, 8, 3, 1, tzinfo=UTC)
"""Monday, 09:00 in Shanghai."""
OLD = """
insert into matters (id, version, open) values ('task/1', 1, true);
insert into deliveries (person, channel, receipt, body, sent_at, local_day, urgent)
    values ('lin', 'console', 'console/1', 'Told', '2026-08-03 01:00:00+00:00', '2026-08-03', false);
insert into outbox (key, person, template, status, campaign, matter, reason, data, urgent, matter_version,
                    created_at, not_before, attempts, delivery)
    values ('told', 'lin', 'campaign_stopped', 'sent', 'double-eleven', 'task/1', null,
            '{"campaign_title": "Double 11", "reason": "told"}', false, 1,
            '2026-08-03 01:00:00+00:00', '2026-08-03 01:00:00+00:00', 1, 1),
           ('waits', 'lin', 'campaign_stopped', 'pending', 'double-eleven', 'task/1', 'cannot be reached',
            '{"campaign_title": "Double 11", "reason": "waits"}', false, 1,
            '2026-08-03 01:00:00+00:00', '2026-08-03 02:00:00+00:00', 2, null),
           ('taken', 'wang', 'campaign_stopped', 'sending', 'double-eleven', null, null,
            '{"campaign_title": "Double 11", "reason": "taken"}', false, null,
            '2026-08-03 01:00:00+00:00', '2026-08-03 01:05:00+00:00', 1, null),
           ('taken-too', 'wang', 'campaign_stopped', 'sending', 'double-eleven', null, null,
            '{"campaign_title": "Double 11", "reason": "taken too"}', false, null,
            '2026-08-03 01:00:00+00:00', '2026-08-03 01:05:00+00:00', 1, null);
"""
"""One message that went out, one notice that failed twice, and two that a deliverer took and was never heard of again."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'old.db'}", lasting=False)
        yield database
        database.close()
        return
    with fresh_database() as url:
        database = Database(url)
        yield database
        database.close()


def of(revision: str, database: Database) -> None:
    """The schema of an older opsflow, with its rows."""
    with database.transaction() as session:
        command.upgrade(_config(session.connection()), revision)
        for statement in filter(str.strip, OLD.split(";")):
            session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize("revision", ["0002", "0006"])
def test_notices_of_an_older_schema_are_told_and_those_that_were_told_are_not_told_again(
    empty: Database, revision: str
) -> None:
    of(revision, empty)
    assert upgrade(empty).before == revision
    assert check(empty) == []
    clock, channel = VirtualClock(SENT_AT + timedelta(hours=2)), MemoryChannel()
    ctx = Context(Settings(database_url=empty.url), empty, clock, MemoryLauncher(), {channel.name: channel})
    assert deliver(ctx, EVERYBODY).sent == 3
    assert sorted((message.person, message.title) for message in channel.sent) == [
        (LIN, "Double 11 is stopped"),
        (WANG, "2 messages for you"),
    ]
    with ctx.reading() as session:
        found = {each.data["reason"]: each for each in store.ledger(session)}
        (message, *_) = store.sent(session)
    assert {each.status for each in found.values()} == {NoticeStatus.SENT}
    assert [(tried.at, tried.channel, tried.outcome) for tried in found["told"].attempts] == [
        (SENT_AT, "console", Outcome.SENT)
    ]
    assert (message.text, [key for _, _, key in message.notices]) == ("Told", ["told"])
    assert tell(ctx, notice("told")) == [False]
