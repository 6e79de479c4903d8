"""What a decision may ask for. Effects are values; one place applies them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from opsflow.approvals.model import ApprovalId
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.model import StageStatus


@dataclass(frozen=True, slots=True)
class OpenStage:
    """The stage opens."""


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A planned task opens; its owner is told."""

    code: TaskCode


@dataclass(frozen=True, slots=True)
class HandOver:
    """Whoever owns an open task is away until it is due: who stands in owns it, and is told."""

    code: TaskCode
    owner: PersonKey
    deputy_for: PersonKey


@dataclass(frozen=True, slots=True)
class MoveSeat:
    """Whose vote is wanted is away until it is due: who stands in is asked."""

    approval: ApprovalId
    seat: str
    person: PersonKey
    deputy_for: PersonKey | None


@dataclass(frozen=True, slots=True)
class RequestApproval:
    """An approval task opens: one version of its subject is put before the level's approvers."""

    code: TaskCode
    subject: str
    version: int
    content_hash: str
    author: PersonKey


@dataclass(frozen=True, slots=True)
class Supersede:
    """What an approval covered has changed: it is asked for again, and no other."""

    approval: ApprovalId
    task: TaskCode


@dataclass(frozen=True, slots=True)
class FinishTask:
    """The engine finishes a task whose condition holds."""

    code: TaskCode
    evidence: str | None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Rework:
    """Something was refused: a task is created to do it anew, and what was refused waits for it."""

    origin: TaskCode
    """The approval, meeting or self-check that was refused."""
    redo: TaskCode
    """The task that is done anew."""
    code: TaskCode
    """The new task's id."""
    also_after: tuple[TaskCode, ...]
    """What the origin waits for besides."""
    reason: Text
    by: PersonKey | None


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A round of scoring opens for these modules."""

    code: TaskCode
    number: int
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloseRound:
    """Everybody has scored."""

    number: int
    passed: bool
    total: str
    weak: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriteDocument:
    """A document is written, in every language."""

    id: str
    template: str
    state: Literal["draft", "final"]
    tells_of: str = ""
    """The finished tasks it is written from, by id."""
    day: date | None = None
    """Live reports: the day they tell of."""


@dataclass(frozen=True, slots=True)
class MoveStage:
    """The stage moves."""

    to: StageStatus
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class CloseStage:
    """The gate holds: the stage closes."""


@dataclass(frozen=True, slots=True)
class StopCampaign:
    """The decision was to stop: nothing more is done."""

    reason: Text


@dataclass(frozen=True, slots=True)
class ArchiveCampaign:
    """Every stage is over."""


Effect = (
    OpenStage
    | OpenTask
    | HandOver
    | MoveSeat
    | RequestApproval
    | Supersede
    | FinishTask
    | Rework
    | OpenRound
    | CloseRound
    | WriteDocument
    | MoveStage
    | CloseStage
    | StopCampaign
    | ArchiveCampaign
)
