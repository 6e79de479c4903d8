"""Which templates there are: read from their folders, the workspace's own before the shipped ones."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from opsflow.kernel.listing import refuse_unreadable
from opsflow.settings import SHIPPED

LARGEST = 256 << 10
"""Bytes of one template; the longest shipped one has a tenth of that."""

State: TypeAlias = tuple[tuple[str, str, str, int, int], ...]
"""Per template: root, name, file, time of its last change and size. Another state means that something changed."""


@dataclass(frozen=True, slots=True)
class Source:
    """One template: its name as others include it, its file, its text, and why it cannot be used (if it cannot)."""

    name: str
    file: str
    text: str
    fault: str = ""


def is_shipped(root: Path) -> bool:
    """Whether a folder came with opsflow; every other one is somebody's own."""
    return root.is_relative_to(SHIPPED)


def own_templates(roots: tuple[Path, ...]) -> bool:
    """Whether a folder that did not come with opsflow holds a template."""
    return any(next(_files(root), None) is not None for root in roots if not is_shipped(root))


def state_of(roots: tuple[Path, ...]) -> State:
    """What the folders hold now, without reading it. UnreadableFolder: the shipped ones would stand in for those in it."""
    return tuple((str(root), *found) for root in roots for found in sorted(_files(root)))


@lru_cache(maxsize=16)
def sources(state: State) -> tuple[Source, ...]:
    """The templates themselves; of two with one name that of the first folder."""
    chosen: dict[str, Source] = {}
    for root, name, file, _, _ in state:
        if name not in chosen:
            chosen[name] = _read(Path(root), name, Path(file))
    return tuple(chosen.values())


def _files(root: Path) -> Iterator[tuple[str, str, int, int]]:
    for folder, _, names in os.walk(root, onerror=refuse_unreadable):
        for name in names:
            path = Path(folder, name)
            # A broken link or a pipe is no template.
            if name.endswith(".j2") and path.is_file():
                stat = path.stat()
                yield path.relative_to(root).as_posix(), str(path), stat.st_mtime_ns, stat.st_size


def _read(root: Path, name: str, path: Path) -> Source:
    if not path.resolve().is_relative_to(root.resolve()):
        return Source(name, str(path), "", "it is a link that leads out of the folder of templates")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            return Source(name, str(path), "", f"it is larger than {LARGEST >> 10} KiB")
        return Source(name, str(path), raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Source(name, str(path), "", "it is not UTF-8")
    except OSError as error:
        return Source(name, str(path), "", f"it cannot be read ({error.strerror})")
