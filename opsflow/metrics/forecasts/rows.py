"""What the columns of a file of past results mean. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, cast, get_args

from opsflow.campaigns.model import Goal
from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import Level
from opsflow.metrics.forecasts.model import PEAK, Case
from opsflow.metrics.rows import day_of, named, number

ALIASES: Mapping[str, tuple[str, ...]] = {
    "name": ("campaign", "活动"),
    "kpi": ("指标", "metric"),
    "level": ("等级",),
    "goal": ("目标类型",),
    "launch": ("上线日", "start"),
    "days": ("天数",),
    "aggregation": ("口径",),
    "value": ("数值", "result"),
}
MOST_DAYS = 366


def case(row: Row) -> Case:
    """A row of past results. BadInput: why it is none."""
    values = named(row, ALIASES)
    unknown = next((name for name in values if name not in ALIASES), None)
    if unknown is not None:
        raise BadInput(f"there is no column `{unknown[:40]}` here: {', '.join(ALIASES)}")
    missing = [name for name in ALIASES if name != "aggregation" and name not in values]
    if missing:
        raise BadInput(f"{', '.join(missing)} missing")
    days = values["days"]
    if not (days.isascii() and days.isdigit() and len(days) <= 3 and 1 <= int(days) <= MOST_DAYS):
        raise BadInput(f"`days` is a whole number from 1 to {MOST_DAYS}, not {days[:20]!r}")
    kpi = values["kpi"][:40]
    given = values.get("aggregation", "latest" if kpi == PEAK else "sum")
    return Case(
        name=" ".join(without_unsafe(values["name"]).split())[:80],
        kpi=kpi,
        level=Level(_one_of("level", values["level"].upper(), tuple(Level))),
        goal=_one_of("goal", values["goal"], get_args(Goal)),
        launch=day_of(values["launch"]),
        days=int(days),
        aggregation=cast(Literal["sum", "latest", "mean"], _one_of("aggregation", given, ("sum", "latest", "mean"))),
        value=Decimal(number(values["value"])),
    )


def _one_of(column: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise BadInput(f"`{column}` is one of {', '.join(known)}, not {text[:20]!r}")
    return text
