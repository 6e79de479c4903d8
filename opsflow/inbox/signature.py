"""Whether a request is really Slack's, and fresh."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

OLDEST = timedelta(minutes=5)
"""On either side of now, as Slack's library has it."""
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class _At(SlackClock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()


def is_slacks(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether the raw body bears Slack's signature of the last five minutes.

    The library falls over a time that is no number, a signature that is not ASCII, and a body that is no text; and it
    takes an exact replay, which is the store's to find.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not secret or not _SIGNATURE.fullmatch(signature) or not _SECONDS.fullmatch(timestamp):
        return False
    verifier = SignatureVerifier(secret, clock=_At(now))
    try:
        return bool(verifier.is_valid(body=body, timestamp=timestamp, signature=signature))
    except UnicodeDecodeError:
        return False


def seen_as(headers: Mapping[str, str]) -> str:
    """What a request is remembered by."""
    return sha256(headers["x-slack-signature"].encode()).hexdigest()
