"""Everything a decision about one stage is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from opsflow.approvals.model import Approval
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.team import role_holders
from opsflow.feedback.reporting.model import Feedback
from opsflow.feedback.settling.model import NOTHING, Following
from opsflow.incidents.model import Incident
from opsflow.kernel.terms import PersonKey, Role, Stage, TaskCode
from opsflow.metrics.overview.model import Measured
from opsflow.prizes.settling.model import Settling
from opsflow.selfcheck.model import Round
from opsflow.sop.changes.model import Proposal
from opsflow.sop.model import Document, LevelPolicy, Sop, TaskKind
from opsflow.sop.model import Task as TaskSpec
from opsflow.stages.model import Held, Override, Stored, Task, base_code
from opsflow.stages.network import came_round, finished_codes, live_since

NO_OPEN_INCIDENT = "incidents_closed"
"""The condition that an incident which is not closed contradicts, whatever task stands for it."""


@dataclass(frozen=True)
class Written:
    """A document as it stands in the store."""

    id: str
    state: str
    revision: int
    tells_of: str = ""
    """The finished tasks it was written from, by id; equal ones are not written twice."""


@dataclass(frozen=True)
class Snapshot:
    """One campaign at one instant, seen from one of its stages."""

    now: datetime
    campaign: Campaign
    sop: Sop
    stage: Stored
    stages: tuple[Stored, ...]
    tasks: tuple[Task, ...]
    """Of all stages, in the SOP's order."""
    approvals: tuple[Approval, ...]
    rounds: tuple[Round, ...]
    meetings: tuple[Held, ...]
    repeats: Mapping[TaskCode, tuple[datetime, ...]]
    documents: Mapping[str, Written]
    reviewers: Mapping[PersonKey, tuple[str, ...]]
    """Who would score which modules, were a self-check opened now."""
    rework_due: datetime
    """When a task created now, one working day long, is due."""
    overrides: Mapping[tuple[Stage, str], Override] = field(default_factory=dict)
    """The conditions of gates that were let pass, by stage and name."""
    incidents: tuple[Incident, ...] = ()
    """All of the campaign, in their order."""
    proposals: tuple[Proposal, ...] = ()
    """To the SOP, that came up in the campaign; read for the review alone, which speaks of them."""
    measured: Measured = field(default_factory=Measured)
    """Its figures; read for execution once it is live, closing and review alone, which speak of them."""
    feedback: Feedback | None = None
    """What participants think; read for the closing and the review alone. None: they were not asked."""
    prizes: Settling | None = None
    """None: it gives nothing out through opsflow."""
    following: Following = NOTHING
    """What of its feedback is still waited for."""

    @property
    def policy(self) -> LevelPolicy:
        """What the campaign's level decides."""
        return self.sop.levels[self.campaign.level]

    @cached_property
    def holders(self) -> Mapping[Role, PersonKey]:
        """Who fills each role."""
        return role_holders(self.campaign.file, self.campaign.organisation)

    @cached_property
    def live_since(self) -> datetime | None:
        """From when it is live; None while the decision to go live is not taken."""
        return live_since(self.tasks, self.campaign.launch)

    @property
    def was_launched(self) -> bool:
        """Whether it has gone live, however that ended; what is on hold has not, whatever the date."""
        return self.other(Stage.EXECUTION).went_live

    def came_round(self, task: Task) -> tuple[datetime, ...]:
        """When a live task has come round so far."""
        return came_round(task, since=self.live_since, until=self.now)

    @cached_property
    def own(self) -> tuple[Task, ...]:
        """The tasks of this stage."""
        return tuple(task for task in self.tasks if task.stage == self.stage.name)

    @cached_property
    def finished(self) -> frozenset[TaskCode]:
        """What nothing waits for any more."""
        return finished_codes(self.tasks)

    def task(self, code: TaskCode) -> Task | None:
        """A task by its id; None when it does not exist at this level."""
        return next((task for task in self.tasks if task.code == code), None)

    def let_pass(self, stage: Stage) -> Mapping[str, Override]:
        """The conditions of one stage's gate that were let pass, by name."""
        return {fact: override for (of, fact), override in self.overrides.items() if of is stage}

    @cached_property
    def open_points(self) -> Mapping[str, tuple[TaskCode, ...]]:
        """What contradicts a condition of a gate, whatever its tasks say, by the condition's name."""
        incidents = tuple(each.code for each in self.incidents if each.closed_at is None)
        prizes = self.prizes.open_points if self.prizes else {}
        return {NO_OPEN_INCIDENT: incidents, **prizes, **self.following.open_points}

    def on_demand(self, task: Task) -> bool:
        """Whether it came when it was needed: as rework, or because somebody added it."""
        return task.rework or self.is_added(task) or self.spec(task).on_demand

    def is_added(self, task: Task) -> bool:
        """Whether somebody added it to this campaign: the SOP does not know it."""
        return base_code(task.code) not in self._specs

    def spec(self, task: Task) -> TaskSpec:
        """What the SOP says of a task (of a rework task: of the task that is done anew)."""
        return self._specs[base_code(task.code)]

    @cached_property
    def _specs(self) -> Mapping[TaskCode, TaskSpec]:
        return {spec.id: spec for spec in self.sop.tasks}

    def of_kind(self, kind: TaskKind) -> tuple[Task, ...]:
        """The stage's tasks of one kind."""
        return tuple(task for task in self.own if task.kind is kind)

    def held(self, meeting: str) -> Held | None:
        """The record of a meeting; None while it is not held."""
        return next((held for held in self.meetings if held.id == meeting), None)

    def other(self, name: Stage) -> Stored:
        """Another stage."""
        return next(stage for stage in self.stages if stage.name == name)

    def approval_of(self, task: TaskCode) -> Approval | None:
        """The latest request of an approval task."""
        return next((approval for approval in reversed(self.approvals) if approval.task == task), None)

    def document_specs(self) -> tuple[Document, ...]:
        """The documents that exist at this level: those whose task does."""
        codes = {task.code for task in self.tasks}
        return tuple(document for document in self.sop.documents if document.task in codes)
