"""A forecast rests on like campaigns of the past, is as wide as they are few, and is not made of nothing."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import Level
from opsflow.metrics.forecasts import service
from opsflow.metrics.forecasts.model import PEAK, Case, Wanted, forecast, interval, likeness, t_quantile
from opsflow.metrics.overview.service import overview
from tests.cli.desk import desk_context
from tests.engine.small import KEY, MANAGER, begin, in_workspace
from tests.metrics.test_readings import KPIS, LIVE

WANTED = Wanted(Level.A, "sharing", date(2026, 8, 24), 3)


def case(value: str, **changes: object) -> Case:
    """A campaign just like the one wanted."""
    like = {"name": "past", "kpi": "orders", "level": Level.A, "goal": "sharing", "launch": date(2025, 8, 20), "days": 3,
            "aggregation": "sum", "value": Decimal(value)}  # fmt: skip
    return Case(**(like | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("freedom", "expected"), [(1, 3.0777), (2, 1.8856), (4, 1.5332), (10, 1.3722), (30, 1.3104)])
def test_the_quantiles_are_those_of_the_printed_tables(freedom: float, expected: float) -> None:
    assert t_quantile(0.9, freedom) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"level": Level.S}, 0.5),
        ({"level": Level.C}, 0.2),
        ({"goal": "retention"}, 0.4),
        ({"launch": date(2025, 2, 1)}, 0.5),
        ({"launch": date(2025, 12, 1)}, 1 - 4 / 12),
    ],
)
def test_likeness_falls_with_level_goal_and_season(changes: dict[str, object], expected: float) -> None:
    assert likeness(case("1", **changes), WANTED) == pytest.approx(expected)


@pytest.mark.parametrize("count", [3, 6, 12])
def test_four_of_five_results_lie_in_the_interval(count: int) -> None:
    """Seeded, from a log-normal population: the nominal share, within three standard errors."""
    chance, hits = random.Random(20261111), 0
    for _ in range(600):
        *known, comes = (chance.lognormvariate(8, 0.5) for _ in range(count + 1))
        low, _, high = interval(known, [1.0] * count)
        assert low is not None
        assert high is not None
        hits += low <= comes <= high
    assert hits / 600 == pytest.approx(0.8, abs=0.05)


def test_fewer_cases_of_the_same_spread_make_it_wider() -> None:
    def width(copies: int) -> float:
        low, _, high = interval([80.0, 125.0] * copies, [1.0, 1.0] * copies)
        assert low is not None
        assert high is not None
        return high / low

    widths = [width(copies) for copies in (1, 2, 4, 8)]
    assert widths == sorted(widths, reverse=True)


def test_less_alike_cases_count_less_and_make_it_wider() -> None:
    alike, mixed = (interval([80.0, 100.0, 125.0], weights) for weights in ([1.0, 1.0, 1.0], [1.0, 0.2, 0.2]))
    assert mixed[1] < alike[1]
    assert (mixed[2] or 0) / (mixed[0] or 1) > (alike[2] or 0) / (alike[0] or 1)


@given(
    values=st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 2)), min_size=2, max_size=8),
    factor=st.sampled_from([0.5, 4.0, 1024.0]),
)
@settings(max_examples=40, deadline=None)
def test_another_unit_is_the_same_forecast(values: list[float], factor: float) -> None:
    weights = [1.0 / (place + 1) for place in range(len(values))]
    plain = interval(values, weights)
    scaled = interval([value * factor for value in values], weights)
    for before, after in zip(plain, scaled, strict=True):
        if before is not None and after is not None:
            assert after == pytest.approx(before * factor, rel=1e-6, abs=1e-6)


def test_none_gives_no_figure_one_gives_no_interval_and_few_say_so() -> None:
    assert (
        forecast("orders", WANTED, [case("9", kpi="other"), case("9", level=Level.C, goal="retention")]).middle is None
    )
    one = forecast("orders", WANTED, [case("100")])
    assert (one.low, one.middle, one.high, one.few) == (None, Decimal(100), None, True)
    four = forecast("orders", WANTED, [case(str(value), name=f"p{value}") for value in (90, 100, 110, 120)])
    assert four.few
    assert [each.name for each in four.cases] == ["p100", "p110", "p120", "p90"]
    assert not forecast("orders", WANTED, [case(str(value), name=f"p{value}") for value in range(90, 95)]).few


def test_a_sum_grows_with_the_days_and_a_share_does_not() -> None:
    assert forecast("orders", WANTED, [case("100", days=30)]).middle == 10
    assert forecast("orders", WANTED, [case("100", days=30, aggregation="mean")]).middle == 100


def row(**values: object) -> Row:
    like = {
        "name": "Past",
        "kpi": "orders",
        "level": "A",
        "goal": "sharing",
        "launch": "2025-08-20",
        "days": "3",
        "value": "290",
    }
    return Row(2, {name: str(text) for name, text in (like | values).items() if text})


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Context:
    """The small campaign, not live yet."""
    context = desk_context(sqlite_database, clock, tmp_path / "ws")
    begin(context, kpis=KPIS, live=LIVE)
    return context


def take(ctx: Context, *given: Row) -> tuple[Imported, list[str]]:
    refused: list[Rejected] = []
    return service.import_history(ctx, KEY, given, by=MANAGER, reject=refused.append), [one.reason for one in refused]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"level": "Z"}, "`level` is one of S, A, B, C"),
        ({"goal": "fame"}, "`goal` is one of acquisition"),
        ({"days": "0"}, "`days` is a whole number from 1 to 366"),
        ({"days": "1e3"}, "`days` is a whole number"),
        ({"launch": "August"}, "`day` is a date"),
        ({"value": "NaN"}, "`value` is a number"),
        ({"value": "inf"}, "`value` is a number"),
        ({"name": ""}, "name missing"),
        ({"aggregation": "most"}, "`aggregation` is one of sum"),
    ],
)
def test_what_is_no_past_result_is_refused_with_its_reason(
    here: Context, values: dict[str, object], reason: str
) -> None:
    done, why = take(here, row(**values), row())
    assert (done.added, done.rejected) == (1, 1)
    assert reason in why[0]


def test_history_comes_in_once_and_makes_the_forecast_on_each_database(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    here = in_workspace(ctx, tmp_path / "ws")
    begin(here, kpis=KPIS, live=LIVE)
    past = [row(name=f"p{value}", value=value) for value in (250, 300, 350)]
    peak = row(kpi=PEAK, value="40000", days="30")
    assert take(here, *past, peak)[0] == Imported(added=4)
    found = {each.kpi: each for each in service.forecasts(here, KEY)}
    assert [each.name for each in found["orders"].cases] == ["p250", "p300", "p350"]
    assert found["complaints"].middle is None
    assert (found[PEAK].middle, found[PEAK].low) == (Decimal(40000), None)
    kept = service.keep(here, KEY, by=MANAGER)
    assert [each.kpi for each in kept] == ["orders", PEAK]
    take(here, row(name="p400", value="400"))
    assert overview(here, KEY).forecasts["orders"] == found["orders"], "later history does not change what was kept"
    clock.move_to(datetime(2026, 8, 24, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="is live"):
        service.keep(here, KEY, by=MANAGER)


def test_the_same_history_twice_changes_nothing_and_a_correction_counts(here: Context) -> None:
    assert take(here, row(), row(name="Other"))[0] == Imported(added=2)
    assert take(here, row(), row(name="Other", value="10"))[0] == Imported(changed=1, known=1)
    take(here, row(launch="2026-08-24"), row(name="Other", launch="2026-08-24"))  # not over before the launch
    with pytest.raises(Refused, match="nothing to keep"):
        service.keep(here, KEY, by=MANAGER)
