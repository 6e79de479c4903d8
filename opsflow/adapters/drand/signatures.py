"""Whether drand has signed a round: BLS12-381 by py_ecc, which `opsflow[drand]` brings (decision 0024). About a second each."""

import sys
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from py_ecc.bls.g2_primitives import G1_to_pubkey, G2_to_signature, pubkey_to_G1, signature_to_G2, subgroup_check
from py_ecc.bls.hash_to_curve import hash_to_G1, hash_to_G2
from py_ecc.optimized_bls12_381 import G1, G2, is_inf, pairing

sys.setrecursionlimit(min(sys.getrecursionlimit(), 1000))
"""Python's own. py_ecc lifts it to 100,000 for the whole process, and then a body that is nested without end kills it."""
TAG = "BLS_SIG_BLS12381{}_XMD:SHA-256_SSWU_RO_NUL_"
SHORT, LONG = 48, 96
"""Bytes of a point of the first group and of the second."""


class Signer(NamedTuple):
    """The group that signs a chain: its key, and in which of the two groups of the curve its signatures are."""

    signs_in: Literal["G1", "G2"]
    key: str
    chained: bool
    """A round signs the signature before it as well."""


SIGNERS: Mapping[str, Signer] = {
    "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971": Signer(
        "G1",
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
        chained=False,
    ),
    "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce": Signer(
        "G2",
        "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
        chained=True,
    ),
}
"""By the chain's hash, which is made of the key (`tests/prizes/test_beacon.py` makes it again)."""


def genuine(chain: str, number: int, signature: bytes, previous: bytes) -> bool:
    """Whether the chain's group has signed this round. False as well for what is no point of the curve or no chain known here."""
    signer = SIGNERS.get(chain)
    if signer is None or number < 1 or len(signature) != (SHORT if signer.signs_in == "G1" else LONG):
        return False
    signed = sha256((previous if signer.chained else b"") + number.to_bytes(8, "big")).digest()
    try:
        return (
            _in_first(signer, signature, signed) if signer.signs_in == "G1" else _in_second(signer, signature, signed)
        )
    except ValueError:  # what py_ecc says of bytes that are no point
        return False


def _in_first(signer: Signer, signature: bytes, signed: bytes) -> bool:
    """e(g2, signature) = e(key, H(signed))."""
    point, key = (
        pubkey_to_G1(signature),
        signature_to_G2(bytes.fromhex(signer.key)),
    )  # by what Ethereum keeps in each group
    if not _is_sound(point) or G1_to_pubkey(point) != signature:
        return False
    return bool(pairing(G2, point) == pairing(key, hash_to_G1(signed, TAG.format("G1").encode(), sha256)))


def _in_second(signer: Signer, signature: bytes, signed: bytes) -> bool:
    """e(signature, g1) = e(H(signed), key)."""
    point, key = signature_to_G2(signature), pubkey_to_G1(bytes.fromhex(signer.key))
    if not _is_sound(point) or G2_to_signature(point) != signature:
        return False
    return bool(pairing(point, G1) == pairing(hash_to_G2(signed, TAG.format("G2").encode(), sha256), key))


def _is_sound(point: Any) -> bool:
    """In the group, and not its nothing. That it is written in the one right way is asked as well: the number is a hash of the bytes."""
    return not is_inf(point) and bool(subgroup_check(point))
