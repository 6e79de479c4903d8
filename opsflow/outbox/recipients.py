"""The people of an organisation as recipients."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from opsflow.kernel.terms import PersonKey
from opsflow.org.model import Organisation
from opsflow.outbox.model import Recipient
from opsflow.workdays.service import calendar_for


def recipients(organisation: Organisation) -> Mapping[PersonKey, Recipient]:
    """Everybody, with language, zone and address; who has no zone or language of their own has the organisation's."""
    house_days = [(day.day, day.works, day.reason) for day in organisation.days]
    calendar = calendar_for(organisation.calendar, house_days, organisation.schedules)
    spans = tuple((span.opens, span.closes) for span in organisation.working_hours)
    return {
        key: Recipient(
            person=key,
            name=person.name,
            language=person.language or organisation.language,
            zone=ZoneInfo(person.zone or organisation.zone),
            address=person.slack or person.email or key,
            calendar=calendar,
            spans=spans,
            messages_per_day=organisation.messages_per_day,
        )
        for key, person in organisation.people.items()
    }
