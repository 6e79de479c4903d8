"""What every server of drand promises: the double in memory, and the one over HTTP against a server on loopback."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from opsflow.adapters.drand.configured import ConfiguredBeacons
from opsflow.adapters.drand.http import HttpBeacon
from opsflow.adapters.drand.memory import MemoryBeacon
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.ports import Beacon
from opsflow.prizes.draws.beacon import CHAINS, published_at, pulse, round_at
from tests.contract.relay import Relay, relaying

CHAIN = CHAINS["quicknet"].hash


@pytest.fixture
def double(clock: VirtualClock) -> MemoryBeacon:
    return MemoryBeacon(clock, "one")


@pytest.fixture
def relay(double: MemoryBeacon) -> Iterator[Relay]:
    with relaying(double) as found:
        yield found


def over_http(relay: Relay, **how: float) -> HttpBeacon:
    return HttpBeacon("one", url=f"{relay.url}/", internal=True, **how)


@pytest.fixture(params=["memory", "http"])
def beacon(request: pytest.FixtureRequest, double: MemoryBeacon) -> Beacon:
    return double if request.param == "memory" else over_http(request.getfixturevalue("relay"))


def test_a_round_is_told_as_drand_tells_it(beacon: Beacon, clock: VirtualClock) -> None:
    number = round_at("quicknet", clock.now()) - 1
    told = beacon.round(CHAIN, number)
    assert pulse(told, {"chain": CHAIN, "round": number}).number == number
    assert beacon.round(CHAIN, number) == told
    assert beacon.name == "one"


def test_a_round_is_told_from_its_second_on(beacon: Beacon, clock: VirtualClock) -> None:
    number = round_at("quicknet", clock.now() + timedelta(minutes=5))
    clock.move_to(published_at(CHAIN, number) - timedelta(seconds=1))
    with pytest.raises(PortFailed, match=f"one has no round {number} yet"):
        beacon.round(CHAIN, number)
    clock.move_to(published_at(CHAIN, number))
    assert json.loads(beacon.round(CHAIN, number))["round"] == number


def test_who_is_down_says_nothing(beacon: Beacon, double: MemoryBeacon, clock: VirtualClock) -> None:
    double.down = True
    with pytest.raises(PortFailed, match="one "):
        beacon.round(CHAIN, 1)


def test_what_somebody_made_up_is_handed_on_as_it_is(beacon: Beacon, double: MemoryBeacon) -> None:
    """It is the draw that believes or not."""
    double.instead[1] = b"<html>"
    assert beacon.round(CHAIN, 1) == b"<html>"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("500", "one answered status 500"),
        ("redirect", "one answered status 302"),  # it leads past the check of the address
        ("huge", "one answered more than 16384 bytes"),
        ("slow", "one does not answer: TimeoutError"),
        ("cut", "one does not answer: ClientPayloadError"),
        ("drop", "one does not answer: ServerDisconnectedError"),
    ],
)
def test_what_is_no_answer_is_told_as_that(relay: Relay, fault: str, why: str) -> None:
    relay.fault = fault
    with pytest.raises(PortFailed, match=why):
        # The others answer at once: only of silence is it waited for.
        over_http(relay, patience=0.2 if fault == "slow" else 5).round(CHAIN, 1)
    assert set(relay.asked) == {f"/{CHAIN}/public/1"}, "and nothing else"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://drand.example.com", "not https"),
        ("https://169.254.169.254", "not public"),
        ("https://[::ffff:10.0.0.1]", "not public"),
        ("https://user:secret@drand.example.com", "password"),
    ],
)
def test_an_address_that_may_not_be_asked_is_refused(url: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        HttpBeacon("one", url=url)


def test_a_name_that_leads_inside_is_not_connected_to(relay: Relay) -> None:
    """Looked up and connected to is the same address."""
    with pytest.raises(PortFailed, match="does not answer"):
        HttpBeacon("one", url=f"https://localhost:{relay.server_port}").round(CHAIN, 1)
    assert relay.asked == []


FILE = """
servers:
  league: {url: "https://api.drand.example.com"}
  other: {url: "http://10.0.0.7:8080", internal: true}
"""


def test_beacon_yaml_names_the_servers(tmp_path: Path) -> None:
    file = tmp_path / "beacon.yaml"
    file.write_text(FILE, encoding="utf-8")
    assert {name: each.name for name, each in ConfiguredBeacons(file).items()} == {"league": "league", "other": "other"}


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ("http://10.0.0.7:8080", "https://API.drand.example.com", "different hosts"),
        ("url: ", "uri: ", "url"),
        ("servers:", "servers: {}\nothers:", "others"),
    ],
)
def test_a_mistake_in_it_is_told(tmp_path: Path, line: str, instead: str, told: str) -> None:
    file = tmp_path / "beacon.yaml"
    file.write_text(FILE.replace(line, instead, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        ConfiguredBeacons(file)
