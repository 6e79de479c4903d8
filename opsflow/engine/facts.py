"""Facts by name: whether the conditions of a gate hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsflow.kernel.terms import TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import GateFact
from opsflow.stages.model import Override, Task, TaskStatus, base_code


@dataclass(frozen=True, slots=True)
class Fact:
    """One condition of a gate, as it stands."""

    id: str
    text: Text
    tasks: tuple[TaskCode, ...]
    missing: tuple[TaskCode, ...]
    waived: tuple[TaskCode, ...] = ()
    """What would prove it and was found not to be needed."""
    override: Override | None = None

    @property
    def holds(self) -> bool:
        """Nothing is missing, or somebody has let it pass."""
        return not self.missing or self.override is not None


def gate(
    facts: Sequence[GateFact],
    tasks: Sequence[Task],
    overrides: Mapping[str, Override] | None = None,
    open_points: Mapping[str, Sequence[TaskCode]] | None = None,
) -> tuple[Fact, ...]:
    """Every condition that exists at this level.

    A fact holds when every task that proves it is done with its deliverable, its rework included, or waived; a fact
    none of whose tasks exists here is left out. `overrides`: those that were let pass, by name. `open_points`: what
    contradicts a fact whatever its tasks say, by name.
    """
    found = []
    for fact in facts:
        proving = [task for task in tasks if base_code(task.code) in fact.tasks]
        if proving:
            missing = tuple(task.code for task in proving if not _proven(task))
            missing += tuple((open_points or {}).get(fact.id, ()))
            waived = tuple(task.code for task in proving if task.status is TaskStatus.WAIVED)
            codes, passed = tuple(task.code for task in proving), (overrides or {}).get(fact.id)
            found.append(Fact(fact.id, fact.text, codes, missing, waived, passed))
    return tuple(found)


def _proven(task: Task) -> bool:
    if task.status is TaskStatus.WAIVED:
        return True
    return task.status is TaskStatus.DONE and (task.deliverable is None or task.evidence is not None)
