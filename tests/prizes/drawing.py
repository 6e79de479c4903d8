"""A small campaign with draws, and the clock on the evening after it ended."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from opsflow.campaigns.drawrules import DrawRule
from opsflow.context import Context
from opsflow.db.tables import AwardRow
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.money import Money
from opsflow.kernel.rowfile import Row
from opsflow.participants.service import find, import_participants, import_results
from opsflow.prizes.draws.model import Entrant
from opsflow.prizes.draws.service import perform, seal
from tests.engine.scene import at
from tests.engine.small import KEY, MANAGER, begin, in_workspace

PRIZES = [
    {"id": "phone", "title": "Phone", "kind": "physical", "quantity": "2", "unit_value": "1000", "taxable": "true"},
    {"id": "mug", "title": "Mug", "kind": "physical", "quantity": "4", "unit_value": "20"},
    {"id": "coupon", "title": "Coupon", "kind": "coupon", "quantity": "100", "unit_value": "5"},
]
SOURCE = "The figure"
LOTTERY: dict[str, Any] = {
    "id": "lots",
    "title": "Lots",
    "form": "lottery",
    "prizes": [{"prize": "phone", "quantity": "1"}, {"prize": "mug", "quantity": "2"}],
    "when": ["orders >= 1"],
    "tickets": {"measure": "orders", "most": "5"},
    "number_at": "2026-08-28T15:00",
    "alternates": "2",
    "appeal_days": "0",
}
RANKING: dict[str, Any] = {
    "id": "ranks",
    "title": "Ranks",
    "form": "ranking",
    "prizes": [{"prize": "phone", "quantity": "1"}, {"prize": "mug", "quantity": "1"}],
    "measure": "points",
    "when": ["points >= 1"],
    "appeal_days": "0",
}
EVERYBODY: dict[str, Any] = {
    "id": "thanks",
    "title": "Thanks",
    "form": "threshold",
    "prizes": [{"prize": "coupon", "quantity": "5"}],
    "when": ["orders >= 2"],
    "appeal_days": "0",
}
LIST: dict[str, Any] = {
    "id": "jury",
    "title": "Jury",
    "form": "list",
    "prizes": [{"prize": "mug", "quantity": "1"}, {"prize": "coupon", "quantity": "2"}],
}
NUMBER = "3245.67"


def drawing(ctx: Context, folder: Path, *draws: dict[str, Any], **changes: Any) -> Context:
    """The campaign with these draws, started; the evening after its last day."""
    context = in_workspace(ctx, folder / "ws")
    terms = {"number_source": SOURCE} | changes.pop("prize_terms", {})
    read = [DrawRule.model_validate(draw).model_dump(mode="json", exclude_none=True) for draw in draws]
    assert read
    given = {"prizes": PRIZES, "draws": list(draws), "prize_terms": terms}
    begin(context, **(given | changes))
    evening(context)
    return context


def evening(ctx: Context, day: str = "27", hour: int = 19) -> None:
    """Move the clock there, in Shanghai."""
    assert isinstance(ctx.clock, VirtualClock)
    ctx.clock.move_to(at(day, hour))


def rows(values: Iterable[dict[str, str]]) -> list[Row]:
    """Rows of a file."""
    return [Row(line, dict(row)) for line, row in enumerate(values, 2)]


def play(ctx: Context, *people: dict[str, str], day: str = "2026-08-25") -> None:
    """Let people take part; what is no column of participants is a measure of that day."""
    known = ("account", "name", "email", "phone", "device", "payee", "network", "paying", "registered_at", "status")
    import_participants(ctx, KEY, rows({k: v for k, v in each.items() if k in known} for each in people), by=MANAGER)
    played = [each for each in people if set(each) - set(known)]
    results = [{k: v for k, v in each.items() if k not in known or k == "account"} | {"day": day} for each in played]
    import_results(ctx, KEY, rows(results), by=MANAGER)


def crowd(number: int, **same: str) -> list[dict[str, str]]:
    """So many people with different accounts."""
    return [{"account": f"u{each}"} | same for each in range(number)]


def id_of(ctx: Context, account: str) -> str:
    """Somebody's opaque id."""
    with ctx.transaction() as session:
        return find(session, KEY, account).id


def sealed(ctx: Context, draw: str, winners: int, cost: Money) -> str:
    """Seal a draw as it was frozen; its commitment."""
    return seal(ctx, KEY, draw, winners=winners, cost=cost, by=MANAGER)


def drawn(ctx: Context, draw: str = "lots", number: str | None = NUMBER) -> list[Entrant]:
    """Draw it."""
    return perform(ctx, KEY, draw, number=number, by=MANAGER)


def awards(ctx: Context) -> list[tuple[Any, ...]]:
    """Draw, participant, prize, rank and worth of everything that was won."""
    with ctx.transaction() as session:
        query = sa.select(AwardRow.draw, AwardRow.participant, AwardRow.prize, AwardRow.rank, AwardRow.units)
        return [tuple(row) for row in session.execute(query.order_by(AwardRow.draw, AwardRow.rank))]


def named(*winners: tuple[str, str]) -> list[Row]:
    """Rows of a finished list: who has won what."""
    return [Row(line, {"account": who, "prize": prize}) for line, (who, prize) in enumerate(winners, 2)]
