"""Sealing a draw, drawing it from a number that nobody knew when it was sealed, and the files that prove both: pure.

What is sealed is a manifest of sorted JSON: the prizes in their order, how many alternates, the source and hour of the number, the
rules and filters, the verifier by its hash, and the entrants and refusals as a count and a Merkle root (leaves and nodes hashed apart, as in
RFC 6962). Its SHA-256 is the commitment, which is published before the number exists. The seed is made of both; each ticket's
score is an HMAC under the seed, the lowest score of an entrant counts, the lowest scores win, and the next are alternates in
their order. There is no modulo, no floating point, no generator and no secret of the operator's.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from opsflow.campaigns.drawrules import MOST_TICKETS
from opsflow.kernel.errors import BadInput, Refused
from opsflow.prizes.draws import verifier

_OPAQUE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z.]{1,256}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody in the draw, under an id that says nothing about them."""

    id: str
    tickets: int = 1


@dataclass(frozen=True, slots=True)
class Entropy:
    """Where the number comes from: named before anybody can know it."""

    source: str
    """What is published, how it is written and where, so that a stranger finds the same figures."""
    at: datetime
    """From when it is known."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A draw as it is published before its number is known."""

    manifest: bytes
    entrants: tuple[bytes, ...]
    refused: tuple[bytes, ...]

    @property
    def commitment(self) -> str:
        """What is published: it fixes everything that decides who wins, but for the number."""
        return sha256(self.manifest).hexdigest()


@dataclass(frozen=True, slots=True)
class Drawn:
    """One place of a draw, from 1. `prize` None: an alternate."""

    rank: int
    id: str
    prize: str | None


def script() -> bytes:
    """The verifier, as it is published with each proof and named in each manifest."""
    return Path(verifier.__file__).read_bytes()


def seal(
    *,
    campaign: str,
    draw: str,
    prizes: Sequence[tuple[str, int]],
    alternates: int,
    entropy: Entropy,
    rules: Mapping[str, Any],
    entrants: Iterable[Entrant],
    refused: Mapping[str, str],
) -> Sealed:
    """Fix everything but the number. `refused`: the reason for each entrant who is left out, by id.

    `rules`: conditions, caps and filters, as they are published with it. BadInput: an id that is not ours,
    stands twice or in both lists, no ticket or too many. Refused: nobody is left to draw.
    """
    lines = _entrant_lines(entrants, refused)
    left_out = tuple(sorted(f"{who}\t{reason}".encode() for who, reason in refused.items()))
    fixed = {
        "format": "opsflow-draw/1",
        "campaign": campaign,
        "draw": draw,
        "prizes": [{"id": name, "quantity": quantity} for name, quantity in prizes],
        "alternates": alternates,
        "entropy": {"source": entropy.source, "at": entropy.at.isoformat()},
        "rules": dict(rules),
        "code": sha256(script()).hexdigest(),
        "entrants": [len(lines), verifier.root(list(lines))],
        "refused": [len(left_out), verifier.root(list(left_out))],
    }
    return Sealed(canonical(fixed), lines, left_out)


def draw(sealed: Sealed, number: str) -> tuple[Drawn, ...]:
    """Who wins what, and the alternates in their order. BadInput: it is no number as sources publish it."""
    return places_of(verifier.winners(sealed.manifest, list(sealed.entrants), checked(number)))


def places_of(lines: Iterable[bytes]) -> tuple[Drawn, ...]:
    """The places that the lines of `winners.tsv` tell."""
    rows = (line.decode().split("\t") for line in lines)
    return tuple(Drawn(rank, who, None if prize == "-" else prize) for rank, (prize, who) in enumerate(rows, 1))


def checked(number: str) -> str:
    """A public number as it is hashed: its figures (or hexadecimal digits) and nothing around them."""
    if not _NUMBER.fullmatch(number.strip()):
        raise BadInput(
            f"{number[:40]!r} is no public number: write it as it is published, in figures, such as 3245.67."
        )
    return number.strip()


def canonical(values: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces: the same values are the same bytes."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def proof_files(sealed: Sealed, drawn: Sequence[Drawn], code: bytes | None = None) -> dict[str, bytes]:
    """The public files by name; no personal data is in them. `code`: what checks them, where it is no lottery."""
    won = (f"{place.prize or '-'}\t{place.id}".encode() for place in drawn)
    return {
        "manifest.json": sealed.manifest,
        "entrants.tsv": _file(sealed.entrants),
        "refused.tsv": _file(sealed.refused),
        "winners.tsv": _file(won),
        "verify.py": script() if code is None else code,
    }


def _file(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _entrant_lines(entrants: Iterable[Entrant], refused: Mapping[str, str]) -> tuple[bytes, ...]:
    found: dict[str, int] = {}
    for entrant in entrants:
        if entrant.id in found or entrant.id in refused:
            raise BadInput(f"Entrant {entrant.id} is listed twice: each takes part once, with all their tickets.")
        if not 1 <= entrant.tickets <= MOST_TICKETS:
            raise BadInput(
                f"Entrant {entrant.id} has {entrant.tickets} tickets: 1 to {MOST_TICKETS} can be drawn from."
            )
        found[entrant.id] = entrant.tickets
    strange = next((who for who in (*found, *refused) if not _OPAQUE.fullmatch(who)), None)
    if strange is not None:
        raise BadInput(
            f"{strange[:40]!r} is no id of an entrant: 32 hexadecimal digits, given when somebody is imported."
        )
    if not found:
        raise Refused("Nobody is left to draw: every entrant was refused, or none was imported.")
    return tuple(f"{who}\t{found[who]}".encode() for who in sorted(found))
