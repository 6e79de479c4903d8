"""One `opsflow up` per workspace: a lock that goes with the process that holds it, and what it says of itself."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from opsflow.kernel.errors import Conflict, PortFailed

LOCK, STATE = "up.lock", "up.json"


class AlreadyUp(Conflict):
    """Another `opsflow up` runs this workspace."""

    def __init__(self, folder: Path, pid: str) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{folder.parent} is up already: {who} runs it. Its addresses are in {folder / STATE}; to stop it, "
            + (f"press Ctrl-C where it runs, or `kill {pid}`." if pid else "press Ctrl-C where it runs.")
        )


@dataclass(frozen=True, slots=True)
class Up:
    """Where a workspace that is up is reached."""

    pid: int
    api: str
    """Prefect's API."""
    port: int
    """Prefect's, when it is ours; 0: somebody else runs that server."""
    page: str | None
    page_port: int


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the workspace's lock. AlreadyUp: somebody else does. PortFailed: the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise PortFailed(f"{folder} cannot be written: {error.strerror}. Make it writable for this user.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise AlreadyUp(folder, lock.read().strip()) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def say(folder: Path, up: Up) -> None:
    """Let other commands find what runs here, whole or not at all."""
    draft = folder / f".{STATE}.part"
    draft.write_text(json.dumps(asdict(up)) + "\n", "utf-8")
    draft.replace(folder / STATE)


def is_up(folder: Path) -> bool:
    """Whether somebody holds the lock now."""
    try:
        with (folder / LOCK).open("r", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def last(folder: Path) -> Up | None:
    """What the last one said of itself, whether or not it still runs; None: nobody did, or not in these words."""
    try:
        return Up(**json.loads((folder / STATE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def running(folder: Path) -> Up | None:
    """Where the workspace is reached now; None when it is not up."""
    return last(folder) if is_up(folder) else None
