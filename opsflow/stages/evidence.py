"""Files that are handed in: kept in the workspace under the hash of their content, with the name they came with."""

import hashlib
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, TaskCode
from opsflow.kernel.writing import write_aside

FOLDER = Path(".opsflow", "files")
LARGEST = 25 * 1024 * 1024
"""Bytes. What is larger has a home of its own, and a link."""
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
LONGEST_NAME = 120


@contextmanager
def handed_in(workspace: Path | None, campaign: CampaignKey, code: TaskCode, given: str | None) -> Iterator[str | None]:
    """What somebody hands in, as it is recorded: a file that is there is copied into the workspace, all else is a link.

    Nothing is left of a copy when the task refuses it. BadInput: the file is too large, cannot be read, or campaign or
    task cannot be part of a path. The same file is kept once, and nothing of the name it came with is part of the path.
    """
    file = _file(given)
    if file is None or workspace is None:
        yield given
        return
    place = _place(workspace, campaign, code, file, content := _read(file))
    target, is_new = workspace / place, not (workspace / place).exists()
    if is_new:
        write_aside(target, content)
    try:
        yield f"{_name(file)} ({place.as_posix()})"
    except BaseException:
        if is_new:
            target.unlink(missing_ok=True)
        raise


def _file(given: str | None) -> Path | None:
    try:
        return Path(given) if given and "://" not in given and Path(given).exists() else None
    except (OSError, ValueError):  # too long for a file's name, say
        return None


def _name(file: Path) -> str:
    return " ".join(without_unsafe(file.name).split())[:LONGEST_NAME] or "file"


def _place(workspace: Path, campaign: CampaignKey, code: TaskCode, file: Path, content: bytes) -> Path:
    """Where a copy stands, within the workspace; its folder is made."""
    for part in (campaign, code):
        if not _PART.fullmatch(part):
            raise BadInput(
                f"{part} cannot be the name of a folder: see `opsflow status` for campaigns and their tasks."
            )
    ending = file.suffix if _ENDING.fullmatch(file.suffix) else ""
    place = FOLDER / campaign / code / f"{hashlib.sha256(content).hexdigest()[:32]}{ending}"
    folder = workspace / place.parent
    folder.mkdir(parents=True, exist_ok=True)
    if folder.resolve() != workspace.resolve() / place.parent:
        raise BadInput(f"{folder} leads out of the workspace: remove the link that stands there.")
    return place


def _read(file: Path) -> bytes:
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"{file} is no file: hand in a file, or a link.")
        if found.st_size > LARGEST:
            raise BadInput(
                f"{file} is larger than {LARGEST // 1024 // 1024} MB: put it where it can stay, and give a link."
            )
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror or error}.") from error
