"""Who takes part in a rehearsal, and what is made to go wrong in it: drawn by seed, from the plan alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.plan import Plan, PlannedTask
from opsflow.campaigns.team import stand_in
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.kernel.zoned import instant, local_date
from opsflow.org.model import Organisation
from opsflow.rehearsal.abuse import NO_ABUSE, Abuse, Away, with_absences
from opsflow.rehearsal.voices import Voices, chance, pick
from opsflow.sop.model import TaskKind
from opsflow.workdays.hours import Span, add_working_hours, next_working_time
from opsflow.workdays.model import WorkCalendar

REFUSED = frozenset({"proposal", "plan"})
"""What an approver sends back once."""
PLAYED = (Stage.EXECUTION, Stage.CLOSING)
"""Where a task is made late."""
MIDNIGHT = time(0)
BEYOND = 1
"""Working hours by which the late task passes the last escalation that is played."""


@dataclass(frozen=True, slots=True)
class Script:
    """What goes wrong."""

    refused: TaskCode | None
    """The approval whose first version is refused."""
    weak: str | None
    """The self-check module that is below 6 in the first round."""
    late: TaskCode | None
    """The task that is handed in late."""
    late_until: datetime | None


@dataclass(frozen=True)
class Cast:
    """The people with their calendar, their words and their script."""

    loaded: Loaded
    plan: Plan
    calendar: WorkCalendar
    zone: ZoneInfo
    voices: Voices
    script: Script
    seed: int
    abuse: Abuse = NO_ABUSE
    away: tuple[Away, ...] = ()
    """What the shares of the abuse came to; those that were announced are in the organisation already."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """The working hours."""
        return spans_of(self.loaded)

    def acting(self, person: PersonKey, at: datetime) -> PersonKey:
        """The person, or who stands in for them on that day."""
        return stand_in(person, local_date(at, self.zone), self.organisation).person

    @cached_property
    def organisation(self) -> Organisation:
        """The organisation as it turns out to be, with the absences that nobody knew of."""
        return with_absences(self.loaded.organisation, [each for each in self.away if each.sudden])

    def there(self, person: PersonKey, at: datetime) -> datetime:
        """That instant, or the first working minute at which the person is there again."""
        while self.organisation.people[person].is_absent(local_date(at, self.zone)):
            tomorrow = instant(local_date(at, self.zone) + timedelta(days=1), MIDNIGHT, self.zone)
            at = next_working_time(tomorrow, zone=self.zone, calendar=self.calendar, spans=self.spans)
        return at

    def delay(self, code: TaskCode, who: str = "") -> int:
        """Working hours by which somebody is late with a task, on top of the script."""
        return self.abuse.delay(code, who, seed=self.seed)

    def times_refused(self, code: TaskCode) -> int:
        """How often an approval is refused before it is granted."""
        return max(int(code == self.script.refused), self.abuse.times_refused(code, seed=self.seed))


def spans_of(loaded: Loaded) -> tuple[Span, ...]:
    """The organisation's working hours."""
    return tuple((span.opens, span.closes) for span in loaded.organisation.working_hours)


def make_cast(
    loaded: Loaded, plan: Plan, voices: Voices, *, seed: int, abuse: Abuse = NO_ABUSE, away: tuple[Away, ...] = ()
) -> Cast:
    """Everybody, with a script drawn for this seed."""
    calendar, zone = working_days(loaded.organisation), ZoneInfo(loaded.campaign.zone)
    script = _draw(loaded, plan, calendar, zone, seed)
    return Cast(loaded, plan, calendar, zone, voices, script, seed, abuse, away)


def _draw(loaded: Loaded, plan: Plan, calendar: WorkCalendar, zone: ZoneInfo, seed: int) -> Script:
    subjects = {spec.id: spec.approves for spec in loaded.sop.tasks}
    refusable = [
        task.id for task in plan.tasks if task.kind is TaskKind.APPROVAL and REFUSED & set(subjects.get(task.id, ()))
    ]
    modules = [module.id for module in loaded.sop.self_check]
    checked = any(task.kind is TaskKind.SELF_CHECK for task in plan.tasks)
    late = _late(loaded, plan, calendar, zone, seed)
    return Script(
        refused=pick(refusable, seed, plan.campaign, "refused") if refusable else None,
        weak=pick(modules, seed, plan.campaign, "weak") if checked else None,
        late=late[0] if late else None,
        late_until=late[1] if late else None,
    )


def _late(
    loaded: Loaded, plan: Plan, calendar: WorkCalendar, zone: ZoneInfo, seed: int
) -> tuple[TaskCode, datetime] | None:
    """A task whose delay moves nothing, because what follows starts later still: one that is escalated, if there is any."""
    played = [task for task in plan.tasks if task.kind is TaskKind.WORK and task.stage in PLAYED]
    for hours_of in (_escalated_after, _soon):
        found: list[tuple[TaskCode, datetime]] = []
        for task in played:
            hours = hours_of(loaded, plan, task)
            if hours is None:
                continue
            until = add_working_hours(task.due, hours + BEYOND, zone=zone, calendar=calendar, spans=spans_of(loaded))
            if until < _first_follower(plan, task):
                minutes = chance(seed, task.id, "late").randrange(5, 50)
                found.append((task.id, until + timedelta(minutes=minutes)))
        if found:
            return pick(found, seed, plan.campaign, "late")
    return None


def _escalated_after(loaded: Loaded, plan: Plan, task: PlannedTask) -> int | None:
    """Working hours after which somebody above the department's head is told; else the head; None: nobody ever is."""
    policy = loaded.sop.levels[plan.level]
    steps = policy.escalation_critical if task.critical or task.gate_task else policy.escalation_other
    hours = [step.after_hours for step in steps[:2]]
    return hours[-1] if hours else None


def _soon(_loaded: Loaded, _plan: Plan, _task: PlannedTask) -> int:
    """A delay of which nobody but the owner hears."""
    return 1


def _first_follower(plan: Plan, task: PlannedTask) -> datetime:
    starts = [other.start for other in plan.tasks if task.id in other.after]
    return min([*starts, _end_of(plan.tasks, task.stage)])


def _end_of(tasks: Sequence[PlannedTask], stage: Stage) -> datetime:
    return max(task.start for task in tasks if task.stage is stage)


def first_day(plan: Plan, zone: ZoneInfo) -> date:
    """The day of the plan's first task."""
    return min(local_date(task.start, zone) for task in plan.tasks)
