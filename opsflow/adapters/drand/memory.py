"""A server of drand kept in memory: for rehearsals and tests. Nobody has signed its rounds."""

import json
from hashlib import sha256

from opsflow.kernel.clock import Clock
from opsflow.kernel.errors import PortFailed
from opsflow.prizes.draws.beacon import published_at


class MemoryBeacon:
    """Makes each round from the words it was given, so that all with the same words agree; none before its time."""

    def __init__(self, clock: Clock, name: str = "memory", *, words: str = "") -> None:
        self.name = name
        self._clock, self._words = clock, words
        self.down = False
        """Nothing answers."""
        self.instead: dict[int, bytes] = {}
        """What it answers for a round, whatever is true."""
        self.asked: list[tuple[str, int]] = []

    def round(self, chain: str, number: int) -> bytes:
        """The round. PortFailed: it is down, or the round's time has not come."""
        self.asked.append((chain, number))
        if self.down:
            raise PortFailed(f"{self.name} does not answer: the double was told so.")
        if number in self.instead:
            return self.instead[number]
        if self._clock.now() < published_at(chain, number):
            raise PortFailed(f"{self.name} has no round {number} yet.")
        return made_up(number, f"{self._words} {chain} {number}".encode())


def made_up(number: int, signature: bytes) -> bytes:
    """A round in the form of drand's API, with this for a signature."""
    found = {"round": number, "randomness": sha256(signature).hexdigest(), "signature": signature.hex()}
    return json.dumps(found).encode()
