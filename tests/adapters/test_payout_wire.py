"""What a provider that lies or stammers says: nothing of it is taken for another payment, another amount, or kept."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsflow.adapters.payouts import wire
from opsflow.kernel.paying import Accepted, Declined, PayoutOutcome, Pending, StatementLine, Unclear

PAID = {"key": "a", "status": "paid", "reference": "tx-1", "amount": 100, "currency": "CNY"}
LINE = {"key": "a", "reference": "tx-1", "amount": 100, "currency": "CNY"}


def said(**changes: Any) -> PayoutOutcome:
    return wire.outcome(200, json.dumps(PAID | changes).encode(), None, frozenset({422}), "a")


def test_an_answer_about_another_payment_is_none_about_this() -> None:
    assert said() == Accepted("tx-1", 100, "CNY")
    assert said(key="b") == Unclear("the answer is about another payment")
    refusal = json.dumps({"key": "b", "code": "no_account"}).encode()
    assert isinstance(wire.outcome(422, refusal, None, frozenset({422}), "a"), Unclear)
    bare = {name: value for name, value in PAID.items() if name != "key"}
    told = wire.outcome(200, json.dumps(bare).encode(), None, frozenset(), "a")
    assert told == Accepted("tx-1", 100, "CNY"), "it need not say which"


@pytest.mark.parametrize("amount", [1e308, float("nan"), float("inf"), 100.0, "100", True, None, 10**30, -(10**30)])
def test_what_is_no_amount_pays_nothing(amount: object) -> None:
    assert said(amount=amount) == Unclear("the provider says paid, without an amount in minor units")


@pytest.mark.parametrize("currency", ["Li Lei, 6222-0001", "CN\0", "cny", "\ud800", None, ["CNY"]])
def test_what_is_no_currency_is_not_kept(currency: object) -> None:
    assert said(currency=currency) == Unclear("the provider says paid, without a currency")


def test_what_is_said_of_one_key_in_two_ways_says_nothing() -> None:
    refused = {"key": "a", "status": "refused", "code": "x"}
    for told in ([PAID, refused], [refused, PAID], [PAID, PAID | {"reference": "tx-2"}], [PAID, refused, PAID]):
        content = json.dumps({"results": told}).encode()
        assert isinstance(wire.outcomes(200, content, None, ["a"])["a"], Unclear)
        assert isinstance(wire.found(wire.results(content)["a"]), Pending)
    content = json.dumps({"results": [refused, refused]}).encode()
    assert isinstance(wire.outcomes(200, content, None, ["a"])["a"], Declined)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 10**30}, {"amount": 1e308}, {"amount": "100"}, {"amount": float("nan")}, {"key": "a\0"}, {"key": "\ud800"},
        {"key": ["a"]}, {"reference": None}, {"reference": "x" * 201}, {"currency": "CN\nY"},
    ],
)  # fmt: skip
def test_a_statement_with_what_no_database_holds_is_none(changes: dict[str, Any]) -> None:
    assert wire.lines(json.dumps({"lines": [LINE, LINE | changes]}).encode()) is None
    assert wire.lines(json.dumps({"lines": [LINE]}).encode()) == [StatementLine("a", "tx-1", 100, "CNY")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", None),
        ("7", timedelta(seconds=7)),
        ("86400", timedelta(hours=1)),
        ("Mon, 03 Aug 2026 01:00:30 GMT", timedelta(seconds=30)),
        ("Monday, 03-Aug-26 01:00:30 GMT", timedelta(seconds=30)),
        ("Mon Aug  3 01:00:30 2026", timedelta(seconds=30)),
        ("Mon, 03 Aug 2026 09:00:30 +0800", timedelta(seconds=30)),
        ("Tue, 04 Aug 2026 01:00:00 GMT", timedelta(hours=1)),
        ("Mon, 03 Aug 2026 00:00:00 GMT", timedelta()),
        ("Mon, 31 Feb 2026 00:00:00 GMT", None),
        ("Mon, 03 Aug 99999 00:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_how_long_a_provider_asks_us_to_wait(said: str, expected: timedelta | None) -> None:
    assert wire.wait(said, datetime(2026, 8, 3, 1, tzinfo=UTC)) == expected
