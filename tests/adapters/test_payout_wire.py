"""What a provider that lies or stammers says: nothing of it is taken for another payment, another amount, or kept."""

import json
from typing import Any

import pytest

from opsflow.adapters.payouts import wire
from opsflow.kernel.paying import Accepted, Declined, PayoutOutcome, Pending, StatementLine, Unclear

PAID = {"key": "a", "status": "paid", "reference": "tx-1", "amount": 100, "currency": "CNY"}
LINE = {"key": "a", "reference": "tx-1", "amount": 100, "currency": "CNY"}


def said(**changes: Any) -> PayoutOutcome:
    return wire.outcome(200, json.dumps(PAID | changes).encode(), "", frozenset({422}), "a")


def test_an_answer_about_another_payment_is_none_about_this() -> None:
    assert said() == Accepted("tx-1", 100, "CNY")
    assert said(key="b") == Unclear("the answer is about another payment")
    refusal = json.dumps({"key": "b", "code": "no_account"}).encode()
    assert isinstance(wire.outcome(422, refusal, "", frozenset({422}), "a"), Unclear)
    bare = {name: value for name, value in PAID.items() if name != "key"}
    told = wire.outcome(200, json.dumps(bare).encode(), "", frozenset(), "a")
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
        assert isinstance(wire.outcomes(200, content, "", ["a"])["a"], Unclear)
        assert isinstance(wire.found(wire.results(content)["a"]), Pending)
    content = json.dumps({"results": [refused, refused]}).encode()
    assert isinstance(wire.outcomes(200, content, "", ["a"])["a"], Declined)


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
