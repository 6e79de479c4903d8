"""What holds of working days in every country, for ten years: shift, count, make-up days, days of the house."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol, cast

import chinese_calendar  # type: ignore[import-untyped]
import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.kernel.text import Text
from opsflow.workdays.model import WorkCalendar
from opsflow.workdays.service import HouseDay, calendar_for

COUNTRIES = ("CN", "DE", "US", "SG", "AE", "IL", "SA", "JP", "TH")
"""Make-up days, ordinary weekends, Friday and Saturday, and weekends that were moved in the middle of a year."""
FIRST, LAST = date(2019, 1, 1), date(2028, 12, 31)
DAY = timedelta(days=1)
WHY = Text("house rule", "公司规定")

countries = st.sampled_from(COUNTRIES)
days = st.dates(FIRST, LAST)
numbers = st.integers(-300, 300)


class Opinion(Protocol):
    """What the library itself says of a day."""

    def is_working_day(self, key: date) -> bool: ...


@st.composite
def house_rules(draw: st.DrawFn) -> tuple[str, Sequence[HouseDay]]:
    """A country, and days that its house works or takes off whatever the country does."""
    rules = draw(st.dictionaries(days, st.booleans(), max_size=40))
    return draw(countries), tuple((day, works, WHY) for day, works in sorted(rules.items()))


def each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_day_is_what_the_library_says_of_it(country: str) -> None:
    """F27, F28: make-up days, holidays and weekends of ten years, those of years in which the weekend moved too."""
    calendar = calendar_for(country)
    library = cast("Opinion", holidays.country_holidays(country, years=range(2009, 2030)))
    for day in each_day(date(2010, 1, 1), LAST):
        assert calendar.is_working_day(day) is library.is_working_day(day), day


def test_every_day_of_china_is_what_another_library_says_of_it() -> None:
    """F28: a second source that shares no code, day by day for seventeen years."""
    calendar = calendar_for("CN")
    for day in each_day(date(2010, 1, 1), date(2026, 12, 31)):
        assert calendar.is_working_day(day) is chinese_calendar.is_workday(day), day


def test_the_years_that_china_has_published_are_official_and_later_ones_are_not() -> None:
    """F28: the other library refuses what it does not know; ours answers and says that it guesses."""
    calendar = calendar_for("CN")
    for year in range(2010, 2030):
        try:
            chinese_calendar.is_workday(date(year, 6, 1))
        except NotImplementedError:
            assert calendar.is_provisional(year), year
        else:
            assert not calendar.is_provisional(year), year


@given(house_rules(), days, numbers)
def test_working_days_that_are_added_and_taken_away_again_lead_back(
    rules: tuple[str, Sequence[HouseDay]], day: date, number: int
) -> None:
    calendar = calendar_for(*rules)
    start = calendar.shift(day, 0)
    assert calendar.shift(calendar.shift(start, number), -number) == start


@given(house_rules(), days, st.integers(-150, 150), st.integers(-150, 150))
def test_steps_of_one_sign_add_up(rules: tuple[str, Sequence[HouseDay]], day: date, one: int, other: int) -> None:
    calendar = calendar_for(*rules)
    start = calendar.shift(day, 0)
    assert calendar.shift(calendar.shift(start, one), other) == calendar.shift(start, one + other)


@given(house_rules(), days, numbers)
def test_a_shift_ends_on_a_working_day_and_in_its_direction(
    rules: tuple[str, Sequence[HouseDay]], day: date, number: int
) -> None:
    calendar = calendar_for(*rules)
    end = calendar.shift(day, number)
    assert calendar.is_working_day(end)
    assert (end > day) if number > 0 else (end < day) if number < 0 else (end >= day)


@given(house_rules(), days, days, numbers)
def test_a_later_day_never_shifts_to_an_earlier_one(
    rules: tuple[str, Sequence[HouseDay]], one: date, other: date, number: int
) -> None:
    calendar, (early, late) = calendar_for(*rules), sorted((one, other))
    assert calendar.shift(early, number) <= calendar.shift(late, number)


@given(house_rules(), days, numbers)
def test_a_larger_number_shifts_further(rules: tuple[str, Sequence[HouseDay]], day: date, number: int) -> None:
    calendar = calendar_for(*rules)
    start = calendar.shift(day, 0)
    assert calendar.shift(start, number) < calendar.shift(start, number + 1)


@given(house_rules(), days, st.integers(1, 300))
def test_as_many_working_days_as_were_added_are_counted(
    rules: tuple[str, Sequence[HouseDay]], day: date, number: int
) -> None:
    calendar = calendar_for(*rules)
    assert calendar.count(day + DAY, calendar.shift(day, number)) == number
    assert calendar.count(calendar.shift(day, -number), day - DAY) == number


@settings(max_examples=30)
@given(house_rules(), days, st.integers(0, 800))
def test_a_count_is_the_sum_of_its_days(rules: tuple[str, Sequence[HouseDay]], first: date, length: int) -> None:
    calendar, last = calendar_for(*rules), first + timedelta(days=length)
    assert calendar.count(first, last) == sum(map(calendar.is_working_day, each_day(first, last)))


@given(house_rules(), days, days, days)
def test_counts_of_two_parts_are_the_count_of_the_whole(
    rules: tuple[str, Sequence[HouseDay]], one: date, other: date, third: date
) -> None:
    calendar, (first, middle, last) = calendar_for(*rules), sorted((one, other, third))
    assert calendar.count(first, middle) + calendar.count(middle + DAY, last) == calendar.count(first, last)


@given(house_rules())
def test_days_of_the_house_are_as_the_house_says_and_all_others_as_the_country_does(
    rules: tuple[str, Sequence[HouseDay]],
) -> None:
    country, house_days = rules
    own: Mapping[date, bool] = {day: works for day, works, _ in house_days}
    house, plain = calendar_for(country, house_days), calendar_for(country)
    around = {other for day in own for other in each_day(day - 3 * DAY, day + 3 * DAY)}
    for day in around:
        assert house.is_working_day(day) is own.get(day, plain.is_working_day(day))
        assert house.reason(day) == (WHY if day in own else plain.reason(day))
    lasting = sum(own[day] - plain.is_working_day(day) for day in own)
    assert house.count(FIRST, LAST) - plain.count(FIRST, LAST) == lasting


@given(st.lists(st.integers(1995, 2095), min_size=1, max_size=6), days, numbers)
@settings(max_examples=25)
def test_answers_do_not_depend_on_what_was_asked_before(years: list[int], day: date, number: int) -> None:
    fresh, used = (WorkCalendar(calendar_for("DE").year) for _ in range(2))
    for year in years:
        used.index(date(year, 7, 1))
    assert used.shift(day, number) == fresh.shift(day, number)
    assert used.index(day) == fresh.index(day)
    assert used.count(day, day + timedelta(days=99)) == fresh.count(day, day + timedelta(days=99))


@given(countries, days, st.integers(0, 60))
def test_every_day_that_is_skipped_has_its_reason(country: str, first: date, length: int) -> None:
    calendar, span = calendar_for(country), each_day(first, first + timedelta(days=length))
    told = {special.day: special for special in calendar.skipped(span[0], span[-1])}
    for day in span:
        works = told[day].works if day in told else True
        assert works is calendar.is_working_day(day)
    assert all(special.reason.en and special.reason.zh for special in told.values())
