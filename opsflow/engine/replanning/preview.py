"""What a re-plan would do, as it is shown before anybody decides. Pure."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.approvals.model import Approval
from opsflow.campaigns.state import Campaign
from opsflow.engine.replanning.anew import Replanned
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.stages.model import Task


@dataclass(frozen=True, slots=True)
class TaskMove:
    """A task that moves."""

    was: Task
    now: Task
    days: int
    """Working days its due date moves by; below 0: sooner."""


@dataclass(frozen=True, slots=True)
class MeetingMove:
    """A meeting that is held on another day."""

    id: str
    title: Text
    was: datetime
    at: datetime
    invited: bool
    """Its members have the invitation already."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody whose dates move."""

    person: PersonKey
    tasks: tuple[TaskMove, ...]

    @property
    def days(self) -> int:
        """The largest move of a due date, in working days."""
        return max((move.days for move in self.tasks), key=abs)


@dataclass(frozen=True)
class Preview:
    """What a re-plan would do; nothing of it is done."""

    campaign: Campaign
    now: datetime
    replanned: Replanned
    moves: tuple[TaskMove, ...]
    """In the order of their new dates."""
    hits: tuple[Hit, ...]
    """Hardest hit first."""
    meetings: tuple[MeetingMove, ...]
    approvals: tuple[tuple[Approval, Text], ...]
    """Those that are asked for again, with what they are of."""
    overlaps: tuple[Text, ...]
    """Campaigns that are live at the same time as what is lived longer now."""

    @property
    def holds(self) -> bool:
        """The launch holds, or it is past."""
        return self.replanned.short is None

    @property
    def nothing(self) -> bool:
        """Nothing moves, and nothing else changes."""
        same = (self.replanned.file, self.replanned.organisation) == (self.campaign.file, self.campaign.organisation)
        return same and not self.replanned.rewritten
