"""Figures in a rehearsal: the data department brings each live day's in the morning after, by the seed.

One KPI falls short of its pace in the first third, is told with its remedy, and catches up; the others go about as planned.
What is brought goes through the same use cases as everywhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice

from opsflow.campaigns.duty import window
from opsflow.campaigns.model import Kpi
from opsflow.context import Context
from opsflow.engine.worklist import worklist
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import CampaignKey, DepartmentId, PersonKey, Role
from opsflow.kernel.zoned import instant, local_date
from opsflow.metrics.alerts.service import watch
from opsflow.metrics.pace import LiveDay
from opsflow.metrics.service import import_readings, standing_of
from opsflow.rehearsal.acts import Step
from opsflow.rehearsal.cast import Cast
from opsflow.rehearsal.voices import chance
from opsflow.sop.model import TaskKind
from opsflow.stages.network import live_since

DATA = DepartmentId("data")
AT = time(9, 30)
MATURES = timedelta(days=15)
"""So long after the end figures that are read once, such as retention, are known."""
SHORT, CATCHES_UP = Decimal("0.7"), Decimal("1.18")
"""Of its even share: what the KPI that falls short has in the first third, and after it."""


@dataclass(frozen=True)
class Figures:
    """Whoever brings the figures, facing what is missing."""

    cast: Cast
    ctx: Context
    now: datetime

    def steps(self) -> tuple[Step, ...]:
        """The next that would be brought."""
        return tuple(islice(self._coming(), 1))

    def _coming(self) -> Iterator[Step]:
        live = self._live_day()
        if live is None:
            return
        seen = standing_of(self.ctx, self.cast.plan.campaign)
        daily = [each for each in seen if each.kpi.aggregation != "latest"]
        for number, day in enumerate(daily[0].days) if daily else ():
            at = instant(day.day + timedelta(days=1), AT, self.cast.zone)
            missing = [each for each in daily if each.days[number].value is None]
            if day.day < live:
                # It was on hold: nobody bought anything, and of nobody there is no rate.
                rows = [(each.kpi, day.day, Decimal(0)) for each in missing if each.kpi.aggregation == "sum"]
            else:
                rows = [(each.kpi, day.day, self._value(each.kpi, day, each.days)) for each in missing]
            if rows:
                yield self._step(at, rows)
        once = [each.kpi for each in seen if each.kpi.aggregation == "latest" and each.actual is None]
        at = window(self.cast.loaded.campaign)[1] + MATURES
        if once:
            of = at.astimezone(self.cast.zone).date()
            yield self._step(at + timedelta(hours=10), [(kpi, of, self._near(kpi, of)) for kpi in once])

    def _live_day(self) -> date | None:
        """The day on which it went live; None: it has not."""
        tasks = worklist(self.ctx, self.cast.plan.campaign).every_task
        since = live_since(tasks, self.cast.plan.launch)
        if since is None or any(task.kind is TaskKind.LAUNCH and task.opened_at is None for task in tasks):
            return None
        return local_date(since, self.cast.zone)

    def _step(self, at: datetime, figures: list[tuple[Kpi, date, Decimal]]) -> Step:
        by = self._who()
        found = [
            Row(line, {"kpi": kpi.id, "day": day.isoformat(), "value": str(value), "source": "rehearsal"})
            for line, (kpi, day, value) in enumerate(figures, 1)
        ]
        return Step(at=max(at, self.now), by=by, what=f"0 figures {figures[0][1]}", do=_brings(found, by))

    def _who(self) -> PersonKey:
        organisation = self.cast.loaded.organisation
        if DATA in organisation.departments:
            return organisation.departments[DATA].head
        return {**organisation.roles, **self.cast.loaded.campaign.people}[Role.CAMPAIGN_MANAGER]

    def _value(self, kpi: Kpi, day: LiveDay, days: tuple[LiveDay, ...]) -> Decimal:
        if kpi.aggregation == "mean":
            return self._near(kpi, day.day)
        third = (day.day - days[0].day).days * 3 < len(days)
        even = (SHORT if third else CATCHES_UP) if kpi == self._falls_short() else Decimal(1)
        value = self._near(kpi, day.day) * day.share * even
        return value.quantize(Decimal(1) if kpi.target >= 1000 else Decimal("0.01"))

    def _falls_short(self) -> Kpi | None:
        rising = [kpi for kpi in self.cast.loaded.campaign.kpis if kpi.aggregation == "sum" and kpi.direction == "up"]
        prepared = [kpi for kpi in rising if kpi.remedy is not None and not kpi.primary]
        return next(iter(prepared or rising), None)

    def _near(self, kpi: Kpi, day: date) -> Decimal:
        """Around the target, mostly on its good side."""
        off = Decimal(chance(self.cast.seed, "figures", kpi.id, day).randrange(-20, 81)) / 1000
        return (kpi.target * (1 + off if kpi.direction == "up" else 1 - off)).quantize(Decimal("0.01"))


def _brings(rows: list[Row], by: PersonKey) -> Callable[[Context, CampaignKey], object]:
    def bring(ctx: Context, campaign: CampaignKey) -> None:
        import_readings(ctx, campaign, rows, by=by, name="rehearsal")
        watch(ctx, campaign)

    return bring
