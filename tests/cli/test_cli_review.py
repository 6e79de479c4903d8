"""`opsflow review` and `opsflow archive` as they are typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import SHIPPED
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, begin


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """A campaign that has just begun: of its review there is little to say, and that is said."""
    ctx = desk_context(sqlite_database, clock, tmp_path / "ws")
    begin(ctx)
    with use_context(ctx):
        yield ctx


def test_a_review_is_shown_at_any_time(here: Context, capsys: Told) -> None:
    out = said(capsys, "review", KEY)
    assert out.startswith("# Review report\n")
    assert "no meeting asks for it" in out
    assert said(capsys, "review", KEY, "--language", "zh").startswith("# 复盘报告\n")


def test_a_page_with_charts_is_written_and_nothing_is_overwritten(here: Context, capsys: Told, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    said(capsys, "review", KEY, "-o", file)
    assert "<svg" in file.read_text(encoding="utf-8")
    assert "nothing is overwritten" in said(capsys, "review", KEY, "-o", file, code=3)
    text = tmp_path / "review.md"
    said(capsys, "review", KEY, "-o", text)
    assert text.read_text(encoding="utf-8") == said(capsys, "review", KEY)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("review", "nope"), 4, "There is no campaign nope"),
        (("review", KEY, "-o", "review.pdf"), 2, "ends in .md or .html"),
        (("archive", "nope", "-o", "out"), 4, "There is no campaign nope"),
    ],
)
def test_a_mistake_is_named(here: Context, capsys: Told, words: tuple[str, ...], code: int, says: str) -> None:
    assert says in said(capsys, *words, code=code)


def test_an_archive_says_where_to_begin(here: Context, capsys: Told, tmp_path: Path) -> None:
    out = tmp_path / "archive"
    assert said(capsys, "archive", KEY, "-o", out).endswith(f"Begin with {out / 'README.html'}.\n")
    assert "is not empty" in said(capsys, "archive", KEY, "-o", out, code=3)
    assert (out / "README.md").read_text(encoding="utf-8").startswith("# Some campaign: archive\n")
    assert (SHIPPED / "archive").is_dir()
