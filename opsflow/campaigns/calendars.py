"""The working days of an organisation: its country's, with its own days on top."""

from opsflow.org.model import Organisation
from opsflow.workdays.model import WorkCalendar
from opsflow.workdays.service import calendar_for


def working_days(organisation: Organisation) -> WorkCalendar:
    """The calendar an organisation plans on."""
    house_days = [(day.day, day.works, day.reason) for day in organisation.days]
    return calendar_for(organisation.calendar, house_days, organisation.schedules)
