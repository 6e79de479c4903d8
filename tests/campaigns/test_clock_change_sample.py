"""The sample whose clocks go back while it is live: Berlin, 25 October 2026, planned in Shanghai."""

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.kernel.terms import Level, TaskCode
from opsflow.kernel.zoned import resolve
from opsflow.settings import SHIPPED

BERLIN = ZoneInfo("Europe/Berlin")
CHANGE = "2026-10-25"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(SHIPPED / "samples" / "campaigns" / "longer-night-2026.yaml", [SHIPPED])


def planned(loaded: Loaded, level: Level = Level.B) -> Plan:
    file = loaded.campaign.model_copy(update={"level": level, "departments": tuple(loaded.organisation.departments)})
    found = plan(file, loaded.organisation, loaded.sop, working_days(loaded.organisation), date(2026, 6, 1))
    assert isinstance(found, Plan), found
    return found


def rounds(found: Plan, code: str) -> list[str]:
    return [at.astimezone(BERLIN).isoformat(timespec="minutes") for at in found.task(TaskCode(code)).repeats]


def test_the_window_begins_in_summer_time_and_ends_in_winter_time(loaded: Loaded) -> None:
    """F20."""
    found = planned(loaded)
    assert found.launch.isoformat() == "2026-10-19T08:00:00+00:00"
    assert found.end.isoformat() == "2026-11-01T23:00:00+00:00"
    assert found.end - found.launch == timedelta(days=13, hours=15)
    assert found.warnings == ()


def test_daily_work_keeps_its_hour_on_the_clocks_and_comes_once_a_day(loaded: Loaded) -> None:
    """F17, F18, F24."""
    before = [f"2026-10-{day}T09:00+02:00" for day in range(20, 25)]
    after = [f"2026-10-{day}T09:00+01:00" for day in range(25, 32)]
    assert rounds(planned(loaded), "LV05") == ["2026-10-19T10:00+02:00", *before, *after, "2026-11-01T09:00+01:00"]


def test_every_second_day_stays_every_second_day(loaded: Loaded) -> None:
    """F18, F24."""
    days = [at[:10] for at in rounds(planned(loaded), "LV04")]
    assert days == [*(f"2026-10-{day}" for day in range(19, 32, 2))]


def test_phases_begin_at_midnight_of_their_own_clocks(loaded: Loaded) -> None:
    """F23."""
    assert rounds(planned(loaded), "LV08") == [
        "2026-10-19T10:00+02:00",
        "2026-10-25T00:00+02:00",
        "2026-10-26T00:00+01:00",
    ]


def test_at_level_s_the_peak_day_has_twenty_five_hourly_reports_two_of_them_at_two(loaded: Loaded) -> None:
    """F17, F18: an hour that comes twice is reported twice, none is left out."""
    found = planned(loaded, Level.S)
    hours = [at for at in rounds(found, "LV02") if at.startswith(CHANGE)]
    assert len(hours) == 25
    assert Counter(at[11:13] for at in hours) == Counter({f"{hour:02}": 1 for hour in range(24)} | {"02": 2})
    assert hours[2:4] == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]
    per_day = Counter(at[:10] for at in rounds(found, "LV02"))
    assert (per_day["2026-10-19"], per_day[CHANGE]) == (14, 25)
    assert {count for day, count in per_day.items() if day not in {"2026-10-19", CHANGE}} == {1}


def test_a_round_over_the_hour_that_comes_twice_lasts_two_hours(loaded: Loaded) -> None:
    """F18: from the first two o'clock to the only three o'clock."""
    (part,) = loaded.campaign.live.rounds
    assert resolve(part.end, BERLIN) - resolve(part.start, BERLIN) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("code", "due"),
    [
        ("IP01", "2026-09-18T18:00+02:00"),
        ("IP11", "2026-09-22T18:00+02:00"),
        ("DE18", "2026-09-29T18:00+02:00"),
        ("EX02", "2026-10-09T18:00+02:00"),
        ("EX25", "2026-10-15T18:00+02:00"),
        ("EX28", "2026-10-16T18:00+02:00"),
        ("EX29", "2026-10-19T18:00+02:00"),
        ("LV14", "2026-10-31T09:00+01:00"),
        ("CL02", "2026-11-02T18:00+01:00"),
        ("CL07", "2026-11-10T18:00+01:00"),
        ("RV09", "2026-11-12T18:00+01:00"),
        ("CL21", "2026-11-20T18:00+01:00"),
    ],
)
def test_deadlines_are_six_in_the_evening_of_berlin_before_and_after_the_change(
    loaded: Loaded, code: str, due: str
) -> None:
    """F17, F20, F23, F24; the working days are those of the organisation, National Day week included."""
    assert planned(loaded).task(TaskCode(code)).due.astimezone(BERLIN).isoformat(timespec="minutes") == due
