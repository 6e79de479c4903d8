"""Surveys, who was asked, what was answered, participants' words, return visits."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
_KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "": sa.String(),
    "int": sa.Integer(),
    "bool": sa.Boolean(),
    "instant": sa.DateTime(timezone=True),
    "json": sa.JSON(),
}


def upgrade() -> None:
    """New tables; nothing that exists changes."""
    _table("surveys", "campaign", "name", "definition:json", "opened_at:instant", "opened_by", "closes_at:instant",
           "closed_at:instant?", key=1, refers=(("campaign",), "campaigns", ("key",)))  # fmt: skip
    _table("survey_invitations", "campaign", "id", "participant?", "source", "invited_at:instant", "seen_at:instant?",
           "answered_at:instant?", key=2, refers=(("campaign",), "surveys", ("campaign",)),
           unique=("campaign", "participant"))  # fmt: skip
    _table("survey_answers", "campaign", "invitation", "question", "choice", key=4,
           refers=(("campaign", "invitation"), "survey_invitations", ("campaign", "id")))  # fmt: skip
    _table("survey_sendings", "campaign", "participant", "key", "tries:int", "unclear:int", "next_at:instant", "outcome?", key=3,
           refers=(("campaign",), "surveys", ("campaign",)))  # fmt: skip
    _table("voices", "campaign", "id", "participant?", "source", "text", "at:instant", "topic", "because", "corrected?", "corrected_by?",
           "corrected_at:instant?", key=2, refers=(("campaign",), "campaigns", ("key",)))  # fmt: skip
    _table("return_visits", "campaign", "id", "participant?", "agent", "listed_at:instant", "outcome?", "offer:bool",
           "settled_at:instant?", key=2, refers=(("campaign", "participant"), "participants", ("campaign", "id")),
           unique=("campaign", "participant"))  # fmt: skip
    _table("visit_tries", "campaign", "visit", "number:int", "by", "at:instant", "channel", "outcome", key=3,
           refers=(("campaign", "visit"), "return_visits", ("campaign", "id")))  # fmt: skip
    for table, names in (
        ("survey_answers", ["campaign", "question", "choice"]),
        ("survey_sendings", ["campaign", "outcome"]),
        ("voices", ["campaign", "topic"]),
        ("return_visits", ["campaign", "agent"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(names)}"), table, names)


def _table(
    table: str,
    *columns: str,
    key: int,
    refers: tuple[tuple[str, ...], str, tuple[str, ...]],
    unique: tuple[str, ...] = (),
) -> None:
    names = [each.removesuffix("?").partition(":")[0] for each in columns]
    kinds = [each.removesuffix("?").partition(":")[2] for each in columns]
    made = [
        sa.Column(name, _KINDS[kind], nullable=each.endswith("?"))
        for name, kind, each in zip(names, kinds, columns, strict=True)
    ]
    own, other, theirs = refers
    rules: list[sa.schema.SchemaItem] = [
        sa.PrimaryKeyConstraint(*names[:key], name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(own, [f"{other}.{each}" for each in theirs], name=op.f(f"fk_{table}_{'_'.join(own)}")),
    ]
    if unique:
        rules.append(sa.UniqueConstraint(*unique, name=op.f(f"uq_{table}_{'_'.join(unique)}")))
    op.create_table(table, *made, *rules)
