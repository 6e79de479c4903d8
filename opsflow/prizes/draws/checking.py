"""Checks a folder of proof files with the script that participants run, a lottery's or that of a draw without chance: pure."""

import json
from pathlib import Path

from opsflow.prizes.draws import listverifier, verifier
from opsflow.prizes.draws.ranked import FORMAT


def verified(folder: Path, commitment: str, number: str) -> str:
    """What holds, in a sentence. ValueError: what does not. OSError, KeyError and the like: it is no proof at all."""
    if json.loads((folder / "manifest.json").read_bytes()).get("format") == FORMAT:
        return listverifier.check(folder, commitment)
    return verifier.check(folder, commitment, number)
