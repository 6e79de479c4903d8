"""What the planner answers: a plan, or why there is none."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from opsflow.kernel.terms import CampaignKey, DepartmentId, Level, PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import TaskKind


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task with its dates and people. Dates are working days in the campaign's zone; instants are UTC."""

    id: TaskCode
    stage: Stage
    kind: TaskKind
    title: Text
    role: Role | None
    department: DepartmentId
    owner: PersonKey
    """Who does it; the first approver of an approval task."""
    deputy_for: PersonKey | None
    """The absent person the owner stands in for."""
    approvers: tuple[PersonKey, ...]
    days: int
    start: datetime
    due: datetime
    earliest_start: date
    earliest_finish: date
    latest_start: date
    latest_finish: date
    float_days: int
    """Working days it may slip without moving the launch (or, after the end, the last task)."""
    critical: bool
    """On a longest chain."""
    gate_task: bool
    after: tuple[TaskCode, ...]
    """What must be finished before it, with predecessors that do not exist replaced by theirs."""
    deliverable: Text | None
    repeats: tuple[datetime, ...] = ()
    """Live tasks: when it comes round; empty for one that comes on event."""
    repeat_rule: Text | None = None
    because: tuple[Text, ...] = ()
    """The reason for each of its dates, in words."""


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    """When a stage's meeting is held."""

    id: str
    at: datetime
    mode: Literal["meeting", "writing"]


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage with its tasks; without tasks it is skipped at this level."""

    name: Stage
    opens: datetime | None
    closes: datetime | None
    meeting: PlannedMeeting | None
    tasks: tuple[PlannedTask, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every deadline and owner of one campaign."""

    campaign: CampaignKey
    level: Level
    launch: datetime
    end: datetime
    """Exclusive."""
    provisional: bool
    """It touches a year whose official calendar is not published."""
    stages: tuple[PlannedStage, ...]
    warnings: tuple[Text, ...]

    def task(self, code: TaskCode) -> PlannedTask:
        """A task by its id; KeyError when the plan has none."""
        for stage in self.stages:
            for task in stage.tasks:
                if task.id == code:
                    return task
        raise KeyError(code)

    @property
    def tasks(self) -> tuple[PlannedTask, ...]:
        """All tasks, stage by stage."""
        return tuple(task for stage in self.stages for task in stage.tasks)


@dataclass(frozen=True, slots=True)
class Infeasible:
    """Why a campaign cannot be planned, and what would make it fit."""

    campaign: CampaignKey
    level: Level
    short_by_working_days: int
    earliest_launch: date
    provisional: bool
    """The days between today and the earliest launch touch a year whose official calendar is not published."""
    reasons: tuple[Text, ...]
    changes: tuple[Text, ...]
    warnings: tuple[Text, ...]
