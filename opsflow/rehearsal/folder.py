"""The folder a rehearsal leaves behind: filled aside, then put in its place whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

from opsflow.kernel.errors import BadInput, Refused

MARKER = ".opsflow-rehearsal"
"""Tells a folder that a rehearsal wrote, and that the next may replace."""


def check_folder(out: Path, *, force: bool) -> None:
    """Refuse a folder that holds anything but, with `force`, a former rehearsal; clear what a killed run left beside it."""
    _clear(out)
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; name a folder with --out.")
    if not out.exists() or not any(out.iterdir()):
        return
    if not force:
        raise Refused(
            f"{out} is not empty. Name another folder with --out, or replace a former rehearsal with --force."
        )
    if not (out / MARKER).is_file():
        raise Refused(f"{out} holds something else than a former rehearsal, so --force does not replace it; use --out.")


def _aside(out: Path) -> Path:
    """The same name each time, so that the next run finds what a killed one has left."""
    return out.absolute().with_name(f".{out.absolute().name}.opsflow-rehearsal")


def _clear(out: Path) -> None:
    aside = _aside(out)
    if not aside.is_dir():
        return
    if (aside / "old").is_dir() and not out.exists():
        (aside / "old").rename(out.absolute())  # killed between the two moves: the former rehearsal stands again
    shutil.rmtree(aside, ignore_errors=True)


def write_folder(out: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """Let `fill` write into a folder beside `out`, then give it that name; what goes wrong leaves `out` as it was."""
    check_folder(out, force=force)
    place, aside = out.absolute(), _aside(out)
    new, old = aside / "new", aside / "old"
    new.mkdir(parents=True)
    try:
        (new / MARKER).write_text(
            "A rehearsal by opsflow; `opsflow rehearse --force` may replace this folder.\n", "utf-8"
        )
        fill(new)
        if place.exists():
            place.rename(old)
        new.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
