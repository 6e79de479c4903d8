"""Prizes won and money paid: awards, payees, budgets, the ledger, payouts and their attempts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Columns = tuple[sa.Column[Any], ...]
APPEND_ONLY = (
    "ledger_entries",
    "ledger_postings",
    "payout_attempts",
    "payout_tries",
    "payout_signatures",
    "payout_rulings",
)
OPEN = "status in ('planned', 'sending', 'unknown', 'needs_human')"


def upgrade() -> None:
    """Make every table; nobody has won anything yet."""
    awards()
    ledger()
    lists()
    payouts()
    afterwards()
    providers()
    for table in APPEND_ONLY:
        _append_only(table)


def _strings(*names: str, null: bool = False) -> Columns:
    return tuple(sa.Column(name, sa.String(), nullable=null) for name in names)


def _integers(*names: str) -> Columns:
    return tuple(sa.Column(name, sa.Integer(), nullable=False) for name in names)


def _units(*names: str, null: bool = False) -> Columns:
    return tuple(sa.Column(name, sa.BigInteger(), nullable=null) for name in names)


def _instants(*names: str, null: bool = False) -> Columns:
    return tuple(sa.Column(name, sa.DateTime(timezone=True), nullable=null) for name in names)


def _key(name: str, kind: type[sa.types.TypeEngine[Any]]) -> sa.Column[Any]:
    return sa.Column(name, kind(), primary_key=True)


def _of(name: str, other: str, *, null: bool = False, key: bool = False) -> sa.Column[Any]:
    kind = sa.String() if other.endswith((".key", "awards.id", "lists.id")) else sa.Integer()
    return sa.Column(name, kind, sa.ForeignKey(other), nullable=null, primary_key=key)


def awards() -> None:
    """Who won what, and where it goes."""
    op.create_table(
        "awards",
        _key("id", sa.String),
        _of("campaign", "campaigns.key"),
        *_strings("draw", "participant", "prize", "currency", "kind", "status"),
        *_integers("rank"),
        *_units("units"),
        *_instants("won_at"),
        sa.UniqueConstraint(
            "campaign", "draw", "participant", "prize", name="uq_awards_campaign_draw_participant_prize"
        ),
        sa.CheckConstraint("units >= 0", name=op.f("ck_awards_units")),
    )
    op.create_table(
        "payees",
        _of("award", "awards.id", key=True),
        sa.Column("data", sa.JSON(), nullable=True),
        *_strings("digest"),
    )


def ledger() -> None:
    """What prizes may cost, and each movement of that money."""
    op.create_table(
        "payout_budgets",
        _of("campaign", "campaigns.key", key=True),
        *_strings("currency"),
        *_units("cap", "reserved", "paid"),
        *_strings("hold", "held_by", "held_because", null=True),
        *_instants("held_at", null=True),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_payout_budgets_reserved")),
        sa.CheckConstraint("paid >= 0", name=op.f("ck_payout_budgets_paid")),
        sa.CheckConstraint("reserved + paid <= cap", name=op.f("ck_payout_budgets_cap")),
    )
    op.create_table(
        "ledger_entries",
        _key("id", sa.Integer),
        _of("campaign", "campaigns.key"),
        *_strings("key", "move", "currency"),
        *_integers("count"),
        *_instants("at"),
        sa.UniqueConstraint("key", name="uq_ledger_entries_key"),
    )
    op.create_index("ix_ledger_entries_campaign", "ledger_entries", ["campaign"])
    op.create_table(
        "ledger_postings",
        _of("entry", "ledger_entries.id", key=True),
        _key("account", sa.String),
        *_units("units"),
    )


def lists() -> None:
    """What is approved, and by whom."""
    op.create_table(
        "payout_lists",
        _key("id", sa.String),
        _of("campaign", "campaigns.key"),
        *_integers("number", "count", "needed"),
        *_strings("status", "currency", "root", "requested_by"),
        *_units("units"),
        *_instants("requested_at"),
        *_instants("decided_at", null=True),
        *_strings("reason", null=True),
        sa.UniqueConstraint("campaign", "number", name="uq_payout_lists_campaign_number"),
    )
    op.create_table(
        "payout_signatures",
        _of("list", "payout_lists.id", key=True),
        _key("person", sa.String),
        *_strings("root"),
        *_instants("at"),
    )


def payouts() -> None:
    """What is to be paid, and each go at it."""
    op.create_table(
        "payout_attempts",
        _key("id", sa.Integer),
        _of("campaign", "campaigns.key"),
        *_strings("provider", "kind"),
        *_integers("count"),
        *_units("units"),
        *_instants("begun_at", "send_until", "lease_until"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "payouts",
        _key("id", sa.Integer),
        _of("award", "awards.id"),
        _of("campaign", "campaigns.key"),
        *_units("units"),
        *_strings("status"),
        *_integers("round", "attempts"),
        *_strings("provider", "digest", "reference", "reason", null=True),
        _of("list", "payout_lists.id", null=True),
        _of("attempt", "payout_attempts.id", null=True),
        *_instants("first_sent_at", "not_before", "settled_at", null=True),
        _of("reserved_by", "ledger_entries.id", null=True),
        sa.UniqueConstraint("award", name="uq_payouts_award"),
        sa.CheckConstraint("units >= 0", name=op.f("ck_payouts_units")),
    )
    is_open, columns = sa.text(OPEN), ["campaign", "status", "id"]
    op.create_index("ix_payouts_open", "payouts", columns, sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_payouts_list", "payouts", ["list"])


def afterwards() -> None:
    """What did not simply succeed, what people ruled, and what statements say otherwise."""
    op.create_table(
        "payout_tries",
        _key("id", sa.Integer),
        _of("payout", "payouts.id"),
        _of("attempt", "payout_attempts.id", null=True),
        *_strings("outcome", "reason"),
        *_strings("reference", null=True),
        *_instants("at"),
    )
    op.create_index("ix_payout_tries_payout", "payout_tries", ["payout"])
    op.create_table(
        "payout_rulings",
        _key("id", sa.Integer),
        _of("payout", "payouts.id"),
        _of("attempt", "payout_attempts.id"),
        *_strings("person", "verdict", "evidence"),
        *_strings("reference", null=True),
        *_instants("at"),
        sa.UniqueConstraint(
            "payout", "attempt", "person", "verdict", name="uq_payout_rulings_payout_attempt_person_verdict"
        ),
    )
    op.create_table(
        "payout_differences",
        _key("id", sa.Integer),
        _of("campaign", "campaigns.key"),
        *_strings("provider", "key", "kind"),
        *_units("ours", "theirs", null=True),
        *_strings("reference", "explained_by", "explanation", null=True),
        *_instants("found_at"),
        *_instants("explained_at", null=True),
        sa.UniqueConstraint(
            "campaign", "provider", "key", "kind", name="uq_payout_differences_campaign_provider_key_kind"
        ),
    )


def providers() -> None:
    """What providers of our own keep: codes to give away, parcels to send."""
    op.create_table(
        "prize_codes",
        _key("id", sa.Integer),
        _of("campaign", "campaigns.key"),
        *_strings("prize", "code"),
        *_strings("key", null=True),
        *_instants("given_at", null=True),
        sa.UniqueConstraint("campaign", "prize", "code", name="uq_prize_codes_campaign_prize_code"),
        sa.UniqueConstraint("key", name="uq_prize_codes_key"),
    )
    op.create_table(
        "shipments",
        _key("key", sa.String),
        _of("campaign", "campaigns.key"),
        *_strings("prize", "currency"),
        *_units("units"),
        sa.Column("address", sa.JSON(), nullable=True),
        *_instants("listed_at"),
        *_instants("exported_at", null=True),
        *_strings("outcome", "reference", "reason", null=True),
    )


def _append_only(table: str) -> None:
    """As of the journal: the database refuses what would change history."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"create function {table}_is_append_only() returns trigger language plpgsql as "
            f"$$ begin raise exception '{table} is append-only'; end $$"
        )
        op.execute(
            f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
            f"for each statement execute function {table}_is_append_only()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger {table}_refuses_{verb} before {verb} on {table} "
            f"begin select raise(abort, '{table} is append-only'); end"
        )
