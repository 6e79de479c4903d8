"""Lists folders that people may leave out. One that is there and may not be read is told: its files would count."""

from collections.abc import Iterator
from pathlib import Path

from opsflow.kernel.errors import BadInput

NOT_THERE = (FileNotFoundError, NotADirectoryError)


class UnreadableFolder(BadInput):
    """A folder whose files would count may not be listed. `Path.glob` and `os.walk` would take it for an empty one."""

    def __init__(self, folder: Path | str, error: OSError) -> None:
        super().__init__(
            f"The folder {folder} cannot be read: {error.strerror or error}. Check its permissions: files in it would count."
        )


def files_in(folder: Path) -> Iterator[Path]:
    """What stands in a folder, by its names; nothing where there is no such folder."""
    try:
        yield from sorted(folder.iterdir())
    except NOT_THERE:
        return
    except OSError as error:
        raise UnreadableFolder(folder, error) from error


def refuse_unreadable(error: OSError) -> None:
    """For `os.walk`, which keeps to itself what it cannot list."""
    if not isinstance(error, NOT_THERE):
        raise UnreadableFolder(error.filename, error) from error
