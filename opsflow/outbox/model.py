"""Notices, the people they go to, and what a round of delivery did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, Language, PersonKey
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.workdays.hours import Span
from opsflow.workdays.model import WorkCalendar

CAMPAIGN_ZONE = "campaign_zone"
"""In the facts of a notice where somebody reads it on another clock than the campaign's."""
ABOUT = ("code", "task", "subject", "meeting", "stage", "question", "title")
"""Which fact of a notice says what it is about, the first it has."""

NOT_SET_UP = "not set up here"
"""Of the reason of a notice that is kept, because the process that delivers has none of its recipient's channels."""


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed by a deliverer; whether it arrived is not known yet."""
    UNKNOWN = "unknown"
    """Sent or not, nobody knows; it is looked up before it is sent again."""
    SENT = "sent"
    DROPPED = "dropped"
    """What it speaks of was over, or had moved, before it was sent."""
    FALLBACK = "fallback"
    """Given up on all channels of its recipient; the fallback recipient is told instead."""
    FAILED = "failed"
    """Given up, and there is nobody to tell it to instead."""


class Outcome(StrEnum):
    """What came of one attempt to tell somebody something."""

    SENT = "sent"
    """It arrived, or was found to have."""
    FAILED = "failed"
    """It surely did not arrive."""
    UNWRITTEN = "unwritten"
    """Its template could not be filled in; nothing went out."""
    BUSY = "busy"
    """The channel asked to wait: that does not count as an attempt."""
    UNDELIVERABLE = "undeliverable"
    """That address can never be reached."""
    UNKNOWN = "unknown"
    """Whether it arrived, nobody knows."""
    MISSING = "missing"
    """It was looked for and had not arrived."""
    WORN_OUT = "worn_out"
    """It was tried there for the last time."""


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
    """Stands first, and goes out over the daily budget."""
    hours: str | None = None
    """Of an urgent one: the hours of any day in which it goes out, days off included (`9:00-22:00`); None: it keeps to
    working hours like any other."""
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
    hours: str | None
    created_at: datetime
    not_before: datetime
    attempts: int
    """On its route."""
    route: int
    unknowns: int
    since: datetime | None
    """When the first send was begun whose outcome nobody knows."""
    message: str | None
    """Key of the message that a deliverer last took it for."""
    claimed: bool
    """A deliverer took it and was never heard of again, or did not hear whether it arrived."""
    matter: str | None
    matter_version: int | None
    stale: bool
    """What it speaks of is closed, or has moved."""
    reason: str | None
    """Why it is still here."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to reach somebody."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who can be told something, and when."""

    person: PersonKey
    name: Text
    language: Language
    zone: ZoneInfo
    address: str
    """For a channel that is not theirs in particular."""
    routes: tuple[Route, ...] = ()
    """In the order in which they are tried."""
    named: bool = False
    """Somebody chose these ways: where none is set up, no other channel stands in."""
    calendar: WorkCalendar
    spans: tuple[Span, ...]
    """Their working hours."""
    messages_per_day: int
    merge: timedelta = timedelta(0)
    """What is to be told within so long is one message."""
    digest_at: time = time(9, 30)
    fallback: PersonKey | None = None
    """Who is told what they could not be."""
    room: bool = False
    """A channel that many read: told at any hour, of everything, without anybody's own links."""

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to tell somebody something."""

    at: datetime
    channel: str
    outcome: Outcome
    reason: str | None
    """None: it was sent."""


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
    acknowledged_at: datetime | None
    """When the recipient acted on what it speaks of."""
    attempts: tuple[Attempt, ...]
    """On all channels, in their order."""
    reason: str | None
    """Why it was dropped, held back or failed."""


@dataclass(frozen=True, slots=True)
class DuePerson:
    """Somebody to whom something may be told now, and on which of their routes first."""

    person: PersonKey
    route: int
    lost: bool
    """A deliverer took something for them and was never heard of again, or did not hear whether it arrived."""


class CardKind(StrEnum):
    """What a card is about."""

    TASK = "task"
    APPROVAL = "approval"
    SCORES = "scores"
    STAGE = "stage"
    INCIDENT = "incident"


class Shows(StrEnum):
    """What a card says of its matter."""

    OPEN = "open"
    """With its buttons."""
    SEEN = "seen"
    """The same, and who has said that they see to it."""
    OVER = "over"
    MOVED = "moved"
    """It has another version, and this person was not told of it in a new message."""
    ELSEWHERE = "elsewhere"
    """A later message is this person's card of the matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What one message shows of one matter."""

    token: str
    """Carried by its buttons."""
    person: PersonKey
    """Who was sent it; who pressed is another question."""
    campaign: CampaignKey | None
    matter: str
    version: int
    """Of the matter, as the card tells it."""
    kind: CardKind
    channel: str
    receipt: str | None
    """None: the message is on its way."""
    shows: Shows
    superseded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that stands on a channel."""

    id: int
    person: PersonKey
    route: Route
    receipt: str
    key: str
    urgent: bool
    attempts: int
    """At changing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """One notice in a message that was sent, and what has become of what it speaks of."""

    template: str
    campaign: CampaignKey | None
    data: Mapping[str, Any]
    """JSON."""
    urgent: bool
    token: str | None
    """Of its card, if it has one."""
    shown: Shows | None
    wanted: Shows | None
    facts: Mapping[str, Any]
    """What happened to the matter last. JSON."""


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
    updated: int = 0
    """Messages of before that show by now what became of their matter."""

    def __add__(self, other: "DeliveryReport") -> "DeliveryReport":
        return DeliveryReport(
            self.sent + other.sent,
            self.dropped + other.dropped,
            self.held + other.held,
            self.failed + other.failed,
            self.messages + other.messages,
            self.updated + other.updated,
        )


class UnknownMatter(NotFound):
    """A notice speaks of a matter that nobody opened."""

    def __init__(self, matter: str) -> None:
        super().__init__(
            f"There is no matter {matter}: open it in the same transaction before telling anybody about it."
        )


class UnknownCard(NotFound):
    """A button belongs to no card."""

    def __init__(self) -> None:
        super().__init__("This button belongs to no message of ours. `opsflow status` shows what waits for you.")
