"""What `org.yaml` says."""

from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import DepartmentId, Language, PersonKey, Role
from opsflow.kernel.text import TextField
from opsflow.workdays.schedule import OfficialYear


def existing_zone(name: str | None) -> str | None:
    """A time zone's name, if there is such a zone; else a ValueError that says what is expected."""
    try:
        if name is not None:
            ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("expected an IANA time zone, for example Asia/Shanghai") from error
    return name


class Absence(FileModel):
    """Days off of one person, both ends included."""

    first: date
    last: date
    reason: str = ""


class Person(FileModel):
    """Somebody who works in the organisation."""

    name: TextField
    department: DepartmentId
    title: TextField | None = None
    email: str = ""
    slack: str = ""
    """Slack member id, when it differs from what the e-mail address finds."""
    language: Language | None = None
    """None: the organisation's."""
    zone: str | None = None
    absent: tuple[Absence, ...] = ()

    _zone = field_validator("zone")(existing_zone)

    def is_absent(self, day: date) -> bool:
        """Whether the person is away on that day."""
        return any(absence.first <= day <= absence.last for absence in self.absent)


class Department(FileModel):
    """Who leads a department, and who stands in."""

    head: PersonKey
    deputy: PersonKey | None = None


class WorkingHours(FileModel):
    """One span of working time on a working day."""

    opens: time
    closes: time


class DayOverride(FileModel):
    """A house rule for one day: a day off, or an extra working day."""

    day: date
    works: bool
    reason: TextField


class Organisation(FileModel):
    """The organisation a workspace plans for."""

    name: TextField
    zone: str
    calendar: str = "CN"
    """Country whose public holidays and make-up working days count (ISO 3166, `CN`)."""
    language: Language = "en"
    finance_threshold: Decimal = Field(default=Decimal(50000), ge=0)
    """Budget above which finance approves at B and C as well, in the currency of the campaign's budget."""
    messages_per_day: int = Field(default=10, ge=1)
    """At most so many messages per person and day, urgent ones excepted."""
    working_hours: tuple[WorkingHours, ...] = (
        WorkingHours(opens=time(9), closes=time(12)),
        WorkingHours(opens=time(13), closes=time(18)),
    )
    days: tuple[DayOverride, ...] = ()
    schedules: tuple[OfficialYear, ...] = ()
    """Published years that the library lacks; those of `sop_templates/calendars/` are added when the file is read."""
    departments: dict[DepartmentId, Department]
    people: dict[PersonKey, Person]
    roles: dict[Role, PersonKey] = Field(default_factory=dict)
    """Who fills a role in every campaign unless the campaign file says otherwise."""

    _zone = field_validator("zone")(existing_zone)
