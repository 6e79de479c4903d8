"""Writes a folder whole or not at all: filled aside, then put in its place; it replaces only what was written the same way."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from opsflow.kernel.errors import BadInput, PortFailed, Refused


@dataclass(frozen=True, slots=True)
class FolderKind:
    """What is written into folders, and how one of them is known."""

    name: str
    """As it stands in a sentence: `rehearsal`."""
    option: str
    """Of the command, that names the folder: `--out`."""
    marker: str
    """The file that tells a folder of this kind, which the next may replace."""
    note: str
    """What stands in it."""


def check_folder(out: Path, kind: FolderKind, *, force: bool) -> None:
    """Refuse a folder that holds anything but, with `force`, a former one, or that cannot be made; clear what a killed run
    left beside it.

    Whoever fills it for minutes learns before that nothing could be kept. PortFailed: it may not be written there.
    """
    _clear(out, kind)
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; name a folder with {kind.option}.")
    _check_place(out, kind)
    if not out.exists() or not any(out.iterdir()):
        return
    if not force:
        raise Refused(
            f"{out} is not empty. Name another folder with {kind.option}, or replace a former {kind.name} with --force."
        )
    if not (out / kind.marker).is_file():
        raise Refused(
            f"{out} holds something else than a former {kind.name}, so --force does not replace it; use {kind.option}."
        )


def _check_place(out: Path, kind: FolderKind) -> None:
    """The folder that a new one is made in: the nearest that is there."""
    place = next(each for each in out.absolute().parents if each.exists())
    if not place.is_dir():
        raise BadInput(f"{out} would lie in {place}, which is a file; name another folder with {kind.option}.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise PortFailed(
            f"{place} may not be written by this user, so {out} cannot be made; name another with {kind.option}."
        )


def write_folder(out: Path, kind: FolderKind, fill: Callable[[Path], None], *, force: bool) -> None:
    """Let `fill` write into a folder beside `out`, then give it that name; what goes wrong leaves `out` as it was.

    PortFailed: the machine does not take it; a full disk does not say itself where it is full.
    """
    check_folder(out, kind, force=force)
    place, aside = out.absolute(), _aside(out, kind)
    new, old = aside / "new", aside / "old"
    try:
        new.mkdir(parents=True)
        (new / kind.marker).write_text(f"{kind.note}\n", "utf-8")
        fill(new)
        if place.exists():
            place.rename(old)
        new.rename(place)
    except OSError as error:
        if error.filename and not any(Path(error.filename).is_relative_to(own) for own in (place, aside)):
            raise  # it names what it is about: something that `fill` reads, or a folder around these
        raise PortFailed(
            f"{out} cannot be written: {error.strerror or error}. Make room, or name another folder with {kind.option}."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _aside(out: Path, kind: FolderKind) -> Path:
    """The same name each time, so that the next run finds what a killed one has left."""
    return out.absolute().with_name(f".{out.absolute().name}{kind.marker}")


def _clear(out: Path, kind: FolderKind) -> None:
    aside = _aside(out, kind)
    if not aside.is_dir():
        return
    if (aside / "old").is_dir() and not out.exists():
        (aside / "old").rename(out.absolute())  # killed between the two moves: the former one stands again
    shutil.rmtree(aside, ignore_errors=True)
