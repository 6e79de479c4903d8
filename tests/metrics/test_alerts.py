"""A KPI that is off track is told once until it recovers, with the remedy that was prepared; nothing of what is over."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import set_status
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import MatterRow, OutboxRow
from opsflow.db.ticks import last_tick
from opsflow.engine.monitoring import monitor
from opsflow.engine.record import journal
from opsflow.kernel.clock import VirtualClock
from opsflow.metrics.alerts import store
from opsflow.metrics.alerts.service import Watched, watch
from tests.cli.desk import desk_context
from tests.engine.small import KEY, MANAGER, begin, in_workspace
from tests.engine.together import errors, together
from tests.metrics.test_readings import KPIS, LIVE, take

REMEDY = {"en": "Open the second ladder", "zh": "开放第二档"}
WATCHED = [KPIS[0] | {"remedy": REMEDY, "department": "operations"}, *KPIS[1:]]
SECOND_DAY = datetime(2026, 8, 25, 1, tzinfo=UTC)
"""One is over."""


def started(context: Context, clock: VirtualClock) -> Context:
    begin(context, kpis=WATCHED, live=LIVE)
    clock.move_to(SECOND_DAY)
    return context


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Context:
    return started(desk_context(sqlite_database, clock, tmp_path / "ws"), clock)


def told(ctx: Context, template: str) -> list[tuple[str, object]]:
    """Whom, and the remedy they were told."""
    with ctx.reading() as session:
        query = sa.select(OutboxRow.person, OutboxRow.data).where(OutboxRow.template == template)
        return sorted((row.person, (row.data.get("remedy") or {}).get("en")) for row in session.execute(query))


def test_off_track_is_told_once_with_its_remedy_and_recovery_once(here: Context) -> None:
    take(here, ("orders", "2026-08-24", "50"))
    assert watch(here, KEY) == Watched(raised=("orders",))
    assert watch(here, KEY) == Watched(), "the same state again is no news"
    everybody = [("manager", REMEDY["en"]), ("operations-head", REMEDY["en"])]
    assert told(here, "kpi_off_track") == everybody
    take(here, ("orders", "2026-08-24", "95"))
    assert watch(here, KEY) == Watched(recovered=("orders",))
    assert watch(here, KEY) == Watched()
    assert told(here, "kpi_recovered") == [(person, None) for person, _ in everybody]
    with here.reading() as session:
        assert not session.scalar(sa.select(MatterRow.open).where(MatterRow.id == f"kpi/{KEY}/orders/1"))
    take(here, ("orders", "2026-08-24", "10"))
    assert watch(here, KEY) == Watched(raised=("orders",)), "off track once more is news again"
    assert len(told(here, "kpi_off_track")) == 4
    said = [
        entry.action for entry in journal(here, KEY) if entry.action.startswith("metrics.") and entry.object == "orders"
    ]
    assert said == ["metrics.off_track", "metrics.recovered", "metrics.off_track"]


@pytest.mark.parametrize("status", [each for each in CampaignStatus if each is not CampaignStatus.ACTIVE])
def test_nothing_is_told_of_a_campaign_that_is_paused_or_over(here: Context, status: CampaignStatus) -> None:
    take(here, ("orders", "2026-08-24", "50"))
    with here.transaction() as session:
        set_status(session, KEY, status)
    assert watch(here, KEY) == Watched()
    assert monitor(here).campaigns == 0
    assert told(here, "kpi_off_track") == []


def test_a_missing_figure_is_no_alarm_and_the_end_is_none_either(here: Context, clock: VirtualClock) -> None:
    assert watch(here, KEY) == Watched()
    take(here, ("orders", "2026-08-24", "50"))
    clock.move_to(datetime(2026, 8, 27, 1, tzinfo=UTC))
    assert watch(here, KEY) == Watched()


def test_two_runs_at_once_raise_one_alert(ctx: Context, clock: VirtualClock, tmp_path: Path) -> None:
    here = started(in_workspace(ctx, tmp_path / "ws"), clock)
    take(here, ("orders", "2026-08-24", "50"))
    outcomes = together(*[partial(watch, here, KEY)] * 4)
    assert errors(outcomes) == []
    assert sorted(len(each.raised) for each in outcomes if isinstance(each, Watched)) == [0, 0, 0, 1]
    assert len(told(here, "kpi_off_track")) == 2
    with (
        here.transaction() as session
    ):  # the control: without the key, who reads first and writes later would be a second
        (alert,) = store.alerts(session, KEY)
        assert not store.add(session, KEY, "orders", alert.number, pace=alert.pace, now=alert.raised_at)
        assert store.set_recovered(session, KEY, alert, now=alert.raised_at)
        assert not store.set_recovered(session, KEY, alert, now=alert.raised_at)


def test_the_sweep_looks_at_every_campaign_and_says_when(here: Context) -> None:
    take(here, ("orders", "2026-08-24", "50"))
    done = monitor(here)
    assert (done.campaigns, done.raised, done.recovered, done.failures) == (1, 1, 0, {})
    with here.reading() as session:
        assert last_tick(session, "monitoring") == here.clock.now()
    assert told(here, "kpi_off_track")[0][0] == MANAGER


def test_numbers_are_told_as_people_write_them(here: Context) -> None:
    take(here, ("orders", "2026-08-24", "50"))
    watch(here, KEY)
    with here.reading() as session:
        query = sa.select(OutboxRow.data).where(OutboxRow.template == "kpi_off_track").limit(1)
        words = session.scalars(query).one()
    assert [words[name] for name in ("actual", "pace", "limit", "target")] == ["50", "150", "270", "300"]
