"""Moves the virtual clock from instant to instant: stages advance through their flows, people act, notices go out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import TypeAlias, TypeVar, cast

from prefect import Flow, tags
from prefect.client.schemas.objects import State

from flows.closing import closing
from flows.coordination import coordination
from flows.deadline_tracking import deadline_tracking
from flows.decision import decision
from flows.execution import execution
from flows.initial_planning import initial_planning
from flows.notification_delivery import notification_delivery
from flows.prize_distribution import prize_distribution
from flows.review import review
from opsflow.approvals.model import Verdict
from opsflow.campaigns.state import CampaignStatus
from opsflow.context import Context
from opsflow.engine.collection import collect
from opsflow.engine.launch import launch_due
from opsflow.engine.tick import deliver_due, tick
from opsflow.engine.upcoming import Upcoming, upcoming
from opsflow.engine.worklist import worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict, listed
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.kernel.zoned import instant, local_date
from opsflow.rehearsal.acts import Act, Step, Vote, perform
from opsflow.rehearsal.cast import Cast
from opsflow.rehearsal.figures import Figures
from opsflow.rehearsal.giveaway import Giveaway, linking
from opsflow.rehearsal.opinions import Opinions
from opsflow.rehearsal.people import People

StageFlow: TypeAlias = "Flow[[str], State]"
AnyFlow = TypeVar("AnyFlow", bound="Flow[..., State]")


def _light(flow: AnyFlow) -> AnyFlow:
    """The same flow, without asking the server three times a run where results would go, were any kept: none is."""
    light = flow.with_options(persist_result=False, result_storage=Path(gettempdir()), validate_parameters=False)
    return cast(AnyFlow, light)


STAGE_FLOWS: Mapping[Stage, StageFlow] = {
    Stage.INITIAL_PLANNING: _light(initial_planning),
    Stage.COORDINATION: _light(coordination),
    Stage.DECISION: _light(decision),
    Stage.EXECUTION: _light(execution),
    Stage.CLOSING: _light(closing),
    Stage.REVIEW: _light(review),
}
TRACKING, DELIVERY, PAYING = _light(deadline_tracking), _light(notification_delivery), _light(prize_distribution)
Runner: TypeAlias = Callable[["Flow[..., State]", tuple[str, ...]], str]
"""Runs a flow with its keys and answers the name of the state it ended in."""
SWEEPS_AT = time(9, 5)
"""When, on each working day on which anything is to be told, the deadline tracker and the delivery run as flows."""
MOST_INSTANTS = 20_000
LAST = datetime.max.replace(tzinfo=UTC)


class Stuck(Conflict):
    """The campaign is not over, and nothing will ever move it."""

    def __init__(self, campaign: CampaignKey, at: datetime, waiting: list[str]) -> None:
        super().__init__(
            f"The rehearsal of {campaign} stands still at {at:%Y-%m-%d %H:%M}: "
            f"{listed(waiting) or 'no task is open and no stage may move'}. The SOP or the campaign file leaves this open."
        )


@dataclass
class QueueLauncher:
    """Keeps what is launched until the driver runs it: the motor of a rehearsal."""

    waiting: dict[str, tuple[CampaignKey, Stage]] = field(default_factory=dict)

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
        self.waiting.setdefault(key, (campaign, stage))
        return key

    def is_final(self, run: str) -> bool:
        return run not in self.waiting


@dataclass(frozen=True, slots=True)
class Progress:
    """What just happened, for whoever watches."""

    at: datetime
    runs: int
    what: str
    """A stage, or one of the sweeps."""
    state: str


def through_prefect(flow: "Flow[..., State]", keys: tuple[str, ...]) -> str:
    """Run a flow as Prefect does, and answer its state's name; what the flow raises is raised here."""
    state = flow(*keys, return_state=True)
    if not state.is_completed():
        state.result(raise_on_failure=True)
    return state.name or ""


class Driver:
    """One campaign on its way through virtual time."""

    def __init__(
        self,
        ctx: Context,
        cast: Cast,
        *,
        clock: VirtualClock,
        queue: QueueLauncher,
        watch: Callable[[Progress], None],
        runner: Runner | None = None,
    ) -> None:
        self.ctx, self.cast, self.clock, self.queue = ctx, cast, clock, queue
        self.campaign = cast.plan.campaign
        self.runs = 0
        self._watch, self._run = watch, runner or through_prefect
        self._acts: tuple[Act | Step, ...] | None = None
        self._steps: tuple[Step, ...] | None = None
        """What is next with the prizes: nothing but such a step changes that."""
        self._heard: set[str] = set()
        """Which waves of answers have come in."""
        self._opinions: tuple[Step, ...] | None = None
        """What participants and customer service do next; as above."""
        self._figures: tuple[Step, ...] | None = None
        """What the data department brings next; as above."""

    def run(self) -> None:
        """Until the campaign is archived or stopped and everybody has been told. Stuck: nothing moves it any more."""
        for _ in range(MOST_INSTANTS):
            coming = upcoming(linking(self.ctx), self.campaign)
            over = coming.status is not CampaignStatus.ACTIVE
            if over and coming.notice is None:
                return
            self._step(coming, () if over else self._intentions(), over=over)
        raise Stuck(self.campaign, self.clock.now(), self._waiting())

    def _step(self, coming: Upcoming, acts: tuple[Act | Step, ...], *, over: bool) -> None:
        now = self.clock.now()
        moves = [self._hour(max(coming.wake, now))] if coming.wake is not None and not over else []
        asking = None if over or coming.collection is None else self._hour(max(coming.collection, now))
        telling = [at for at in (None if over else coming.rung, coming.notice) if at is not None]
        engine = min((*moves, *(self._telling_hour(max(at, now)) for at in telling)), default=None)
        first = max(acts[0].at, now) if acts else None
        if asking is not None and asking < min((at for at in (engine, first) if at is not None), default=LAST):
            self.clock.move_to(asking)
            self._collect()
        elif first is not None and (engine is None or first <= engine):
            hour = self._hour(first)
            self._people(acts, until=min(hour, engine) if engine else hour)
        elif engine is None:
            raise Stuck(self.campaign, now.astimezone(self.cast.zone), self._waiting())
        elif self._is_sweep(engine):
            self._sweep(engine, asks=asking is not None and asking <= engine)
        else:
            self._engine(engine, asks=asking is not None and asking <= engine)

    def _intentions(self) -> tuple[Act | Step, ...]:
        """What people mean to do; the same until somebody acts or a stage moves."""
        if self._steps is None:
            self._steps = Giveaway(self.cast, self.ctx, self.clock.now()).steps()
        if self._figures is None:
            self._figures = Figures(self.cast, self.ctx, self.clock.now()).steps()
        if self._opinions is None:
            self._opinions = Opinions(self.cast, self.ctx, self.clock.now(), self._heard).steps()
        if self._acts is None:
            people = People(self.cast, worklist(self.ctx, self.campaign), self.clock.now()).acts()
            self._acts = tuple(sorted((*people, *self._steps, *self._figures, *self._opinions), key=lambda act: act.at))
        return self._acts

    def _people(self, acts: tuple[Act | Step, ...], *, until: datetime) -> None:
        """Everybody whose time comes before the next full hour; what they do is picked up then."""
        self._acts = None
        refused: set[str] = set()
        for act in acts:
            if act.at > until:
                return
            if isinstance(act, Vote) and act.approval in refused:
                continue
            self.clock.move_to(max(act.at, self.clock.now()))
            if isinstance(act, Step):
                if act.do is None:
                    self._flow(PAYING, what="payouts")
                else:
                    act.do(self.ctx, self.campaign)
                if self._figures and act in self._figures:
                    self._figures = None
                elif self._opinions and act in self._opinions:
                    self._opinions = None
                else:
                    self._steps = self._opinions = None  # who takes part now is to be asked
                return  # what it makes possible may come before what others mean to do
            perform(self.ctx, self.campaign, act)
            if isinstance(act, Vote) and act.verdict is Verdict.REJECT:
                refused.add(act.approval)

    def _engine(self, at: datetime, *, asks: bool) -> None:
        self.clock.move_to(at)
        self._drain()
        if not self._swept_soon(at):
            if asks:
                self._collect()
            tick(self.ctx)
            self._drain()
            deliver_due(self.ctx)

    def _drain(self) -> None:
        while launch_due(self.ctx) or self.queue.waiting:
            self._acts = None
            launched, self.queue.waiting = self.queue.waiting, {}
            for campaign, stage in launched.values():
                # The flow gives itself what is missing of these: one call more.
                with tags(f"campaign:{campaign}", f"level:{self.cast.loaded.campaign.level}", f"stage:{stage}"):
                    self._flow(STAGE_FLOWS[stage], campaign, what=stage)

    def _collect(self) -> None:
        """Without a run of its own: the others are as many as a rehearsal may make."""
        self._opinions = self._acts = None
        for campaign, reason in collect(linking(self.ctx)).failures.items():
            raise Conflict(f"Participants of {campaign} cannot be asked: {reason}")

    def _sweep(self, at: datetime, *, asks: bool) -> None:
        self.clock.move_to(at)
        if asks:
            self._collect()
        self._flow(TRACKING, what="deadlines")
        self._drain()
        self._flow(DELIVERY, what="delivery")

    def _flow(self, flow: "Flow[..., State]", *keys: str, what: str) -> None:
        name = self._run(flow, keys)
        self.runs += 1
        self._watch(Progress(self.clock.now(), self.runs, what, name))

    def _is_sweep(self, at: datetime) -> bool:
        local = at.astimezone(self.cast.zone)
        return local.time() == SWEEPS_AT and self.cast.calendar.is_working_day(local.date())

    def _swept_soon(self, at: datetime) -> bool:
        """Whether the flows of the day are about to do what would be done at this hour."""
        local = at.astimezone(self.cast.zone)
        return local.time() == time(SWEEPS_AT.hour) and self.cast.calendar.is_working_day(local.date())

    def _telling_hour(self, at: datetime) -> datetime:
        hour = self._hour(at)
        return instant(local_date(hour, self.cast.zone), SWEEPS_AT, self.cast.zone) if self._swept_soon(hour) else hour

    def _hour(self, at: datetime) -> datetime:
        """The full hour at or after an instant, on the campaign's clocks."""
        local = at.astimezone(self.cast.zone)
        floor = local.replace(minute=0, second=0, microsecond=0)
        return at if floor == local else at + (timedelta(hours=1) - (local - floor))

    def _waiting(self) -> list[str]:
        todo = worklist(self.ctx, self.campaign)
        tasks = [f"{task.code} waits for {task.owner}" for task in todo.tasks]
        approvals = [f"{each.subject} waits for {', '.join(each.waiting_for)}" for each in todo.approvals]
        meetings = [f"meeting {meeting.id} waits for {meeting.task.owner}" for meeting in todo.meetings]
        return [*tasks, *approvals, *meetings]
