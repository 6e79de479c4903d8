"""Check a draw with Python alone: python3 verify.py FOLDER COMMITMENT NUMBER, the last two as they were published."""

import hmac
import json
import sys
from hashlib import sha256
from heapq import nsmallest
from pathlib import Path


def root(lines: list[bytes]) -> str:
    level = [sha256(b"\0" + line).digest() for line in lines] or [sha256().digest()]
    while len(level) > 1:
        pairs = [sha256(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0].hex()


def winners(sealed: bytes, entrants: list[bytes], number: str) -> list[bytes]:
    rules, known = json.loads(sealed), sha256(number.strip().encode()).digest()
    seed = sha256(b"opsflow-draw/1|" + sha256(sealed).digest() + known).digest()
    places = [prize["id"] for prize in rules["prizes"] for _ in range(prize["quantity"])] + ["-"] * rules["alternates"]
    rows = (line.split(b"\t") for line in entrants)
    scores = ((min(hmac.digest(seed, b"%s|%d" % (who, at), "sha256") for at in range(int(n))), who) for who, n in rows)
    best = nsmallest(len(places), scores)
    return [b"%s\t%s" % (places[at].encode(), who) for at, (_, who) in enumerate(best)]


def check(folder: Path, commitment: str, number: str) -> str:
    def holds(right: bool, why: str) -> None:  # noqa: FBT001 - not an assert: -O would switch that off
        if not right:
            raise ValueError(why)

    sealed, found = (folder / "manifest.json").read_bytes(), {}
    holds(sha256(sealed).hexdigest() == commitment, "the manifest is not the one that was published before the draw")
    rules, code = json.loads(sealed), (folder / "verify.py").read_bytes()
    holds(sha256(code).hexdigest() == rules["code"], "verify.py is not the script that was sealed")
    for name in ("entrants", "refused"):
        found[name] = lines = (folder / f"{name}.tsv").read_bytes().splitlines()
        holds([len(lines), root(lines)] == rules[name], f"{name}.tsv is not the list that was sealed")
        names = [line.split(b"\t")[0] for line in lines]
        holds(names == sorted(set(names)), f"{name}.tsv has somebody twice")
    drawn = winners(sealed, found["entrants"], number)
    holds((folder / "winners.tsv").read_bytes().splitlines() == drawn, "winners.tsv is not what this number draws")
    return f"The proof holds: {len(drawn)} drawn of {len(found['entrants'])}. Number of {json.dumps(rules['entropy'])}."


if __name__ == "__main__":
    sys.tracebacklimit = 0  # what does not hold, and nothing else
    print(check(Path(sys.argv[1]), *sys.argv[2:4]))
