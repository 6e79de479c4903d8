"""When two ways of writing are one person: accounts, e-mail addresses and telephone numbers in one form each. Pure."""

import re
import unicodedata
from hashlib import blake2b

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput

LONGEST = 200
_EMAIL = re.compile(r"([^@\s,;<>\"]{1,64})@([^@\s,;<>\"]{1,190}\.[^@\s,;<>\".]{2,63})")
_PHONE = re.compile(r"\+?\d{5,15}", re.ASCII)
_BETWEEN_DIGITS = re.compile(r"[\s().\-/]")
_MAINLAND = re.compile(r"(?:\+|00)?86(1\d{10})", re.ASCII)
"""A mobile number of mainland China with its country code; people write it with and without."""


def account(text: str) -> str:
    """An account in one form: case, Unicode form, full width and spaces do not make another. BadInput: too long, or nothing."""
    found = "".join(_plain(text).split())
    if not found or len(found) > LONGEST:
        raise BadInput(f"an account has 1 to {LONGEST} characters")
    return found


def email(text: str) -> str:
    """An e-mail address in one form; what stands behind a plus is the mailbox's own filing and is cut off."""
    found = _EMAIL.fullmatch(_plain(text))
    if not found:
        raise BadInput("the e-mail address has no form of one")
    box = found[1].split("+", 1)[0]
    if not box:
        raise BadInput("the e-mail address has no mailbox before its plus")
    return f"{box}@{found[2]}"


def phone(text: str) -> str:
    """A telephone number in one form: digits, with a plus before a country code; `00` and `+` are the same."""
    digits = _BETWEEN_DIGITS.sub("", _plain(text))
    mainland = _MAINLAND.fullmatch(digits)
    if mainland:
        return mainland[1]
    digits = f"+{digits[2:]}" if digits.startswith("00") else digits
    if not _PHONE.fullmatch(digits):
        raise BadInput("the telephone number has no form of one")
    return digits


def other(text: str) -> str:
    """A device, payee or network in one form."""
    return _plain(text)[:LONGEST]


def digest(salt: str, kind: str, value: str) -> str:
    """What stands for an identity where no personal data may be: 128 bits, keyed with the campaign's own salt."""
    return blake2b(f"{kind}\0{value}".encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", without_unsafe(unicodedata.normalize("NFKC", text))).casefold().strip()
