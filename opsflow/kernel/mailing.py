"""Letters by e-mail: what is sent, what may come of it, and how a mail server is named. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from opsflow.kernel.errors import BadInput

EXPECTED = "smtp://user:password@mail.example.com:587?from=campaigns@example.com (or smtps://), the password %-escaped"
"""How a mail server is named."""
_PORTS: Mapping[str, int] = {"smtp": 587, "smtps": 465}
_TLS = ("starttls", "none")
_ADDRESS = re.compile(r"[!#$%&'*+\-/=?^_`{|}~.A-Za-z0-9]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}", re.ASCII)
_NAMED = re.compile(r"\s*([^<>\"\x00-\x1f\x7f]{0,100}?)\s*<([^<>]+)>\s*")


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter to one address. It holds personal data, which is never shown."""

    key: str
    """The same letter has the same key, however often it is sent."""
    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """The server has taken it."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Whether the server has taken it, nobody knows."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """Surely not taken; it may be later."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoSuchAddress:
    """Surely not taken, and never will be at this address."""

    reason: str


MailOutcome: TypeAlias = Taken | Doubtful | NotNow | NoSuchAddress


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over, and as whom."""

    host: str
    port: int
    sender: str
    name: str = ""
    """What stands before the sender's address; empty: nothing."""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    """`starttls`, `at once`, or `none`."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def is_address(text: str) -> bool:
    """Whether a text is one plain e-mail address: nothing in it can end a header or name a second recipient."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def mail_server(url: str) -> MailServer:
    """The server that an address names. BadInput: it names none, or would show its password; the address is not quoted."""
    try:
        parts = urlsplit(url)
        given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise BadInput(f"expected {EXPECTED}") from None
    sender, tls = _only(given, "from", ""), _only(given, "tls", "starttls")
    named = _NAMED.fullmatch(sender)
    name, address = (named[1], named[2]) if named else ("", sender)
    plain = parts.path in ("", "/") and not parts.fragment and set(given) <= {"from", "tls"}
    if parts.scheme not in _PORTS or not host or not port or not plain or not is_address(address) or tls not in _TLS:
        raise BadInput(f"expected {EXPECTED}")
    tls = "at once" if parts.scheme == "smtps" else tls
    if parts.username and tls == "none":
        raise BadInput("a password is sent over TLS only: leave `tls=none` out, or the user and password")
    return MailServer(host, port, address, name, unquote(parts.username or ""), unquote(parts.password or ""), tls)


def _only(given: Mapping[str, list[str]], name: str, otherwise: str) -> str:
    values = given.get(name, [otherwise])
    return values[0] if len(values) == 1 else ""
