"""Checkpoints: signed when they are due, kept outside the database, and worth nothing once they were changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsflow.adapters.checkpoints import CheckpointFile
from opsflow.context import Context
from opsflow.engine.tick import tick
from opsflow.journal.service import sign_due, verify
from opsflow.journal.verifying import MOST_UNSIGNED, PERIOD, STALE, Verdict
from opsflow.kernel.chain import Checkpoint
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, PortFailed, Refused
from opsflow.settings import Settings
from tests.journal.chained import AT, ELEVEN, chain, found, sign, witnessed, write_some

ONE = Checkpoint(ELEVEN, 3, "ab" * 32, AT)


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    return witnessed(ctx, tmp_path)


def kept(folder: Path) -> list[str]:
    return (folder / ".opsflow" / "checkpoints.jsonl").read_text().splitlines()


def test_a_chain_is_signed_at_first_sight_then_after_ten_minutes_or_a_thousand_entries(
    here: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    write_some(here.database, 1)
    assert [sign_due(here), sign_due(here)] == [1, 0]
    write_some(here.database, 1)
    clock.move_to(clock.now() + PERIOD - timedelta(seconds=1))
    assert sign_due(here) == 0
    write_some(here.database, MOST_UNSIGNED - 2)
    assert sign_due(here) == 0
    write_some(here.database, 1)
    assert sign_due(here) == 1
    write_some(here.database, 1)
    assert sign_due(here) == 0
    clock.move_to(clock.now() + PERIOD)
    assert sign_due(here) == 1
    assert [json.loads(line)["number"] for line in kept(tmp_path)] == [1, MOST_UNSIGNED + 1, MOST_UNSIGNED + 2]
    assert found(here).verdict is Verdict.WHOLE


def test_entries_that_wait_longer_than_two_periods_to_be_signed_are_unproven(
    here: Context, clock: VirtualClock
) -> None:
    write_some(here.database, 3)
    assert found(here).verdict is Verdict.UNPROVEN, "nothing was signed yet"
    sign(here)
    write_some(here.database, 1)
    clock.move_to(AT + STALE - timedelta(seconds=1))
    assert found(here).verdict is Verdict.WHOLE
    clock.move_to(AT + STALE)
    verified = found(here)
    assert (verified.verdict, chain(verified).signed) == (Verdict.UNPROVEN, 3)


def test_the_tick_signs_and_goes_on_when_it_cannot(here: Context, tmp_path: Path) -> None:
    write_some(here.database, 1)
    assert tick(here).unsigned is None
    assert len(kept(tmp_path)) == 1
    blocked = Settings(workspace=tmp_path, checkpoints=tmp_path / "file" / "checkpoints.jsonl")
    (tmp_path / "file").touch()
    write_some(here.database, MOST_UNSIGNED)
    told = tick(replace(here, witness=lambda: CheckpointFile(blocked))).unsigned
    assert told is not None
    assert "were not written to" in told
    assert tick(here).unsigned is None
    assert len(kept(tmp_path)) == 2, "what failed is due again"


def test_without_a_witness_nothing_is_signed(ctx: Context) -> None:
    write_some(ctx.database, 1)
    assert sign_due(ctx) == 0


def _raised(line: str, _: Path) -> str:
    """The checkpoint of an attacker who has no key."""
    return json.dumps(json.loads(line) | {"number": 2})


def _of_another(line: str, folder: Path) -> str:
    """That of one who has another key."""
    settings = Settings(workspace=folder / "other", checkpoint_key=SecretStr("another secret, which is long enough"))
    CheckpointFile(settings).keep([ONE])
    return kept(folder / "other")[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_raised, "was changed after it was signed"),
        (_of_another, "was signed with another key"),
        (lambda line, _: line[:40], "is no checkpoint"),
        (lambda *_: "[1, 2]", "is no checkpoint"),
    ],
)
def test_a_line_that_was_changed_proves_nothing_and_is_named(
    here: Context, tmp_path: Path, change: Callable[[str, Path], str], told: str
) -> None:
    write_some(here.database, 3)
    sign(here)
    write_some(here.database, 1)
    sign(here)
    file = tmp_path / ".opsflow" / "checkpoints.jsonl"
    first, second = kept(tmp_path)
    file.write_text(f"{change(first, tmp_path)}\n{second}\n")
    verified = found(here)
    assert verified.verdict is Verdict.BROKEN
    assert [told in each and "line 1" in each for each in verified.unreadable] == [True]
    assert chain(verified).signed == 4


def test_a_line_that_a_crash_cut_short_does_not_take_the_next_with_it(tmp_path: Path) -> None:
    file = CheckpointFile(Settings(workspace=tmp_path))
    file.keep([ONE])
    with file.file.open("a") as out:
        out.write('{"campaign": "double')
    file.keep([replace(ONE, number=4)])
    read = file.kept()
    assert [each.number for each in read.checkpoints] == [3, 4]
    assert len(read.unreadable) == 1


def test_whoever_has_only_the_public_key_reads_what_was_signed(tmp_path: Path) -> None:
    mine = CheckpointFile(Settings(workspace=tmp_path))
    mine.keep([ONE, replace(ONE, campaign=None)])
    public = json.loads(kept(tmp_path)[0])["key"]
    elsewhere = Settings(workspace=tmp_path / "auditor")
    assert CheckpointFile(elsewhere, file=mine.file).kept().checkpoints == ()
    read = CheckpointFile(elsewhere, file=mine.file, trusted=[public]).kept()
    assert read.checkpoints == (ONE, replace(ONE, campaign=None))
    assert not (tmp_path / "auditor").exists(), "who reads makes no key"
    with pytest.raises(BadInput, match="no public key"):
        CheckpointFile(elsewhere, file=mine.file, trusted=["12"]).kept()


def test_the_key_is_the_environments_or_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / ".opsflow"
    CheckpointFile(Settings(workspace=tmp_path, checkpoint_key=SecretStr("k" * 32))).keep([ONE])
    assert not (folder / "checkpoint_key").exists()
    CheckpointFile(Settings(workspace=tmp_path)).keep([ONE])
    CheckpointFile(Settings(workspace=tmp_path)).keep([ONE])
    keys = [json.loads(line)["key"] for line in kept(tmp_path)]
    assert keys[0] != keys[1] == keys[2]
    (folder / "checkpoint_key").chmod(0o644)
    with pytest.raises(Refused, match="sign a journal that was written anew"):
        CheckpointFile(Settings(workspace=tmp_path)).keep([ONE])
    with pytest.raises(BadInput, match="OPSFLOW_CHECKPOINT_KEY has fewer than 32"):
        CheckpointFile(Settings(workspace=tmp_path, checkpoint_key=SecretStr("short"))).keep([ONE])


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(PortFailed, match="cannot be read"):
        CheckpointFile(Settings(), file=tmp_path).kept()


def test_what_was_signed_twice_is_signed_once(here: Context, tmp_path: Path) -> None:
    """Who dies between file and database signs the same again."""
    write_some(here.database, 2)
    sign(here)
    (line,) = kept(tmp_path)
    (tmp_path / ".opsflow" / "checkpoints.jsonl").write_text(f"{line}\n{line}\n")
    assert verify(here, CheckpointFile(Settings(workspace=tmp_path)).kept()).verdict is Verdict.WHOLE
