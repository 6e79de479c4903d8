"""Working days: public holidays, make-up days, house rules, and years that are not published."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.kernel.errors import BadInput
from opsflow.kernel.text import Text
from opsflow.workdays.service import calendar_for

CN = calendar_for("CN")


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("worked", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_make_up_days_of_a_weekend_are_working_days(worked: str) -> None:
    """F28."""
    assert day(worked).weekday() >= 5
    assert CN.is_working_day(day(worked))
    reason = CN.reason(day(worked))
    assert reason is not None
    assert reason.en.startswith("make-up working day for 2026-")
    assert reason.zh.startswith("调休上班，补 2026-")


@pytest.mark.parametrize(
    "off", ["2026-01-02", "2026-02-20", "2026-09-25", "2026-10-01", "2026-10-06", "2026-10-07", "2026-10-11"]
)
def test_holidays_and_weekends_are_not_working_days(off: str) -> None:
    """F27: the calendar that is handed in is the one that counts."""
    assert not CN.is_working_day(day(off))
    assert CN.reason(day(off)) is not None


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-10-12", -5, "2026-09-29"),  # over the make-up Saturday 10-10, 10-09, 10-08 and the holiday
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-09-18", 1, "2026-09-20"),  # the make-up Sunday
        ("2026-09-24", 1, "2026-09-28"),  # Mid-Autumn on Friday
        ("2026-10-03", 0, "2026-10-08"),
        ("2026-10-10", 0, "2026-10-10"),
        ("2026-10-03", 1, "2026-10-08"),
        ("2026-10-03", -1, "2026-09-30"),
        ("2026-10-20", -46, "2026-08-11"),
        ("2026-10-20", -53, "2026-07-31"),
        ("2026-10-20", -25, "2026-09-09"),
        ("2026-10-20", -7, "2026-10-10"),
        ("2026-11-11", 18, "2026-12-07"),
        ("2026-02-13", 2, "2026-02-24"),  # 02-14 is worked, then Spring Festival
        ("2025-12-31", 1, "2026-01-04"),
        ("2026-05-08", 1, "2026-05-09"),
    ],
)
def test_shift_steps_over_what_is_not_worked(start: str, days: int, end: str) -> None:
    """F28, F25: a working day is a day of the calendar, not 24 hours."""
    assert CN.shift(day(start), days) == day(end)


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(-200, 200))
def test_shift_agrees_with_walking_day_by_day(start: date, days: int) -> None:
    walked, left, step = start, abs(days), timedelta(days=1 if days > 0 else -1)
    while left:
        walked += step
        left -= CN.is_working_day(walked)
    if days:
        assert CN.shift(start, days) == walked


@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.integers(0, 300))
def test_count_agrees_with_looking_at_each_day(start: date, length: int) -> None:
    days = [start + timedelta(days=n) for n in range(length + 1)]
    assert CN.count(start, days[-1]) == sum(map(CN.is_working_day, days))


@given(st.integers(-3000, 3000))
def test_ordinals_and_days_are_each_others_inverse(ordinal: int) -> None:
    assert CN.index(CN.at(ordinal)) == ordinal


def test_ordinals_do_not_depend_on_which_year_was_asked_for_first() -> None:
    late, early = calendar_for("FR"), calendar_for("FR", [(day("1991-01-01"), True, Text.both("x"))])
    late.index(day("2031-01-01"))
    early.index(day("1995-01-01"))
    assert late.index(day("2026-06-01")) == early.index(day("2026-06-01"))


def test_nothing_lies_between_a_day_and_an_earlier_one() -> None:
    assert CN.count(day("2026-10-12"), day("2026-10-09")) == 0


def test_a_house_day_off_and_a_house_working_day_override_the_country() -> None:
    why = Text("inventory", "盘点")
    house = calendar_for("CN", [(day("2026-10-09"), False, why), (day("2026-10-17"), True, why)])
    assert house.shift(day("2026-10-08"), 1) == day("2026-10-10")
    assert house.shift(day("2026-10-16"), 1) == day("2026-10-17")
    assert house.reason(day("2026-10-09")) == house.reason(day("2026-10-17")) == why
    assert CN.is_working_day(day("2026-10-09"))


def test_a_usual_working_day_has_no_reason() -> None:
    assert CN.reason(day("2026-10-14")) is None


def test_reasons_name_the_holiday_in_both_languages() -> None:
    assert CN.reason(day("2026-10-01")) == Text("National Day", "国庆节")
    assert CN.reason(day("2026-10-07")) == Text("day off, worked on 2026-10-10 instead", "调休放假（2026-10-10 上班）")


def test_skipped_lists_every_unusual_day_with_its_kind() -> None:
    found = {special.day.isoformat(): special for special in CN.skipped(day("2026-10-07"), day("2026-10-12"))}
    assert list(found) == ["2026-10-07", "2026-10-10", "2026-10-11"]
    assert [special.works for special in found.values()] == [False, True, False]
    assert [special.weekend for special in found.values()] == [False, False, True]


def test_a_year_without_official_schedule_is_provisional() -> None:
    """F28: next year is guessed silently by the library; here it says so. When 2027 is published, move on to 2028."""
    assert not CN.is_provisional(2026)
    assert CN.is_provisional(2028)
    assert CN.provisional_years(day("2026-12-01"), day("2028-01-01"))[-1] == 2028
    assert CN.provisional_years(day("2025-12-01"), day("2026-12-31")) == ()


def test_other_countries_are_official_for_every_year_the_library_lists() -> None:
    assert not calendar_for("DE").is_provisional(2028)
    assert calendar_for("DE").reason(day("2026-10-03")) is not None
    assert calendar_for("SA").is_working_day(day("2026-10-18"))  # a Sunday
    assert not calendar_for("SA").is_working_day(day("2026-10-16"))  # a Friday


@pytest.mark.parametrize("country", ["SG", "HK", "TW", "MY", "IN", "KR", "AE", "CHN"])
def test_a_year_whose_days_by_the_moon_are_computed_or_unknown_is_provisional(country: str) -> None:
    """F28: SG, MY and AE mark such days in the library, HK, TW and KR do not, and India's it does not know."""
    calendar = calendar_for(country)
    assert not calendar.is_provisional(2026)
    assert calendar.is_provisional(2050)


def test_a_year_that_the_library_holds_back_is_provisional_and_nothing_is_said_of_it_by_the_library(
    recwarn: pytest.WarningsRecorder,
) -> None:
    assert calendar_for("LK").is_provisional(2028)
    assert calendar_for("IN").is_provisional(2040)
    assert not recwarn.list


def test_an_unknown_country_is_refused_with_the_way_out() -> None:
    with pytest.raises(BadInput, match="ISO 3166"):
        calendar_for("XX")


def test_a_year_beyond_what_is_planned_is_refused() -> None:
    with pytest.raises(BadInput, match="3026"):
        CN.shift(day("3026-10-20"), 1)


def test_a_calendar_is_made_once_per_country_and_house_rules() -> None:
    assert calendar_for("cn") is CN
    assert calendar_for("CN", [(day("2026-10-09"), False, Text.both("x"))]) is not CN
