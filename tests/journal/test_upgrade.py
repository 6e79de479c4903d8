"""A journal that was written before there was a chain is chained by the upgrade."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from opsflow.db.migrate import _config, check, upgrade
from opsflow.db.session import Database
from opsflow.db.types import Instant
from opsflow.journal import store
from opsflow.journal.service import read
from opsflow.journal.verifying import Verdict, walk
from tests.journal.chained import AT, ELEVEN, write_some
from tests.postgres import fresh_database

OLD = sa.table(
    "journal",
    sa.column("at", Instant()),
    *(sa.column(name, sa.String) for name in ("actor", "action", "campaign", "object")),
    sa.column("data", sa.JSON),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the schema before the chain."""
    if request.param == "sqlite":
        yield _before(f"sqlite:///{tmp_path / 'old.db'}")
        return
    with fresh_database() as url:
        database = _before(url)
        yield database
        database.close()


def _before(url: str) -> Database:
    database = Database(url)
    with database.transaction() as session:
        command.upgrade(_config(session.connection()), "0010")
    return database


def test_rows_that_are_there_are_chained_and_guarded_and_go_on(old: Database) -> None:
    kept = [
        {
            "at": AT + timedelta(seconds=place, microseconds=place % 3),
            "actor": "lin-yue",
            "action": "task.commented",
            "campaign": campaign,
            "object": f"T{place}",
            "data": {"text": {"en": "so “it” is\n", "zh": "如此"}, "z": place, "a": [1.5, None]},
        }
        for place, campaign in enumerate([ELEVEN, None, "spring"] * 5)
    ]
    with old.transaction() as session:
        session.execute(sa.insert(OLD), kept)
    upgrade(old)
    assert check(old) == []
    write_some(old, 2)
    with old.reading() as session:
        found = walk(store.stored(session), store.chains(session), (), now=AT)
        entries = read(session, ELEVEN)
    assert [(each.campaign, each.entries, each.verdict) for each in found] == [
        (None, 5, Verdict.UNPROVEN),
        (ELEVEN, 7, Verdict.UNPROVEN),
        ("spring", 5, Verdict.UNPROVEN),
    ]
    before = [each for each in kept if each["campaign"] == ELEVEN]
    assert [(each.at, each.object, json.dumps(each.data)) for each in entries[:5]] == [
        (each["at"], each["object"], json.dumps(each["data"])) for each in before
    ]

    for statement in ("update journal set actor = 'nobody'", "delete from journal"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            _attack(old, statement)


def _attack(database: Database, statement: str) -> None:
    with database.transaction() as session:
        session.execute(sa.text(statement))
