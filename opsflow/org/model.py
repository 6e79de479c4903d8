"""What `org.yaml` says."""

from datetime import date, time
from decimal import Decimal

from pydantic import Field, field_validator

from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import DepartmentId, Language, Permission, PersonKey, Role
from opsflow.kernel.text import TextField
from opsflow.kernel.zoned import existing_zone
from opsflow.workdays.schedule import OfficialYear


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
    channels: tuple[str, ...] = ()
    """Where they are told, the next when one fails: `slack`, `console`, or a URL such as `mailto://...`; none: the
    organisation's. `${NAME}` in a URL stands for a variable of the process that delivers."""
    digest_at: time | None = None
    """When what can wait is told together; None: the organisation's."""

    _zone = field_validator("zone")(existing_zone)

    def is_absent(self, day: date) -> bool:
        """Whether the person is away on that day."""
        return any(absence.first <= day <= absence.last for absence in self.absent)


class Department(FileModel):
    """Who leads a department, and who stands in."""

    head: PersonKey
    deputy: PersonKey | None = None
    fallback: PersonKey | None = None
    """Who is told what could not be told to somebody of the department; None: the organisation's."""


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
    payout_threshold: Decimal = Field(default=Decimal(50000), ge=0)
    """Worth of a list of payouts above which two different people of finance approve it, in the currency of the
    campaign's budget."""
    messages_per_day: int = Field(default=10, ge=1)
    """At most so many messages per person and day, urgent ones excepted."""
    merge_minutes: int = Field(default=0, ge=0, le=240)
    """What one person is to be told within so many minutes is one message; urgent ones do not wait. 0: what is due in one
    round of delivery, so within its period of a minute."""
    channels: tuple[str, ...] = ()
    """Where people are told who say nothing else; none: on Slack where it is set up, else on the console. What is named
    here or by a person is kept where it is not set up: nothing stands in for it."""
    digest_at: time = time(9, 30)
    """When what can wait is told together, on the recipient's clock."""
    fallback: PersonKey | None = None
    """Who is told what could not be told to somebody; None: the coordination post."""
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

    successors: dict[PersonKey, PersonKey] = Field(default_factory=dict)
    """Who has taken over from whom: whoever is still named somewhere as the first is the second now."""
    permissions: dict[Permission, tuple[PersonKey, ...]] = Field(default_factory=dict)
    """Who may do what no role of theirs lets them: auditors, administrators."""

    _zone = field_validator("zone")(existing_zone)

    def now(self, person: PersonKey) -> PersonKey:
        """The person, or who has taken over from them."""
        return self.successors.get(person, person)
