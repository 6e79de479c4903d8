"""A lottery drawn by a round of drand: named in the seal before it is there, and no other number draws it."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from opsflow.context import Context
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.money import Money
from opsflow.prizes.draws.beacon import CHAINS, randomness, round_at
from opsflow.prizes.draws.checking import verified
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.service import perform, proof, seal
from tests.engine.small import KEY, MANAGER
from tests.prizes.drawing import LOTTERY, NUMBER, crowd, drawing, evening, play

FIRST = {
    "round": 1,
    "randomness": "101297f1ca7dc44ef6088d94ad5fb7ba03455dc33d53ddb412bbc4564ed986ec",
    "signature": "8d61d9100567de44682506aea1a7a6fa6e5491cd27a0a0ed349ef6910ac5ac20ff7bc3e09d7c046566c9f7f3c6f3b101"
    "04990e7cb424998203d8f7de586fb7fa5f60045417a432684f85093b06ca91c769f0e7ca19268375e659c2a2352b4655",
}
"""As drand published it for the chain `default` on 2020-07-22."""
AT = datetime(2026, 8, 28, 7, tzinfo=UTC)
"""15:00 in Shanghai, the hour of `LOTTERY`."""


def answer(number: int, signature: bytes = b"signed") -> bytes:
    """What drand's API would answer for a round."""
    found = {"round": number, "randomness": sha256(signature).hexdigest(), "signature": signature.hex()}
    return json.dumps(found).encode()


def test_a_round_that_drand_has_published_is_read() -> None:
    assert randomness(json.dumps(FIRST).encode(), {"round": 1, "chain": "x"}) == FIRST["randomness"]


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (b"", "no round of drand"),
        (b"[]", "no round of drand"),
        (b'{"round": 7}', "no round of drand"),
        (json.dumps(FIRST | {"signature": "zz"}).encode(), "no round of drand"),
        (json.dumps(FIRST | {"signature": "", "randomness": sha256().hexdigest()}).encode(), "not the hash of its"),
        (json.dumps(FIRST | {"randomness": "0" * 64}).encode(), "not the hash of its"),
        (json.dumps(FIRST | {"round": True}).encode(), "This is round True; sealed is round 1"),
        (answer(2), "This is round 2; sealed is round 1"),
    ],
)
def test_what_is_another_round_or_none_is_refused(given: bytes, part: str) -> None:
    with pytest.raises(BadInput, match=part):
        randomness(given, {"round": 1, "chain": "x"})


def test_the_round_is_the_first_that_nobody_knows_before_the_hour() -> None:
    for name, chain in CHAINS.items():
        found = round_at(name, AT)
        published = chain.genesis + (found - 1) * chain.period
        assert 0 <= published - AT.timestamp() < chain.period
        genesis = datetime.fromtimestamp(chain.genesis, UTC)
        assert (round_at(name, genesis), round_at(name, genesis.replace(year=2019))) == (1, 1)


def test_a_lottery_is_drawn_by_the_round_that_was_sealed_and_by_nothing_else(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY | {"drand": "quicknet"})
    play(here, *crowd(8, orders="1"))
    freeze(here, KEY, "lots", by=MANAGER)
    commitment = seal(here, KEY, "lots", winners=3, cost=Money(129_000, "CNY"), by=MANAGER)
    evening(here, "28", 16)
    number = round_at("quicknet", AT)
    for said, beacon in ((NUMBER, None), (None, None), (NUMBER, answer(number))):
        with pytest.raises(BadInput, match=f"give --round, a file with round {number}"):
            perform(here, KEY, "lots", number=said, beacon=beacon, by=MANAGER)
    with pytest.raises(BadInput, match="sealed is round"):
        perform(here, KEY, "lots", number=None, beacon=answer(number + 1), by=MANAGER)
    drawn = perform(here, KEY, "lots", number=None, beacon=answer(number), by=MANAGER)
    assert perform(here, KEY, "lots", number=None, beacon=answer(number), by=MANAGER) == drawn
    with pytest.raises(Conflict, match="A draw is made once"):
        perform(here, KEY, "lots", number=None, beacon=answer(number, b"other"), by=MANAGER)
    _, files = proof(here, KEY, "lots")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert json.loads(files["manifest.json"])["rules"]["drand"] == {"chain": CHAINS["quicknet"].hash, "round": number}
    assert verified(tmp_path, commitment, sha256(b"signed").hexdigest()).startswith("The proof holds")


def test_a_draw_by_another_number_takes_no_round(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(4, orders="1"))
    freeze(here, KEY, "lots", by=MANAGER)
    with pytest.raises(BadInput, match="names no round"):
        perform(here, KEY, "lots", number=None, beacon=answer(1), by=MANAGER)
