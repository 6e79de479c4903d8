"""A folder that is written whole: what the machine refuses is told with the folder's name."""

from pathlib import Path

import pytest

from opsflow.kernel.errors import PortFailed
from opsflow.kernel.folders import FolderKind, write_folder

KIND = FolderKind("demo", "--out", ".demo", "A demo.")


def onto_a_full_disk(folder: Path) -> None:
    (folder / "half.txt").write_text("half")
    Path("/dev/full").write_text("the other half")


def test_a_full_disk_is_told_with_the_folder_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    with pytest.raises(PortFailed, match=f"^{out} cannot be written: No space left on device. Make room, or .* --out"):
        write_folder(out, KIND, onto_a_full_disk, force=False)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_meanwhile_is_told_by_its_own_name(tmp_path: Path) -> None:
    missing = tmp_path / "template"

    def fill(_: Path) -> None:
        missing.read_bytes()

    with pytest.raises(FileNotFoundError) as caught:
        write_folder(tmp_path / "demo", KIND, fill, force=False)
    assert caught.value.filename == str(missing)
