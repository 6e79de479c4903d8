"""The folder a rehearsal leaves: never over something else, never half."""

import os
from pathlib import Path

import pytest

from opsflow.kernel.errors import BadInput, PortFailed, Refused
from opsflow.kernel.folders import check_folder, write_folder
from opsflow.rehearsal.folder import REHEARSAL


def first(folder: Path) -> None:
    (folder / "a.txt").write_text("first")


def second(folder: Path) -> None:
    (folder / "b.txt").write_text("second")


def broken(folder: Path) -> None:
    (folder / "half.txt").write_text("half")
    raise Refused("no")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        check_folder(tmp_path, REHEARSAL, force=False)


def test_force_replaces_nothing_but_a_former_rehearsal(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(Refused, match="something else"):
        check_folder(tmp_path, REHEARSAL, force=True)


def test_force_replaces_a_former_rehearsal_whole(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_folder(out, REHEARSAL, first, force=False)
    write_folder(out, REHEARSAL, second, force=True)
    assert names(out) == {REHEARSAL.marker, "b.txt"}
    assert names(tmp_path) == {"demo"}


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    out = tmp_path / "活 动"
    out.mkdir()
    write_folder(out, REHEARSAL, first, force=False)
    assert names(out) == {REHEARSAL.marker, "a.txt"}


def test_a_rehearsal_that_breaks_leaves_the_former_one(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_folder(out, REHEARSAL, first, force=False)
    with pytest.raises(Refused):
        write_folder(out, REHEARSAL, broken, force=True)
    assert names(out) == {REHEARSAL.marker, "a.txt"}
    assert names(tmp_path) == {"demo"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "demo"
    file.write_text("")
    with pytest.raises(BadInput):
        check_folder(file, REHEARSAL, force=True)


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_played(tmp_path: Path) -> None:
    file = tmp_path / "org.yaml"
    file.write_text("")
    with pytest.raises(BadInput, match=r"would lie in .*org\.yaml, which is a file"):
        check_folder(file / "sub" / "deeper", REHEARSAL, force=False)
    assert names(tmp_path) == {"org.yaml"}


def test_a_folder_that_may_not_be_written_is_told_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root, as whom these tests may run, may write everywhere
    with pytest.raises(PortFailed, match=f"{tmp_path} may not be written by this user"):
        check_folder(tmp_path / "demo", REHEARSAL, force=False)
