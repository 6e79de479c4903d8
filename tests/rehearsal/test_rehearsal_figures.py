"""Figures in a rehearsal: one KPI falls short and catches up, the others go as planned, and every day is brought."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from opsflow.adapters.mail.memory import MemoryMail
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import TaskRow
from opsflow.engine.collection import collect
from opsflow.engine.start import start
from opsflow.engine.upcoming import upcoming
from opsflow.feedback.reporting.service import report
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import Role
from opsflow.metrics.overview.service import overview
from opsflow.metrics.pace import Standing
from opsflow.metrics.service import standing_of
from opsflow.participants.service import import_participants
from opsflow.rehearsal.figures import Figures
from opsflow.rehearsal.giveaway import crowd_rows, handing_out, linking
from opsflow.rehearsal.opinions import Opinions
from opsflow.sop.model import TaskKind
from tests.cli.desk import desk_context
from tests.engine.small import put_live
from tests.rehearsal.troupe import S, cast_of


def test_one_kpi_is_off_track_and_catches_up_and_the_end_is_whole(
    sqlite_database: Database, tmp_path: Path, clock: VirtualClock
) -> None:
    cast = cast_of(S)
    ctx: Context = desk_context(sqlite_database, clock, tmp_path / "ws")
    start(ctx, cast.loaded, today=clock.now().date())
    assert Figures(cast, ctx, clock.now()).steps() == (), "of what is not live there are none"
    put_live(ctx, cast.plan.campaign)
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


def test_of_the_days_on_hold_nothing_was_sold_and_there_is_no_rate(
    sqlite_database: Database, tmp_path: Path, clock: VirtualClock
) -> None:
    cast = cast_of(S)
    ctx: Context = desk_context(sqlite_database, clock, tmp_path / "ws")
    start(ctx, cast.loaded, today=clock.now().date())
    put_live(ctx, cast.plan.campaign)
    with ctx.transaction() as session:
        session.execute(
            sa.update(TaskRow)
            .where(TaskRow.kind == TaskKind.GO_LIVE)
            .values(done_at=cast.plan.launch + timedelta(days=2, hours=3))
        )
    for _ in range(3):
        (step,) = Figures(cast, ctx, clock.now()).steps()
        clock.move_to(step.at)
        assert step.do is not None
        step.do(ctx, cast.plan.campaign)
    for each in standing_of(ctx, cast.plan.campaign):
        first = [day.value for day in each.days[:3]]
        if each.kpi.aggregation == "sum":
            assert first[:2] == [0, 0]
            assert first[2] is not None
            assert first[2] > 0
        elif each.kpi.aggregation == "mean":
            assert (first[:2], first[2] is None) == ([None, None], False)


def test_participants_are_asked_some_answer_each_time_and_everybody_listed_is_called(
    sqlite_database: Database, tmp_path: Path, clock: VirtualClock
) -> None:
    cast = cast_of(S)
    bare: Context = desk_context(sqlite_database, clock, tmp_path / "ws")
    with handing_out(bare, clock, 11) as ctx:
        start(ctx, cast.loaded, today=clock.now().date())
        put_live(ctx, cast.plan.campaign)
        manager = cast.loaded.campaign.people[Role.CAMPAIGN_MANAGER]
        import_participants(ctx, cast.plan.campaign, crowd_rows(cast), by=manager)
        heard: set[str] = set()
        whats = []
        here = linking(ctx)
        while True:
            found = Opinions(cast, ctx, clock.now(), heard).steps()
            asks = upcoming(here, cast.plan.campaign).collection
            if asks is not None and (not found or max(asks, clock.now()) <= found[0].at):
                clock.move_to(max(asks, clock.now()))
                collect(here)
                continue
            if not found:
                break
            clock.move_to(found[0].at)
            assert found[0].do is not None
            found[0].do(ctx, cast.plan.campaign)
            whats.append(found[0].what[0])
        asked = report(ctx, cast.plan.campaign).feedback
        mail = ctx.mail
    assert isinstance(mail, MemoryMail)
    assert set(mail.keys().values()) == {1}
    assert [whats.count(what) for what in "bc"] == [4, 1]
    assert asked.visits is not None
    assert (asked.visits.listed, asked.visits.open) == (12, 0)
    assert 0.25 < asked.answered / asked.asked < 0.6
    reminded = {mail.key.split("/")[1] for mail in mail.taken if mail.key.endswith("/2")}
    assert 0 < len(reminded) < asked.asked - 80, "whoever has answered is not reminded"
