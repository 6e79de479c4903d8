"""The people of an organisation as recipients, and the channels of campaigns."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from opsflow.kernel.terms import CampaignKey, Language, PersonKey, Role
from opsflow.kernel.text import Text
from opsflow.org.channels import SLACK, SWITCHES, is_url
from opsflow.org.model import Organisation, Person
from opsflow.outbox.model import NOT_SET_UP, Recipient, Route
from opsflow.workdays.hours import Span
from opsflow.workdays.model import WorkCalendar
from opsflow.workdays.service import calendar_for

APPRISE = "apprise"
"""The channel that every URL goes to."""


def recipients(organisation: Organisation) -> Mapping[PersonKey, Recipient]:
    """Everybody, with language, zone and address; who has no zone or language of their own has the organisation's."""
    calendar, spans = _calendar(organisation), _spans(organisation)
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
            routes=_routes(key, person, organisation),
            named=bool(person.channels or organisation.channels),
            merge=timedelta(minutes=organisation.merge_minutes),
            digest_at=person.digest_at or organisation.digest_at,
            fallback=_fallback(key, person, organisation),
        )
        for key, person in organisation.people.items()
    }


def room_key(campaign: CampaignKey) -> PersonKey:
    """Under which a campaign's channel is told; nobody can be called that."""
    return PersonKey(f"#{campaign}")


def room(
    campaign: CampaignKey, channel: str, organisation: Organisation, *, language: Language, zone: ZoneInfo
) -> Recipient:
    """The channel of a campaign in Slack. What it cannot be told goes to the fallback recipient as a dead letter."""
    return Recipient(
        person=room_key(campaign),
        name=Text(f"the channel {channel}", f"频道 {channel}"),
        language=language,
        zone=zone,
        address=channel,
        routes=(Route(SLACK, channel),),
        named=True,
        calendar=_calendar(organisation),
        spans=_spans(organisation),
        messages_per_day=organisation.messages_per_day,
        fallback=fallback_of(organisation),
        room=True,
    )


def fallback_of(organisation: Organisation) -> PersonKey | None:
    """Who is told what could not be told to somebody whom nobody knows; None: nobody is there for it."""
    return organisation.fallback or organisation.roles.get(Role.COORDINATION_POST)


def _calendar(organisation: Organisation) -> WorkCalendar:
    house_days = [(day.day, day.works, day.reason) for day in organisation.days]
    return calendar_for(organisation.calendar, house_days, organisation.schedules)


def _spans(organisation: Organisation) -> tuple[Span, ...]:
    return tuple((span.opens, span.closes) for span in organisation.working_hours)


def _fallback(key: PersonKey, person: Person, organisation: Organisation) -> PersonKey | None:
    """The department's, the organisation's, the coordination post: the first who is not the person itself."""
    department = organisation.departments.get(person.department)
    named = (
        department.fallback if department else None,
        organisation.fallback,
        organisation.roles.get(Role.COORDINATION_POST),
    )
    return next((each for each in named if each is not None and each != key), None)


def _routes(key: PersonKey, person: Person, organisation: Organisation) -> tuple[Route, ...]:
    own = person.slack or person.email or key
    return tuple(
        Route(APPRISE, channel) if is_url(channel) else Route(channel, own)
        for channel in person.channels or organisation.channels or (SLACK,)
    )


def not_set_up(recipient: Recipient) -> str:
    """Why nothing can be told to somebody in a process that has none of their channels, and what to do."""
    names = tuple(dict.fromkeys(route.channel for route in recipient.routes))
    which = f"channel {names[0]} is" if len(names) == 1 else f"channels {', '.join(names)} are"
    switches = [SWITCHES[name] for name in names if name in SWITCHES]
    return f"{which} {NOT_SET_UP}" + (f": set {' or '.join(switches)}" if switches else "")
