"""Draws without chance: by rank, to all who reach a threshold, or by a finished list. Sealed and proven like a lottery: pure.

Their list of entrants holds what decides (the sum, the instant at which it was reached, the prize of a list), so that
anybody who sorts it finds the same winners, as `listverifier` does, which goes into each proof. Equal ones are told apart by a
hash of the commitment and the id; of a finished list, each has what it says.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any

from opsflow.kernel.errors import Refused
from opsflow.prizes.draws import listverifier, verifier
from opsflow.prizes.draws.lottery import Drawn, Sealed, canonical, places_of
from opsflow.prizes.draws.model import Entrant

FORMAT = "opsflow-list/1"
_NEVER = "-"


def seal_ranked(
    *, campaign: str, draw: str, rules: Mapping[str, Any], entrants: Iterable[Entrant], refused: Mapping[str, str]
) -> Sealed:
    """Fix who is on the list, with what decides. Refused: nobody is."""
    lines = tuple(sorted(_line(each) for each in entrants))
    left_out = tuple(sorted(f"{who}\t{reason}".encode() for who, reason in refused.items()))
    if not lines:
        raise Refused("Nobody is left to give a prize to: every entrant was refused, or none met the conditions.")
    fixed = {
        "format": FORMAT,
        "campaign": campaign,
        "draw": draw,
        "rules": dict(rules),
        "entrants": [len(lines), verifier.root(list(lines))],
        "refused": [len(left_out), verifier.root(list(left_out))],
    }
    return Sealed(canonical(fixed), lines, left_out)


def ranked(sealed: Sealed) -> tuple[Drawn, ...]:
    """Who has which place: of a ranking with alternates behind the winners, of a threshold and a list without."""
    return places_of(listverifier.winners(sealed.manifest, list(sealed.entrants)))


def script() -> bytes:
    """What checks such a draw, as it stands in each proof.

    Its hash is sealed with the rules from freezing on: a draw that is sealed with it is proven by these bytes and no others.
    """
    return Path(listverifier.__file__).read_bytes()


def with_code(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of a draw without chance, with the hash of what checks it; a lottery's seal has its own."""
    return {**rules} if rules["form"] == "lottery" else {**rules, "code": sha256(script()).hexdigest()}


def _line(each: Entrant) -> bytes:
    at = each.reached_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00") if each.reached_at else _NEVER
    return f"{each.participant}\t{each.score}\t{at}\t{each.listed or _NEVER}".encode()
