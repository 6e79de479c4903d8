"""Figures of KPIs come in once, are corrected with their history kept, and what is missing is never nothing."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import load_campaign, set_status
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import OutboxRow
from opsflow.engine.load import load_snapshot
from opsflow.engine.record import journal
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey, Stage
from opsflow.metrics.model import Reading, load_policy
from opsflow.metrics.overview.model import Measured
from opsflow.metrics.overview.service import overview
from opsflow.metrics.pace import Progress, Standing, progress
from opsflow.metrics.rows import figure
from opsflow.metrics.service import add_talking_point, import_readings, results
from opsflow.settings import SHIPPED
from tests.campaigns.planning import campaign
from tests.cli.desk import desk_context
from tests.engine.small import KEY, LEGAL, MANAGER, PLANNER, begin, in_workspace

KPIS: list[dict[str, object]] = [
    {"id": "orders", "title": "Orders", "target": "300", "unit": "orders", "primary": True},
    {"id": "complaints", "title": "Complaints", "target": "30", "unit": "cases", "direction": "down"},
    {"id": "margin", "title": "Margin", "target": "20", "unit": "per cent", "aggregation": "mean", "negative": True},
    {"id": "kept", "title": "Kept", "target": "40", "unit": "per cent", "aggregation": "latest"},
]
LIVE = {"start": "2026-08-24T00:00", "end": "2026-08-27T00:00"}
"""Three days."""
FILE = campaign(key=KEY, level="A", kpis=KPIS, live=LIVE)
LATER = datetime(2026, 8, 26, 1, tzinfo=UTC)
"""09:00 in Shanghai on the third day: two are over."""
AFTER = datetime(2026, 8, 27, 1, tzinfo=UTC)
POLICY = load_policy((SHIPPED,))


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Context:
    """The small campaign, two days live."""
    return under_way(desk_context(sqlite_database, clock, tmp_path / "ws"), clock)


@pytest.fixture
def on_each(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """The same on each kind of database."""
    return under_way(in_workspace(ctx, tmp_path / "ws"), clock)


def under_way(context: Context, clock: VirtualClock) -> Context:
    begin(context, kpis=KPIS, live=LIVE)
    clock.move_to(LATER)
    return context


def given(*values: tuple[str, str, str]) -> Iterable[Row]:
    """KPI, day or instant, value."""
    for line, (kpi, when, value) in enumerate(values, 2):
        yield Row(line, {"kpi": kpi, "day" if len(when) == 10 else "at": when, "value": value})


def take(ctx: Context, *values: tuple[str, str, str]) -> tuple[Imported, list[tuple[int, str]]]:
    refused: list[Rejected] = []
    done = import_readings(ctx, KEY, given(*values), by=MANAGER, name="f.csv", reject=refused.append)
    return done, [(one.line, one.reason) for one in refused]


def of(ctx: Context, kpi: str) -> Progress:
    return next(each for each in overview(ctx, KEY).kpis if each.kpi.id == kpi)


def test_the_same_file_twice_changes_nothing(here: Context) -> None:
    rows = [("orders", "2026-08-24", "100"), ("orders", "2026-08-25", "80")]
    assert take(here, *rows) == (Imported(added=2), [])
    assert take(here, *rows) == (Imported(known=2), [])
    assert take(here, ("orders", "2026-08-24", "100.00")) == (Imported(known=1), [])


def test_a_late_correction_counts_and_what_it_replaces_is_kept_with_who_and_when(on_each: Context) -> None:
    here = on_each
    take(here, ("orders", "2026-08-24", "100"))
    assert take(here, ("orders", "2026-08-24", "90")) == (Imported(changed=1), [])
    assert take(here, ("orders", "2026-08-24", "95"))[0] == Imported(changed=1)
    assert of(here, "orders").actual == 95
    kept = [(each.revision, int(each.value), each.by, each.source) for each in overview(here, KEY).corrections]
    assert kept == [(1, 100, MANAGER, "f.csv"), (2, 90, MANAGER, "f.csv"), (3, 95, MANAGER, "f.csv")]
    assert [entry.action for entry in journal(here, KEY)].count("metrics.import") == 3


def test_two_figures_for_the_same_in_one_file_are_a_question_and_not_a_correction(here: Context) -> None:
    done, refused = take(
        here, ("orders", "2026-08-24", "1"), ("orders", "2026-08-24", "2"), ("orders", "2026-08-24", "1")
    )
    assert (done, refused[0][0]) == (Imported(added=1, known=1, rejected=1), 3)
    assert "line 2 has another figure for the same: 1" in refused[0][1]


def test_papers_of_the_live_time_know_where_kpis_stand_and_those_before_ask_nothing(
    here: Context, clock: VirtualClock
) -> None:
    take(here, *((("orders", f"2026-08-2{day}", "80")) for day in (4, 5)))
    add_talking_point(here, KEY, "Everybody shows their ticket", by=PLANNER)

    def measured(stage: Stage) -> Measured:
        with here.reading() as session:
            return load_snapshot(here, session, KEY, stage).measured

    live = measured(Stage.EXECUTION)
    orders = live.progress["orders"]
    assert (orders.actual, orders.pace) == (Decimal(160), Decimal(240))
    assert orders.standing is Standing.OFF_TRACK
    assert ([each.text for each in live.points], live.results) == (["Everybody shows their ticket"], {})
    assert measured(Stage.DECISION) == Measured()
    clock.move_to(AFTER)
    assert take(here, ("orders", "2026-08-26", "140"))[0] == Imported(added=1)
    assert measured(Stage.CLOSING).results["orders"] == 300


def test_an_instant_of_another_zone_falls_on_the_campaigns_day(here: Context) -> None:
    take(here, ("orders", "2026-08-24T18:00:00+00:00", "7"), ("orders", "2026-08-25 02:00", "7"))
    assert [(each.day, int(each.value)) for each in of(here, "orders").days if each.value is not None] == [
        (date(2026, 8, 25), 7)
    ], "18:00 UTC and 02:00 in Shanghai are one instant"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"kpi": "orders", "day": "2026-08-24", "value": "-1"}, "orders cannot be -1, below nothing"),
        ({"kpi": "orders", "day": "2026-08-24", "value": "NaN"}, "`value` is a number"),
        ({"kpi": "orders", "day": "2026-08-24", "value": "inf"}, "`value` is a number"),
        ({"kpi": "orders", "day": "2026-08-24", "value": "1e308"}, "`value` is a number"),
        ({"kpi": "orders", "day": "2026-08-24", "value": "1,000"}, "`value` is a number"),
        ({"kpi": "orders", "day": "2026-08-24", "value": "٣"}, "`value` is a number"),
        ({"kpi": "orders", "day": "2026-08-24", "value": "1" * 16}, "`value` is a number"),
        ({"kpi": "orders", "day": "2026-08-24"}, "`value` is empty"),
        ({"kpi": "sales", "day": "2026-08-24", "value": "1"}, "no KPI `sales`: orders"),
        ({"day": "2026-08-24", "value": "1"}, "`kpi` is empty"),
        ({"kpi": "orders", "value": "1"}, "neither `day` nor `at`"),
        ({"kpi": "orders", "day": "24.8.2026", "value": "1"}, "`day` is a date such as"),
        ({"kpi": "orders", "day": "2026-02-30", "value": "1"}, "`day` is a date such as"),
        ({"kpi": "orders", "day": "2026-08-24T10:00", "value": "1"}, "a time stands in `at`"),
        ({"kpi": "orders", "at": "yesterday", "value": "1"}, "`at` is a date and time"),
        ({"kpi": "orders", "at": "1066-08-24T10:00", "value": "1"}, "`at` is a date and time"),
        ({"kpi": "orders", "day": "2026-08-24", "at": "2026-08-25T10:00", "value": "1"}, "but `at` falls on 2026-08-25"),
        ({"kpi": "orders", "day": "2026-08-27", "value": "1"}, "lies ahead"),
        ({"kpi": "orders", "at": "2026-08-26T09:01", "value": "1"}, "lies ahead"),
        ({"kpi": "orders", "day": "2026-08-23", "value": "1"}, "no day of the live time, 2026-08-24 to 2026-08-26"),
        ({"kpi": "orders", "day": "2026-08-24", "value": "1", "colour": "red"}, "no column `colour`"),
    ],
)  # fmt: skip
def test_what_is_no_figure_is_refused_with_the_reason(values: dict[str, str], reason: str) -> None:
    with pytest.raises(BadInput) as told:
        figure(Row(2, values), FILE, LATER, source="")
    assert reason in str(told.value)


def test_a_bad_row_leaves_the_others(here: Context) -> None:
    done, refused = take(here, ("orders", "2026-08-24", "NaN"), ("margin", "2026-08-24", "-3.5"))
    assert (done, [line for line, _ in refused]) == (Imported(added=1, rejected=1), [2])


def stand(kpi: str, *values: tuple[str, str, str], now: datetime = LATER, file: CampaignFile = FILE) -> Progress:
    """Where a KPI stands by these figures."""
    read = [figure(row, file, now, source="") for row in given(*values)]
    kept = tuple(
        Reading(each.kpi, each.slot, 1, each.day, each.at, each.value, "", "", now) for each in read if each.kpi == kpi
    )
    return progress(next(each for each in file.kpis if each.id == kpi), kept, file, POLICY, now)


def test_a_gap_is_shown_as_a_gap_and_never_as_nothing() -> None:
    found = stand("orders", ("orders", "2026-08-25", "100"))
    assert (found.actual, found.pace, found.gaps) == (Decimal(100), Decimal(300), (date(2026, 8, 24),))
    assert stand("orders", ("orders", "2026-08-24", "0"), ("orders", "2026-08-25", "100")).pace == 150
    nothing = stand("orders")
    assert (nothing.actual, nothing.pace, nothing.standing) == (None, None, Standing.NOTHING)


@pytest.mark.parametrize(
    ("kpi", "values", "standing"),
    [
        ("orders", ("91", "90"), Standing.ON_TRACK),  # 271.5 of 300; the limit is 270
        ("orders", ("90", "89"), Standing.OFF_TRACK),
        ("complaints", ("10", "10"), Standing.ON_TRACK),
        ("complaints", ("11", "10"), Standing.OFF_TRACK),
        ("margin", ("18", "18"), Standing.ON_TRACK),
        ("margin", ("-2", "30"), Standing.OFF_TRACK),
        ("kept", ("90", "30"), Standing.OFF_TRACK),
    ],
)
def test_a_kpi_is_off_track_when_its_pace_is_beyond_the_limit(
    kpi: str, values: tuple[str, str], standing: Standing
) -> None:
    days = ("2026-08-24", "2026-08-25")
    assert stand(kpi, *((kpi, day, value) for day, value in zip(days, values, strict=True))).standing is standing


def test_the_days_that_are_not_over_do_not_make_the_pace() -> None:
    found = stand(
        "orders", ("orders", "2026-08-24", "100"), ("orders", "2026-08-25", "100"), ("orders", "2026-08-26T08:00", "2")
    )
    assert (found.actual, found.pace, found.standing) == (Decimal(202), Decimal(300), Standing.ON_TRACK)


def test_a_days_own_figure_counts_before_those_of_its_hours() -> None:
    hours = [("orders", "2026-08-24T10:00", "5"), ("orders", "2026-08-24T11:00", "6")]
    assert stand("orders", *hours).actual == 11
    assert stand("orders", *hours, ("orders", "2026-08-24", "12")).actual == 12


def test_after_the_end_only_whole_figures_are_judged() -> None:
    two = [("orders", "2026-08-24", "200"), ("orders", "2026-08-25", "99")]
    assert stand("orders", *two, now=AFTER).standing is Standing.OPEN
    assert stand("orders", *two, ("orders", "2026-08-26", "0"), now=AFTER).standing is Standing.MISSED
    assert stand("orders", *two, ("orders", "2026-08-26", "1"), now=AFTER).standing is Standing.REACHED
    assert stand("kept", ("kept", "2026-08-27", "41"), now=AFTER).standing is Standing.REACHED


def test_an_hour_less_of_a_day_is_a_smaller_share_of_the_pace() -> None:
    """Berlin, 25 October 2026: that day has 25 hours, and the day before 24."""
    file = campaign(zone="Europe/Berlin", kpis=KPIS, live={"start": "2026-10-24T00:00", "end": "2026-10-26T00:00"})
    noon = datetime(2026, 10, 25, 12, tzinfo=UTC)
    found = stand("orders", ("orders", "2026-10-24", "24"), now=noon, file=file)
    assert [round(each.share * 49) for each in found.days] == [24, 25]
    assert round(found.pace or 0) == 49


def test_nothing_is_taken_of_a_campaign_that_is_over_of_another_or_from_a_stranger(here: Context) -> None:
    with pytest.raises(Refused, match=f"{LEGAL} cannot import figures"):
        import_readings(here, KEY, (), by=LEGAL)
    with pytest.raises(NotFound):
        import_readings(here, CampaignKey("nope"), (), by=MANAGER)
    with here.transaction() as session:
        set_status(session, KEY, CampaignStatus.CANCELLED)
    with pytest.raises(Conflict, match="is cancelled"):
        import_readings(here, KEY, (), by=MANAGER)


def test_readings_are_the_same_from_both_databases(on_each: Context) -> None:
    take(on_each, ("margin", "2026-08-24", "-0.000001"), ("orders", "2026-08-24", "999999999999999.999999"))
    assert (of(on_each, "margin").actual, of(on_each, "orders").actual) == (
        Decimal("-0.000001"),
        Decimal("999999999999999.999999"),
    )


def test_what_spreads_is_kept_and_told_to_publicity_and_the_manager(here: Context) -> None:
    assert add_talking_point(here, KEY, "The bear quilt", by=PLANNER) == 1
    assert add_talking_point(here, KEY, "The washing test", by=MANAGER) == 2
    assert [(each.number, each.text, each.by) for each in overview(here, KEY).points] == [
        (1, "The bear quilt", PLANNER),
        (2, "The washing test", MANAGER),
    ]
    with here.reading() as session:
        query = sa.select(OutboxRow.person, OutboxRow.data).where(OutboxRow.template == "talking_point")
        told = [(row.person, row.data["text"]) for row in session.execute(query)]
    assert sorted(told) == [
        (MANAGER, "The bear quilt"),
        ("marketing-head", "The bear quilt"),
        ("marketing-head", "The washing test"),
    ], "nobody is told what they said themselves"
    with pytest.raises(BadInput, match="501 characters"):
        add_talking_point(here, KEY, "x" * 501, by=PLANNER)


def test_only_a_whole_result_is_one(here: Context) -> None:
    def known() -> dict[str, int]:
        with here.reading() as session:
            return {kpi: int(value) for kpi, value in results(session, load_campaign(session, KEY)).items()}

    take(here, ("orders", "2026-08-24", "1"), ("orders", "2026-08-25", "2"), ("kept", "2026-08-25", "30"))
    assert known() == {"kept": 30}, "a day of the sum is missing"
    here.clock.move_to(AFTER)  # type: ignore[attr-defined]  # the desk's clock is moved by hand
    take(here, ("orders", "2026-08-26", "4"))
    assert known() == {"orders": 7, "kept": 30}
