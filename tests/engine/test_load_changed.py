"""A run reads again only what it has written: that is the same as reading everything, whatever it did."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.session import Database, Session
from opsflow.db.written import take_written
from opsflow.engine import advance, load
from opsflow.engine.load import PARTS, load_changed, load_snapshot
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import Stage
from opsflow.kernel.text import Text
from tests.engine.driving import People, live
from tests.engine.small import KEY, MODULES, everybody


@pytest.fixture
def people(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> People:
    """One refusal and one weak module on the way: every kind of effect, every part of the snapshot."""
    found = everybody(sqlite_database, clock, tmp_path)
    found.verdict = lambda approval, person: (
        Text.both("Too dear.") if approval.version == 1 and person == "legal-head" and approval.task == "C3" else None
    )
    found.points = lambda asked, _person, module: 4 if asked.number == 1 and module == MODULES[0] else 8
    return found


def compared(steps: list[frozenset[str]]) -> Any:
    def read(ctx: Context, session: Session, was: Snapshot, written: Collection[str]) -> Snapshot:
        steps.append(frozenset(written))
        found = load_changed(ctx, session, was, written)
        session.expire_all()
        assert found == load_snapshot(ctx, session, was.campaign.key, was.stage.name), sorted(written)
        return found

    return read


def test_after_every_step_of_a_life_it_is_as_if_everything_had_been_read(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[frozenset[str]] = []
    monkeypatch.setattr(advance, "load_changed", compared(steps))
    live(people)
    written = frozenset[str]().union(*steps)
    assert {"stages", "tasks", "approvals", "self_check_rounds", "documents", "campaigns"} <= written
    assert all(step for step in steps)


def test_a_part_that_did_not_name_its_table_would_be_found(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    forgetful = {**PARTS, "stages": replace(PARTS["stages"], tables=frozenset({"elsewhere"}))}
    monkeypatch.setattr(load, "PARTS", forgetful)
    monkeypatch.setattr(advance, "load_changed", compared([]))
    with pytest.raises(AssertionError, match="stages"):
        live(people)


@contextmanager
def tables_read(database: Database) -> Iterator[set[str]]:
    found: set[str] = set()

    def note(_connection: Any, _cursor: Any, _text: str, _values: Any, run: Any, _many: bool) -> None:
        if run.compiled is not None and run.compiled.statement.is_select:
            found.update(table.name for table in sa.sql.util.find_tables(run.compiled.statement, include_joins=True))

    sa.event.listen(database.engine, "after_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(database.engine, "after_cursor_execute", note)


def test_each_part_is_read_from_the_tables_that_it_names(people: People) -> None:
    live(people)
    for name, part in PARTS.items():
        with people.ctx.reading() as session, tables_read(people.ctx.database) as found:
            part.read(session, KEY)
        assert found == part.tables, name


def test_what_a_transaction_has_written_is_told_once(people: People) -> None:
    with people.ctx.transaction() as session:
        take_written(session)
        load_snapshot(people.ctx, session, KEY, Stage.EXECUTION)
        assert take_written(session) == frozenset()
        session.execute(sa.text("select 1"))
        session.execute(sa.update(sa.table("stages", sa.column("reason"))).values(reason=None))
        assert take_written(session) == {"stages"}
        assert take_written(session) == frozenset()
