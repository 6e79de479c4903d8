"""A second planner that shares no code with the first: longest paths by recursion over the SOP, days counted one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.terms import Level, TaskCode
from opsflow.sop.model import LevelPolicy, Sop, Task
from opsflow.workdays.model import WorkCalendar

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dates:
    """What both planners must agree on."""

    earliest_start: date
    earliest_finish: date
    latest_start: date
    latest_finish: date
    float_days: int


@dataclass
class SlowPlan:
    """Design section 4, read literally; boundaries are counted in working days from the launch, the launch being 0."""

    campaign: CampaignFile
    sop: Sop
    calendar: WorkCalendar
    today: date
    _before: dict[TaskCode, set[TaskCode]] = field(default_factory=dict)
    _heads: dict[TaskCode, int] = field(default_factory=dict)
    _tails: dict[TaskCode, int] = field(default_factory=dict)
    _starts: dict[TaskCode, int] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return self.campaign.level

    @property
    def policy(self) -> LevelPolicy:
        return self.sop.levels[self.level]

    @cached_property
    def by_code(self) -> Mapping[TaskCode, Task]:
        return {task.id: task for task in self.sop.tasks}

    # Which tasks there are, and what follows what

    def exists(self, task: Task) -> bool:
        timed = task.live if task.kind == "live" else task.days
        if task.on_demand or self.level not in timed:
            return False
        wanted = [set(condition.split("+")) for condition in task.when]
        return not wanted or any(parts <= set(self.campaign.conditions) for parts in wanted)

    def before(self, code: TaskCode) -> set[TaskCode]:
        """What really stands before a task: who is missing is replaced by whoever stood before them."""
        if code not in self._before:
            found: set[TaskCode] = set()
            for other in self.named_before(code):
                found |= {other} if self.exists(self.by_code[other]) else self.before(other)
            self._before[code] = found
        return self._before[code]

    def named_before(self, code: TaskCode) -> Iterator[TaskCode]:
        yield from self.by_code[code].after
        yield from (task.id for task in self.sop.tasks if code in task.before and self.exists(task))

    # The work before the launch

    @cached_property
    def building(self) -> list[TaskCode]:
        return [
            task.id
            for task in self.sop.tasks
            if self.exists(task) and task.stage not in {"closing", "review"} and task.kind not in {"live", "launch"}
        ]

    def days(self, code: TaskCode) -> int:
        return self.by_code[code].days[self.level]

    def head(self, code: TaskCode) -> int:
        """Working days of the longest chain before a task."""
        if code not in self._heads:
            chains = [self.head(other) + self.days(other) for other in self.before(code) if other in self.building]
            self._heads[code] = max(chains, default=0)
        return self._heads[code]

    def latest_finish(self, code: TaskCode) -> int:
        if code not in self._tails:
            task = self.by_code[code]
            limits = [1 if self.pinned(code) == 0 else 0]
            if (pinned := self.pinned(code)) is not None:
                limits.append(pinned + (self.days(code) or 1))
            elif task.as_late_as_possible and task.kind != "go_live" and self.policy.freeze is not None:
                limits.append(1 - self.policy.freeze)
            followers = [other for other in self.building if code in self.before(other)]
            limits += [self.latest_finish(other) - self.days(other) for other in followers]
            self._tails[code] = min(limits)
        return self._tails[code]

    def latest_start(self, code: TaskCode) -> int:
        return self.latest_finish(code) - self.days(code)

    def pinned(self, code: TaskCode) -> int | None:
        pin = self.by_code[code].pin
        return pin.days.get(self.level) if pin and pin.anchor == "launch" else None

    @property
    def contradicts_itself(self) -> bool:
        """A task is held on a day that is too late for itself or for what follows it."""
        held = [(code, pinned) for code in self.building if (pinned := self.pinned(code)) is not None]
        return any(pinned + (0 if self.days(code) else 1) > self.latest_start(code) for code, pinned in held)

    @cached_property
    def need(self) -> int:
        """The least number of working days with which everything lies between the first of them and the launch."""
        days = 0
        while not self.holds(days):
            days += 1
        return days

    def holds(self, days: int) -> bool:
        """Whether all that must be done fits when work begins so many working days before the launch, and pushes."""
        starts: dict[TaskCode, int] = {}

        def start(code: TaskCode) -> int:
            if code not in starts:
                reached = [start(other) + self.days(other) for other in self.before(code) if other in self.building]
                starts[code] = max([-days, *self.held(code), *reached])
            return starts[code]

        def day(code: TaskCode) -> int:
            """The day of a task without length."""
            if self.held(code) and max(self.held(code)) == start(code):
                return start(code) - 1
            before = [other for other in self.before(code) if other in self.building]
            reached = [other for other in before if start(other) + self.days(other) == start(code)]
            ends = [start(other) + self.days(other) - 1 if self.days(other) else day(other) for other in reached]
            return max(ends) if ends else start(code)

        return all(
            start(code) <= self.latest_start(code)
            and (self.days(code) > 0 or -days <= day(code) < (1 if self.pinned(code) == 0 else 0))
            for code in self.building
        )

    @cached_property
    def meeting(self) -> TaskCode | None:
        """The first meeting in a room: the one no other stands before."""
        written = {one.task for one in self.sop.meetings if self.level in one.written_levels}
        held = [
            code
            for code in self.building
            if self.by_code[code].kind == "meeting" and self.by_code[code].stage != "execution" and code not in written
        ]
        first = [code for code in held if not any(self.stands_before(other, code) for other in held)]
        return first[0] if first else None

    def stands_before(self, one: TaskCode, other: TaskCode) -> bool:
        return any(code == one or self.stands_before(one, code) for code in self.before(other))

    @cached_property
    def meeting_boundary(self) -> int:
        lead = -self.policy.first_meeting
        return lead if self.meeting is None else min(lead, self.latest_start(self.meeting))

    @cached_property
    def first_boundary(self) -> int:
        usual = self.meeting_boundary - (0 if self.meeting is None else self.head(self.meeting))
        return max(min(usual, -self.need), -self.working_days_to_launch)

    @cached_property
    def launch_day(self) -> date:
        """The launch, or the next working day: where days are counted from."""
        day = self.campaign.live.start.date()
        while not self.calendar.is_working_day(day):
            day += DAY
        return day

    @cached_property
    def working_days_to_launch(self) -> int:
        day, count = self.today, 0
        while day < self.launch_day:
            count += self.calendar.is_working_day(day)
            day += DAY
        return count

    @property
    def fits(self) -> bool:
        return self.working_days_to_launch >= self.need

    def start(self, code: TaskCode) -> int:
        """The earliest boundary a task may start at."""
        if code not in self._starts:
            before = [other for other in self.before(code) if other in self.building]
            reached = [self.start(other) + self.days(other) for other in before]
            self._starts[code] = max([self.floor(code), *reached])
        return self._starts[code]

    def floor(self, code: TaskCode) -> int:
        task, floors = self.by_code[code], [self.first_boundary]
        if task.stage == "execution":
            floors.append(min(-self.policy.build, self.latest_start(code)))
        elif self.meeting is not None and code not in self.ancestors(self.meeting):
            floors.append(min(self.meeting_boundary, self.latest_start(code)))
        return max([*floors, *self.held(code)])

    def held(self, code: TaskCode) -> list[int]:
        task = self.by_code[code]
        if task.pin and self.level in task.pin.days:
            return [task.pin.days[self.level] + (0 if self.days(code) else 1)]
        return [self.latest_start(code)] if task.as_late_as_possible else []

    def ancestors(self, code: TaskCode) -> set[TaskCode]:
        return {other for other in self.building if self.stands_before(other, code)}

    # What follows the end: boundary 0 is the first working day after the last live one

    @cached_property
    def ending(self) -> list[TaskCode]:
        return [
            task.id
            for task in self.sop.tasks
            if self.exists(task) and task.stage in {"closing", "review"} and task.kind != "live"
        ]

    @cached_property
    def last_live(self) -> date:
        return (self.campaign.live.end - timedelta(seconds=1)).date()

    def working_days_after_end(self, day: date) -> int:
        """The boundary at which the first working day not before a day begins."""
        days = ((self.last_live + n * DAY) for n in range(1, (day - self.last_live).days))
        return sum(map(self.calendar.is_working_day, days))

    def held_after_end(self, code: TaskCode) -> list[int]:
        """Boundaries that a task may not start before; one of no days stands on the day that begins there."""
        pin, found = self.by_code[code].pin, []
        if pin and self.level in pin.days:
            found.append(self.working_days_after_end(self.last_live + pin.days[self.level] * DAY))
        figures = {"hot_debrief": self.policy.hot_debrief, "review": self.policy.review}
        for meeting in self.sop.meetings:
            figure = figures.get(meeting.id)
            if figure is not None and meeting.task is not None and code in self.standing_for(meeting.task):
                found.append(figure - 1)
        return [boundary + (0 if self.days(code) else 1) for boundary in found]

    def standing_for(self, code: TaskCode) -> set[TaskCode]:
        """The task, or at a level without it the review tasks that lead to it."""
        if code in self.ending:
            return {code}
        leading = [other for other in self.by_code[code].after if self.by_code[other].stage == "review"]
        return {found for other in leading for found in self.standing_for(other)}

    def start_after_end(self, code: TaskCode) -> int:
        if code not in self._starts:
            reached = [self.start_after_end(other) + self.days(other) for other in self.before(code) & {*self.ending}]
            self._starts[code] = max([0, *self.held_after_end(code), *reached])
        return self._starts[code]

    def latest_finish_after_end(self, code: TaskCode) -> int:
        if code not in self._tails:
            last = max(self.start_after_end(other) + self.days(other) for other in self.ending)
            followers = [other for other in self.ending if code in self.before(other)]
            self._tails[code] = min(
                [last, *(self.latest_finish_after_end(other) - self.days(other) for other in followers)]
            )
        return self._tails[code]

    def nth_after_end(self, boundary: int) -> date:
        day = self.last_live
        while boundary >= 0:
            day += DAY
            boundary -= self.calendar.is_working_day(day)
        return day

    def dates_after_end(self, code: TaskCode) -> Dates:
        start, days = self.start_after_end(code), self.days(code)
        finish = self.latest_finish_after_end(code)
        if days:
            return Dates(
                self.nth_after_end(start),
                self.nth_after_end(start + days - 1),
                self.nth_after_end(finish - days),
                self.nth_after_end(finish - 1),
                finish - days - start,
            )
        on = self.milestone_after_end(code)
        latest = self.nth_after_end(max(finish - 1, on))
        return Dates(self.nth_after_end(on), self.nth_after_end(on), latest, latest, finish - start)

    def milestone_after_end(self, code: TaskCode) -> int:
        start, held = self.start_after_end(code), self.held_after_end(code)
        if held and max(held) == start:
            return start - 1
        reached = [
            other
            for other in self.before(code) & {*self.ending}
            if self.start_after_end(other) + self.days(other) == start
        ]
        ends = [
            self.start_after_end(other) + self.days(other) - 1 if self.days(other) else self.milestone_after_end(other)
            for other in reached
        ]
        return max(ends) if ends else start

    # From boundaries to days

    def nth(self, boundary: int) -> date:
        """The working day that begins at a boundary, found by walking."""
        day = self.launch_day
        while boundary:
            day += DAY if boundary > 0 else -DAY
            boundary -= self.calendar.is_working_day(day) * (1 if boundary > 0 else -1)
        return day

    def dates(self, code: TaskCode) -> Dates:
        start, days = self.start(code), self.days(code)
        slack = self.latest_start(code) - start
        if days:
            first, last = self.nth(start), self.nth(start + days - 1)
            latest = max(self.latest_finish(code) - 1, start + days - 1)
            return Dates(first, last, self.nth(self.latest_start(code)), self.nth(latest), slack)
        day = self.milestone_day(code)
        latest_day = max(self.nth(self.latest_finish(code) - 1), day)
        return Dates(day, day, latest_day, latest_day, slack)

    def milestone_day(self, code: TaskCode) -> date:
        """A task without length: held on its day, or the day its last predecessor ends, else where work may begin."""
        start, held = self.start(code), self.held(code)
        if held and max(held) == start:
            return self.nth(start - 1)
        reached = [
            other
            for other in self.before(code)
            if other in self.building and self.start(other) + self.days(other) == start
        ]
        return max(self.dates(other).earliest_finish for other in reached) if reached else self.nth(start)
