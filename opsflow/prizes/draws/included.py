"""Check that somebody was on a sealed list: python3 included.py FILE COMMITMENT ID, with the commitment as it was published."""

import json
import sys
from hashlib import sha256
from pathlib import Path


def check(file: Path, commitment: str, who: str) -> str:
    def holds(right: bool, why: str) -> None:  # noqa: FBT001 - not an assert: -O would switch that off
        if not right:
            raise ValueError(why)

    given = json.loads(file.read_bytes())
    sealed, line, name = given["manifest"].encode(), given["line"].encode(), given["list"]
    holds(sha256(sealed).hexdigest() == commitment, "the manifest is not the one that was published before the draw")
    holds(line.split(b"\t")[0] == who.encode(), "the line is somebody else's")
    holds(name in ("entrants", "refused"), "there is no such list")
    node = sha256(b"\0" + line).digest()
    for side, other in given["path"]:
        pair = bytes.fromhex(other) + node if side == "left" else node + bytes.fromhex(other)
        node = sha256(b"\1" + pair).digest()
    count, root = json.loads(sealed)[name]
    holds(node.hex() == root, "the line is not on the list that was sealed")
    return f"{who} is one of {count} on the list '{name}' that was sealed: {line.decode().split(chr(9))[1:]}"


if __name__ == "__main__":
    print(check(Path(sys.argv[1]), *sys.argv[2:4]))
