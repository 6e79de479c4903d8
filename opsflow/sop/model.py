"""What an SOP file says: levels, stages, meetings, gates, documents, self-check modules, tasks."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import DepartmentId, Level, Role, Stage, TaskCode
from opsflow.kernel.text import TextField

Days = Annotated[int, Field(ge=-400, le=400)]
"""Days that a plan counts: more than a year ahead or after is a slip of the pen."""
Count = Annotated[int, Field(ge=0, le=1000)]
"""Of anything else: minutes of a meeting, hours, reviewers."""
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
"""Also the name of a file."""


class TaskKind(StrEnum):
    """What it takes to finish a task."""

    WORK = "work"
    """Somebody does it and hands in the deliverable (or, without one, a note)."""
    APPROVAL = "approval"
    """Done when its approval is granted; nobody can mark it done."""
    MEETING = "meeting"
    """Done by recording the meeting."""
    SELF_CHECK = "self_check"
    """Done when the reviewers' scores pass."""
    RELEASE = "release"
    """Done by the campaign manager: the approved document goes to the members, with the meeting's agenda."""
    GO_LIVE = "go_live"
    """Done by the go-live decision."""
    LAUNCH = "launch"
    """Done by switching the campaign on, on launch day."""
    LIVE = "live"
    """Repeated, or on event, while the campaign is live."""


class Owner(FileModel):
    """Who does a task: a role within a department, a department (its head names the person), or the level's approvers."""

    department: DepartmentId
    role: Role | None = None
    """None: the department head names the person."""
    approvers: bool = False
    """True: `approvers(level)` of the outline; department is then the one the decision concerns (operations)."""


class LiveRule(FileModel):
    """When a live task comes round at one level."""

    rule: Literal[
        "first_hours",
        "hourly_on_peaks",
        "daily",
        "twice_daily",
        "every_second_day",
        "first_middle_last",
        "at_end",
        "each_phase",
        "each_peak",
        "main_peak",
        "before_end",
        "from_second_phase",
        "last_days",
        "on_event",
    ]
    """`hourly_on_peaks`: every hour on launch and peak days, once a day otherwise."""
    count: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Hours for `first_hours`; days for `before_end` and `last_days`."""
    within: str | None = None
    """How fast an event is answered: `15min`, `4h` (clock time), `2wh` (working hours), `same_day`, `next_day`."""
    hours: str | None = None
    """When events are answered at all (`9:00-22:00`); None: day and night."""


class Offset(FileModel):
    """A date fixed by an anchor: working days before the launch, or calendar days after the end."""

    anchor: Literal["launch", "end"]
    days: dict[Level, Days]
    """Per level; launch: -7 is the seventh working day before it, 0 the launch day; end: not before the N-th calendar day after it."""


class Task(FileModel):
    """One task of the SOP."""

    id: TaskCode
    stage: Stage
    title: TextField
    owner: Owner
    kind: TaskKind = TaskKind.WORK
    days: dict[Level, Days] = Field(default_factory=dict)
    """Working days of elapsed work; 0: the day of its last predecessor; a level that is missing: the task does not exist."""
    live: dict[Level, LiveRule] = Field(default_factory=dict)
    """Live tasks only, in place of `days`."""
    after: tuple[TaskCode, ...] = ()
    before: tuple[TaskCode, ...] = ()
    after_end: bool = False
    """Starts on the first working day after the end (`after: end` of the outline)."""
    pin: Offset | None = None
    """Held on that day (`@launch-7` of the outline), or not before it (`end+15c`)."""
    as_late_as_possible: bool = False
    """A milestone before the launch that closes the work: laid at its latest day, not its earliest."""
    deliverable: TextField | None = None
    when: tuple[str, ...] = ()
    """Any of these conditions must hold: `goal:acquisition`, `presale`, `prize_kinds:physical`; `a+b`: both. Empty: always."""
    approves: tuple[str, ...] = ()
    """Approval tasks: the documents whose content the approval covers, or a subject without document (`prize-list`)."""
    rework: TaskCode | None = None
    """The task that is done anew when this one is refused (approval), revised (meeting) or not passed (self-check)."""
    on_demand: bool = False
    """Created when needed; not part of the base plan."""
    gate_task: bool = False
    """Escalated like a critical task: a gate hangs on it."""


class Document(FileModel):
    """A document the flows write."""

    id: Id
    stage: Stage
    title: TextField
    task: TaskCode
    """Drafted when this task opens, written anew when it is done; it exists at a level when the task does."""
    again: tuple[TaskCode, ...] = ()
    """Written anew when one of these is done as well: it tells of what they added."""


class GateFact(FileModel):
    """One condition of a stage's gate."""

    id: Id
    text: TextField
    tasks: tuple[TaskCode, ...]
    """Holds when all of these that exist at the level are done with their deliverable; left out when none exists."""


class AgendaTopic(FileModel):
    """One topic of a meeting's agenda."""

    minutes: Count | None
    """At level S; None for the written decision."""
    title: TextField
    tasks: tuple[TaskCode, ...] = ()
    """Where its content comes from; the owner of the first one presents."""


class Meeting(FileModel):
    """A meeting of the SOP."""

    id: Id
    title: TextField
    stage: Stage
    task: TaskCode | None
    """The task that is done by holding it."""
    levels: tuple[Level, ...]
    written_levels: tuple[Level, ...] = ()
    """At these levels it is held in writing."""
    topics: tuple[AgendaTopic, ...]


class Reminders(FileModel):
    """Reminders before due for tasks of at least so many working days."""

    length_from: Count
    days_before: tuple[Days, ...]
    """3, 1, 0: three days before, one day before, the same day (in working days)."""


class Escalation(FileModel):
    """One step after due."""

    after_hours: Count
    """Working hours after the due instant."""
    to: Role


class SelfCheckPolicy(FileModel):
    """Who scores at a level."""

    reviewers: Count
    """At least so many."""
    departments: tuple[DepartmentId, ...] = ()
    """Each of these is represented among them."""


class LevelPolicy(FileModel):
    """What a level decides (design section 4)."""

    title: TextField
    first_meeting: Days
    """Working days from the first meeting (C: the first task) to the launch."""
    build: Days
    """Working days from the start of the build to the launch."""
    freeze: Days | None
    """The freeze is at the latest so many working days before the launch; None: no freeze."""
    meetings: tuple[str, ...]
    approvers: tuple[str, ...]
    """Of proposal and plan: `leader`, `finance_approver`, `head:legal`, `head:operations`."""
    finance: Literal["always", "above_threshold"]
    """`above_threshold`: finance approves as well when the budget is above the organisation's `finance_threshold`."""
    self_check: SelfCheckPolicy
    reminders: tuple[Reminders, ...]
    """Longest first; the first that fits the task's length counts. Never before the task opens."""
    escalation_critical: tuple[Escalation, ...]
    escalation_other: tuple[Escalation, ...]
    other_in_digest: bool
    """After its last step another task stays in the daily digest."""
    off_hours: str
    """What may be sent at night and on days off: `incidents`, `incidents 9:00-22:00`, `none`. Whoever decides go-live is
    asked at any hour when the launch comes before they work again."""
    incident_minutes: Annotated[int, Field(ge=0, le=10_080)]
    """Clock minutes within which an incident is acknowledged."""
    warm_up: Days | None
    """Working days of warm-up before the launch."""
    report: LiveRule
    claim_days: Days
    hot_debrief: Days | None
    """Working days after the end, at the earliest; None: none is held."""
    review: Days
    """Working days from the end to the review meeting (C: the one-page review), at the earliest."""


class StageSpec(FileModel):
    """One stage."""

    id: Stage
    title: TextField
    purpose: TextField
    opens: str
    """`first_task` (when its first task may start), `closed:<stage>` (when that stage is closed), `end` (after the live window)."""
    gate: tuple[GateFact, ...] = ()
    go_live_gate: tuple[GateFact, ...] = ()
    """Execution only."""


class SelfCheckModule(FileModel):
    """One of the ten modules, ten points each."""

    id: Id
    layer: Literal["decision", "perception", "execution"]
    title: TextField
    question: TextField
    evidence: TextField
    written_in: tuple[TaskCode, ...] = ()
    """The tasks whose owners wrote what this module judges: they do not score it."""


class RoleSpec(FileModel):
    """A role and what it does in each stage."""

    title: TextField
    duties: dict[Stage, TextField] = Field(default_factory=dict)


class DepartmentSpec(FileModel):
    """A department and what it does in each stage."""

    title: TextField
    optional: bool = False
    work: dict[Stage, TextField] = Field(default_factory=dict)


class Sop(FileModel):
    """One version of an SOP. A run keeps the version it started with."""

    name: str
    version: Annotated[int, Field(ge=1, le=999_999)]
    title: TextField
    purpose: TextField
    scope: TextField
    responsibilities: TextField
    roles: dict[Role, RoleSpec]
    departments: dict[DepartmentId, DepartmentSpec]
    levels: dict[Level, LevelPolicy]
    stages: tuple[StageSpec, ...]
    meetings: tuple[Meeting, ...]
    self_check: tuple[SelfCheckModule, ...]
    documents: tuple[Document, ...]
    tasks: tuple[Task, ...]
