"""What the `holidays` library knows of a country's years: days off, make-up days, weekends, and whether that is published."""

import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
from holidays.countries.china import China, ChinaStaticHolidays
from holidays.groups.eastern import EasternCalendarHolidays

from opsflow.kernel.errors import BadInput
from opsflow.kernel.text import Text
from opsflow.workdays.model import CalendarYear

_MAKE_UP = Text("make-up working day", "调休上班")
_SUBSTITUTED = re.compile(r"由 (\d{4}-\d{2}-\d{2}) 调休")


class UnknownCountry(BadInput):
    """A country without a calendar."""

    def __init__(self, country: str) -> None:
        super().__init__(
            f"No holidays are known for the country {country!r}: give an ISO 3166 code, for example CN or DE."
        )


def country_code(country: str) -> str:
    """The ISO 3166 code as calendars are kept under; UnknownCountry when there is none for it."""
    code = country.strip().upper()
    if code not in _countries():
        raise UnknownCountry(code)
    return code


@cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries())


@cache
def country_year(country: str, year: int) -> CalendarYear:
    """One year of a country as the library has it, published or guessed."""
    english, chinese = _language(country, "en"), _language(country, "zh")
    named, moon_days = _filled(country, year, english)
    in_chinese, _ = _filled(country, year, chinese or english)
    off = {day: Text(name, in_chinese.get(day) or name) for day, name in named.items() if day.year == year}
    # The library keeps stray days of other years in `weekend_workdays` (dependencies.md 2.1).
    worked = {day for day in named.weekend_workdays if day.year == year}
    off, origin = _substitutions(off)
    return CalendarYear(
        off=off,
        made_up={day: made_up_for(origin.get(day)) for day in worked},
        weekend=_weekends(named, year),
        official=_is_official(year, named, moon_days),
    )


@dataclass(frozen=True, slots=True)
class _MoonDay:
    """A holiday by the moon: of the Chinese, Islamic, Hindu or another such calendar."""

    day: date | None
    """None: the library does not know when it is."""
    estimated: bool
    """Its date is computed, not copied from a notice."""
    marked: bool
    """The library says so in its name where it is estimated."""


def _filled(country: str, year: int, language: str | None) -> tuple[holidays.HolidayBase, list[_MoonDay]]:
    """The library's days of one year, and those by the moon with what it knows of them: not all of it is in a name."""
    library = holidays.country_holidays(country, language=language)
    found: list[_MoonDay] = []
    if isinstance(library, EasternCalendarHolidays):
        add = library._add_eastern_calendar_holiday  # noqa: SLF001 - the one place where it tells what is estimated

        def noting(
            name: str, dt_estimated: tuple[date | None, bool], *, show_estimated: bool = True, days_delta: int = 0
        ) -> date | None:
            added = add(name, dt_estimated, show_estimated=show_estimated, days_delta=days_delta)
            known, estimated = dt_estimated
            if added or not known:  # what falls into another year is not added
                found.append(_MoonDay(added, estimated, show_estimated))
            return added

        library._add_eastern_calendar_holiday = noting  # type: ignore[method-assign]  # noqa: SLF001
    with warnings.catch_warnings():
        # A day it does not know is told here, by a year that is not official.
        warnings.filterwarnings("ignore", "Requested Holidays are available only", UserWarning)
        library.get(date(year, 1, 1))  # it fills a year in when it is first asked for a day of it
    return library, found


def made_up_for(day: date | None) -> Text:
    """Why a day of a weekend is worked, with the day off it makes up for where that is known."""
    if day is None:
        return _MAKE_UP
    return Text(f"{_MAKE_UP.en} for {day}", f"{_MAKE_UP.zh}，补 {day}")


def _weekends(library: holidays.HolidayBase, year: int) -> frozenset[date]:
    """Each day asked for itself: countries move their weekend, some in the middle of a year (AE 2022, SA June 2013)."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1))
    return frozenset(day for day in days if library.is_weekend(day))


def _is_official(year: int, library: holidays.HolidayBase, moon_days: Collection[_MoonDay]) -> bool:
    """Whether the year is published. China's is known only year by year, and the library guesses the rest silently.

    Elsewhere a year is a guess where a day by the moon is unknown or marked as estimated. Countries whose computed days
    are never marked (HK, TW, KR, VN) are believed as far as the library has copied notices: to its last year of China.
    """
    if isinstance(library, China):
        return year in ChinaStaticHolidays.special_public_holidays
    copied = year <= max(ChinaStaticHolidays.special_public_holidays)
    guessed = any(one.day is None or (one.estimated and (one.marked or not copied)) for one in moon_days)
    return library.start_year <= year <= library.end_year and not guessed


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
