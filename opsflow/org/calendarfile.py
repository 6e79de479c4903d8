"""Reads a file of days that an organisation may adopt: published years, or days of the house, in YAML or iCalendar."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from opsflow.kernel.expectations import Finding
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.text import Text
from opsflow.kernel.yamlfile import BadFile, Problem, Source, parse_text, text_of
from opsflow.org.model import DayOverride, Organisation
from opsflow.workdays.countries import country_code, country_year
from opsflow.workdays.files import typed_schedule
from opsflow.workdays.ics import DayEvent, day_events, is_ics
from opsflow.workdays.schedule import DaysOff, MakeUpDay, OfficialYear

Kind = Literal["official", "house"]
"""What the days are: the published schedule of a country, or the organisation's own."""


class HouseDays(FileModel):
    """Days as they stand under `days:` of org.yaml."""

    days: tuple[DayOverride, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """What a file says about days."""

    schedules: tuple[OfficialYear, ...] = ()
    days: tuple[DayOverride, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Every year it says something about."""
        return tuple(sorted({one.year for one in self.schedules} | {one.day.year for one in self.days}))

    def adopted_by(self, organisation: Organisation) -> Organisation:
        """The organisation as it would be with these days; what it said about the same year or day gives way."""
        told, dated = {(one.country, one.year) for one in self.schedules}, {one.day for one in self.days}
        kept = (one for one in organisation.schedules if (one.country, one.year) not in told)
        days = (one for one in organisation.days if one.day not in dated)
        return organisation.model_copy(
            update={"schedules": (*kept, *self.schedules), "days": (*days, *self.days)},
        )


def read_calendar_file(path: Path, *, country: str, kind: Kind | None = None) -> CalendarFile:
    """A YAML or iCalendar file; BadFile names every mistake.

    An iCalendar file does not say whose days it holds: with make-up working days it is taken for the published schedule
    of `country`, without for days of the house, unless `kind` says otherwise.
    """
    text = text_of(path)
    if is_ics(path, text):
        events = day_events(path, text)
        official = any(event.works for event in events) if kind is None else kind == "official"
        return _published(path, events, country_code(country)) if official else _of_the_house(path, events)
    source = parse_text(path, text)
    if _is_house_days(source):
        return CalendarFile(days=_house_days(source))
    return CalendarFile(schedules=(typed_schedule(source),))


def _is_house_days(source: Source) -> bool:
    return isinstance(source.content, dict) and "days" in source.content


def _house_days(source: Source) -> tuple[DayOverride, ...]:
    days = source.typed(HouseDays).days
    dates = [one.day for one in days]
    twice = [
        Finding(("days", index, "day"), False, f"{one.day} is named twice", "Remove one.")
        for index, one in enumerate(days)
        if one.day in dates[:index]
    ]
    if twice:
        raise BadFile(source.problems(twice))
    return days


def _each_day(path: Path, events: Iterable[DayEvent]) -> dict[date, DayEvent]:
    """Each day with its event; two holidays may share a day, but no day is both off and worked."""
    found, problems = dict[date, DayEvent](), list[Problem]()
    for event in events:
        for day in event.days:
            other = found.setdefault(day, event)
            if other.works != event.works:
                hint = f"Another event, in line {other.line}, says the opposite; remove one."
                problems.append(Problem(str(path), event.line, 1, f"{day} is both off and worked", hint))
    if problems:
        raise BadFile(problems)
    return found


def _of_the_house(path: Path, events: Iterable[DayEvent]) -> CalendarFile:
    return CalendarFile(days=_overrides(_each_day(path, events)))


def _overrides(days: dict[date, DayEvent]) -> tuple[DayOverride, ...]:
    return tuple(
        DayOverride(day=day, works=event.works, reason=Text.both(event.name)) for day, event in sorted(days.items())
    )


def _published(path: Path, events: Iterable[DayEvent], country: str) -> CalendarFile:
    """A schedule for each year that the library lacks; days of years it has come on top of what it knows."""
    days = _each_day(path, events)
    problems = [
        Problem(
            str(path), event.line, 1, f"{day} is a {day:%A}, which is worked anyway", "Correct the date, or remove it."
        )
        for day, event in days.items()
        if event.works and day not in country_year(country, day.year).weekend
    ]
    if problems:
        raise BadFile(problems)
    # A year without a single day off is no schedule: what it has are days to be worked on top of a guess.
    lacking = [
        year
        for year in sorted({day.year for day in days})
        if not country_year(country, year).official and _any_off(days, year)
    ]
    return CalendarFile(
        schedules=tuple(_schedule(country, year, days) for year in lacking),
        days=_overrides({day: event for day, event in days.items() if day.year not in lacking}),
    )


def _any_off(days: dict[date, DayEvent], year: int) -> bool:
    return any(day.year == year and not event.works for day, event in days.items())


def _schedule(country: str, year: int, days: dict[date, DayEvent]) -> OfficialYear:
    off = {day: event.name for day, event in days.items() if day.year == year and not event.works}
    worked = sorted(day for day, event in days.items() if day.year == year and event.works)
    return OfficialYear(
        country=country, year=year, off=tuple(_runs(off)), worked=tuple(MakeUpDay(day=day) for day in worked)
    )


def _runs(off: dict[date, str]) -> Iterator[DaysOff]:
    """Days on end with one name as one holiday."""
    run: list[date] = []
    for day in sorted(off):
        if run and (run[-1] + timedelta(days=1) != day or off[run[-1]] != off[day]):
            yield DaysOff(first=run[0], last=run[-1], name=Text.both(off[run[0]]))
            run = []
        run.append(day)
    if run:
        yield DaysOff(first=run[0], last=run[-1], name=Text.both(off[run[0]]))
