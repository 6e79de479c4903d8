"""A motor without Prefect, and people who do everything on time: whole campaigns in a test."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opsflow.adapters.memory import MemoryLauncher
from opsflow.approvals.model import Approval, Verdict
from opsflow.approvals.service import vote
from opsflow.campaigns.state import CampaignStatus
from opsflow.context import Context
from opsflow.engine.advance import Advanced, advance
from opsflow.engine.launch import launch_due
from opsflow.engine.tick import deliver_due, tick
from opsflow.engine.upcoming import upcoming
from opsflow.engine.worklist import DueMeeting, Worklist, worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.selfcheck.model import Round
from opsflow.selfcheck.service import score
from opsflow.stages.meetings import answer_opinions, decide_go_live, record_meeting
from opsflow.stages.model import Minute, MinuteKind, Outcome, Task, TaskStatus
from opsflow.stages.service import complete_task, record_repeats
from opsflow.stages.store import stages

MOST_STEPS = 2_000


def run_due(ctx: Context) -> list[Advanced]:
    """Launch what is due and run it, until nothing is; every run ends."""
    launcher = ctx.launcher
    assert isinstance(launcher, MemoryLauncher)
    ran: list[Advanced] = []
    while True:
        before = set(launcher.launched)
        launch_due(ctx)
        new = {key: what for key, what in launcher.launched.items() if key not in before}
        if not new:
            return ran
        for key, (campaign, stage) in new.items():
            ran.append(advance(ctx, campaign, stage))
            launcher.final.add(f"run:{key}")


@dataclass
class People:
    """Everybody at once. What a test wants otherwise it says here."""

    ctx: Context
    campaign: CampaignKey
    verdict: Callable[[Approval, PersonKey], Text | None] = lambda _approval, _person: None
    """The reason for a refusal; None approves."""
    points: Callable[[Round, PersonKey, str], int] = lambda _round, _person, _module: 8
    outcomes: list[Outcome] = field(default_factory=list)
    """Of the decision meeting, in turn; then go."""
    idle: frozenset[str] = frozenset()
    """Tasks that nobody does."""
    todo: Worklist | None = None

    @property
    def now(self) -> datetime:
        return self.ctx.clock.now()

    def act(self) -> None:
        """Do what is to be done now: work an hour before it is due, everything else at once."""
        todo = self.todo = worklist(self.ctx, self.campaign)
        self._work(todo.tasks)
        for approval in todo.approvals:
            self._vote(approval)
        if todo.scoring and "D2" not in self.idle:
            self._score(todo.scoring)
        for meeting in todo.meetings:
            if meeting.task.code not in self.idle and self.now >= meeting.at:
                self._meet(meeting)
        self._answer(todo)
        if todo.go_live and todo.go_live[0].code not in self.idle:
            decide_go_live(self.ctx, self.campaign, by=todo.go_live[1], go=True)
        for due in todo.repeats:
            if due.task.code not in self.idle:
                record_repeats(self.ctx, self.campaign, due.task.code, by=due.task.owner, until=self.now)

    def next_acts(self) -> list[datetime]:
        """When somebody will have something to do of what was open when they last looked."""
        todo = self.todo
        assert todo is not None
        works = [task.due - timedelta(hours=1) for task in todo.tasks]
        rounds = [at for task in todo.every_task if task.status is TaskStatus.OPEN for at in task.repeats[-1:]]
        return [*works, *rounds, *(meeting.at for meeting in todo.meetings)]

    def _work(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            if task.code not in self.idle and self.now >= task.due - timedelta(hours=1):
                complete_task(
                    self.ctx,
                    self.campaign,
                    task.code,
                    by=task.owner,
                    evidence=f"{task.code}.pdf",
                    note=Text.both("Done."),
                )

    def _vote(self, approval: Approval) -> None:
        for person in approval.waiting_for if approval.task not in self.idle else ():
            reason = self.verdict(approval, person)
            said = Verdict.APPROVE if reason is None else Verdict.REJECT
            vote(self.ctx, approval.id, by=person, verdict=said, reason=reason)
            if said is Verdict.REJECT:
                return

    def _score(self, current: Round) -> None:
        for person in current.waiting_for:
            points = {module: self.points(current, person, module) for module in current.reviewers[person]}
            score(self.ctx, self.campaign, by=person, points=points)

    def _meet(self, meeting: DueMeeting) -> None:
        minutes = [Minute(MinuteKind.OPINION, Text.both("Good."), person=person) for person in meeting.invited]
        decided = (self.outcomes.pop(0) if self.outcomes else Outcome.GO) if meeting.id == "decision" else None
        record_meeting(
            self.ctx, self.campaign, meeting.id, by=meeting.task.owner, attendees=meeting.invited, minutes=minutes,
            outcome=decided,
        )  # fmt: skip

    def _answer(self, todo: Worklist) -> None:
        for opinion in todo.opinions:
            drafter = next(task.owner for task in todo.every_task if task.code in ("CO12", "DE01", "C1"))
            answer_opinions(
                self.ctx, self.campaign, opinion.meeting, by=drafter, answers={opinion.position: (True, None)}
            )


def live(people: People, *, until: Callable[[], bool] | None = None, step: timedelta = timedelta(days=1)) -> None:
    """Let time pass, never further than `step` or to what comes next, until the campaign is over or `until` holds."""
    ctx = people.ctx
    clock = ctx.clock
    assert isinstance(clock, VirtualClock)
    for _ in range(MOST_STEPS):
        people.act()
        while run_due(ctx):  # what opens at the end of a day may be due at the end of that day
            people.act()
        tick(ctx)
        deliver_due(ctx)
        coming = upcoming(ctx, people.campaign)
        if coming.status is not CampaignStatus.ACTIVE or (until is not None and until()):
            return
        times = [clock.now() + step, *people.next_acts(), *([coming.wake] if coming.wake else [])]
        clock.move_to(min(at for at in times if at > clock.now()))
    raise AssertionError(f"{people.campaign} is not over at {clock.now():%Y-%m-%d}")


def stage_of(ctx: Context, campaign: CampaignKey, name: Stage) -> str:
    """Where a stage stands."""
    with ctx.transaction() as session:
        return next(stage.status for stage in stages(session, campaign) if stage.name is name)
