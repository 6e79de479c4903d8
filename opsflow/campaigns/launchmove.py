"""A campaign's move from one launch day to another, and the names of months and weekdays that its texts use."""

from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_END = "(?![A-Za-z0-9_])"
"""The end of a word also where a Chinese one follows without a blank, which is none for a regular expression."""
MONTH = "|".join([*MONTHS, *(rf"{name[:3]}{_END}\.?" for name in MONTHS if name != "May"), rf"Sept{_END}\.?"])
"""A month's name, in full or short, as a part of a pattern."""
WEEKDAY = (
    r"(?<![A-Za-z0-9_])(?:Mon(?:day)?|Tue(?:s(?:day)?)?|Wed(?:nesday)?|Thu(?:r(?:s(?:day)?)?)?|Fri(?:day)?"
    rf"|Sat(?:urday)?|Sun(?:day)?){_END}\.?"
)
"""A weekday's name, in full or short, as a part of a pattern."""
ZH_WEEKDAY = r"(?:周|星期|礼拜)[一二三四五六日天]"
YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
"""A year of four figures, as a part of a pattern."""
NEAR = timedelta(days=120)
"""Figures alone (`26.02`, `2/26`, `26.02.27`) may be a day of the campaign so far from its launch; further off they are none."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Move:
    """From one launch day to another."""

    old: date
    new: date

    @property
    def by(self) -> timedelta:
        return self.new - self.old

    @property
    def years(self) -> int:
        """By how much a year that stands alone goes up."""
        return self.new.year - self.old.year

    def speaks_of(self, year: int) -> bool:
        """Whether a year is near enough to the old launch to be one of this campaign, not of its history."""
        return abs(year - self.old.year) <= 1

    def day(self, year: int | None, month: int, day: int) -> date | None:
        """The day that a text means; without a year the one nearest to the old launch. None: no such day."""
        found = [valid for given in self._candidates(year) if (valid := day_or_none(given, month, day))]
        return min(found, key=lambda candidate: abs(candidate - self.old), default=None)

    def near(self, day: date | None) -> bool:
        """Whether figures that name no year, or not all of it, may mean this day of the campaign."""
        return day is not None and abs(day - self.old) <= NEAR

    def month(self, year: int, month: int) -> date | None:
        """The middle of a month, moved: the month that this is in is the new one. None: no month of this campaign."""
        found = self.day(year, month, 15)
        return found + self.by if found else None

    def _candidates(self, year: int | None) -> tuple[int, ...]:
        if year is not None:
            return (year,) if self.speaks_of(year) else ()
        return (self.old.year - 1, self.old.year, self.old.year + 1)


def day_or_none(year: int, month: int, day: int) -> date | None:
    """A day of the calendar; None: there is none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_number(name: str) -> int:
    """1 to 12 of a month's English name, in full or short."""
    return [month[:3] for month in MONTHS].index(name[:3].title()) + 1
