"""What is said over HTTP to a provider and back: bodies, signatures, and what each answer means. See docs/payout-api.md."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from opsflow.kernel.money import DIGITS, MOST
from opsflow.kernel.paying import (
    Accepted,
    Declined,
    FoundPayout,
    Payment,
    PayoutOutcome,
    Pending,
    StatementLine,
    Unclear,
    Unsent,
)

LONGEST_ANSWER = 1 << 24
"""Bytes: an answer that is longer is none."""
LONGEST_WORD = 200
LONGEST_WAIT = timedelta(hours=1)
_REFERENCE = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)
BUSY, IN_FLIGHT = 429, 409


def body(content: Mapping[str, Any]) -> bytes:
    """JSON, always the same for the same content."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def payment(one: Payment) -> dict[str, Any]:
    """One payment as it is asked for."""
    return {
        "key": one.key,
        "campaign": one.campaign,
        "prize": one.prize,
        "kind": one.kind,
        "amount": one.units,
        "currency": one.currency,
        "participant": one.participant,
        "to": dict(one.to),
    }


def signature(secret: str, at: int, content: bytes) -> str:
    """What proves who asks: HMAC-SHA256 over the second and the body."""
    proof = hmac.new(secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={proof}"


def parsed(content: bytes) -> Any:
    """JSON; None where it is none (an error page, half an answer)."""
    try:
        return orjson.loads(content)
    except ValueError:
        return _as_python_reads(content)


def _as_python_reads(content: bytes) -> Any:
    """The same where one payment has a NaN or half a letter: that need not make what is said of all others unclear."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def wait(retry_after: str, now: datetime) -> timedelta | None:
    """How long a provider asks us to wait, an hour at most: seconds, or until a date of HTTP. None: it does not say, or nonsense."""
    if _SECONDS.fullmatch(retry_after):
        return min(timedelta(seconds=int(retry_after)), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:  # what its zone is nobody says: HTTP knows only GMT
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), LONGEST_WAIT)


def outcome(
    status: int, content: bytes, retry_after: timedelta | None, refusals: frozenset[int], key: str
) -> PayoutOutcome:
    """What an answer to one payment means. Only what is written in full is success; only a listed refusal is one."""
    answer = parsed(content)
    if isinstance(answer, dict) and answer.get("key", key) != key:
        return Unclear("the answer is about another payment")
    if status == BUSY:
        return Unsent("the provider asks to come later", retry_after)
    if status in (200, 201):
        return _said(answer) if isinstance(answer, dict) else Unclear(f"status {status} with an answer that is no JSON")
    if status in refusals and isinstance(answer, dict) and _code(answer):
        return Declined(_code(answer), f"status {status}")
    return Unclear("the same key is in flight there" if status == IN_FLIGHT else f"status {status}")


def outcomes(status: int, content: bytes, retry_after: timedelta | None, keys: list[str]) -> dict[str, PayoutOutcome]:
    """What an answer to a batch means, by key; one that it does not speak of is unclear."""
    if status == BUSY:
        return dict.fromkeys(keys, Unsent("the provider asks to come later", retry_after))
    answers = results(content) if status in (200, 201) else {}
    nothing = Unclear(f"status {status}, and the answer does not speak of it")
    return {key: _said(answers[key]) if key in answers else nothing for key in keys}


def results(content: bytes) -> dict[str, dict[str, Any]]:
    """The parts of an answer that speaks of several, by key. What is said of one key in two ways says nothing."""
    answer = parsed(content)
    found = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        return {}
    parts = [part for part in found if isinstance(part, dict) and isinstance(part.get("key"), str)]
    said: dict[str, dict[str, Any]] = {}
    for part in parts:
        known = said.setdefault(part["key"], part)
        if known is not part and known != part:
            said[part["key"]] = {"key": part["key"]}
    return said


def found(answer: Mapping[str, Any]) -> FoundPayout:
    """What the provider says became of a payment."""
    match _said(answer):
        case Accepted() | Declined() as decided:
            return decided
        case Unclear(reason) | Unsent(reason):
            return Pending(reason)


def lines(content: bytes) -> list[StatementLine] | None:
    """A statement; None where it is none."""
    answer = parsed(content)
    rows = answer.get("lines") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        return None
    try:
        return [
            StatementLine(_text(row["key"]), _text(row["reference"]), _units(row["amount"]), _text(row["currency"]))
            for row in rows
        ]
    except (KeyError, TypeError, ValueError):
        return None


def _said(answer: Mapping[str, Any]) -> PayoutOutcome:
    match answer.get("status"):
        case "paid":
            reference, units = answer.get("reference"), answer.get("amount")
            given = reference if isinstance(reference, str) and _REFERENCE.fullmatch(reference) else ""
            currency = answer.get("currency")
            if type(units) is not int or abs(units) > MOST:
                return Unclear("the provider says paid, without an amount in minor units")
            if not isinstance(currency, str) or currency not in DIGITS:  # anything else might quote an account
                return Unclear("the provider says paid, without a currency")
            return Accepted(given, units, currency)
        case "refused":
            return Declined(_code(answer), "refused") if _code(answer) else Unclear("refused, without a code")
        case "pending":
            return Unclear("the provider has it and has not decided")
        case _:
            return Unclear("an answer without a status that we know")


def _code(answer: Mapping[str, Any]) -> str:
    """A provider's code; its words are not kept: they may quote an account."""
    code = answer.get("code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _units(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    if abs(value) > MOST:
        raise ValueError
    return value


def _text(value: object) -> str:
    """A word of a statement, which both databases hold: no control character, no half of a letter."""
    if type(value) is int:
        return str(value)
    if not isinstance(value, str):
        raise TypeError
    if not (value.isprintable() and len(value) <= LONGEST_WORD):
        raise ValueError
    return value
