"""What an exported plan is made of: the plan, and what its ids are called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Plan, PlannedTask
from opsflow.campaigns.warnings import about_task
from opsflow.kernel.terms import DepartmentId, Language, PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.sop.model import Meeting, Sop

DEPARTMENT_HEAD = Role.DEPARTMENT_HEAD
"""Who does a task that names no role."""


@dataclass(frozen=True)
class Export:
    """A plan in one language, in the campaign's zone, with the names of everything in it."""

    plan: Plan
    language: Language
    zone: ZoneInfo
    title: Text
    stages: Mapping[Stage, Text]
    departments: Mapping[DepartmentId, Text]
    roles: Mapping[Role, Text]
    people: Mapping[PersonKey, Text]
    meetings: Mapping[TaskCode, Meeting]
    """Of tasks that are meetings."""
    made_on: date
    """The day the plan was made for: no later plan has an earlier one."""
    provisional: tuple[int, ...] = ()
    """The plan's years whose official calendar is not published."""

    def say(self, text: Text | None) -> str:
        """A text in the export's language; nothing for none."""
        return text[self.language] if text else ""

    def local(self, at: datetime) -> datetime:
        """An instant as the clocks of the campaign's zone show it, for programs that know no zones."""
        return at.astimezone(self.zone).replace(tzinfo=None)

    def owner(self, task: PlannedTask) -> str:
        """Who does a task."""
        return self.say(self.people[task.owner])

    def because(self, task: PlannedTask) -> list[str]:
        """The reasons for a task's dates; the last one says where they are provisional."""
        return [reason[self.language] for reason in (*task.because, *about_task(task, self.provisional, self.zone))]

    def tasks_of(self, department: DepartmentId) -> Iterator[PlannedTask]:
        """A department's tasks in the order of their start."""
        return (task for task in self.by_start() if task.department == department)

    def by_start(self) -> list[PlannedTask]:
        """All tasks in the order of their start; the SOP's order where it is the same."""
        return sorted(self.plan.tasks, key=lambda task: (task.start, task.due))


def export_of(
    plan: Plan, campaign: CampaignFile, organisation: Organisation, sop: Sop, language: Language, *, made_on: date
) -> Export:
    """A plan with the names that organisation and SOP give."""
    zone, tasks = ZoneInfo(campaign.zone), plan.tasks
    first, last = min(task.start for task in tasks), max(task.due for task in tasks)
    guessed = working_days(organisation).provisional_years(local_date(first, zone), local_date(last, zone))
    return Export(
        plan=plan,
        language=language,
        zone=zone,
        title=campaign.title,
        stages={stage.id: stage.title for stage in sop.stages},
        departments={name: department.title for name, department in sop.departments.items()},
        roles={role: spec.title for role, spec in sop.roles.items()},
        people={key: person.name for key, person in organisation.people.items()},
        meetings={meeting.task: meeting for meeting in sop.meetings if meeting.task},
        made_on=made_on,
        provisional=guessed,
    )
