"""The journal's hash chain: a number and a hash for each entry, one chain per campaign and one for what belongs to none."""

import sqlalchemy as sa
from alembic import op

from opsflow.db.types import Instant
from opsflow.kernel.chain import START, entry_hash, instant_text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
JOURNAL = sa.table(
    "journal",
    sa.column("seq", sa.Integer),
    sa.column("at", Instant()),
    *(sa.column(name, sa.String) for name in ("actor", "action", "campaign", "object")),
    sa.column("data", sa.JSON),
    sa.column("number", sa.Integer),
    sa.column("hash", sa.LargeBinary),
)


def upgrade() -> None:
    """Chain what is there, in the order in which it was written; from now on it cannot be changed unseen."""
    chains = op.create_table(
        "journal_chains",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("signed", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_journal_chains")),
    )
    op.drop_index("ix_journal_campaign_seq", "journal")
    op.add_column("journal", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("journal", sa.Column("hash", sa.LargeBinary(), nullable=True))
    _let_change()
    found = _fill()
    with op.batch_alter_table("journal") as table:
        table.alter_column("number", nullable=False)
        table.alter_column("hash", nullable=False)
        table.create_unique_constraint(op.f("uq_journal_campaign_number"), ["campaign", "number"])
    _refuse_changes()
    if found:
        op.bulk_insert(chains, [{"chain": chain or "", "signed": 0, "signed_at": None} for chain in found])


def _fill() -> list[str | None]:
    """Number and hash every entry; answers the campaigns of the chains."""
    connection = op.get_bind()
    heads: dict[str | None, tuple[int, bytes]] = {}
    columns = (*(JOURNAL.c[name] for name in ("seq", "at", "actor", "action", "campaign", "object")),)
    data = sa.cast(JOURNAL.c.data, sa.Text).label("data")
    seq = 0
    change = sa.update(JOURNAL).where(JOURNAL.c.seq == sa.bindparam("row"))
    while rows := connection.execute(
        sa.select(*columns, data).where(JOURNAL.c.seq > seq).order_by(JOURNAL.c.seq).limit(AT_ONCE)
    ).all():
        changes = []
        for row in rows:
            number, last = heads.get(row.campaign, (0, START))
            said = {**row._mapping, "at": instant_text(row.at)}  # noqa: SLF001  the public name of a row's names
            del said["seq"]
            heads[row.campaign] = number + 1, entry_hash(last, number=number + 1, **said)
            changes.append({"row": row.seq, "number": number + 1, "hash": heads[row.campaign][1]})
        connection.execute(change.values(number=sa.bindparam("number"), hash=sa.bindparam("hash")), changes)
        seq = rows[-1].seq
    return list(heads)


def _let_change() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table journal disable trigger journal_is_append_only")
        return
    for verb in ("update", "delete"):
        op.execute(f"drop trigger journal_refuses_{verb}")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table journal enable trigger journal_is_append_only")
        return
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger journal_refuses_{verb} before {verb} on journal "
            "begin select raise(abort, 'the journal is append-only'); end"
        )
