"""How a folder that a rehearsal leaves behind is known."""

from opsflow.kernel.folders import FolderKind

REHEARSAL = FolderKind(
    "rehearsal",
    "--out",
    ".opsflow-rehearsal",
    "A rehearsal by opsflow; `opsflow rehearse --force` may replace this folder.",
)
