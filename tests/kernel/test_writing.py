"""Files are written whole or not at all."""

from pathlib import Path

import pytest

from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.writing import write_aside


def test_a_file_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_aside(tmp_path / "plan.csv", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.csv"]
    assert (tmp_path / "plan.csv").read_bytes() == b"whole"


def test_a_file_that_exists_is_kept_unless_force_is_given(tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_bytes(b"theirs")
    with pytest.raises(Refused, match="--force"):
        write_aside(file, b"ours", force=False)
    assert file.read_bytes() == b"theirs"
    write_aside(file, b"ours", force=True)
    assert file.read_bytes() == b"ours"


def test_force_is_named_only_where_there_is_such_an_option(tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_bytes(b"theirs")
    with pytest.raises(Refused, match="move that one away first") as refused:
        write_aside(file, b"ours")
    assert "--force" not in str(refused.value)


def test_what_a_killed_run_left_is_gone_after_the_next(tmp_path: Path) -> None:
    (tmp_path / ".plan.csv.part").write_bytes(b"half of a much longer fi")
    write_aside(tmp_path / "plan.csv", b"whole")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("plan.csv", b"whole")]


@pytest.mark.parametrize("name", ["", "missing/plan.csv", "x" * 300])
def test_a_place_that_takes_no_file_is_named_and_nothing_is_left(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        write_aside(tmp_path / name, b"whole", force=True)
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_never_replaced_by_a_file() -> None:
    with pytest.raises(BadInput, match="no file"):
        write_aside(Path("/dev/null"), b"whole", force=True)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_aside(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
