"""The folder a rehearsal leaves behind: filled aside, then put in its place whole."""

from collections.abc import Callable
from pathlib import Path

from opsflow.kernel import folders

MARKER = ".opsflow-rehearsal"
"""Tells a folder that a rehearsal wrote, and that the next may replace."""
REHEARSAL = folders.FolderKind(
    "rehearsal", "--out", MARKER, "A rehearsal by opsflow; `opsflow rehearse --force` may replace this folder."
)


def check_folder(out: Path, *, force: bool) -> None:
    """Refuse a folder that holds anything but, with `force`, a former rehearsal; clear what a killed run left beside it."""
    folders.check_folder(out, REHEARSAL, force=force)


def write_folder(out: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """Let `fill` write into a folder beside `out`, then give it that name; what goes wrong leaves `out` as it was."""
    folders.write_folder(out, REHEARSAL, fill, force=force)
