"""Checks a folder of proof files, of a lottery with the participants' own script, of a draw without chance by sorting it: pure."""

import json
from hashlib import sha256
from pathlib import Path

from opsflow.prizes.draws import verifier
from opsflow.prizes.draws.lottery import Sealed
from opsflow.prizes.draws.ranked import FORMAT, ranked


def verified(folder: Path, commitment: str, number: str) -> str:
    """What holds, in a sentence. ValueError: what does not. OSError, KeyError and the like: it is no proof at all."""
    manifest = (folder / "manifest.json").read_bytes()
    if json.loads(manifest).get("format") != FORMAT:
        return verifier.check(folder, commitment, number)
    if sha256(manifest).hexdigest() != commitment:
        raise ValueError("the manifest is not the one that was published before the draw")
    fixed, lists = json.loads(manifest), {}
    for name in ("entrants", "refused"):
        lists[name] = lines = (folder / f"{name}.tsv").read_bytes().splitlines()
        names = [line.split(b"\t")[0] for line in lines]
        if [len(lines), verifier.root(lines)] != fixed[name] or names != sorted(set(names)):
            raise ValueError(f"{name}.tsv is not the list that was sealed")
    sealed = Sealed(manifest, tuple(lists["entrants"]), tuple(lists["refused"]))
    found = [f"{place.prize or '-'}\t{place.id}".encode() for place in ranked(sealed, fixed["rules"])]
    if (folder / "winners.tsv").read_bytes().splitlines() != found:
        raise ValueError("winners.tsv is not what this list gives")
    return f"The proof holds: {len(found)} places of {len(lists['entrants'])} on the list."
