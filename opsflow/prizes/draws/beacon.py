"""Numbers of drand, the public beacon: which round decides a draw, reading a round as its API answers it, and whom to believe. Pure.

A round's randomness is SHA-256 of its signature, which is checked here. That the signature is drand's own is checked where
`opsflow[drand]` is installed (decision 0024); else two servers must say the same. Genesis and period are those of each chain's `/info`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from opsflow.campaigns.drawrules import DrandChain
from opsflow.kernel.errors import BadInput, Conflict, PortFailed


class Chain(NamedTuple):
    """One of drand's chains."""

    hash: str
    genesis: int
    """Seconds since 1970 at which round 1 is published."""
    period: int
    """Seconds from one round to the next."""


class Pulse(NamedTuple):
    """One round, as somebody told it."""

    chain: str
    number: int
    randomness: str
    """64 hexadecimal figures: the number that draws."""
    signature: bytes
    previous: bytes
    """The signature of the round before; empty where a chain does not sign it."""


class Told(NamedTuple):
    """The round that draws, and why it is believed."""

    pulse: Pulse
    by: tuple[str, ...]
    """Servers that told it; none: it was handed in as a file."""
    is_genuine: bool
    """Its signature was checked."""


CHAINS: Mapping[DrandChain, Chain] = {
    "quicknet": Chain("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1_692_803_367, 3),
    "default": Chain("8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", 1_595_431_050, 30),
}
TOGETHER = 2
"""So many servers must say the same."""


def round_at(chain: DrandChain, at: datetime) -> int:
    """The first round that is published at an instant or after it: before, nobody knows it."""
    found = CHAINS[chain]
    return max(0, -((found.genesis - int(at.timestamp())) // found.period)) + 1


def published_at(chain: str, number: int) -> datetime:
    """When a round of a chain, by its hash, is published."""
    found = next(each for each in CHAINS.values() if each.hash == chain)
    return datetime.fromtimestamp(found.genesis + (number - 1) * found.period, UTC)


def named(chain: DrandChain, at: datetime) -> dict[str, Any]:
    """What the seal says of it: chain and round, before that round is there."""
    return {"chain": CHAINS[chain].hash, "round": round_at(chain, at)}


def pulse(answer: bytes, wanted: Mapping[str, Any]) -> Pulse:
    """The round that was named, read. BadInput: it is another, or none of drand's."""
    try:
        given = json.loads(answer)
        number, found, signature = given["round"], given["randomness"], bytes.fromhex(given["signature"])
        previous = bytes.fromhex(given.get("previous_signature", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(
            "This is no round of drand: save what its API answers, JSON with round, randomness and signature."
        ) from error
    if type(number) is not int or number != wanted["round"]:
        raise BadInput(
            f"This is round {str(number)[:20]}; sealed is round {wanted['round']} of chain {wanted['chain']}."
        )
    if not signature or found != sha256(signature).hexdigest():
        raise BadInput(
            f"The randomness of round {number} is not the hash of its signature: it is not what drand has published."
        )
    return Pulse(wanted["chain"], number, found, signature, previous)


def agreed(told: Mapping[str, Pulse], silent: Mapping[str, str], *, checked: bool) -> Told:
    """The round that servers tell alike. `silent`: why each other server counts for nothing; `checked`: signatures were.

    Conflict: two tell different rounds. PortFailed: too few tell it: two, or the only one there is when its signature was checked.
    """
    first = next(iter(told.values()), None)
    if len({each.randomness for each in told.values()}) > 1:
        said = "; ".join(f"{name} says {each.randomness}" for name, each in told.items())
        raise Conflict(
            f"The servers contradict each other, and nothing is drawn: {said}. At least one of them does not tell what drand "
            "has published; `opsflow[drand]` checks which (docs/draws.md)."
        )
    enough = 1 if checked and len(told) + len(silent) == 1 else TOGETHER
    if first is None or len(told) < enough:
        why = " ".join(silent.values())
        raise PortFailed(
            f"{len(told)} of {len(told) + len(silent)} servers tell the round that draws, and {enough} must. {why} Nothing is drawn, "
            "and by nothing else: try again, or give --round FILE (docs/draws.md)."
        )
    return Told(first, tuple(told), checked)
