"""Check a draw without chance with Python alone: python3 verify.py FOLDER COMMITMENT, as it was published beforehand."""

import json
import sys
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo


def root(lines: list[bytes]) -> bytes:
    if len(lines) < 2:
        return sha256(b"\0" + lines[0] if lines else b"").digest()
    half = 1 << (len(lines) - 1).bit_length() - 1
    return sha256(b"\1" + root(lines[:half]) + root(lines[half:])).digest()


def winners(sealed: bytes, entrants: list[bytes]) -> list[bytes]:
    rules, seal = json.loads(sealed)["rules"], sha256(sealed).hexdigest()
    rows = [line.decode().split("\t") for line in entrants]  # id, sum, when it was reached, prize of a finished list
    rows.sort(key=lambda row: (-int(row[1]), row[2], sha256(f"{seal}|{row[0]}".encode()).digest()))
    if most := rules["most_a_day"]:
        days = [x != "-" and datetime.fromisoformat(x).astimezone(ZoneInfo(rules["zone"])).date() for *_, x, _ in rows]
        nth = [place for _, day in groupby(days) for place, _ in enumerate(day)]
        rows = [row for row, place in zip(rows, nth, strict=True) if place < most]
    places = [prize for prize, many in [*rules["prizes"], ("-", rules["alternates"])] for _ in range(many)]
    return [f"{at if row[3] == '-' else row[3]}\t{row[0]}".encode() for at, row in zip(places, rows, strict=False)]


def check(folder: Path, commitment: str) -> str:
    def holds(right: bool, why: str) -> None:  # noqa: FBT001 - not an assert: -O would switch that off
        if not right:
            raise ValueError(why)

    sealed, code, lists = (folder / "manifest.json").read_bytes(), (folder / "verify.py").read_bytes(), {}
    holds(sha256(sealed).hexdigest() == commitment, "the manifest is not the one that was published before the draw")
    holds(json.loads(sealed)["rules"].get("code") in (None, sha256(code).hexdigest()), "verify.py is not as sealed")
    for name in ("entrants", "refused"):
        lists[name] = lines = (folder / f"{name}.tsv").read_bytes().splitlines()
        holds([len(lines), root(lines).hex()] == json.loads(sealed)[name], f"{name}.tsv is not what was sealed")
        holds(len({line.split(b"\t")[0] for line in lines}) == len(lines), f"{name}.tsv has somebody twice")
    drawn = winners(sealed, lists["entrants"])
    holds((folder / "winners.tsv").read_bytes().splitlines() == drawn, "winners.tsv is not what this list gives")
    return f"The proof holds: {len(drawn)} places of {len(lists['entrants'])} on the list."


if __name__ == "__main__":
    sys.tracebacklimit = 0  # what does not hold, and nothing else
    print(check(Path(sys.argv[1]), sys.argv[2]) if sys.argv[2:] else sys.exit("python3 verify.py FOLDER COMMITMENT"))
