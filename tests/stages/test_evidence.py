"""Files that are handed in are kept within the workspace, whatever they are called."""

from pathlib import Path

import pytest

from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.terms import CampaignKey, TaskCode
from opsflow.stages.evidence import LARGEST, handed_in

KEY, CODE = CampaignKey("small-campaign"), TaskCode("P1")


def keep(workspace: Path, given: object, code: str = CODE) -> str | None:
    with handed_in(workspace, KEY, TaskCode(code), str(given)) as text:
        return text


def copies(workspace: Path) -> list[Path]:
    return sorted(path for path in workspace.rglob("*") if path.is_file())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "name",
    ["brief.pdf", "方案 终稿.docx", "-rf.pdf", "..evil..", "a\u202egpj.exe", "b\x1b[31m.txt", "x" * 200, ".hidden"],
)
def test_a_file_of_any_name_is_kept_under_its_hash_with_its_name_beside_it(
    workspace: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(b"content")
    told = keep(workspace, file)
    (copy,) = copies(workspace)
    assert copy.read_bytes() == b"content"
    assert copy.parent == workspace / ".opsflow" / "files" / KEY / CODE
    assert told is not None
    assert told.endswith(f"({copy.relative_to(workspace).as_posix()})")
    assert told.isprintable()
    assert len(told) < 300


def test_the_same_file_is_kept_once_and_another_content_beside_it(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    for content in (b"one", b"one", b"two"):
        file.write_bytes(content)
        keep(workspace, file)
    assert [copy.read_bytes() for copy in copies(workspace)] in ([b"one", b"two"], [b"two", b"one"])


@pytest.mark.parametrize(
    "given", ["https://example.com/page", "brief.pdf", "plan v2", "x" * 5000, "file:///etc/passwd"]
)
def test_a_link_and_what_is_no_file_here_stay_as_they_are_written(workspace: Path, given: str) -> None:
    assert keep(workspace, given) == given
    assert copies(workspace) == []


def test_nothing_is_left_of_a_file_that_the_task_refuses(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    file.write_bytes(b"content")
    with pytest.raises(Refused), handed_in(workspace, KEY, CODE, str(file)):
        raise Refused("not theirs")
    assert copies(workspace) == []


def test_what_is_kept_already_stays_when_it_is_refused_later(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    file.write_bytes(b"content")
    keep(workspace, file)
    with pytest.raises(Refused), handed_in(workspace, KEY, CODE, str(file)):
        raise Refused("not theirs")
    assert len(copies(workspace)) == 1


def test_what_is_too_large_or_no_file_is_refused_with_the_way_out(workspace: Path, tmp_path: Path) -> None:
    large = tmp_path / "film.mp4"
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(BadInput, match=r"larger than 25 MB.*give a link"):
        keep(workspace, large)
    with pytest.raises(BadInput, match="is no file"):
        keep(workspace, tmp_path)
    assert copies(workspace) == []


def test_no_task_and_no_link_leads_out_of_the_workspace(workspace: Path, tmp_path: Path) -> None:
    file, outside = tmp_path / "brief.pdf", tmp_path / "outside"
    file.write_bytes(b"content")
    outside.mkdir()
    with pytest.raises(BadInput, match="cannot be the name of a folder"):
        keep(workspace, file, "../../outside")
    (workspace / ".opsflow").mkdir()
    (workspace / ".opsflow" / "files").symlink_to(outside)
    with pytest.raises(BadInput, match="leads out of the workspace"):
        keep(workspace, file)
    assert not [path for path in outside.rglob("*") if path.is_file()]
