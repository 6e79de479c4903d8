"""When live tasks come round, in the campaign's zone and across clock changes."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from opsflow.campaigns.livetimes import due_of, in_words, occurrences, window_of
from opsflow.campaigns.plan import PlannedTask
from opsflow.kernel.terms import TaskCode
from opsflow.sop.model import LiveRule
from tests.campaigns.planning import campaign, planned


def phase(key: str, start: str, end: str, **more: object) -> dict[str, object]:
    return {"id": key, "title": key, "start": start, "end": end, **more}


TEN_DAYS = {
    "start": "2026-10-20T00:00",
    "end": "2026-10-30T00:00",
    "phases": [
        phase("one", "2026-10-20T00:00", "2026-10-24T00:00"),
        phase("two", "2026-10-24T00:00", "2026-10-29T00:00", peak=True),
        phase("three", "2026-10-29T00:00", "2026-10-30T00:00", peak=True),
    ],
}


def times(rule: str, *, count: int | None = None, zone: str = "Asia/Shanghai", **live: Any) -> list[str]:
    window = window_of(campaign(zone=zone, live={**TEN_DAYS, **live}))
    found = occurrences(LiveRule.model_validate({"rule": rule, "count": count}), window)
    return [f"{at.astimezone(window.zone):%m-%d %H:%M}" for at in found]


@pytest.mark.parametrize(
    ("rule", "count", "expected"),
    [
        ("first_hours", 4, ["10-20 00:00", "10-20 01:00", "10-20 02:00", "10-20 03:00"]),
        ("daily", None, ["10-20 09:00", *[f"10-{day} 09:00" for day in range(21, 30)]]),
        ("every_second_day", None, [f"10-{day} 09:00" for day in (20, 22, 24, 26, 28)]),
        ("first_middle_last", None, ["10-20 09:00", "10-25 09:00", "10-29 09:00"]),
        ("at_end", None, ["10-29 23:00"]),
        ("each_phase", None, ["10-20 00:00", "10-24 00:00", "10-29 00:00"]),
        ("each_peak", None, ["10-24 00:00", "10-29 00:00"]),
        ("main_peak", None, ["10-29 00:00"]),
        ("before_end", 2, ["10-27 09:00"]),
        ("from_second_phase", None, ["10-24 00:00"]),
        ("last_days", 2, ["10-28 09:00"]),
        ("on_event", None, []),
    ],
)
def test_a_live_task_comes_round_by_its_rule(rule: str, count: int | None, expected: list[str]) -> None:
    assert times(rule, count=count) == expected


def test_twice_daily_is_morning_and_evening() -> None:
    assert times("twice_daily")[:4] == ["10-20 09:00", "10-20 21:00", "10-21 09:00", "10-21 21:00"]


def test_hourly_is_every_hour_of_launch_and_peak_days_and_daily_else() -> None:
    found = times("hourly_on_peaks")
    per_day = {day: sum(at.startswith(f"10-{day}") for at in found) for day in range(20, 30)}
    assert per_day == {20: 24, 21: 1, 22: 1, 23: 1, 24: 24, 25: 1, 26: 1, 27: 1, 28: 1, 29: 24}


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23), ("2026-07-01", 24)])
def test_an_hourly_day_has_as_many_hours_as_its_clocks_show(day: str, hours: int) -> None:
    """F18, F24: Berlin changes its clocks on 29 March and 25 October 2026."""
    end = f"{day}T23:59"
    assert len(times("hourly_on_peaks", zone="Europe/Berlin", start=f"{day}T00:00", end=end, phases=[])) == hours


def test_a_daily_task_keeps_its_hour_across_a_clock_change() -> None:
    """F17, F24."""
    found = times("daily", zone="Europe/Berlin", start="2026-10-24T00:00", end="2026-10-27T00:00", phases=[])
    assert found == ["10-24 09:00", "10-25 09:00", "10-26 09:00"]


def test_a_window_that_opens_in_the_evening_has_its_first_round_when_it_opens() -> None:
    assert times("daily", start="2026-10-20T20:00")[:2] == ["10-20 20:00", "10-21 09:00"]


def test_a_window_that_closes_before_the_hour_has_its_last_round_within_it() -> None:
    found = times("daily", end="2026-10-29T08:00", phases=[])
    assert found[-1] == "10-29 07:00"


@pytest.mark.parametrize("rule", get_args(LiveRule.model_fields["rule"].annotation))
@pytest.mark.parametrize("hours", [1, 30, 240])
def test_no_rule_leaves_the_half_open_window(rule: str, hours: int) -> None:
    start = campaign().live.start
    file = campaign(live={"start": start, "end": start + timedelta(hours=hours)})
    window = window_of(file)
    live_rule = LiveRule.model_validate({"rule": rule, "count": 2})
    found = occurrences(live_rule, window)
    assert all(window.start <= at < window.end for at in found)
    assert window.start <= due_of(live_rule, window, found) <= window.end


def test_times_without_an_offset_are_those_of_the_campaigns_zone() -> None:
    """F20."""
    window = window_of(campaign(zone="America/New_York"))
    assert window.start.isoformat() == "2026-10-20T04:00:00+00:00"
    assert window.last_day.isoformat() == "2026-11-11"


@pytest.mark.parametrize(
    ("rule", "en", "zh"),
    [
        ({"rule": "daily"}, "daily", "每日"),
        ({"rule": "first_hours", "count": 4}, "in each of the first 4 h after the launch", "上线后前 4 小时每小时一次"),
        ({"rule": "on_event", "within": "15min"}, "on event, answered within 15 min", "按需触发，15 分钟内响应"),
        (
            {"rule": "on_event", "within": "2wh"},
            "on event, answered within 2 working hours",
            "按需触发，2 个工作小时内响应",
        ),
        ({"rule": "on_event", "within": "same_day"}, "on event, answered the same day", "按需触发，当日响应"),
        (
            {"rule": "on_event", "within": "1h", "hours": "9:00-22:00"},
            "on event, answered within 1 h (9:00-22:00)",
            "按需触发，1 小时内响应（9:00-22:00）",
        ),
    ],
)
def test_a_rule_is_said_in_words(rule: dict[str, object], en: str, zh: str) -> None:
    words = in_words(LiveRule.model_validate(rule))
    assert (words.en, words.zh) == (en, zh)


def live_task(code: str, level: str = "S") -> PlannedTask:
    return planned(campaign(level=level)).task(TaskCode(code))


def test_a_live_task_starts_with_its_first_round_and_is_due_with_its_last() -> None:
    daily = live_task("LV03")
    assert (daily.start, daily.due) == (daily.repeats[0], daily.repeats[-1])
    assert len(daily.repeats) == 23


def test_a_first_watch_is_due_when_its_hours_are_over() -> None:
    watch = live_task("LV01")
    assert watch.due - watch.start == timedelta(hours=4)


def test_what_comes_on_event_lasts_as_long_as_the_window_and_has_no_rounds() -> None:
    incident = live_task("LV10")
    file = window_of(campaign())
    assert (incident.start, incident.due, incident.repeats) == (file.start, file.end, ())
    assert incident.repeat_rule is not None
    assert incident.earliest_finish == file.last_day


def test_the_figures_of_double_eleven_are_hourly_on_launch_and_peak_day() -> None:
    assert len(live_task("LV02").repeats) == 24 + 24 + 21
    assert len(live_task("LV02", "A").repeats) == 23
    assert len(live_task("LV02", "B").repeats) == 3
    assert len(live_task("LV02", "C").repeats) == 1
