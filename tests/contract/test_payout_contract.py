"""What every payout provider promises: the double in memory, and the one over HTTP against a server on loopback."""

import hashlib
import hmac
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from opsflow.adapters.payouts.addresses import is_public
from opsflow.adapters.payouts.http import Address, HttpPayouts
from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.kernel.paying import Accepted, Declined, Payment, Terms, Unclear, Unsent
from opsflow.kernel.terms import CampaignKey
from opsflow.ports import PayoutProvider
from opsflow.prizes.payouts.service import pay_due
from tests.contract.bank import Bank, serving
from tests.engine.small import KEY
from tests.prizes.paying import approved, assert_sound, campaign, claim, paying, record, rounds, states, wait, won

TERMS = Terms(
    kinds=frozenset({"cash", "coupon"}),
    key_ttl=timedelta(days=1),
    finds=True,
    batch=50,
    settles_within=timedelta(minutes=1),
    patience=timedelta(seconds=2),
)
SECRET = "correct horse"


@pytest.fixture
def bank() -> Iterator[Bank]:
    with serving(Bank()) as found:
        yield found


def over_http(bank: Bank, clock: VirtualClock, *, batch: bool = False, **changes: Any) -> HttpPayouts:
    address = Address(
        pay=f"{bank.url}/pay",
        batch=f"{bank.url}/batch" if batch else None,
        find=f"{bank.url}/find",
        statement=f"{bank.url}/statement",
        secret=SECRET,
        internal=True,
    )
    return HttpPayouts("bank", replace(address, **changes), TERMS, clock)


@pytest.fixture(params=["memory", "http", "http in batches"])
def provider(request: pytest.FixtureRequest, clock: VirtualClock) -> PayoutProvider:
    if request.param == "memory":
        return MemoryPayouts(clock)
    return over_http(request.getfixturevalue("bank"), clock, batch=request.param != "http")


def payment(number: int = 1, units: int = 100) -> Payment:
    return Payment(
        f"{number:032x}", CampaignKey("c"), "gift", "cash", units, "CNY", "f" * 32, {"account": f"6222-{number}"}
    )


def later(clock: VirtualClock) -> datetime:
    return clock.now() + timedelta(minutes=1)


def test_what_is_paid_has_a_reference_and_is_found_by_its_key(provider: PayoutProvider, clock: VirtualClock) -> None:
    payments = [payment(number) for number in range(40)]
    told = provider.pay(payments, until=later(clock))
    assert len(told) == 40
    assert all(isinstance(each, Accepted) and each.reference and each.units == 100 for each in told.values())
    assert dict(provider.find([each.key for each in payments] + ["0" * 31 + "x"])) == told
    assert {line.key for line in provider.statement(CampaignKey("c"))} == set(told)


def test_the_same_key_again_pays_nothing_more(provider: PayoutProvider, clock: VirtualClock) -> None:
    first = provider.pay([payment()], until=later(clock))
    assert provider.pay([payment()], until=later(clock)) == first
    assert len(list(provider.statement(CampaignKey("c")))) == 1


def test_after_its_time_nothing_is_begun(provider: PayoutProvider, clock: VirtualClock) -> None:
    told = provider.pay([payment()], until=clock.now())
    assert [type(each) for each in told.values()] == [Unsent]
    assert dict(provider.find([payment().key])) == {}


@dataclass(frozen=True)
class Row:
    fault: str
    kind: type
    paid: int
    text: str = ""


@pytest.mark.parametrize(
    "row",
    [
        Row("503", Unclear, 0, "status 503"),
        Row("drop", Unclear, 1, "no whole answer"),
        Row("late", Unclear, 1, "TimeoutError"),
        Row("409", Unclear, 0, "in flight"),
        Row("429", Unsent, 0, "come later"),
        Row("html", Unclear, 1, "no JSON"),
        Row("cut", Unclear, 1, "no JSON"),
        Row("redirect", Unclear, 0, "status 307"),
        Row("refuse", Declined, 0, "status 422"),
        Row("wrong", Accepted, 1),
        Row("bare", Accepted, 1),
        Row("", Accepted, 1),
    ],
    ids=lambda row: row.fault or "well",
)
def test_what_each_answer_means(bank: Bank, clock: VirtualClock, row: Row) -> None:
    bank.faults[payment().key], bank.slow = [row.fault], 0.4
    provider = over_http(bank, clock)
    provider.terms = replace(TERMS, patience=timedelta(seconds=0.2))
    told = provider.pay([payment()], until=later(clock))[payment().key]
    assert (type(told), bank.paid.total()) == (row.kind, row.paid)
    assert row.text in getattr(told, "reason", "")
    assert "6222" not in repr(told), "what the provider quotes of the winner is not kept"
    if row.fault == "429":
        assert isinstance(told, Unsent)
        assert told.retry_after == timedelta(seconds=7)


def test_nobody_at_the_address_is_surely_unsent(clock: VirtualClock) -> None:
    with serving(Bank()) as gone:
        pass
    told = over_http(gone, clock).pay([payment()], until=later(clock))
    assert [type(each) for each in told.values()] == [Unsent]
    with pytest.raises(PortFailed, match="does not answer"):
        over_http(gone, clock).find([payment().key])


def test_requests_carry_the_key_and_are_signed_and_the_same_each_time(bank: Bank, clock: VirtualClock) -> None:
    provider = over_http(bank, clock)
    for _ in range(2):
        provider.pay([payment()], until=later(clock))
    assert bank.bodies[0] == bank.bodies[1]
    assert {headers["Idempotency-Key"] for headers in bank.headers} == {payment().key}
    at, _, proof = bank.headers[0]["Opsflow-Signature"].partition(",v1=")
    signed = at.removeprefix("t=").encode() + b"." + bank.bodies[0]
    assert proof == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


def test_nothing_of_the_winner_enters_a_log(bank: Bank, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bank.faults["*"] = ["503", "drop", "refuse"]
    over_http(bank, clock).pay([payment(number) for number in range(4)], until=later(clock))
    assert "6222" not in caplog.text
    assert "6222" not in repr(payment())


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example.com/pay",
        "https://127.0.0.1/pay",
        "https://169.254.169.254/latest",
        "https://[::1]/pay",
        "https://[::ffff:10.0.0.1]/pay",
        "https://10.1.2.3/pay",
        "https://user:pass@pay.example.com/pay",
        "file:///etc/passwd",
    ],
)
def test_an_address_inside_our_own_networks_is_refused_unless_it_is_said_to_be(url: str, clock: VirtualClock) -> None:
    """C4"""
    with pytest.raises(BadInput, match="Provider bank has"):
        HttpPayouts("bank", Address(pay=url), TERMS, clock)


def test_a_name_that_leads_inside_is_not_connected_to(clock: VirtualClock) -> None:
    """C4: also when the name is looked up anew at the moment of connecting."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        port = listening.getsockname()[1]
        there = HttpPayouts("bank", Address(pay=f"https://localhost:{port}/pay"), TERMS, clock)
        told = there.pay([payment()], until=later(clock))
        assert [type(each) for each in told.values()] == [Unsent]
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("100.64.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("224.0.0.1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("batch", [False, True])
def test_a_campaign_is_paid_over_http_whatever_the_provider_does(
    ctx: Context, clock: VirtualClock, bank: Bank, batch: bool
) -> None:
    here = paying(ctx, over_http(bank, clock, batch=batch))
    campaign(here)
    awards = won(here, 30, kind="cash")
    record(here, awards)
    claim(here, awards)
    approved(here)
    if batch:
        bank.faults["batch"] = ["503", "short", "drop"]
    else:
        said = ("503", "drop", "409", "429", "html", "wrong", "same", "same", "cut", "redirect")
        bank.faults |= {award.id: [fault] for award, fault in zip(awards, said, strict=False)}
    pay_due(here, KEY)
    assert states(here).get("paid", 0) < 30
    wait(here, minutes=3)
    rounds(here, 5)
    assert states(here) == {"paid": 30}
    assert set(bank.paid.values()) == {1}
    assert_sound(here)
