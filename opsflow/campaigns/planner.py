"""The planner: from a campaign, an organisation and an SOP to every deadline and owner, or why there are none. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from opsflow.campaigns import reasons, warnings
from opsflow.campaigns.livetimes import Window, due_of, in_words, occurrences, window_of
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.owners import Assignment, Roster
from opsflow.campaigns.plan import Infeasible, Plan, PlannedMeeting, PlannedStage, PlannedTask
from opsflow.campaigns.reasons import Grounds, say
from opsflow.campaigns.schedule import Course, Runway, Slot, after_end, before_launch, check_held, course
from opsflow.campaigns.shortfall import shortfall
from opsflow.kernel.terms import CampaignKey, Level, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import instant, local_date
from opsflow.org.model import Organisation
from opsflow.sop.model import Meeting, Sop, Task, TaskKind
from opsflow.workdays.hours import day_end, day_start
from opsflow.workdays.model import WorkCalendar

MEETING_AT = time(10)
"""When meetings are called, on the first day of their task."""


@dataclass(frozen=True, slots=True)
class _Brief:
    """What one planning works from."""

    campaign: CampaignFile
    organisation: Organisation
    sop: Sop
    calendar: WorkCalendar
    today: date
    window: Window
    roster: Roster
    course: Course

    @property
    def level(self) -> Level:
        return self.campaign.level

    @property
    def launch_day(self) -> date:
        return self.window.first_day

    @property
    def in_past(self) -> bool:
        """Planned after the fact: then nothing is pushed by today."""
        return self.launch_day < self.today

    def name(self, person: PersonKey) -> Text:
        return self.organisation.people[person].name


def plan(
    campaign: CampaignFile, organisation: Organisation, sop: Sop, calendar: WorkCalendar, today: date
) -> Plan | Infeasible:
    """Every date and owner of a campaign; a role that nobody fills is refused, all of them in one error."""
    brief = _brief(campaign, organisation, sop, calendar, today)
    measured = brief.course.measured
    check_held(measured, campaign.level)
    launch = calendar.index(brief.launch_day)
    if not brief.in_past and calendar.index(today) + measured.need > launch:
        return _infeasible(brief, measured)
    slots = _slots(brief, measured, launch)
    grounds = Grounds(
        calendar=calendar,
        level=campaign.level,
        policy=sop.levels[campaign.level],
        launch=brief.launch_day,
        last_live=brief.window.last_day,
        slots={slot.task.id: slot for slot in slots},
        launch_index=launch,
    )
    return _assembled(brief, _planned(brief, grounds, slots), natural=calendar.at(launch + measured.natural))


def _brief(campaign: CampaignFile, organisation: Organisation, sop: Sop, calendar: WorkCalendar, today: date) -> _Brief:
    laid = course(sop, campaign.level, _conditions(campaign, campaign.level))
    roster = Roster(campaign, organisation, sop.levels[campaign.level])
    roster.check(laid.tasks)
    return _Brief(campaign, organisation, sop, calendar, today, window_of(campaign), roster, laid)


def _conditions(campaign: CampaignFile, level: Level) -> frozenset[str]:
    return frozenset(campaign.conditions - {f"level:{campaign.level}"} | {f"level:{level}"})


def _infeasible(brief: _Brief, measured: Runway) -> Infeasible:
    def at_level(level: Level) -> Runway:
        return course(brief.sop, level, _conditions(brief.campaign, level)).measured

    found = shortfall(
        measured,
        brief.sop,
        brief.level,
        at_level=at_level,
        calendar=brief.calendar,
        launch=brief.launch_day,
        today=brief.today,
    )
    # Counted were the days from today on: to the launch asked for, and to the earliest that is possible.
    provisional = brief.calendar.provisional_years(brief.today, max(brief.launch_day, found.earliest_launch))
    return Infeasible(
        campaign=CampaignKey(brief.campaign.key),
        level=brief.level,
        short_by_working_days=found.short_by,
        earliest_launch=found.earliest_launch,
        provisional=bool(provisional),
        reasons=found.reasons,
        changes=found.changes,
        warnings=tuple(warnings.about_years(provisional)),
    )


def _slots(brief: _Brief, measured: Runway, launch: int) -> list[Slot]:
    policy = brief.sop.levels[brief.level]
    today = None if brief.in_past else brief.calendar.index(brief.today)
    return [
        *before_launch(measured, brief.level, policy, launch=launch, today=today),
        *after_end(
            brief.course.ending, brief.sop, brief.level, last_live=brief.window.last_day, calendar=brief.calendar
        ),
    ]


def _planned(brief: _Brief, grounds: Grounds, slots: Iterable[Slot]) -> list[PlannedTask]:
    makers = {TaskKind.LAUNCH: _launch_task, TaskKind.LIVE: _live_task}
    fixed = [makers[task.kind](brief, task) for task in brief.course.tasks if task.kind in makers]
    return [*(_on_working_days(brief, grounds, slot) for slot in slots), *fixed]


def _on_working_days(brief: _Brief, grounds: Grounds, slot: Slot) -> PlannedTask:
    zone = brief.window.zone
    first, last = grounds.day(slot.first), grounds.day(slot.last)
    return _task(
        brief,
        slot.task,
        brief.roster.assign(slot.task, first, last),
        start=day_start(first, zone),
        due=day_end(last, zone),
        days=slot.days,
        latest=(grounds.day(slot.latest_first), grounds.day(slot.latest_last)),
        float_days=slot.float_days,
        critical=slot.critical,
        because=reasons.because(slot, grounds),
    )


def _launch_task(brief: _Brief, task: Task) -> PlannedTask:
    window, day = brief.window, brief.launch_day
    # A launch in the evening is due an hour later: a task is never due before it starts.
    due = max(day_end(day, window.zone), window.start + timedelta(hours=1))
    return _task(
        brief,
        task,
        brief.roster.assign(task, day, day),
        start=window.start,
        due=due,
        days=task.days[brief.level],
        latest=(day, day),
        critical=True,
        because=reasons.launch_reasons(day, brief.calendar.is_working_day(day)),
    )


def _live_task(brief: _Brief, task: Task) -> PlannedTask:
    window, rule = brief.window, task.live[brief.level]
    times = occurrences(rule, window)
    start, due = times[0] if times else window.start, due_of(rule, window, times)
    days = local_date(start, window.zone), min(local_date(due, window.zone), window.last_day)
    return _task(
        brief,
        task,
        brief.roster.assign(task, *days),
        start=start,
        due=due,
        latest=days,
        repeats=times,
        repeat_rule=in_words(rule),
        because=reasons.live_reasons(in_words(rule), len(times)),
    )


def _task(
    brief: _Brief,
    task: Task,
    assigned: Assignment,
    *,
    start: datetime,
    due: datetime,
    latest: tuple[date, date],
    because: tuple[Text, ...],
    days: int = 0,
    float_days: int = 0,
    critical: bool = False,
    repeats: tuple[datetime, ...] = (),
    repeat_rule: Text | None = None,
) -> PlannedTask:
    zone, last_day = brief.window.zone, latest[1]
    return PlannedTask(
        id=task.id,
        stage=task.stage,
        kind=task.kind,
        title=task.title,
        role=task.owner.role,
        department=task.owner.department,
        owner=assigned.owner,
        deputy_for=assigned.deputy_for,
        approvers=assigned.approvers,
        days=days,
        start=start,
        due=due,
        earliest_start=local_date(start, zone),
        earliest_finish=min(local_date(due, zone), last_day) if repeat_rule else local_date(due, zone),
        latest_start=latest[0],
        latest_finish=last_day,
        float_days=float_days,
        critical=critical,
        gate_task=task.gate_task,
        after=brief.course.follows[task.id],
        deliverable=task.deliverable,
        repeats=repeats,
        repeat_rule=repeat_rule,
        because=(*because, *_people_reasons(brief, assigned)),
    )


def _people_reasons(brief: _Brief, assigned: Assignment) -> list[Text]:
    texts: list[Text] = []
    if assigned.approvers:
        names = reasons.joined([brief.name(person) for person in assigned.approvers])
        texts.append(
            say(
                "Approved by {names} (level {level}).",
                "审批人：{names}（{level} 级）。",
                names=names,
                level=brief.level.value,
            )
        )
    if assigned.deputy_for is not None:
        texts.append(
            reasons.stand_in(brief.name(assigned.owner), brief.name(assigned.deputy_for), wrote=assigned.wrote)
        )
    return texts


def _assembled(brief: _Brief, tasks: Sequence[PlannedTask], *, natural: date) -> Plan:
    ordered = sorted(tasks, key=lambda task: (task.start, task.due, task.id))
    stages = tuple(_stage(brief, stage, [task for task in ordered if task.stage is stage]) for stage in Stage)
    provisional = _provisional_years(brief, ordered)
    return Plan(
        campaign=CampaignKey(brief.campaign.key),
        level=brief.level,
        launch=brief.window.start,
        end=brief.window.end,
        provisional=bool(provisional),
        stages=stages,
        warnings=(
            *warnings.about_lead(brief.calendar, launch=brief.launch_day, natural=natural, today=brief.today),
            *warnings.about_overrides(brief.roster.ignored_overrides(brief.course.tasks)),
            *warnings.about_people(ordered, brief.organisation, brief.window.zone),
            *warnings.about_years(provisional),
        ),
    )


def _provisional_years(brief: _Brief, tasks: Sequence[PlannedTask]) -> tuple[int, ...]:
    days = [brief.launch_day, brief.window.last_day]
    days += [day for task in tasks for day in (task.earliest_start, task.latest_finish)]
    return brief.calendar.provisional_years(min(days), max(days))


def _stage(brief: _Brief, stage: Stage, tasks: Sequence[PlannedTask]) -> PlannedStage:
    return PlannedStage(
        name=stage,
        opens=min((task.start for task in tasks), default=None),
        closes=max((task.due for task in tasks), default=None),
        meeting=_meeting(brief, stage, tasks),
        tasks=tuple(tasks),
    )


def _meeting(brief: _Brief, stage: Stage, tasks: Sequence[PlannedTask]) -> PlannedMeeting | None:
    """The meeting a stage leads up to: the last one (a review has its hot debrief before); execution has none."""
    if stage is Stage.EXECUTION:
        return None
    by_task = {meeting.task: meeting for meeting in brief.sop.meetings if meeting.stage is stage}
    held = [task for task in tasks if task.kind is TaskKind.MEETING and task.id in by_task]
    if not held:
        return None
    last = held[-1]
    day = local_date(last.start, brief.window.zone)
    meeting = by_task[last.id]
    return PlannedMeeting(meeting.id, instant(day, MEETING_AT, brief.window.zone), _mode(meeting, brief.level))


def _mode(meeting: Meeting, level: Level) -> Literal["meeting", "writing"]:
    return "writing" if level in meeting.written_levels else "meeting"
