"""Facts by name: whether the conditions of a gate hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from opsflow.kernel.terms import TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import GateFact
from opsflow.stages.model import Task, TaskStatus, base_code


@dataclass(frozen=True, slots=True)
class Fact:
    """One condition of a gate, as it stands."""

    id: str
    text: Text
    tasks: tuple[TaskCode, ...]
    missing: tuple[TaskCode, ...]

    @property
    def holds(self) -> bool:
        """Nothing is missing."""
        return not self.missing


def gate(facts: Sequence[GateFact], tasks: Sequence[Task]) -> tuple[Fact, ...]:
    """Every condition that exists at this level.

    A fact holds when every task that proves it is done with its deliverable, its rework included; a fact none of whose
    tasks exists here is left out.
    """
    found = []
    for fact in facts:
        proving = [task for task in tasks if base_code(task.code) in fact.tasks]
        if proving:
            missing = tuple(task.code for task in proving if not _proven(task))
            found.append(Fact(fact.id, fact.text, tuple(task.code for task in proving), missing))
    return tuple(found)


def _proven(task: Task) -> bool:
    return task.status is TaskStatus.DONE and (task.deliverable is None or task.evidence is not None)
