"""Working-day calendars of countries, from the `holidays` library, with the house's own days on top."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import holidays
from holidays.countries.china import ChinaStaticHolidays

from opsflow.kernel.errors import BadInput
from opsflow.kernel.text import Text
from opsflow.workdays.model import CalendarYear, WorkCalendar

_MAKE_UP = Text("make-up working day", "调休上班")
_SUBSTITUTED = re.compile(r"由 (\d{4}-\d{2}-\d{2}) 调休")


def calendar_for(country: str, overrides: Sequence[tuple[date, bool, Text]] = ()) -> WorkCalendar:
    """The working days of a country (ISO 3166 code), with the house's days on top of them; made once and shared."""
    return _calendar(country.strip().upper(), tuple(overrides))


@cache
def _calendar(country: str, overrides: tuple[tuple[date, bool, Text], ...]) -> WorkCalendar:
    if country not in holidays.list_supported_countries():
        raise BadInput(
            f"No holidays are known for the country {country!r}: give an ISO 3166 code, for example CN or DE."
        )
    return WorkCalendar(lambda year: _with_house_days(_country_year(country, year), overrides, year))


@cache
def _country_year(country: str, year: int) -> CalendarYear:
    english, chinese = _language(country, "en"), _language(country, "zh")
    named = holidays.country_holidays(country, years=year, language=english)
    in_chinese = holidays.country_holidays(country, years=year, language=chinese or english)
    off = {day: Text(name, in_chinese.get(day) or name) for day, name in named.items() if day.year == year}
    # The library keeps stray days of other years in `weekend_workdays` (dependencies.md 2.1).
    worked = {day for day in named.weekend_workdays if day.year == year}
    off, origin = _substitutions(off)
    return CalendarYear(
        off=off,
        made_up={day: _made_up_for(origin.get(day)) for day in worked},
        weekend=frozenset(named.weekend),
        official=_is_official(country, year, named),
    )


def _is_official(country: str, year: int, library: holidays.HolidayBase) -> bool:
    """Whether the year is published. China's is known only year by year, and the library guesses the rest silently."""
    if country == "CN":
        return year in ChinaStaticHolidays.special_public_holidays
    return library.start_year <= year <= library.end_year


def _language(country: str, prefix: str) -> str | None:
    languages = holidays.list_localized_countries().get(country, [])
    preferred = {"en": "en_US", "zh": "zh_CN"}[prefix]
    if preferred in languages:
        return preferred
    return next((language for language in languages if language.startswith(prefix)), None)


def _substitutions(off: Mapping[date, Text]) -> tuple[dict[date, Text], dict[date, date]]:
    """Name each exchanged day off by its make-up day in plain words, and each make-up day's day off."""
    plain, origin = dict(off), dict[date, date]()
    for day, name in off.items():
        if match := _SUBSTITUTED.search(name.zh):
            worked = date.fromisoformat(match[1])
            plain[day] = Text(f"day off, worked on {worked} instead", f"调休放假（{worked} 上班）")
            origin[worked] = day
    return plain, origin


def _made_up_for(day: date | None) -> Text:
    if day is None:
        return _MAKE_UP
    return Text(f"{_MAKE_UP.en} for {day}", f"{_MAKE_UP.zh}，补 {day}")


def _with_house_days(year: CalendarYear, overrides: Sequence[tuple[date, bool, Text]], number: int) -> CalendarYear:
    off, made_up = dict(year.off), dict(year.made_up)
    for day, works, reason in overrides:
        if day.year != number:
            continue
        off.pop(day, None)
        made_up.pop(day, None)
        (made_up if works else off)[day] = reason
    return CalendarYear(off, made_up, year.weekend, year.official)
