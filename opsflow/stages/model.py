"""States of stages and tasks, which moves are allowed, and what a meeting leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import CampaignKey, DepartmentId, PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import TaskKind


class StageStatus(StrEnum):
    """Where a stage stands (design section 5)."""

    PLANNED = "planned"
    OPEN = "open"
    DRAFTING = "drafting"
    AWAITING_APPROVAL = "awaiting_approval"
    RELEASED = "released"
    MEETING_HELD = "meeting_held"
    BUILDING = "building"
    GO_LIVE_GATE = "go_live_gate"
    HOLD = "hold"
    LIVE = "live"
    GATE = "gate"
    CLOSED = "closed"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    """The decision meeting said stop."""
    CANCELLED = "cancelled"
    """Somebody ended the campaign."""


WENT_LIVE = frozenset({StageStatus.LIVE, StageStatus.GATE, StageStatus.CLOSED, StageStatus.SKIPPED})
FINAL = frozenset({StageStatus.CLOSED, StageStatus.SKIPPED, StageStatus.STOPPED, StageStatus.CANCELLED})

_S = StageStatus
ALLOWED: Mapping[StageStatus, frozenset[StageStatus]] = {
    _S.PLANNED: frozenset({_S.OPEN, _S.STOPPED, _S.CANCELLED}),
    _S.OPEN: frozenset(
        {
            _S.DRAFTING,
            _S.AWAITING_APPROVAL,
            _S.RELEASED,
            _S.MEETING_HELD,
            _S.BUILDING,
            _S.GO_LIVE_GATE,
            _S.HOLD,
            _S.GATE,
            _S.STOPPED,
            _S.CANCELLED,
        }
    ),
    _S.DRAFTING: frozenset({_S.AWAITING_APPROVAL, _S.RELEASED, _S.MEETING_HELD, _S.GATE, _S.STOPPED, _S.CANCELLED}),
    _S.AWAITING_APPROVAL: frozenset(
        {_S.OPEN, _S.DRAFTING, _S.RELEASED, _S.MEETING_HELD, _S.GATE, _S.STOPPED, _S.CANCELLED}
    ),
    _S.RELEASED: frozenset({_S.DRAFTING, _S.AWAITING_APPROVAL, _S.MEETING_HELD, _S.GATE, _S.STOPPED, _S.CANCELLED}),
    _S.MEETING_HELD: frozenset({_S.GATE, _S.STOPPED, _S.CANCELLED}),
    _S.BUILDING: frozenset({_S.GO_LIVE_GATE, _S.HOLD, _S.STOPPED, _S.CANCELLED}),
    _S.GO_LIVE_GATE: frozenset({_S.HOLD, _S.LIVE, _S.STOPPED, _S.CANCELLED}),
    # With another launch day there is time again to build.
    _S.HOLD: frozenset({_S.BUILDING, _S.GO_LIVE_GATE, _S.LIVE, _S.STOPPED, _S.CANCELLED}),
    _S.LIVE: frozenset({_S.GATE, _S.STOPPED, _S.CANCELLED}),
    _S.GATE: frozenset({_S.AWAITING_APPROVAL, _S.MEETING_HELD, _S.CLOSED, _S.STOPPED, _S.CANCELLED}),
    _S.CLOSED: frozenset(),
    _S.SKIPPED: frozenset(),
    _S.STOPPED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""Every move a stage may make; rework leads back to drafting, and nothing leads out of a final state."""


class TaskStatus(StrEnum):
    """Where a task stands."""

    PLANNED = "planned"
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    """The campaign was stopped before it was done."""
    WAIVED = "waived"
    """It turned out not to be needed; its note says why."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One stage as stored."""

    campaign: CampaignKey
    name: Stage
    status: StageStatus
    opens: datetime | None
    closes: datetime | None
    meeting: str | None
    meeting_at: datetime | None
    meeting_mode: Literal["meeting", "writing"] | None
    opened_at: datetime | None
    closed_at: datetime | None
    reason: Text | None
    revision: int

    @property
    def went_live(self) -> bool:
        """Of the execution stage: whether the campaign is or was live; what is on hold was not, whatever its dates say."""
        return self.status in WENT_LIVE


@dataclass(frozen=True, slots=True)
class Task:
    """One task as stored."""

    code: TaskCode
    stage: Stage
    kind: TaskKind
    title: Text
    role: Role | None
    department: DepartmentId
    owner: PersonKey
    deputy_for: PersonKey | None
    approvers: tuple[PersonKey, ...]
    days: int
    start: datetime
    due: datetime
    float_days: int
    critical: bool
    gate_task: bool
    after: tuple[TaskCode, ...]
    deliverable: Text | None
    repeats: tuple[datetime, ...]
    repeat_rule: Text | None
    because: tuple[Text, ...]
    status: TaskStatus
    opened_at: datetime | None
    done_at: datetime | None
    done_by: PersonKey | None
    evidence: str | None
    note: Text | None
    confirmed_by: PersonKey | None = None
    confirmed_due: datetime | None = None
    snoozed_until: datetime | None = None
    help_by: PersonKey | None = None
    help_at: datetime | None = None
    help_text: Text | None = None
    held_due: datetime | None = None
    """When somebody said it will be finished: a re-plan keeps that, whatever else moves."""

    @property
    def confirmed(self) -> bool:
        """Its owner has promised the date that it has now."""
        return self.confirmed_by is not None and self.confirmed_due == self.due

    @property
    def held_up(self) -> bool:
        """It could begin only after its due date, because what it follows was late."""
        return self.opened_at is not None and self.due < self.opened_at

    @property
    def finished(self) -> bool:
        """Nothing more is to be done about it."""
        return self.status in (TaskStatus.DONE, TaskStatus.CANCELLED, TaskStatus.WAIVED)

    @property
    def rework(self) -> bool:
        """Created when needed, in answer to a refusal."""
        return ".r" in self.code


@dataclass(frozen=True, slots=True)
class Override:
    """A condition of a gate that was let pass though it does not hold."""

    fact: str
    by: PersonKey
    reason: Text
    at: datetime


OUTSIDE = "outside opsflow"
"""What a task handed in that was done before its campaign came to opsflow."""


def begun_at(task: Task, now: datetime) -> datetime:
    """When its owner could begin: the instant at which it opened; what has not opened, or waits again, begins now."""
    return task.opened_at if task.status is TaskStatus.OPEN and task.opened_at is not None else now


def base_code(code: TaskCode) -> TaskCode:
    """The SOP's id of a task: `CO12` for the rework task `CO12.r2`."""
    return TaskCode(code.split(".r", 1)[0])


Cause = Literal["process", "operation", "planning", "copy", "traffic", "other"]


class MinuteKind(StrEnum):
    """What kind of thing was said."""

    OPINION = "opinion"
    DIRECTION = "direction"
    DECISION = "decision"
    QUESTION = "question"
    CONFIRMATION = "confirmation"
    CAUSE = "cause"
    LESSON = "lesson"
    SURPRISE = "surprise"


class Outcome(StrEnum):
    """How a decision ended."""

    GO = "go"
    REVISE = "revise"
    STOP = "stop"
    HOLD = "hold"


GO_LIVE_MEETING = "go_live_check"
"""The meeting that the go-live decision is recorded under."""


@dataclass(frozen=True, slots=True)
class Minute:
    """One thing said, decided, asked or promised. Questions and lessons have an owner and a date."""

    kind: MinuteKind
    text: Text
    person: PersonKey | None = None
    owner: PersonKey | None = None
    due: date | None = None
    task: TaskCode | None = None
    cause: Cause | None = None
    taken: bool | None = None
    """Opinions: whether the next draft took it up; None while nobody has said."""
    reply: Text | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that was held, with its minutes."""

    id: str
    stage: Stage
    mode: Literal["meeting", "writing"]
    held_at: datetime
    recorded_by: PersonKey
    outcome: Outcome | None
    attendees: tuple[PersonKey, ...]
    minutes: tuple[Minute, ...]


class IllegalTransition(Refused):
    """A stage was asked to make a move that no stage makes."""

    def __init__(self, campaign: CampaignKey, stage: Stage, was: StageStatus, to: StageStatus) -> None:
        super().__init__(
            f"Stage {stage} of {campaign} is {was} and cannot become {to}; "
            f"from there it may become {', '.join(sorted(ALLOWED[was])) or 'nothing, it is final'}."
        )


class StaleStage(Conflict):
    """Another run moved the stage first."""

    def __init__(self, campaign: CampaignKey, stage: Stage) -> None:
        super().__init__(f"Stage {stage} of {campaign} was moved by another run; the next one sees the new state.")
