"""Prizes that are not drawn, claimed, paid or explained hold the closing stage, whatever was recorded of its tasks."""

from pathlib import Path

import sqlalchemy as sa

from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.tables import WakeRow
from opsflow.engine.load import load_changed, load_snapshot
from opsflow.kernel.money import Money
from opsflow.kernel.terms import Stage
from opsflow.prizes.awards.model import AwardStatus
from opsflow.prizes.awards.service import set_status
from opsflow.prizes.awards.store import awards_of
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.service import perform, seal
from opsflow.prizes.settling.model import AGREE, PUBLISHED, SETTLED
from opsflow.prizes.settling.store import TABLES, settling
from tests.campaigns.planning import standard_sop
from tests.engine.small import KEY, MANAGER
from tests.prizes.drawing import EVERYBODY, LOTTERY, NUMBER, crowd, drawing, evening, id_of, play


def test_the_standard_sop_has_the_conditions() -> None:
    closing = next(stage for stage in standard_sop().stages if stage.id is Stage.CLOSING)
    assert {PUBLISHED, SETTLED, AGREE} <= {fact.id for fact in closing.gate}


def points(ctx: Context) -> dict[str, tuple[str, ...]]:
    with ctx.transaction() as session:
        snapshot = load_snapshot(ctx, session, KEY, Stage.CLOSING)
        return {name: tuple(map(str, codes)) for name, codes in snapshot.open_points.items() if codes}


def test_each_step_of_the_prizes_opens_the_gate_a_little(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY, EVERYBODY)
    play(here, *crowd(4, orders="2"))
    assert points(here) == {PUBLISHED: ("lots", "thanks"), SETTLED: ("lots", "thanks")}
    for draw, winners, cost in (("lots", 3, 129_000), ("thanks", 4, 2_000)):
        freeze(here, KEY, draw, by=MANAGER)
        seal(here, KEY, draw, winners=winners, cost=Money(cost, "CNY"), by=MANAGER)
    perform(here, KEY, "thanks", number=None, by=MANAGER)
    assert points(here) == {PUBLISHED: ("lots",), SETTLED: ("lots", "unpaid-4")}
    evening(here, "28", 16)
    perform(here, KEY, "lots", number=NUMBER, by=MANAGER)
    assert points(here) == {SETTLED: ("unclaimed-3", "unpaid-4")}


def test_what_is_gone_or_paid_is_settled(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, EVERYBODY)
    play(here, *crowd(3, orders="2"))
    freeze(here, KEY, "thanks", by=MANAGER)
    seal(here, KEY, "thanks", winners=3, cost=Money(1_500, "CNY"), by=MANAGER)
    perform(here, KEY, "thanks", number=None, by=MANAGER)
    with here.transaction() as session:
        set_status(session, awards_of(session, KEY, id_of(here, "u1")), AwardStatus.VOID, now=here.clock.now())
        found = settling(session, load_campaign(session, KEY))
    assert found is not None
    assert (found.draws[0].given[0].won, found.draws[0].given[0].lapsed, found.unpaid) == (2, 1, 2)


def test_what_is_written_is_read_again(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(3, orders="1"))
    with here.transaction() as session:
        before = load_snapshot(here, session, KEY, Stage.CLOSING)
        assert before.prizes is not None
        assert load_changed(here, session, before, {"journal"}).prizes is before.prizes
        assert load_changed(here, session, before, {next(iter(TABLES))}).prizes is not before.prizes


def test_the_closing_stage_is_woken_after_the_end_and_not_before(ctx: Context, tmp_path: Path) -> None:
    early = EVERYBODY | {"id": "early", "ends": "2026-08-25T00:00"}
    here = drawing(ctx, tmp_path, early, EVERYBODY)
    play(here, *crowd(3, orders="2"), day="2026-08-24")

    def woken() -> int:
        with here.transaction() as session:
            count = sa.select(sa.func.count()).where(
                WakeRow.stage == Stage.CLOSING, WakeRow.not_before <= here.clock.now()
            )
            return session.scalars(count).one()

    before = woken()
    freeze(here, KEY, "thanks", by=MANAGER)
    seal(here, KEY, "thanks", winners=3, cost=Money(1_500, "CNY"), by=MANAGER)
    perform(here, KEY, "thanks", number=None, by=MANAGER)
    assert woken() == before + 1
