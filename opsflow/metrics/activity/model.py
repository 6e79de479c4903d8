"""New users by day, and who of them came back 7 and 14 days later; what is not known yet is no figure. Pure.

A user is new on the first day on which anything is known of them, in the campaign's zone; of one who was there before the
launch that day lies before the live time. Retained after n days is who did something on the n-th day after the first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

HORIZONS = (7, 14)


class Ripeness(StrEnum):
    """Whether a cohort's figure is one."""

    MATURED = "matured"
    NOT_MATURED = "not_matured"
    """The day is not over."""
    MISSING = "missing"
    """The day is over, and nothing at all is known of it: its activity was not imported."""


@dataclass(frozen=True, slots=True)
class Back:
    """How many of a cohort came back."""

    ripeness: Ripeness
    users: int | None
    """None: it is no figure yet."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who was new on one day."""

    day: date
    users: int
    back: Mapping[int, Back]
    """By horizon."""


@dataclass(frozen=True, slots=True)
class Retention:
    """New users and who came back."""

    cohorts: tuple[Cohort, ...]
    """Of each live day with anybody new."""
    before: int
    """Users who were there before the launch."""
    silent: tuple[date, ...]
    """Live days that are over and of which nothing is known."""

    @property
    def users(self) -> int:
        """Everybody new."""
        return sum(cohort.users for cohort in self.cohorts)

    def total(self, horizon: int) -> tuple[int, int]:
        """Who came back, and of how many, over the cohorts whose figure has matured."""
        ripe = [(cohort.back[horizon].users, cohort.users) for cohort in self.cohorts]
        known = [(back, users) for back, users in ripe if back is not None]
        return sum(back for back, _ in known), sum(users for _, users in known)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the database counts of one first day."""

    first: date
    users: int
    back: Mapping[int, int]


def retention(
    counted: Collection[Counted], *, live: tuple[date, date], days: Collection[date], today: date
) -> Retention:  # fmt: skip
    """New users of the live days; `days`: those of which anything is known, `today`: on the campaign's clocks."""
    opens, closes = live
    new = [each for each in counted if opens <= each.first <= closes]
    cohorts = tuple(
        Cohort(each.first, each.users, {horizon: _back(each, horizon, days, today) for horizon in HORIZONS})
        for each in sorted(new, key=lambda each: each.first)
    )
    every = (opens + timedelta(days=offset) for offset in range((closes - opens).days + 1))
    silent = tuple(day for day in every if day < today and day not in days)
    return Retention(cohorts, sum(each.users for each in counted if each.first < opens), silent)


def _back(each: Counted, horizon: int, days: Collection[date], today: date) -> Back:
    day = each.first + timedelta(days=horizon)
    if day >= today:
        return Back(Ripeness.NOT_MATURED, None)
    if day not in days:
        return Back(Ripeness.MISSING, None)
    return Back(Ripeness.MATURED, each.back[horizon])
