"""The published schedule of one year, as a workspace keeps it: it stands in place of what the library has or guesses."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from pydantic import Field, field_validator

from opsflow.kernel.expectations import Finding
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.text import Text, TextField
from opsflow.workdays.model import FIRST_YEAR, LAST_YEAR


class DaysOff(FileModel):
    """One holiday: a day, or several in a row."""

    first: date
    last: date | None = None
    """Included; None: the one day."""
    name: TextField

    @property
    def days(self) -> Iterator[date]:
        """Every day of it; none where the last is before the first."""
        length = ((self.last or self.first) - self.first).days
        return (self.first + timedelta(days=n) for n in range(length + 1))


class MakeUpDay(FileModel):
    """A day of a weekend that is worked."""

    day: date
    instead_of: date | None = None
    """The day off it makes up for."""


class OfficialYear(FileModel):
    """Days off and make-up working days of one country and year, as they were published."""

    country: str
    year: int
    source: TextField | None = None
    """Where it was published: the notice and its date."""
    off: tuple[DaysOff, ...] = Field(min_length=1)
    worked: tuple[MakeUpDay, ...] = ()

    @field_validator("country")
    @classmethod
    def _is_a_code(cls, value: str) -> str:
        if len(value) != 2 or not value.isascii() or not value.isalpha():
            raise ValueError("expected an ISO 3166 code, for example CN")
        return value.upper()

    @field_validator("year")
    @classmethod
    def _is_planned(cls, value: int) -> int:
        if not FIRST_YEAR <= value <= LAST_YEAR:
            raise ValueError(f"expected a year from {FIRST_YEAR} to {LAST_YEAR}")
        return value

    @property
    def file_name(self) -> str:
        """What the file is called in `sop_templates/calendars/` of a workspace."""
        return f"{self.country.lower()}-{self.year}.yaml"

    @property
    def days_off(self) -> Mapping[date, Text]:
        """Every day off with its name."""
        return {day: off.name for off in self.off for day in off.days}


def lint(schedule: OfficialYear, weekend: Collection[date]) -> list[Finding]:
    """Everything that cannot be meant; `weekend` are the year's days of weekends."""
    return [*_lengths(schedule), *_outside(schedule), *_twice(schedule), *_worked(schedule, weekend)]


def _lengths(schedule: OfficialYear) -> Iterator[Finding]:
    for index, off in enumerate(schedule.off):
        if off.last is not None and off.last < off.first:
            message = f"the last day off, {off.last}, is before the first, {off.first}"
            yield Finding(("off", index, "last"), False, message, "Both are included.")


def _outside(schedule: OfficialYear) -> Iterator[Finding]:
    hint = f"This file holds {schedule.year} only; days of other years belong under `days:` of org.yaml."
    for index, off in enumerate(schedule.off):
        for key, day in (("first", off.first), ("last", off.last)):
            if day is not None and day.year != schedule.year:
                yield Finding(("off", index, key), False, f"{day} is not in {schedule.year}", hint)
    for index, worked in enumerate(schedule.worked):
        if worked.day.year != schedule.year:
            yield Finding(("worked", index, "day"), False, f"{worked.day} is not in {schedule.year}", hint)


def _twice(schedule: OfficialYear) -> Iterator[Finding]:
    seen: Counter[date] = Counter()
    for index, off in enumerate(schedule.off):
        again = sorted(day for day in off.days if seen[day])
        if again:
            yield Finding(("off", index), False, f"{again[0]} is off already", "Let each day be off once.")
        seen.update(off.days)
    for index, worked in enumerate(schedule.worked):
        if seen[worked.day]:
            message = f"{worked.day} is off or worked already"
            yield Finding(("worked", index, "day"), False, message, "A day is either off or worked, and named once.")
        seen[worked.day] += 1


def _worked(schedule: OfficialYear, weekend: Collection[date]) -> Iterator[Finding]:
    days_off = schedule.days_off
    for index, worked in enumerate(schedule.worked):
        if worked.day.year == schedule.year and worked.day not in weekend:
            message = f"{worked.day} is a {worked.day:%A}, which is worked anyway"
            yield Finding(("worked", index, "day"), False, message, "Correct the date, or remove it.")
        if worked.instead_of is not None and worked.instead_of not in days_off:
            message = f"{worked.instead_of} is not off in this file"
            yield Finding(("worked", index, "instead_of"), False, message, "Name the day off it makes up for.")
