"""Notices, the people they go to, and what a round of delivery did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, Language, PersonKey
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.workdays.hours import Span
from opsflow.workdays.model import WorkCalendar


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed by a deliverer; whether it arrived is not known yet."""
    SENT = "sent"
    DROPPED = "dropped"
    """What it speaks of was over, or had moved, before it was sent."""
    FAILED = "failed"
    """Given up after many attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one person."""

    key: str
    """Made of its meaning: what has the same key is told once."""
    person: PersonKey
    template: str
    """A file of `sop_templates/messages/<language>/`, without `.j2`."""
    data: Mapping[str, Value]
    urgent: bool = False
    """Goes out at night, on days off, and over the daily budget."""
    campaign: CampaignKey | None = None
    matter: str | None = None
    """What it speaks of. When that is closed or raised before the notice is sent, the notice is dropped."""
    matter_version: int | None = None
    """None: the matter's version at the moment."""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice whose time has come."""

    id: int
    key: str
    campaign: CampaignKey | None
    template: str
    data: Mapping[str, Any]
    """JSON."""
    urgent: bool
    created_at: datetime
    not_before: datetime
    attempts: int
    claimed: bool
    """A deliverer took it and was never heard of again."""
    stale: bool
    """What it speaks of is closed, or has moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who can be told something, and when."""

    person: PersonKey
    name: Text
    language: Language
    zone: ZoneInfo
    address: str
    calendar: WorkCalendar
    spans: tuple[Span, ...]
    """Their working hours."""
    messages_per_day: int

    @property
    def day(self) -> Span:
        """From when to when they may be told on a working day; a lunch break is no night."""
        return min(opens for opens, _ in self.spans), max(closes for _, closes in self.spans)


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it went out."""

    person: PersonKey
    channel: str
    sent_at: datetime
    urgent: bool
    text: str
    """Title, an empty line, body."""
    notices: tuple[tuple[CampaignKey | None, str, str], ...]
    """Campaign, template and key of what was told in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One notice in the ledger, with what became of it."""

    person: PersonKey
    campaign: CampaignKey | None
    template: str
    data: Mapping[str, Any]
    """JSON."""
    status: NoticeStatus
    urgent: bool
    not_before: datetime
    """Sent no sooner."""
    sent_at: datetime | None
    channel: str | None
    attempts: int
    reason: str | None
    """Why it was dropped, held back or failed."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a round of delivery did, in notices."""

    sent: int = 0
    dropped: int = 0
    held: int = 0
    """Kept for a better hour."""
    failed: int = 0
    """Not delivered this time; tried again later, or given up."""
    messages: int = 0
    """How many messages the sent notices made."""

    def __add__(self, other: "DeliveryReport") -> "DeliveryReport":
        return DeliveryReport(
            self.sent + other.sent,
            self.dropped + other.dropped,
            self.held + other.held,
            self.failed + other.failed,
            self.messages + other.messages,
        )


class UnknownMatter(NotFound):
    """A notice speaks of a matter that nobody opened."""

    def __init__(self, matter: str) -> None:
        super().__init__(
            f"There is no matter {matter}: open it in the same transaction before telling anybody about it."
        )
