"""The hash chain of the journal: what the hash of an entry is made of, and what a checkpoint says of a chain."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from opsflow.kernel.terms import CampaignKey

START = bytes(32)
"""What stands before the first entry of a chain."""
_DOMAIN = b"opsflow.journal.1|"
_quoted = json.encoder.encode_basestring_ascii
"""A text as JSON in ASCII; an encoder of lists would take four times as long for a million of them."""


def instant_text(at: datetime) -> str:
    """An instant as a hash covers it, `2026-08-03 01:00:00.000000` in UTC: as SQLite keeps it and PostgreSQL can write it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def entry_hash(
    previous: bytes,
    *,
    number: int,
    at: str,
    actor: str,
    action: str,
    campaign: str | None,
    object: str,  # noqa: A002  the entry's own word for what was acted on
    data: str,
) -> bytes:
    """SHA-256 of domain, the hash of the entry before, and this entry as canonical JSON: a list, ASCII, no spaces.

    `at`: see `instant_text`. `data`: its JSON exactly as stored, as one string of the list: whoever changes a single
    character of it is found, and nothing has to be parsed to check a million of them.
    """
    whose = "null" if campaign is None else _quoted(campaign)
    said = f"[{number},{_quoted(at)},{_quoted(actor)},{_quoted(action)},{whose},{_quoted(object)},{_quoted(data)}]"
    return hashlib.sha256(_DOMAIN + previous + b"|" + said.encode("ascii")).digest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long a chain was at an instant, and the hash of its last entry."""

    campaign: CampaignKey | None
    """None: the chain of what belongs to no campaign."""
    number: int
    head: str
    """Hexadecimal."""
    at: datetime

    @property
    def signed(self) -> bytes:
        """What a signature covers."""
        said = [self.campaign, self.number, self.head, self.at.astimezone(UTC).isoformat()]
        return b"opsflow.checkpoint.1|" + json.dumps(said, separators=(",", ":")).encode("ascii")
