"""What a campaign came to, in figures that the database holds; what it does not hold is empty, never guessed. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opsflow.kernel.csvfile import Cell
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, Language, Level
from opsflow.kernel.text import Text


@dataclass(frozen=True, slots=True)
class KpiResult:
    """One measure of success: what it was to reach, and what it reached."""

    title: Text
    unit: Text
    target: Decimal
    primary: bool
    actual: Decimal | None
    """None: a live day of it was not measured."""

    @property
    def reached(self) -> Decimal | None:
        """Of the target, in percent, to one decimal."""
        if self.actual is None or self.target == 0:
            return None
        return (self.actual / self.target * 100).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One campaign."""

    key: CampaignKey
    title: Text
    level: Level
    goal: Text
    status: str
    sop: str
    launch: date
    last_day: date
    live_days: int
    lead_days: int
    """Working days from the first task to the launch, the launch day not counted."""
    tasks: int
    """That were finished, or are due and open."""
    kept: int
    """Of these: finished by their deadline."""
    late: int
    replans: int
    rejections: int
    """Approvals that were refused."""
    incidents: int
    budget: Money
    forecast_return: Money | None
    rewards_cap: Money | None
    """What prizes may cost; None: opsflow gives none out."""
    rewards_paid: Money | None
    won: int
    paid: int
    kpis: tuple[KpiResult, ...]
    lessons: int
    proposals: int
    accepted: int

    @property
    def primary(self) -> KpiResult | None:
        """The measure that counts most."""
        return next((kpi for kpi in self.kpis if kpi.primary), None)

    @property
    def kept_percent(self) -> int | None:
        """Of the deadlines; None: there was none yet."""
        return round(100 * self.kept / self.tasks) if self.tasks else None


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of a campaign, with its title."""

    id: str
    title: Text
    of: Callable[[Result, Language], Cell]


def _amount(money: Money | None) -> Decimal | None:
    return None if money is None else money.decimal


def _kpi(pick: Callable[[KpiResult, Language], Cell]) -> Callable[[Result, Language], Cell]:
    return lambda result, language: None if result.primary is None else pick(result.primary, language)


COLUMNS: tuple[Column, ...] = (
    Column("campaign", Text("Campaign", "活动"), lambda result, _: result.key),
    Column("title", Text("Title", "名称"), lambda result, language: result.title[language]),
    Column("level", Text("Level", "级别"), lambda result, _: result.level.value),
    Column("goal", Text("Goal", "目标"), lambda result, language: result.goal[language]),
    Column("status", Text("Status", "状态"), lambda result, _: result.status),
    Column("sop", Text("SOP", "SOP"), lambda result, _: result.sop),
    Column("launch", Text("Launch", "上线"), lambda result, _: result.launch),
    Column("last_day", Text("Last day", "末日"), lambda result, _: result.last_day),
    Column("live_days", Text("Live days", "活动天数"), lambda result, _: result.live_days),
    Column("lead_days", Text("Lead time, working days", "筹备工作日"), lambda result, _: result.lead_days),
    Column("tasks", Text("Deadlines", "节点数"), lambda result, _: result.tasks),
    Column("kept_percent", Text("Kept, %", "准点率 %"), lambda result, _: result.kept_percent),
    Column("late", Text("Late tasks", "逾期任务"), lambda result, _: result.late),
    Column("replans", Text("Re-plans", "排期调整"), lambda result, _: result.replans),
    Column("rejections", Text("Refused approvals", "审批驳回"), lambda result, _: result.rejections),
    Column("incidents", Text("Incidents", "突发事件"), lambda result, _: result.incidents),
    Column("currency", Text("Currency", "币种"), lambda result, _: result.budget.currency),
    Column("budget", Text("Budget planned", "预算"), lambda result, _: result.budget.decimal),
    Column("forecast_return", Text("Return forecast", "预估产出"), lambda result, _: _amount(result.forecast_return)),
    Column("rewards_cap", Text("Prizes planned", "奖品预算"), lambda result, _: _amount(result.rewards_cap)),
    Column("rewards_paid", Text("Prizes paid", "奖品支出"), lambda result, _: _amount(result.rewards_paid)),
    Column("won", Text("Prizes won", "中奖数"), lambda result, _: result.won),
    Column("paid", Text("Prizes handed out", "已发放"), lambda result, _: result.paid),
    Column("kpi", Text("Primary KPI", "核心指标"), _kpi(lambda kpi, language: kpi.title[language])),
    Column("kpi_unit", Text("Unit", "单位"), _kpi(lambda kpi, language: kpi.unit[language])),
    Column("kpi_target", Text("Target", "目标值"), _kpi(lambda kpi, _: kpi.target)),
    Column("kpi_actual", Text("Result", "实际值"), _kpi(lambda kpi, _: kpi.actual)),
    Column("kpi_reached", Text("Reached, %", "达成率 %"), _kpi(lambda kpi, _: kpi.reached)),
    Column("lessons", Text("Lessons", "经验教训"), lambda result, _: result.lessons),
    Column("proposals", Text("SOP proposals", "SOP 修订建议"), lambda result, _: result.proposals),
    Column("accepted", Text("of these accepted", "其中采纳"), lambda result, _: result.accepted),
)


def table(
    results: Sequence[Result], language: Language, *, only: Collection[str] = ()
) -> tuple[list[str], list[list[Cell]]]:
    """One row per campaign, under the titles of its columns; `only`: of these columns alone, by their ids."""
    columns = [column for column in COLUMNS if not only or column.id in only]
    heads = [column.title[language] for column in columns]
    return heads, [[column.of(result, language) for column in columns] for result in results]


def side_by_side(results: Sequence[Result], language: Language) -> list[list[Cell]]:
    """One row per figure, one column per campaign; then the measures that are not primary, of whichever has them."""
    rows = [[column.title[language], *(column.of(result, language) for result in results)] for column in COLUMNS]
    others = dict.fromkeys(kpi.title[language] for result in results for kpi in result.kpis if not kpi.primary)
    return rows + [[title, *(_other(result, title, language) for result in results)] for title in others]


def _other(result: Result, title: str, language: Language) -> Cell:
    found = next((kpi for kpi in result.kpis if kpi.title[language] == title and not kpi.primary), None)
    if found is None:
        return None
    target = f"{found.target:f} {found.unit[language]}"
    return f"- / {target}" if found.actual is None else f"{found.actual:f} / {target}"


def totals(results: Sequence[Result]) -> dict[str, tuple[int, Decimal, Decimal]]:
    """By currency: campaigns, budgets planned, prizes paid. Amounts of two currencies are never added."""
    found: dict[str, tuple[int, Decimal, Decimal]] = {}
    for result in results:
        number, budget, paid = found.get(result.budget.currency, (0, Decimal(0), Decimal(0)))
        spent = result.rewards_paid.decimal if result.rewards_paid else Decimal(0)
        found[result.budget.currency] = (number + 1, budget + result.budget.decimal, paid + spent)
    return found
