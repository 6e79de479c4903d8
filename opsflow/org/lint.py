"""What a schema cannot see in an `org.yaml`: people and departments that are named but not there."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import time

from opsflow.kernel.expectations import Finding, Loc, suggestion
from opsflow.org.channels import channel_findings
from opsflow.org.model import Organisation
from opsflow.workdays.countries import UnknownCountry, country_code

Check = Callable[[Organisation], Iterable[Finding]]

_KEY = re.compile(r"\w[\w.@+-]{0,59}")


def lint(organisation: Organisation) -> list[Finding]:
    """Every mistake of an organisation that its types alone do not show."""
    return [finding for check in CHECKS for finding in check(organisation)]


def unknown_person(organisation: Organisation, loc: Loc, person: str) -> Finding | None:
    """The finding for a person who is not in the organisation; None when they are."""
    if person in organisation.people:
        return None
    meant = suggestion(person, organisation.people)
    hint = meant if meant.startswith("Did") else "Add them under `people` of org.yaml."
    return Finding(loc, False, f"there is no person `{person}`", hint)


def _keys(organisation: Organisation) -> Iterator[Finding]:
    for kind, keys in (("people", organisation.people), ("departments", organisation.departments)):
        for key in keys:
            if not _KEY.fullmatch(key):
                message = f"`{key[:60]}` cannot be a key of {kind}"
                yield Finding((kind, key), True, message, "Expected letters, digits, hyphens, such as li-wei.")


def _calendar(organisation: Organisation) -> Iterator[Finding]:
    try:
        country_code(organisation.calendar)
    except UnknownCountry as unknown:
        yield Finding(("calendar",), False, str(unknown).rstrip("."), "")


def _people(organisation: Organisation) -> Iterator[Finding]:
    named: list[tuple[Loc, str]] = []
    for key, department in organisation.departments.items():
        named.append((("departments", key, "head"), department.head))
        if department.deputy:
            named.append((("departments", key, "deputy"), department.deputy))
        if department.fallback:
            named.append((("departments", key, "fallback"), department.fallback))
    if organisation.fallback:
        named.append((("fallback",), organisation.fallback))
    named += [(("roles", role.value), person) for role, person in organisation.roles.items()]
    named += [(("successors", was), to) for was, to in organisation.successors.items()]
    for permission, people in organisation.permissions.items():
        named += [(("permissions", permission.value, place), person) for place, person in enumerate(people)]
    for loc, person in named:
        found = unknown_person(organisation, loc, person)
        if found:
            yield found


def _deputies(organisation: Organisation) -> Iterator[Finding]:
    for key, department in organisation.departments.items():
        if department.deputy == department.head:
            loc: Loc = ("departments", key, "deputy")
            yield Finding(
                loc, False, f"{department.head} is head and deputy of {key}", "Name somebody else, or nobody."
            )


def _departments(organisation: Organisation) -> Iterator[Finding]:
    for key, person in organisation.people.items():
        if person.department not in organisation.departments:
            hint = suggestion(person.department, organisation.departments)
            yield Finding(("people", key, "department"), False, f"there is no department `{person.department}`", hint)


def _absences(organisation: Organisation) -> Iterator[Finding]:
    for key, person in organisation.people.items():
        for index, absence in enumerate(person.absent):
            if absence.last < absence.first:
                message = f"the absence of {key} ends before it begins"
                yield Finding(("people", key, "absent", index, "last"), False, message, "Both days are included.")


def _working_hours(organisation: Organisation) -> Iterator[Finding]:
    closed = time.min
    for index, span in enumerate(organisation.working_hours):
        if span.opens >= span.closes or span.opens < closed:
            message = f"working hours {span.opens:%H:%M}-{span.closes:%H:%M} are not in order"
            yield Finding(("working_hours", index), False, message, "Each span ends before the next begins.")
        closed = span.closes
    if not organisation.working_hours:
        yield Finding(("working_hours",), True, "there are no working hours", "Leave the key out for 9-12 and 13-18.")


def _house_days(organisation: Organisation) -> Iterator[Finding]:
    days = [override.day for override in organisation.days]
    for index, day in enumerate(days):
        if day in days[:index]:
            yield Finding(("days", index, "day"), False, f"{day} is named twice", "Remove one.")


CHECKS: tuple[Check, ...] = (
    _keys, _calendar, _people, _deputies, _departments, _absences, _working_hours, _house_days, channel_findings,
)  # fmt: skip
