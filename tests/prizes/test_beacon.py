"""A lottery drawn by a round of drand: named in the seal before it is there, and no other number draws it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from opsflow.adapters.drand.memory import MemoryBeacon, made_up
from opsflow.campaigns.permissions import NotAllowed
from opsflow.context import Context
from opsflow.engine.record import journal
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, PortFailed, Refused
from opsflow.kernel.money import Money
from opsflow.ports import Genuine
from opsflow.prizes.draws.beacon import CHAINS, Pulse, agreed, published_at, pulse, round_at
from opsflow.prizes.draws.checking import verified
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.model import Entrant
from opsflow.prizes.draws.service import perform, proof, seal
from opsflow.prizes.draws.store import draws
from tests.engine.small import KEY, LEGAL, MANAGER
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
    return made_up(number, signature)


def test_a_round_that_drand_has_published_is_read() -> None:
    assert pulse(json.dumps(FIRST).encode(), {"round": 1, "chain": "x"}).randomness == FIRST["randomness"]


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (b"", "no round of drand"),
        (b"[]", "no round of drand"),
        (b'{"round": 7}', "no round of drand"),
        (b"[" * 20_000, "no round of drand"),
        (json.dumps(FIRST | {"previous_signature": 7}).encode(), "no round of drand"),
        (json.dumps(FIRST | {"signature": "zz"}).encode(), "no round of drand"),
        (json.dumps(FIRST | {"signature": "", "randomness": sha256().hexdigest()}).encode(), "not the hash of its"),
        (json.dumps(FIRST | {"randomness": "0" * 64}).encode(), "not the hash of its"),
        (json.dumps(FIRST | {"round": True}).encode(), "This is round True; sealed is round 1"),
        (answer(2), "This is round 2; sealed is round 1"),
    ],
)
def test_what_is_another_round_or_none_is_refused(given: bytes, part: str) -> None:
    with pytest.raises(BadInput, match=part):
        pulse(given, {"round": 1, "chain": "x"})


def test_the_round_is_the_first_that_nobody_knows_before_the_hour() -> None:
    for name, chain in CHAINS.items():
        found = round_at(name, AT)
        published = chain.genesis + (found - 1) * chain.period
        assert 0 <= published - AT.timestamp() < chain.period
        genesis = datetime.fromtimestamp(chain.genesis, UTC)
        assert (round_at(name, genesis), round_at(name, genesis.replace(year=2019))) == (1, 1)
        assert published_at(chain.hash, found).timestamp() == published


def test_a_lottery_is_drawn_by_the_round_that_was_sealed_and_by_nothing_else(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY | {"drand": "quicknet"})
    play(here, *crowd(8, orders="1"))
    freeze(here, KEY, "lots", by=MANAGER)
    commitment = seal(here, KEY, "lots", winners=3, cost=Money(129_000, "CNY"), by=MANAGER)
    evening(here, "28", 16)
    number = round_at("quicknet", AT)
    for said, beacon in ((NUMBER, None), (NUMBER, answer(number))):
        with pytest.raises(BadInput, match=f"is drawn by round {number} of chain .* and by no other number"):
            perform(here, KEY, "lots", number=said, beacon=beacon, by=MANAGER)
    with pytest.raises(
        BadInput, match=rf"name its servers in beacon.yaml .*, or give --round, a file with round {number}"
    ):
        perform(here, KEY, "lots", number=None, by=MANAGER)
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


def sealed(ctx: Context, folder: Path, *servers: MemoryBeacon, **changes: Any) -> tuple[Context, int]:
    """A lottery whose round is there, and these servers; the round."""
    here = drawing(ctx, folder, LOTTERY | {"drand": "quicknet"})
    play(here, *crowd(8, orders="1"))
    freeze(here, KEY, "lots", by=MANAGER)
    seal(here, KEY, "lots", winners=3, cost=Money(129_000, "CNY"), by=MANAGER)
    evening(here, "28", 16)
    return replace(here, beacons={each.name: each for each in servers}, **changes), round_at("quicknet", AT)


def signed_here(chain: str, number: int, signature: bytes, previous: bytes) -> bool:
    return signature == f" {chain} {number}".encode()


def drawn(here: Context) -> list[Entrant]:
    return perform(here, KEY, "lots", number=None, by=MANAGER)


def witnessed(here: Context) -> dict[str, Any]:
    """What the journal says of the drawing."""
    (said,) = [each for each in journal(here, KEY) if each.action == "draw.drawn"]
    return dict(said.data)


def test_two_servers_that_tell_the_same_draw_and_are_named(ctx: Context, tmp_path: Path, clock: VirtualClock) -> None:
    one, other, broken = (MemoryBeacon(clock, name) for name in ("one", "other", "broken"))
    broken.down = True
    here, number = sealed(ctx, tmp_path, one, other, broken)
    found = drawn(here)
    assert len([each for each in found if each.prize]) == 3
    said = witnessed(here)
    assert (said["round"], said["told_by"], said["signature_checked"]) == (number, ["one", "other"], False)
    assert sha256(bytes.fromhex(said["signature"])).hexdigest() == said["number"]
    asked = len(one.asked)
    assert drawn(here) == found
    assert len(one.asked) == asked, "what is drawn needs nobody"


@pytest.mark.parametrize("genuine", [None, signed_here])
def test_nothing_is_drawn_while_too_few_tell_the_round(
    sqlite_ctx: Context, tmp_path: Path, clock: VirtualClock, genuine: Genuine | None
) -> None:
    """Never by anything else: the draw waits (D3)."""
    one, other = MemoryBeacon(clock, "one"), MemoryBeacon(clock, "other")
    here, number = sealed(sqlite_ctx, tmp_path, one, other, genuine=genuine)
    other.instead[number] = one.round(CHAINS["quicknet"].hash, number - 1)
    with pytest.raises(
        PortFailed, match=rf"1 of 2 servers .* 2 must. other: This is round {number - 1}.*Nothing is drawn"
    ):
        drawn(here)
    other.instead[number] = answer(number).replace(b'"signature": "', b'"signature": "00')
    with pytest.raises(PortFailed, match="is not the hash of its signature"):
        drawn(here)
    one.down = other.down = True
    with pytest.raises(PortFailed, match="0 of 2 servers"):
        drawn(here)
    with here.reading() as session:
        assert [each.number for each in draws(session, KEY)] == [None]


def test_one_server_alone_is_believed_where_its_signature_is_checked(
    sqlite_ctx: Context, tmp_path: Path, clock: VirtualClock
) -> None:
    here, number = sealed(sqlite_ctx, tmp_path, MemoryBeacon(clock, "one"))
    with pytest.raises(PortFailed, match=r"1 of 1 servers .* and 2 must"):
        drawn(here)
    here = replace(here, genuine=signed_here)
    with pytest.raises(BadInput, match="not signed by drand: this file"):
        perform(here, KEY, "lots", number=None, beacon=answer(number), by=MANAGER)
    assert drawn(here)
    assert witnessed(here)["signature_checked"] is True


def test_a_server_that_lies_stops_the_draw_or_is_found_out(
    sqlite_ctx: Context, tmp_path: Path, clock: VirtualClock
) -> None:
    names = ("one", "other", "third")
    servers = [MemoryBeacon(clock, name, words="false" if name == "other" else "") for name in names]
    here, _ = sealed(sqlite_ctx, tmp_path, *servers)
    with pytest.raises(Conflict, match=r"contradict each other, and nothing is drawn: one says .*; other says "):
        drawn(here)
    assert drawn(replace(here, genuine=signed_here))
    assert witnessed(here)["told_by"] == ["one", "third"]


def test_nobody_is_asked_before_the_round_is_there_or_for_who_may_not(
    sqlite_ctx: Context, tmp_path: Path, clock: VirtualClock
) -> None:
    one = MemoryBeacon(clock, "one")
    here, _ = sealed(sqlite_ctx, tmp_path, one)
    with pytest.raises(NotAllowed):
        perform(here, KEY, "lots", number=None, by=LEGAL)
    with pytest.raises(Refused, match="known from"):
        drawn(replace(here, clock=VirtualClock(AT - timedelta(seconds=1))))
    assert one.asked == []


def test_who_alone_tells_a_round_is_enough_only_when_nobody_else_was_named() -> None:
    told = {"one": Pulse("c", 1, "ff", b"s", b"")}
    assert agreed(told, {}, checked=True).by == ("one",)
    for silent, checked in (({"other": "down."}, True), ({}, False)):
        with pytest.raises(PortFailed, match="and 2 must"):
            agreed(told, silent, checked=checked)
