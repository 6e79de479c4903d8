"""Numbers of drand, the public beacon: which round decides a draw, and reading that round as its API answers it. Pure.

A round's randomness is SHA-256 of its signature, which is checked here. That the signature is drand's own would need BLS12-381,
which Python does not bring: anybody compares the round with what drand's servers answer, as they look up any public figure.
Genesis and period are those of each chain's `/info` (https://api.drand.sh).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from opsflow.campaigns.drawrules import DrandChain
from opsflow.kernel.errors import BadInput


class Chain(NamedTuple):
    """One of drand's chains."""

    hash: str
    genesis: int
    """Seconds since 1970 at which round 1 is published."""
    period: int
    """Seconds from one round to the next."""


CHAINS: Mapping[DrandChain, Chain] = {
    "quicknet": Chain("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1_692_803_367, 3),
    "default": Chain("8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", 1_595_431_050, 30),
}


def round_at(chain: DrandChain, at: datetime) -> int:
    """The first round that is published at an instant or after it: before, nobody knows it."""
    found = CHAINS[chain]
    return max(0, -((found.genesis - int(at.timestamp())) // found.period)) + 1


def named(chain: DrandChain, at: datetime) -> dict[str, Any]:
    """What the seal says of it: chain and round, before that round is there."""
    return {"chain": CHAINS[chain].hash, "round": round_at(chain, at)}


def randomness(answer: bytes, wanted: Mapping[str, Any]) -> str:
    """The randomness of the round that was named, 64 hexadecimal figures. BadInput: it is another, or none of drand's."""
    try:
        given = json.loads(answer)
        number, found, signature = given["round"], given["randomness"], bytes.fromhex(given["signature"])
    except (ValueError, KeyError, TypeError) as error:
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
    return str(found)
