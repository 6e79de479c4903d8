"""Money as whole minor units of one currency: exact to the cent, from the file to the ledger."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from opsflow.kernel.errors import BadInput

MOST = 2**63 - 1
"""Minor units that an integer column of both databases holds."""
_WRITTEN = re.compile(r"(\d{1,19})(?:\.(\d{1,19}))?", re.ASCII)
_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN
PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD
TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
DIGITS = {
    code: digits for digits, codes in ((2, _TWO), (0, _NONE), (3, _THREE)) for code in codes.split()
}  # fmt: skip
"""Digits after the point, by currency (ISO 4217, list one; codes of funds, metals and tests left out)."""


class MixedCurrency(BadInput):
    """Amounts of two currencies in one sum."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} cannot be added or compared: write both amounts in one currency.")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount. It may be negative, as one side of a posting is; what is read from text never is."""

    units: int
    """Minor units: 1250 is CNY 12.50, JPY 1,250, KWD 1.250."""
    currency: str

    def __post_init__(self) -> None:
        if type(self.units) is not int:
            raise BadInput(f"Money is counted in whole minor units, not {self.units!r}: read it with `parse`.")
        digits_of(self.currency)
        if abs(self.units) > MOST:
            raise BadInput(f"{self.units} minor units of {self.currency} are more than can be stored ({MOST}).")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.units + self._same(other).units, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.units - self._same(other).units, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.units, self.currency)

    def __mul__(self, times: int) -> "Money":
        if type(times) is not int:
            raise BadInput(f"{self} is multiplied by whole numbers only, not by {times!r}; `split` shares it out.")
        return Money(self.units * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.units < self._same(other).units

    def __le__(self, other: "Money") -> bool:
        return self.units <= self._same(other).units

    def __str__(self) -> str:
        return f"{self.currency} {self.decimal:,f}"

    @property
    def decimal(self) -> Decimal:
        """The same in major units, with all the digits that the currency has."""
        return Decimal(self.units).scaleb(-digits_of(self.currency))

    def split(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Share it out by weight so that the parts sum to the whole; what does not divide goes to the largest remainders.

        Of equal remainders the first gets the unit, so that the same split always comes out the same. BadInput: no
        weight, a negative one, or only zeros.
        """
        whole = sum(weights)
        if not weights or min(weights) < 0 or whole == 0:
            raise BadInput(
                f"{self} cannot be split by {list(weights)}: give weights of 0 or more, one of them above 0."
            )
        parts = [divmod(self.units * weight, whole) for weight in weights]
        left = self.units - sum(share for share, _ in parts)
        first = sorted(range(len(parts)), key=lambda at: (-parts[at][1], at))[:left]
        more = frozenset(first)
        return tuple(Money(share + (at in more), self.currency) for at, (share, _) in enumerate(parts))

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise MixedCurrency(self.currency, other.currency)
        return other


def digits_of(currency: str) -> int:
    """Digits after the point. BadInput: no such currency."""
    try:
        return DIGITS[currency]
    except KeyError:
        raise BadInput(f"There is no currency {currency!r}: write its ISO 4217 code, such as CNY.") from None


def parse(text: str, currency: str, *, zero: bool = False) -> Money:
    """An amount in major units, written in plain figures: `1234.50`. Nothing is rounded.

    BadInput: an exponent, a sign, NaN or infinity, separators, figures other than 0-9, a finer amount than the currency
    has, more than can be stored, and 0 unless `zero`.
    """
    digits = digits_of(currency)
    written = _WRITTEN.fullmatch(text)
    if not written:
        raise BadInput(f"{text[:40]!r} is no amount: write it in plain figures, without sign, such as 1234.50.")
    major, minor = written[1], written[2] or ""
    if minor[digits:].strip("0"):
        finest = Decimal(1).scaleb(-digits)
        raise BadInput(f"{text} is finer than {currency} allows: the smallest amount is {finest:f}.")
    found = Money(int(major + minor[:digits].ljust(digits, "0")), currency)
    if not found.units and not zero:
        raise BadInput(f"{text} {currency} is nothing: give an amount above 0.")
    return found


def money(amount: Decimal, currency: str) -> Money:
    """A number of a file as money; 0 is one. BadInput: as `parse`."""
    return parse(f"{amount:f}" if amount.is_finite() else str(amount), currency, zero=True)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; of none: 0."""
    return sum(amounts, Money(0, currency))
