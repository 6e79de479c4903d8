"""The rest of a campaign planned anew: every date that gives way, and whether the launch holds. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.crosscheck import Together, campaign_findings
from opsflow.campaigns.livetimes import window_of
from opsflow.campaigns.model import CampaignFile
from opsflow.engine.replanning.change import Change, Said, Slip, moved_file
from opsflow.engine.replanning.dates import live_task, owned, written
from opsflow.engine.replanning.items import (
    Ground,
    after_of,
    before_of,
    ground_of,
    leads_to_launch,
    standing_of,
)
from opsflow.engine.replanning.lay import Placed, Rest, Standing
from opsflow.engine.replanning.shortage import Shortage, shortage
from opsflow.engine.replanning.stages import stages_of
from opsflow.engine.replanning.warned import provisional_years, warned
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation
from opsflow.sop.model import TaskKind
from opsflow.stages.model import FINAL, StageStatus, Stored, Task
from opsflow.workdays.hours import day_end


@dataclass(frozen=True)
class Replanned:
    """A campaign as it would be, beside what it is."""

    change: Change
    file: CampaignFile
    organisation: Organisation
    launch: datetime
    ends: datetime
    before: tuple[Task, ...]
    after: tuple[Task, ...]
    """The same tasks, in the same order."""
    stages: tuple[Stored, ...]
    said: Said
    provisional: bool
    warnings: tuple[Text, ...]
    float_days: int | None
    """Of the tightest chain to the launch; None: nothing leads to it any more."""
    short: Shortage | None
    """Why the launch does not hold; None: it does, or it is past."""

    @property
    def moves(self) -> tuple[tuple[Task, Task], ...]:
        """The tasks whose dates, people or state change."""
        pairs = zip(self.before, self.after, strict=True)
        return tuple((was, now) for was, now in pairs if _placing(was) != _placing(now))

    @property
    def rewritten(self) -> tuple[Task, ...]:
        """Every task of which anything changes, its float and its reasons included."""
        return tuple(now for was, now in zip(self.before, self.after, strict=True) if was != now)


def _placing(task: Task) -> tuple[object, ...]:
    return task.start, task.due, task.owner, task.deputy_for, task.approvers, task.repeats, task.status


def anew(snapshot: Snapshot, change: Change, organisation: Organisation) -> Replanned:
    """Plan the rest. What is done stays as it was, what has begun keeps its start, what somebody said stays said.

    A task ahead lies where the SOP has it, counted from the launch or the end, and later only where something it follows
    is later. Conflict: what is to move is past or done. BadInput, Refused: the change itself makes no sense.
    """
    if change.last_day is not None:
        _check_lives(snapshot)
    file, said = moved_file(snapshot.campaign.file, change, now=snapshot.now, launched=snapshot.was_launched)
    _check_file(snapshot, file, organisation)
    ground = ground_of(
        snapshot, file.conditions, window_of(file), working_days(organisation), relaunched=change.launch is not None
    )
    for slip in change.slips:
        ground = replace(ground, snapshot=_with_slip(ground, slip))
    rest = before_of(ground)
    before = {} if ground.launched else rest.placed()
    for slip in change.slips:
        _check_reachable(ground, slip, before)
    least = min((each.float_days for each in _open(before)), default=None)
    short = None
    if least is not None and least < 0:
        short = shortage(ground, rest, before, change, lambda other: _float_of(snapshot, other, organisation))
    placed = before | _laid_after(ground)
    tasks = tuple(_anew(ground, task, placed, file, organisation) for task in ground.snapshot.tasks)
    years = provisional_years(ground, tasks)
    return Replanned(
        change=change,
        file=file,
        organisation=organisation,
        launch=ground.window.start,
        ends=ground.window.end,
        before=snapshot.tasks,
        after=tasks,
        stages=stages_of(snapshot, tasks, ground.zone),
        said=said,
        provisional=bool(years),
        warnings=tuple(warned(tasks, organisation, ground.zone, years)),
        float_days=least,
        short=short,
    )


def _check_lives(snapshot: Snapshot) -> None:
    """The end moves only while something is still to be lived: a stage at its gate does not go live again."""
    execution = snapshot.other(Stage.EXECUTION)
    if execution.status in (StageStatus.GATE, *FINAL):
        raise Conflict(
            f"Execution of {snapshot.campaign.key} is {execution.status}: its live time is over, and so is what could be "
            "shortened or extended."
        )


def _check_file(snapshot: Snapshot, file: CampaignFile, organisation: Organisation) -> None:
    """A moved file is as sound as one that is read: nothing new is wrong with it."""
    was = {each.message for each in campaign_findings(Together(snapshot.campaign.file, organisation, snapshot.sop))}
    new = [each for each in campaign_findings(Together(file, organisation, snapshot.sop)) if each.message not in was]
    if new:
        raise BadInput(
            f"{file.key} cannot be moved like this: "
            + "; ".join(f"{' > '.join(map(str, each.loc))}: {each.message}" for each in new)
            + "."
        )


def _open(placed: Mapping[TaskCode, Placed]) -> list[Placed]:
    return [each for each in placed.values() if each.item.standing is not Standing.OVER]


def _float_of(snapshot: Snapshot, change: Change, organisation: Organisation) -> int:
    """The float that a launch day would leave, the present one among them: a launch that is brought forward may end there."""
    if change.launch == window_of(snapshot.campaign.file).first_day:
        change = replace(change, launch=None)
    file, _ = moved_file(snapshot.campaign.file, change, now=snapshot.now, launched=snapshot.was_launched)
    ground = ground_of(
        snapshot, file.conditions, window_of(file), working_days(organisation), relaunched=change.launch is not None
    )
    for slip in change.slips:
        ground = replace(ground, snapshot=_with_slip(ground, slip))
    return min(each.float_days for each in _open(before_of(ground).placed()))


def _with_slip(ground: Ground, slip: Slip) -> Snapshot:
    """The snapshot in which somebody has said when a task will be finished."""
    snapshot = ground.snapshot
    task = snapshot.task(slip.task)
    if task is None:
        raise NotFound(f"Campaign {snapshot.campaign.key} has no task {slip.task}. `opsflow plan` lists its tasks.")
    if task.finished:
        raise Conflict(f"Task {task.code} of {snapshot.campaign.key} is {task.status}: done work never moves.")
    if task.kind in (TaskKind.LIVE, TaskKind.LAUNCH):
        raise Refused(
            f"Task {task.code} of {snapshot.campaign.key} moves with the live window: use --launch, or `campaign shorten` "
            "and `campaign extend`."
        )
    if not ground.calendar.is_working_day(slip.due):
        other = ground.calendar.shift(slip.due, 0)
        raise BadInput(f"{slip.due} is no working day, so {task.code} is not due on it: name {other}, or one before.")
    due = day_end(slip.due, ground.zone)
    if due <= snapshot.now:
        raise BadInput(f"{slip.due} is past: {task.code} is still to be finished. Name a day from today on.")
    tasks = tuple(replace(each, held_due=due) if each is task else each for each in snapshot.tasks)
    return replace(snapshot, tasks=tasks)


def _check_reachable(ground: Ground, slip: Slip, before: Mapping[TaskCode, Placed]) -> None:
    found = (before or {}).get(slip.task) or _laid_after(ground).get(slip.task)
    if found is not None and found.item.standing is Standing.AHEAD and found.last > ground.calendar.index(slip.due):
        first, last = (ground.calendar.at(day) for day in (found.first, found.last))
        raise BadInput(
            f"{slip.task} cannot be finished by {slip.due}: it starts {first} at the earliest, and takes until {last} as "
            f"it is planned. Name {first} or later."
        )


def _laid_after(ground: Ground) -> dict[TaskCode, Placed]:
    """What follows the end; what may be late is measured from the last of it, as when it was planned first."""
    rest = after_of(ground)
    planned = [
        ground.ordinal(task.due) + 1 for task in ground.snapshot.tasks if task.code in _codes(rest) and task.finished
    ]
    last = max([*(each.finish for each in _open(rest.placed())), *planned], default=0)
    return rest.with_ceiling(last).placed()


def _codes(rest: Rest) -> set[TaskCode]:
    return {item.code for item in rest.items}


def _anew(
    ground: Ground, task: Task, placed: Mapping[TaskCode, Placed], file: CampaignFile, organisation: Organisation
) -> Task:
    if task.kind in (TaskKind.LIVE, TaskKind.LAUNCH):
        return live_task(ground, task)
    if standing_of(task) is Standing.OVER:
        return task
    found = placed.get(task.code)
    if found is None or (ground.launched and leads_to_launch(ground, task)):
        # Late for a launch that is past, or added for the live time: only what somebody said moves it.
        return task if task.held_due is None else replace(task, due=task.held_due)
    return owned(ground, task, written(ground, task, found, placed), file, organisation)
