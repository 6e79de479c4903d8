"""The small file by which one participant sees that they were on the sealed list, without the list: pure.

A path through the Merkle tree whose root the manifest holds (`lottery`, `verifier.root`): for each level the hash of the
neighbour and on which side it stands; where there is none, the node goes up as it is.
"""

from bisect import bisect_left
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from opsflow.prizes.draws import included
from opsflow.prizes.draws.lottery import Sealed, canonical

Step = tuple[Literal["left", "right"], str]
"""Where the neighbour stands, and its hash."""
FILE, SCRIPT = "inclusion.json", "included.py"


def inclusion_files(sealed: Sealed, who: str) -> dict[str, bytes] | None:
    """The file and the script that checks it, by name; None: nobody of that id is on either list."""
    for name, lines in (("entrants", sealed.entrants), ("refused", sealed.refused)):
        at = bisect_left(lines, f"{who}\t".encode())
        if at < len(lines) and lines[at].split(b"\t")[0] == who.encode():
            found = {
                "list": name,
                "line": lines[at].decode(),
                "path": path(lines, at),
                "manifest": sealed.manifest.decode(),
            }
            return {FILE: canonical({"format": "opsflow-inclusion/1"} | found) + b"\n", SCRIPT: script()}
    return None


def path(lines: Sequence[bytes], at: int) -> list[Step]:
    """From the leaf of a line to the root."""
    level, found = [sha256(b"\0" + line).digest() for line in lines], list[Step]()
    while len(level) > 1:
        beside = at ^ 1
        if beside < len(level):
            found.append(("left" if beside < at else "right", level[beside].hex()))
        pairs = [sha256(b"\1" + level[one] + level[one + 1]).digest() for one in range(0, len(level) - 1, 2)]
        level, at = pairs + level[len(pairs) * 2 :], at // 2
    return found


def script() -> bytes:
    """What a participant runs."""
    return Path(included.__file__).read_bytes()
