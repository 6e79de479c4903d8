"""Tables of prizes won and money paid: awards, payees, budgets, the ledger, payouts and what came of each attempt."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db.base import Base

APPEND_ONLY = (
    "ledger_entries",
    "ledger_postings",
    "payout_attempts",
    "payout_tries",
    "payout_signatures",
    "payout_rulings",
)
"""Tables of which the database refuses every update and delete, as of the journal."""
OPEN = "status in ('planned', 'sending', 'unknown', 'needs_human')"
IS_OPEN = sa.text(f"payouts.{OPEN}")
"""Said beside whatever else is asked of open payouts: SQLite takes the index of them only where it reads the very same words."""


class AwardRow(Base):
    """Somebody has won something."""

    __tablename__ = "awards"
    __table_args__ = (
        sa.UniqueConstraint("campaign", "draw", "participant", "prize"),
        sa.CheckConstraint("units >= 0", name="units"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    """Made of campaign, draw, participant and prize; the provider's idempotency key is made of it."""
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    draw: Mapped[str]
    participant: Mapped[str]
    """Opaque: it says nothing about the person."""
    prize: Mapped[str]
    rank: Mapped[int]
    units: Mapped[int] = mapped_column(sa.BigInteger)
    """Minor units that one is worth."""
    currency: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    won_at: Mapped[datetime]


class PayeeRow(Base):
    """Where a prize goes: personal data, kept apart so that it can be erased."""

    __tablename__ = "payees"

    award: Mapped[str] = mapped_column(sa.ForeignKey("awards.id"), primary_key=True)
    data: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """None: erased."""
    digest: Mapped[str]
    """SHA-256 of the data as canonical JSON, its salt included: what an approval covers, and what stays after erasure."""


class BudgetRow(Base):
    """What a campaign's prizes may cost, and how much of it is taken. Moved by conditional updates alone."""

    __tablename__ = "payout_budgets"
    __table_args__ = (
        sa.CheckConstraint("reserved >= 0", name="reserved"),
        sa.CheckConstraint("paid >= 0", name="paid"),
        sa.CheckConstraint("reserved + paid <= cap", name="cap"),
    )

    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"), primary_key=True)
    currency: Mapped[str]
    cap: Mapped[int] = mapped_column(sa.BigInteger)
    reserved: Mapped[int] = mapped_column(sa.BigInteger)
    paid: Mapped[int] = mapped_column(sa.BigInteger)
    hold: Mapped[str | None]
    """`paused`: nothing is sent; `braked`: nothing leaves at all. None: neither."""
    held_by: Mapped[str | None]
    held_at: Mapped[datetime | None]
    held_because: Mapped[str | None]


class EntryRow(Base):
    """One movement of money. Append-only; its postings sum to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (sa.UniqueConstraint("key"), sa.Index(None, "campaign"))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    key: Mapped[str]
    """Made of its meaning: nothing is posted twice."""
    move: Mapped[str]
    currency: Mapped[str]
    count: Mapped[int]
    """How many payouts it is for."""
    at: Mapped[datetime]


class PostingRow(Base):
    """What an entry adds to one account. Append-only."""

    __tablename__ = "ledger_postings"

    entry: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entries.id"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    units: Mapped[int] = mapped_column(sa.BigInteger)


class PayoutListRow(Base):
    """Payouts that are approved together, by the hash of exactly these."""

    __tablename__ = "payout_lists"
    __table_args__ = (sa.UniqueConstraint("campaign", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    number: Mapped[int]
    status: Mapped[str]
    count: Mapped[int]
    units: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]
    root: Mapped[str]
    needed: Mapped[int]
    """How many different people must sign."""
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """Why it is void."""


class PayoutSignatureRow(Base):
    """One person's approval of one list. Append-only."""

    __tablename__ = "payout_signatures"

    list: Mapped[str] = mapped_column(sa.ForeignKey("payout_lists.id"), primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    root: Mapped[str]
    at: Mapped[datetime]


class PayoutAttemptRow(Base):
    """One go at a chunk of payouts, written before anything leaves. Append-only; its id is the fence of its payouts."""

    __tablename__ = "payout_attempts"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  SQLAlchemy's own form; a fence is never given again

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    provider: Mapped[str]
    kind: Mapped[str]
    """`send`, or `look` for what became of an earlier one."""
    count: Mapped[int]
    units: Mapped[int] = mapped_column(sa.BigInteger)
    begun_at: Mapped[datetime]
    send_until: Mapped[datetime]
    """After this it begins no request any more."""
    lease_until: Mapped[datetime]
    """After this somebody else takes up what it left."""


class PayoutRow(Base):
    """What is to be paid for one award, and where that stands."""

    __tablename__ = "payouts"
    __table_args__ = (
        sa.UniqueConstraint("award"),
        sa.CheckConstraint("units >= 0", name="units"),
        sa.Index(
            "ix_payouts_open",
            "campaign",
            "status",
            "provider",
            "id",
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        ),
        sa.Index(None, "list"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    award: Mapped[str] = mapped_column(sa.ForeignKey("awards.id"))
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    units: Mapped[int] = mapped_column(sa.BigInteger)
    status: Mapped[str]
    round: Mapped[int] = mapped_column(default=0)
    """Counts up when it is asked for again after a definite refusal: then the provider gets another key."""
    provider: Mapped[str | None]
    list: Mapped[str | None] = mapped_column(sa.ForeignKey("payout_lists.id"))
    digest: Mapped[str | None]
    """Of the payee, as the list that was approved has it."""
    attempt: Mapped[int | None] = mapped_column(sa.ForeignKey("payout_attempts.id"))
    """The fence: who writes, says which attempt is theirs."""
    attempts: Mapped[int] = mapped_column(default=0)
    first_sent_at: Mapped[datetime | None]
    """From then on the key lives with the provider."""
    not_before: Mapped[datetime | None]
    """Planned: when it is sent again; unknown: when the provider is asked."""
    reference: Mapped[str | None]
    """The provider's."""
    reason: Mapped[str | None]
    reserved_by: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entries.id"))
    """The entry that settled it has its attempt in the key."""
    settled_at: Mapped[datetime | None]


class PayoutTryRow(Base):
    """What came of an attempt at one payout that did not simply succeed. Append-only."""

    __tablename__ = "payout_tries"
    __table_args__ = (sa.Index(None, "payout"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payout: Mapped[int] = mapped_column(sa.ForeignKey("payouts.id"))
    attempt: Mapped[int | None] = mapped_column(sa.ForeignKey("payout_attempts.id"))
    outcome: Mapped[str]
    reason: Mapped[str]
    reference: Mapped[str | None]
    at: Mapped[datetime]


class PayoutRulingRow(Base):
    """What one person says became of a payout that nobody else can tell of, and how they know. Append-only."""

    __tablename__ = "payout_rulings"
    __table_args__ = (sa.UniqueConstraint("payout", "attempt", "person", "verdict"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payout: Mapped[int] = mapped_column(sa.ForeignKey("payouts.id"))
    attempt: Mapped[int] = mapped_column(sa.ForeignKey("payout_attempts.id"))
    person: Mapped[str]
    verdict: Mapped[str]
    reference: Mapped[str | None]
    evidence: Mapped[str]
    at: Mapped[datetime]


class PayoutDifferenceRow(Base):
    """Where a provider's statement and our books do not say the same."""

    __tablename__ = "payout_differences"
    __table_args__ = (sa.Index(None, "campaign", "provider"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    provider: Mapped[str]
    key: Mapped[str]
    kind: Mapped[str]
    """`ours_only`, `theirs_only`, `amount_differs`, `duplicate`, `reference_differs`."""
    ours: Mapped[int | None] = mapped_column(sa.BigInteger)
    theirs: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str | None]
    """Theirs."""
    reference: Mapped[str | None]
    """Theirs. Another amount, currency or reference of the same key and kind is another difference."""
    our_reference: Mapped[str | None]
    found_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    """The last statement does not show it any more: it stops nothing. None: it does."""
    explained_by: Mapped[str | None]
    explained_at: Mapped[datetime | None]
    explanation: Mapped[str | None]


class PrizeCodeRow(Base):
    """A code that can be given to one winner."""

    __tablename__ = "prize_codes"
    __table_args__ = (sa.UniqueConstraint("campaign", "prize", "code"), sa.UniqueConstraint("key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    prize: Mapped[str]
    code: Mapped[str]
    key: Mapped[str | None]
    """Of the payout it went to."""
    given_at: Mapped[datetime | None]


class ShipmentRow(Base):
    """A parcel that is to be sent, and what the carrier said of it."""

    __tablename__ = "shipments"

    key: Mapped[str] = mapped_column(primary_key=True)
    """Of the payout."""
    campaign: Mapped[str] = mapped_column(sa.ForeignKey("campaigns.key"))
    prize: Mapped[str]
    units: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]
    address: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """None: erased."""
    listed_at: Mapped[datetime]
    exported_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    """`sent` or `refused`."""
    reference: Mapped[str | None]
    reason: Mapped[str | None]
