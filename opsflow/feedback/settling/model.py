"""How far a campaign's feedback is, and what of it contradicts the closing gate: pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from opsflow.kernel.terms import TaskCode

CLOSED = "feedback_closed"
"""The condition of the closing gate that open feedback contradicts, whatever tasks stand for it."""


@dataclass(frozen=True, slots=True)
class Following:
    """What is still waited for."""

    is_asking: bool
    """Its survey takes answers, or is still to be opened or closed."""
    visits: int
    """Return visits that have no outcome."""

    @property
    def open_points(self) -> Mapping[str, tuple[TaskCode, ...]]:
        """What contradicts the condition, named like tasks and no task's name."""
        survey = (TaskCode("survey-open"),) if self.is_asking else ()
        visits = (TaskCode(f"visits-{self.visits}"),) if self.visits else ()
        return {CLOSED: (*survey, *visits)}


NOTHING = Following(is_asking=False, visits=0)
"""Of a campaign that asks nobody."""
