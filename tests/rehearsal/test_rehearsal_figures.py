"""Figures in a rehearsal: one KPI falls short and catches up, the others go as planned, and every day is brought."""

from pathlib import Path

from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.start import start
from opsflow.kernel.clock import VirtualClock
from opsflow.metrics.overview.service import overview
from opsflow.metrics.pace import Standing
from opsflow.rehearsal.figures import Figures
from tests.cli.desk import desk_context
from tests.rehearsal.troupe import S, cast_of


def test_one_kpi_is_off_track_and_catches_up_and_the_end_is_whole(
    sqlite_database: Database, tmp_path: Path, clock: VirtualClock
) -> None:
    cast = cast_of(S)
    ctx: Context = desk_context(sqlite_database, clock, tmp_path / "ws")
    start(ctx, cast.loaded, today=clock.now().date())
    days = 0
    while found := Figures(cast, ctx, clock.now()).steps():
        (step,) = found
        clock.move_to(step.at)
        assert step.do is not None
        step.do(ctx, cast.plan.campaign)
        days += 1
    seen = overview(ctx, cast.plan.campaign)
    assert days == cast.plan.end.toordinal() - cast.plan.launch.toordinal()
    assert {each.kpi.id: each.standing for each in seen.kpis}["presale-deposits"] is Standing.REACHED
    assert [each.gaps for each in seen.kpis] == [()] * len(seen.kpis)
    assert [(each.kpi, each.number, each.recovered_at is not None) for each in seen.alerts] == [
        ("presale-deposits", 1, True)
    ]
