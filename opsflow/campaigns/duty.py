"""Who is on duty when: the shifts of a campaign's live window, made of the lines of its file. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from opsflow.campaigns.model import CampaignFile, DutyShift
from opsflow.campaigns.team import OPERATIONS, Holder, role_holders, stand_in
from opsflow.kernel.terms import PersonKey, Role
from opsflow.kernel.zoned import instant, local_date, resolve
from opsflow.org.model import Organisation

DAY = timedelta(days=1)
STANDING = (Role.DUTY_LEAD, Role.CAMPAIGN_MANAGER, Role.EXECUTOR)
"""Who answers where no shift says otherwise: the first of these that somebody fills."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's hours on duty, half-open."""

    start: datetime
    end: datetime
    person: PersonKey


def window(file: CampaignFile) -> tuple[datetime, datetime]:
    """The live window as instants, half-open."""
    zone = ZoneInfo(file.zone)
    return resolve(file.live.start, zone), resolve(file.live.end, zone)


def start_days(shift: DutyShift, file: CampaignFile) -> tuple[date, date]:
    """The first and the last day of the live window on which a shift starts."""
    night = shift.ends <= shift.starts
    first = file.live.start.date() - (DAY if night else timedelta(0))
    last = (file.live.end - timedelta(minutes=1)).date()
    return max(first, shift.first or first), min(last, shift.last or last)


def shifts(file: CampaignFile) -> tuple[Shift, ...]:
    """Every shift within the live window, in order of time."""
    found = [shift for line in file.duty for shift in _of_line(line, file)]
    return tuple(sorted(found, key=lambda shift: (shift.start, shift.end)))


def _of_line(line: DutyShift, file: CampaignFile) -> Iterator[Shift]:
    (opens, closes), zone = window(file), ZoneInfo(file.zone)
    day, last = start_days(line, file)
    while day <= last:
        until = day + DAY if line.ends <= line.starts else day
        start = max(opens, instant(day, line.starts, zone))
        end = min(closes, instant(until, line.ends, zone))
        if start < end:
            yield Shift(start, end, line.person)
        day += DAY


def gaps(file: CampaignFile) -> tuple[tuple[datetime, datetime], ...]:
    """When nobody of the roster is on duty although the campaign is live; nothing where there is no roster."""
    covered, closes = window(file)
    found = []
    for shift in shifts(file):
        if shift.start > covered:
            found.append((covered, shift.start))
        covered = max(covered, shift.end)
    if covered < closes and file.duty:
        found.append((covered, closes))
    return tuple(found)


def on_duty(file: CampaignFile, organisation: Organisation, at: datetime) -> tuple[Holder, ...]:
    """Who is told of what happens at an instant: by the roster, else who always answers; the stand-in of who is away."""
    rostered = [organisation.now(shift.person) for shift in shifts(file) if shift.start <= at < shift.end]
    day = local_date(at, ZoneInfo(file.zone))
    holders = [stand_in(person, day, organisation) for person in rostered or [standing(file, organisation)]]
    return tuple({holder.person: holder for holder in holders}.values())


def standing(file: CampaignFile, organisation: Organisation) -> PersonKey:
    """Who answers where no shift says otherwise."""
    holders = role_holders(file, organisation)
    known = [holders[role] for role in STANDING if role in holders]
    departments = organisation.departments
    return known[0] if known else departments.get(OPERATIONS, next(iter(departments.values()))).head


def handovers(file: CampaignFile, organisation: Organisation, after: datetime) -> Iterator[tuple[datetime, Holder]]:
    """Who comes on duty when, from an instant on: those who were not on duty just before."""
    starts = sorted({shift.start for shift in shifts(file)} | {shift.end for shift in shifts(file)})
    before = {holder.person for holder in on_duty(file, organisation, after)}
    for start in (start for start in starts if start > after):
        there = on_duty(file, organisation, start)
        yield from ((start, holder) for holder in there if holder.person not in before)
        before = {holder.person for holder in there}
