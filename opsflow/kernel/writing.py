"""Writes a file whole or not at all: aside first, then one rename, so that nobody ever reads half of it."""

import os
from contextlib import suppress
from pathlib import Path

from opsflow.kernel.errors import BadInput, Refused


class FileInUse(Refused):
    """A file that exists is overwritten only when that is asked for."""

    def __init__(self, path: Path, *, askable: bool = True) -> None:
        otherwise = "add --force" if askable else "move that one away first"
        super().__init__(f"{path} exists already, and nothing is overwritten. Name another file, or {otherwise}.")


def refuse_existing(path: Path, *, force: bool | None) -> None:
    """Refuse what `write_aside` would refuse, before anybody has worked for it. `force` None: there is no such option."""
    try:
        exists, is_file = path.exists(), path.is_file()
    except OSError as error:
        raise _unwritable(path, error) from error
    if exists and not is_file:
        raise BadInput(f"{path} is no file that can be written. Name a file.")
    if exists and not force:
        raise FileInUse(path, askable=force is not None)
    if not path.absolute().parent.is_dir():
        raise BadInput(f"There is no folder {path.absolute().parent}. Make it first, or name another file.")


def write_aside(path: Path, content: bytes, *, force: bool | None = None, private: bool = False) -> None:
    """Write a file in one move. With `force` it may replace one; a link stays a link to what it names.

    `force` None: nobody could have asked for that, and the refusal names another way out. `private`: nobody but this
    user may read it, from its first byte on.
    """
    refuse_existing(path, force=force)
    target = path.resolve()
    # The same name each time: what a killed run has left is written over by the next one.
    draft = target.with_name(f".{target.name}.part")
    try:
        draft.unlink(missing_ok=True)
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666)
        with os.fdopen(opened, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(path, force=force)
        draft.replace(target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):  # what could not be made needs no removing
            draft.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"{path} cannot be written: {error.strerror or error}. Name another file.")
