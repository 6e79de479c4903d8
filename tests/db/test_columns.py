"""What columns of JSON are written with, and a database that is thrown away."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.db.session import Database
from opsflow.db.types import Encoded, encoded, to_json
from opsflow.kernel.text import Text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Text("a", "甲"), '{"en": "a", "zh": "\\u7532"}'),
        (("P1", "P2"), '["P1", "P2"]'),
        ((datetime(2026, 8, 10, 1, tzinfo=UTC),), '["2026-08-10T01:00:00+00:00"]'),
        ((), "[]"),
    ],
)
def test_what_is_encoded_once_is_written_as_it_is(value: Text | tuple[str, ...], written: str) -> None:
    assert encoded(value) == written
    assert to_json(encoded(value)) == written
    assert to_json(str(Encoded("a"))) == '"a"'  # a text that merely looks so is a text


@pytest.mark.parametrize(("lasting", "synchronous"), [(True, 2), (False, 0)])
def test_only_a_database_that_is_thrown_away_does_not_wait_for_the_disk(
    tmp_path: Path, lasting: bool, synchronous: int
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'some.db'}", lasting=lasting)
    with database.transaction() as session:
        assert session.scalar(sa.text("pragma synchronous")) == synchronous
    database.close()
