"""The doctor and the journal: what is broken or not signed is told with its cure; what is well is well."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.checkpoints import CheckpointFile
from opsflow.context import Context
from opsflow.doctor.finding import State
from opsflow.doctor.journal import look_at_journal
from opsflow.journal.verifying import STALE
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from tests.journal.chained import past_the_guards, sign, witnessed, write_some


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    return witnessed(ctx, tmp_path)


def told(ctx: Context) -> list[tuple[State, str]]:
    """State and text of each finding; whatever is not well has a cure."""
    findings = list(look_at_journal(ctx))
    assert all(each.cure or each.state is State.OK for each in findings)
    return [(each.state, each.text) for each in findings]


def test_an_empty_journal_is_well_and_one_without_checkpoints_is_worth_knowing(here: Context) -> None:
    assert told(here) == [(State.OK, "it holds together, as far as its checkpoints go (chains: 0, entries: 0)")]
    write_some(here.database, 3)
    assert told(here) == [(State.NOTE, "the journal of double-eleven has no checkpoint yet")]
    sign(here)
    assert told(here) == [(State.OK, "it holds together, as far as its checkpoints go (chains: 1, entries: 3)")]


def test_entries_that_wait_too_long_for_a_checkpoint_are_wrong(here: Context, clock: VirtualClock) -> None:
    write_some(here.database, 3)
    sign(here)
    write_some(here.database, 2)
    clock.move_to(clock.now() + STALE)
    ((state, text),) = told(here)
    assert state is State.WRONG
    assert "the journal of double-eleven has waited 30 minutes for a checkpoint (entries not signed: 2)" in text


def _edit(ctx: Context, _: Path) -> None:
    with past_the_guards(ctx.database) as session:
        session.execute(sa.text("update journal set actor = 'nobody' where number = 2"))


def _change_the_file(_: Context, folder: Path) -> None:
    file = folder / ".opsflow" / "checkpoints.jsonl"
    file.write_text(file.read_text().replace('"number": 3', '"number": 2'))


@pytest.mark.parametrize(
    ("spoil", "said"), [(_edit, "is broken at entry 2"), (_change_the_file, "was changed after it was signed")]
)
def test_what_was_tampered_with_is_wrong(
    here: Context, tmp_path: Path, spoil: Callable[[Context, Path], None], said: str
) -> None:
    write_some(here.database, 3)
    sign(here)
    spoil(here, tmp_path)
    findings = told(here)
    assert findings[0][0] is State.WRONG
    assert said in findings[0][1]


def test_checkpoints_that_cannot_be_read_are_wrong(here: Context, tmp_path: Path) -> None:
    blind = replace(here, witness=lambda: CheckpointFile(Settings(checkpoints=tmp_path)))
    ((state, text),) = told(blind)
    assert state is State.WRONG
    assert "cannot be read" in text
