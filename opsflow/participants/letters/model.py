"""Why a participant is written to, and what they are sent: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why one participant is written to."""

    participant: str
    key: str
    """The step, with what it is about where there may be several; each participant gets a letter of it once."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the letter may say besides the campaign and the name."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, ready to be sent. It holds personal data."""

    occasion: Occasion
    contact: Mapping[str, str]
    subject: str
    body: str
