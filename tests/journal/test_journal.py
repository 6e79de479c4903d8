"""The journal tells what happened and cannot be changed."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from opsflow.db.session import Database
from opsflow.journal.model import ENGINE
from opsflow.journal.service import read, write
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.text import Text

AT = datetime(2026, 8, 3, 1, tzinfo=UTC)
ELEVEN = CampaignKey("double-eleven")


def _write(database: Database, *actions: str, campaign: CampaignKey | None = ELEVEN) -> None:
    with database.transaction() as session:
        for action in actions:
            write(session, at=AT, actor=ENGINE, action=action, campaign=campaign, object="CO12", data={"due": AT})


def test_entries_of_a_campaign_come_back_in_their_order(database: Database) -> None:
    _write(database, "task.opened", "task.done")
    _write(database, "stage.closed")
    _write(database, "task.opened", campaign=CampaignKey("other"))
    with database.transaction() as session:
        entries = read(session, ELEVEN)
    assert [entry.action for entry in entries] == ["task.opened", "task.done", "stage.closed"]
    assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)


def test_an_entry_keeps_texts_and_instants_as_json(database: Database) -> None:
    with database.transaction() as session:
        write(
            session, at=AT, actor="lin", action="task.waived", campaign=None, object="CO12",
            data={"reason": Text("no partner", "无合作方"), "at": AT, "days": [1, 2]},
        )  # fmt: skip
    with database.transaction() as session:
        (entry,) = read(session, None)
    assert entry.at == AT
    assert entry.data == {
        "reason": {"en": "no partner", "zh": "无合作方"},
        "at": "2026-08-03T01:00:00+00:00",
        "days": [1, 2],
    }


def test_an_entry_falls_with_the_transaction_it_belongs_to(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            write(session, at=AT, actor=ENGINE, action="task.done", campaign=ELEVEN, object="CO12")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.transaction() as session:
        assert read(session, ELEVEN) == ()


@pytest.mark.parametrize("statement", ["update journal set actor = 'nobody'", "delete from journal"])
def test_the_database_refuses_to_change_or_delete_an_entry(database: Database, statement: str) -> None:
    def attack() -> None:
        with database.transaction() as session:
            session.execute(sa.text(statement))

    _write(database, "task.done")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        attack()
    with database.transaction() as session:
        assert [entry.actor for entry in read(session, ELEVEN)] == [ENGINE]
