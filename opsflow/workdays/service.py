"""Working-day calendars: a country's years, published schedules of the workspace in their place, house days on top."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from opsflow.kernel.text import Text
from opsflow.workdays.countries import country_code, country_year, made_up_for
from opsflow.workdays.model import CalendarYear, WorkCalendar
from opsflow.workdays.schedule import OfficialYear

HouseDay = tuple[date, bool, Text]
"""A day, whether it is worked, and why."""


def calendar_for(
    country: str, overrides: Sequence[HouseDay] = (), schedules: Sequence[OfficialYear] = ()
) -> WorkCalendar:
    """The working days of a country (ISO 3166 code), with the house's days on top of them; made once and shared.

    A schedule among `schedules` that is of this country stands in place of the library's year and makes it official.
    """
    code = country_code(country)
    return _calendar(code, tuple(overrides), tuple(one for one in schedules if one.country == code))


@cache
def _calendar(country: str, overrides: tuple[HouseDay, ...], schedules: tuple[OfficialYear, ...]) -> WorkCalendar:
    published = {schedule.year: schedule for schedule in schedules}

    def year_of(year: int) -> CalendarYear:
        known = country_year(country, year)
        return _with_house_days(_published(known, published[year]) if year in published else known, overrides, year)

    return WorkCalendar(year_of)


def _published(known: CalendarYear, schedule: OfficialYear) -> CalendarYear:
    worked = {one.day: made_up_for(one.instead_of) for one in schedule.worked}
    return CalendarYear(schedule.days_off, worked, known.weekend, official=True)


def _with_house_days(year: CalendarYear, overrides: Sequence[HouseDay], number: int) -> CalendarYear:
    off, made_up = dict(year.off), dict(year.made_up)
    for day, works, reason in overrides:
        if day.year != number:
            continue
        off.pop(day, None)
        made_up.pop(day, None)
        (made_up if works else off)[day] = reason
    return CalendarYear(off, made_up, year.weekend, year.official)
