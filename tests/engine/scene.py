"""Snapshots made by hand: the small campaign at an instant, with what was done, asked and said until then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from opsflow.approvals.model import Approval, ApprovalStatus, Seat, Verdict, approval_id
from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.engine.snapshot import Snapshot, Written
from opsflow.engine.subjects import covered_hash
from opsflow.kernel.terms import Level, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.selfcheck.model import Round, Score
from opsflow.sop.model import Sop
from opsflow.stages.model import Held, Minute, Outcome, StageStatus, Stored, Task, TaskStatus
from tests.campaigns.planning import organisation
from tests.engine.small import KEY, LEGAL, MANAGER, PLANNER, SPONSOR, file, planned, sop

ZONE = ZoneInfo("Asia/Shanghai")


def at(day: str, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of August 2026, in Shanghai: `at("12", 18)`."""
    return datetime.combine(date(2026, 8, int(day)), time(hour, minute), ZONE)


@cache
def base_tasks(level: str = "S") -> tuple[Task, ...]:
    """The small campaign's tasks as they are when it starts."""
    known = {each.name for each in fields(Task)}
    found = []
    for task in planned(file(level=level)).tasks:
        given = {each.name: getattr(task, each.name) for each in fields(task) if each.name in known}
        found.append(
            Task(
                **given, code=task.id, status=TaskStatus.PLANNED, opened_at=None, done_at=None, done_by=None,
                evidence=None, note=None,
            )
        )  # fmt: skip
    return tuple(found)


@dataclass(frozen=True)
class Scene:
    """What a snapshot is made from. Tasks that are not named are planned."""

    stage: Stage
    now: datetime
    status: StageStatus = StageStatus.DRAFTING
    level: str = "S"
    done: str = ""
    """`P1 P2`: done, with a deliverable."""
    open: str = ""
    others: Mapping[Stage, StageStatus] = field(default_factory=dict)
    extra: tuple[Task, ...] = ()
    without: str = ""
    """Tasks that do not exist in this campaign."""
    approvals: tuple[Approval, ...] = ()
    rounds: tuple[Round, ...] = ()
    meetings: tuple[Held, ...] = ()
    repeats: Mapping[TaskCode, tuple[datetime, ...]] = field(default_factory=dict)
    documents: tuple[Written, ...] | None = None
    """None: none that a decision would have to write is missing."""
    reviewers: Mapping[PersonKey, tuple[str, ...]] = field(default_factory=dict)
    campaign_status: CampaignStatus = CampaignStatus.ACTIVE
    sop: Sop | None = None
    done_at: Mapping[str, datetime] = field(default_factory=dict)
    """When tasks were done; those not named here: in time."""

    def snapshot(self) -> Snapshot:
        """The scene as the engine sees it."""
        campaign_file, org = file(level=self.level), organisation()
        plan = planned(campaign_file)
        tasks = tuple(self._task(task) for task in base_tasks(self.level) if task.code not in self.without.split())
        stages = tuple(self._stage(each.name, each.opens, each.closes, each.meeting.id if each.meeting else None, bool(each.tasks))
                       for each in plan.stages)  # fmt: skip
        documents = {written.id: written for written in self.documents or ()}
        return Snapshot(
            now=self.now,
            campaign=Campaign(
                key=KEY, title=campaign_file.title, level=Level(self.level), status=self.campaign_status, zone=ZONE,
                launch=plan.launch, ends=plan.end, file=campaign_file, organisation=org, sop_name="small", sop_version=1,
                started_at=at("3"), plan_revision=1, provisional=False, warnings=(),
            ),
            sop=(self.sop or sop()) if self.documents is not None else (self.sop or sop()).model_copy(update={"documents": ()}),
            stage=next(stage for stage in stages if stage.name is self.stage),
            stages=stages,
            tasks=(*tasks, *self.extra),
            approvals=self.approvals,
            rounds=self.rounds,
            meetings=self.meetings,
            repeats=self.repeats,
            documents=documents,
            reviewers=self.reviewers,
            rework_due=self.now + timedelta(days=1),
        )  # fmt: skip

    def _task(self, task: Task) -> Task:
        if task.code in self.done.split():
            evidence = f"{task.code}.pdf" if task.deliverable else None
            return replace(
                task,
                status=TaskStatus.DONE,
                done_at=self.done_at.get(task.code, min(self.now, task.due)),
                done_by=task.owner,
                evidence=evidence,
            )
        if task.code in self.open.split():
            return replace(task, status=TaskStatus.OPEN, opened_at=self.now)
        return task

    def _stage(
        self, name: Stage, opens: datetime | None, closes: datetime | None, meeting: str | None, exists: bool
    ) -> Stored:
        status = self.others.get(name, StageStatus.PLANNED if exists else StageStatus.SKIPPED)
        return Stored(
            campaign=KEY, name=name, status=self.status if name is self.stage else status, opens=opens, closes=closes,
            meeting=meeting, meeting_at=None, meeting_mode=None, opened_at=None, closed_at=None, reason=None, revision=3,
        )  # fmt: skip


def task(code: str, *, like: str, status: TaskStatus, evidence: str | None = None) -> Task:
    """A task that was created on demand."""
    pattern = next(each for each in base_tasks() if each.code == like)
    return replace(pattern, code=TaskCode(code), status=status, after=(), evidence=evidence)


def approval(
    code: str, subject: str, status: ApprovalStatus, *, covers: str = "", version: int = 1, reason: str | None = None
) -> Approval:
    """A request of the sponsor and the head of legal. `covers`: the hash it was asked for."""
    verdicts = {
        ApprovalStatus.APPROVED: (Verdict.APPROVE, Verdict.APPROVE),
        ApprovalStatus.REJECTED: (None, Verdict.REJECT),
    }.get(status, (None, None))
    return Approval(
        id=approval_id(KEY, subject, version), campaign=KEY, stage=Stage.COORDINATION, task=TaskCode(code),
        subject=subject, version=version, content_hash=covers, author=PLANNER, status=status, requested_at=at("11"),
        due=at("11", 18), decided_at=None,
        seats=(
            Seat("leader", SPONSOR, None, verdicts[0]),
            Seat("head:legal", LEGAL, None, verdicts[1], Text.both(reason) if reason else None),
        ),
    )  # fmt: skip


def hash_of(scene: Scene, code: str) -> str:
    """What an approval task covers in a scene."""
    snapshot = scene.snapshot()
    found = snapshot.task(TaskCode(code))
    assert found is not None
    return covered_hash(snapshot, found)


def scored(
    number: int, points: Mapping[str, Iterable[int]], *, closed: bool = False, passed: bool | None = None
) -> Round:
    """A round in which every reviewer has given these points (module -> one figure per reviewer)."""
    size = max(len(tuple(given)) for given in points.values())
    reviewers = {PersonKey(f"reviewer-{n}"): tuple(points) for n in range(size)}
    scores = tuple(
        Score(PersonKey(f"reviewer-{n}"), module, value, None)
        for module, given in points.items()
        for n, value in enumerate(given)
    )
    return Round(number, reviewers, at("13"), at("13", 18), at("13", 17) if closed else None, passed, scores)


def held(meeting: str, stage: Stage, outcome: Outcome | None, *minutes: Minute) -> Held:
    """A meeting that was held."""
    return Held(meeting, stage, "meeting", at("17"), MANAGER, outcome, (MANAGER,), minutes)
