"""When somebody is to be reminded again: what they chose, as an instant on their clock. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsflow.kernel.errors import BadInput
from opsflow.kernel.zoned import instant, local_date

HOURS = timedelta(hours=2)


class OneTime(BadInput):
    """Neither a time nor a day was chosen."""


class InThePast(BadInput):
    """The time that was chosen is over."""


def chosen(until: str | None, day: str | None, *, now: datetime, zone: ZoneInfo, opens: time) -> datetime:
    """The instant of a preset or of a day's morning; the day counts where both were given. OneTime, InThePast."""
    if day is not None:
        at = instant(_day(day), opens, zone)
    elif until == "hours_2":
        at = now + HOURS
    else:
        at = instant(_morning(until, local_date(now, zone)), opens, zone)
    if at <= now:
        raise InThePast
    return at


def _morning(preset: str | None, today: date) -> date:
    match preset:
        case "tomorrow":
            return today + timedelta(days=1)
        case "days_2":
            return today + timedelta(days=2)
        case "monday":
            return today + timedelta(days=7 - today.weekday())
        case _:
            raise OneTime


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise OneTime from error
