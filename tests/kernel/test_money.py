"""Money: exact from text to sum and share, and what is no amount is refused in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.kernel.errors import BadInput
from opsflow.kernel.money import MOST, MixedCurrency, Money, money, parse, total


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [
        ("12.50", "CNY", 1250), ("12.5", "CNY", 1250), ("12", "CNY", 1200), ("0.01", "EUR", 1), ("12.500", "CNY", 1250),
        ("1250", "JPY", 1250), ("1250.0", "JPY", 1250), ("1.250", "KWD", 1250), ("92233720368547758.07", "CNY", MOST),
    ],
)  # fmt: skip
def test_an_amount_is_read_to_the_last_unit(text: str, currency: str, units: int) -> None:
    assert parse(text, currency) == Money(units, currency)


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("1e308", "CNY", "no amount"), ("NaN", "CNY", "no amount"), ("Infinity", "CNY", "no amount"),
        ("-1", "CNY", "no amount"), ("+1", "CNY", "no amount"), ("1,000", "CNY", "no amount"), ("1_000", "CNY", "no amount"),
        ("", "CNY", "no amount"), (" 1", "CNY", "no amount"), ("１２", "CNY", "no amount"), ("1\n", "CNY", "no amount"),
        ("0", "CNY", "nothing"), ("0.00", "CNY", "nothing"), ("0.001", "CNY", "finer than CNY"), ("1.5", "JPY", "finer"),
        ("92233720368547758.08", "CNY", "more than can be stored"), ("1", "XYZ", "no currency 'XYZ'"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_the_reason(text: str, currency: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        parse(text, currency)


def test_currencies_are_never_mixed() -> None:
    one, other = Money(1, "CNY"), Money(1, "USD")
    for mix in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one <= other):
        with pytest.raises(MixedCurrency):
            mix()
    with pytest.raises(MixedCurrency):
        total([one, other], "CNY")


@pytest.mark.parametrize("times", [0.5, 1.0, True, Decimal(2)])
def test_money_is_multiplied_by_whole_numbers_only(times: int) -> None:
    with pytest.raises(BadInput, match="whole numbers"):
        Money(100, "CNY") * times


def test_a_product_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(BadInput, match="more than can be stored"):
        Money(MOST, "CNY") * 2


@pytest.mark.parametrize(
    ("units", "weights", "shares"),
    [(100, [1, 1, 1], [34, 33, 33]), (1, [1, 3], [0, 1]), (-100, [1, 1, 1], [-33, -33, -34]), (0, [1, 2], [0, 0])],
)
def test_what_does_not_divide_goes_to_the_largest_remainders(units: int, weights: list[int], shares: list[int]) -> None:
    assert sum(shares) == units
    assert sorted(part.units for part in Money(units, "CNY").split(weights)) == sorted(shares)


@given(st.integers(-MOST, MOST), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_shares_sum_to_the_whole(units: int, weights: list[int]) -> None:
    parts = Money(units, "CNY").split(weights)
    assert total(parts, "CNY") == Money(units, "CNY")
    assert all(abs(part.units * sum(weights) - units * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True))  # fmt: skip


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_nobody_to_share_with_is_refused(weights: list[int]) -> None:
    with pytest.raises(BadInput, match="weights"):
        Money(5, "CNY").split(weights)


@given(st.integers(0, MOST), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_what_is_said_is_read_again(units: int, currency: str) -> None:
    amount = Money(units, currency)
    assert money(amount.decimal, currency) == amount
    assert str(amount) == f"{currency} {amount.decimal:,f}"


def test_an_amount_shows_every_digit_of_its_currency() -> None:
    assert str(Money(123450, "CNY")) == "CNY 1,234.50"
    assert str(Money(123400, "CNY")) == "CNY 1,234.00"
    assert str(Money(-1250, "KWD")) == "KWD -1.250"
    assert str(Money(1250, "JPY")) == "JPY 1,250"


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal(-1), Decimal("Infinity"), Decimal("1E+308")])
def test_a_number_that_is_no_amount_is_refused(amount: Decimal) -> None:
    with pytest.raises(BadInput):
        money(amount, "CNY")
