"""Signatures of drand, held against rounds that it has published; needs `opsflow[drand]`."""

import struct
import subprocess
import sys
from hashlib import sha256

import pytest

pytest.importorskip("py_ecc", reason="drand's signatures are checked where opsflow[drand] is installed")

from opsflow.adapters.drand.configured import signatures
from opsflow.adapters.drand.signatures import SIGNERS, genuine
from opsflow.prizes.draws.beacon import CHAINS

QUICK, SLOW = CHAINS["quicknet"].hash, CHAINS["default"].hash
THOUSAND = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)
"""Of round 1000 of quicknet."""
SECOND = bytes.fromhex(
    "aa18facd2d51b616511d542de6f9af8a3b920121401dad1434ed1db4a565f10e04fad8d9b2b4e3e0094364374caafe9b"
    "10478bf75650124831509c638b5a36a7a232ec70289f8751a2adb47fc32eb70b57dc81c39d48cbcac9fec46cdfc31663"
)
THIRD = bytes.fromhex(
    "a7b0877eaea7a0222f4c39a2c03434c34f5fe3ea47c533d24b88e5c3053b84775ccb78e984addcb55173f40428513f28"
    "0cc6e0fccc3c89bb1625c7c0b477deb6faae43fc6ec036f09233bf38da16586b3042dd01a7e9ed97c8bafa343cc6071e"
)
"""Of rounds 2 and 3 of the chain `default`."""
GROUPS = {
    QUICK: ("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e", b"quicknet"),
    SLOW: ("176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a", b""),
}
"""Of each chain's `/info`: the hash of its first group, and its name where the hash of the chain has it."""
NEVER = bytes([0xC0]) + bytes(47)
"""The point at infinity."""


@pytest.mark.parametrize(
    ("chain", "number", "signature", "previous", "holds"),
    [
        (QUICK, 1000, THOUSAND, b"", True),
        (QUICK, 1001, THOUSAND, b"", False),
        (SLOW, 3, THIRD, SECOND, True),
        (SLOW, 3, THIRD, b"", False),
    ],
    ids=["quicknet", "another round", "default", "the round before is missing"],
)
def test_what_drand_has_signed_holds_and_nothing_else(
    chain: str, number: int, signature: bytes, previous: bytes, holds: bool
) -> None:
    check = signatures()
    assert check is not None
    assert check(chain, number, signature, previous) is holds


@pytest.mark.parametrize(
    ("chain", "signature"),
    [
        (QUICK, b""),
        (QUICK, THOUSAND[:-1]),
        (QUICK, THIRD),
        (QUICK, bytes(48)),
        (QUICK, NEVER),
        (QUICK, bytes([THOUSAND[0] ^ 0x80]) + THOUSAND[1:]),  # not marked as compressed
        (QUICK, THOUSAND[:-1] + bytes([THOUSAND[-1] ^ 1])),
        (SLOW, NEVER + bytes(48)),
        (SLOW, THIRD[:48] + bytes([THIRD[48] | 0x20]) + THIRD[49:]),  # the same point, written in another way
        ("ab" * 32, THOUSAND),
    ],
    ids=range(10),
)
def test_bytes_that_are_no_signature_do_not_hold(chain: str, signature: bytes) -> None:
    number, previous = (3, SECOND) if chain == SLOW else (1000, b"")
    assert genuine(chain, number, signature, previous) is False


def test_keys_times_and_chains_belong_together() -> None:
    """A chain's hash is made of its period, genesis, key and first group."""
    for chain in CHAINS.values():
        group, name = GROUPS[chain.hash]
        made_of = struct.pack(">Iq", chain.period, chain.genesis), bytes.fromhex(SIGNERS[chain.hash].key)
        assert sha256(b"".join((*made_of, bytes.fromhex(group), name))).hexdigest() == chain.hash


def test_a_body_that_is_nested_without_end_kills_nobody_who_checks_signatures() -> None:
    """py_ecc lifts the limit of recursion for the whole process; then reading such a body ends it."""
    deep = "import json, opsflow.adapters.drand.signatures as _\ntry: json.loads('[' * 200_000)\nexcept RecursionError: print('refused')"
    done = subprocess.run([sys.executable, "-c", deep], capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n"
