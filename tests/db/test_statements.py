"""Rows that go to the driver past SQLAlchemy are the same rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.db.session import Database, Session
from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import CampaignRow, JournalRow, StageRow, TickRow
from opsflow.db.types import Encoded
from opsflow.db.written import take_written
from opsflow.kernel.terms import Stage
from opsflow.kernel.text import Text

AT = datetime(2026, 8, 3, 1, tzinfo=UTC)
CAMPAIGN: Mapping[str, Any] = {
    "title": Text("Double 11", "双十一"), "level": "S", "status": "active", "zone": "Asia/Shanghai", "language": "en",
    "launch": AT, "ends": AT.astimezone(timezone(timedelta(hours=8))), "sop_name": "campaign", "sop_version": 1,
    "organisation": [1, True, 1.5, None, "一"], "warnings": Encoded('["kept  as it is"]'), "provisional": False,
    "plan_revision": 1, "created_at": AT + timedelta(microseconds=1),
}  # fmt: skip
FILES: Sequence[Any] = ({"a": {"b": None}}, 1, True, "1", (), (1, True), None)


def campaigns() -> list[dict[str, Any]]:
    """Rows that are equal in some columns, and in one are equal for Python only."""
    return [{**CAMPAIGN, "key": f"campaign-{n}", "file": file} for n, file in enumerate(FILES)]


def stored(database: Database, table: Any) -> list[tuple[str, ...]]:
    """All of a table as the database itself writes it."""
    columns = [sa.cast(column, sa.Text) for column in sa.inspect(table).columns]
    with database.transaction() as session:
        return sorted(tuple(map(str, row)) for row in session.execute(sa.select(*columns)))


def all_new(session: Session, table: type[CampaignRow], rows: Sequence[Mapping[str, Any]]) -> None:
    """Where no key is there, passing over keys passes over none."""
    new = insert_or_nothing(session, table, rows, returning=table.key)
    assert sorted(new) == [row["key"] for row in rows]


@pytest.mark.parametrize("insert", [insert_many, all_new])
@pytest.mark.parametrize("many", [1, len(FILES)])
def test_every_kind_of_column_is_written_as_sqlalchemy_writes_it(
    database: Database, many: int, insert: Callable[[Session, type[CampaignRow], Sequence[Mapping[str, Any]]], None]
) -> None:
    rows = campaigns()[:many]
    with database.transaction() as session:
        session.execute(sa.insert(CampaignRow.__table__), rows)  # type: ignore[arg-type]
    expected = stored(database, CampaignRow)
    with database.transaction() as session:
        session.execute(sa.delete(CampaignRow))
        insert(session, CampaignRow, rows)
    assert stored(database, CampaignRow) == expected
    assert len(expected) == many


def test_a_word_of_ours_and_an_empty_column_come_back_as_they_went_in(database: Database) -> None:
    row = {"campaign": "campaign-0", "name": Stage.CLOSING, "status": "planned", "revision": 0}
    with database.transaction() as session:
        insert_many(session, CampaignRow, campaigns()[:1])
        insert_many(
            session,
            StageRow,
            [{**row, "opens": None, "reason": None}, {**row, "name": "review", "opens": AT, "reason": Text("a", "甲")}],
        )
    with database.transaction() as session:
        found = session.execute(sa.select(StageRow.name, StageRow.opens, StageRow.reason).order_by(StageRow.name)).all()
    assert [tuple(each) for each in found] == [("closing", None, None), ("review", AT, Text("a", "甲"))]


def test_it_is_noted_which_table_was_written(database: Database) -> None:
    with database.transaction() as session:
        take_written(session)
        insert_many(session, JournalRow, [])
        assert take_written(session) == frozenset()
        insert_many(session, CampaignRow, campaigns())
        assert take_written(session) == {"campaigns"}


def test_those_whose_key_is_there_are_passed_over(database: Database) -> None:
    rows = campaigns()
    with database.transaction() as session:
        insert_many(session, CampaignRow, rows[:2])
        insert_many(session, CampaignRow, [{**row, "level": "A"} for row in rows], or_nothing=True)
        found = dict(session.execute(sa.select(CampaignRow.key, CampaignRow.level)).tuples().all())
    assert [found[row["key"]] for row in rows] == ["S", "S", "A", "A", "A", "A", "A"]


def test_a_naive_instant_is_refused(database: Database) -> None:
    rows = [{**row, "launch": AT.replace(tzinfo=None)} for row in campaigns()]
    with pytest.raises(ValueError, match="naive instant"), database.transaction() as session:
        insert_many(session, CampaignRow, rows)


def test_a_column_that_no_row_names_holds_what_sqlalchemy_would_fill_in(database: Database) -> None:
    row = {"campaign": "campaign-0", "status": "planned"}
    with database.transaction() as session:
        insert_many(session, CampaignRow, campaigns()[:1])
        insert_many(session, StageRow, [{**row, "name": "closing"}, {**row, "name": "review"}])
        insert_or_nothing(session, StageRow, [{**row, "name": "decision"}], returning=StageRow.name)
        session.execute(sa.insert(StageRow), [{**row, "name": "execution"}])
        found = session.execute(sa.select(StageRow.name, StageRow.revision)).tuples().all()
    assert sorted(found) == [("closing", 0), ("decision", 0), ("execution", 0), ("review", 0)]


def test_only_the_new_ones_of_many_are_returned(database: Database) -> None:
    """More than a statement of either database takes."""
    names = [f"tick-{n}" for n in range(40_000)]
    rows = [{"name": name, "at": AT} for name in names]
    with database.transaction() as session:
        take_written(session)
        assert insert_or_nothing(session, TickRow, [], returning=TickRow.name) == []
        assert take_written(session) == frozenset()
        first = insert_or_nothing(session, TickRow, rows[::2], returning=TickRow.name)
        assert take_written(session) == {TickRow.__tablename__}
        rest = insert_or_nothing(session, TickRow, rows, returning=TickRow.name)
        assert insert_or_nothing(session, TickRow, rows[:1], returning=TickRow.name) == []
    assert sorted(first) == sorted(names[::2])
    assert sorted(rest) == sorted(names[1::2])


def test_rows_with_different_columns_are_refused(database: Database) -> None:
    rows = campaigns()
    del rows[1]["title"]
    with pytest.raises(KeyError, match="title"), database.transaction() as session:
        insert_many(session, CampaignRow, rows)
