"""At what hour simulated people act: early enough for what others still have to do on the same day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from opsflow.kernel.terms import TaskCode
from opsflow.kernel.zoned import instant, local_date
from opsflow.rehearsal.cast import Cast
from opsflow.rehearsal.voices import chance
from opsflow.sop.model import TaskKind
from opsflow.stages.model import Task, TaskStatus
from opsflow.workdays.hours import add_working_hours, next_working_time

LAST_HOUR, FIRST_HOUR = 16, 9
AGAIN = 3
"""Hours that a refusal or a weak module adds to its day: doing it anew, and asking again."""
EVENING, MORNING = time(18), time(9)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD_FROM_DAYS, AHEAD_SHARE = 3, 0.3
"""Some of the longer tasks are handed in a day early."""


@dataclass(frozen=True)
class Timing:
    """The hours of one campaign, given its tasks as they stand."""

    cast: Cast
    tasks: tuple[Task, ...]

    @cached_property
    def _followers(self) -> Mapping[TaskCode, Sequence[Task]]:
        found: dict[TaskCode, list[Task]] = {}
        for task in self.tasks:
            for code in task.after:
                found.setdefault(code, []).append(task)
        return found

    @cached_property
    def _planned(self) -> frozenset[TaskCode]:
        return frozenset(task.id for task in self.cast.plan.tasks)

    def finish(self, task: Task) -> datetime:
        """When an open task is handed in."""
        opened = task.opened_at or task.start
        script = self.cast.script
        if task.kind is TaskKind.LAUNCH:
            return opened + timedelta(minutes=self._minute(task.code, 10, 40))
        hours = self.cast.delay(task.code)
        if task.code == script.late and script.late_until is not None:
            return max(script.late_until, opened, self._late(task.due, hours))
        if hours:
            return max(self._late(task.due, hours), self.soon(opened, task.code, 20, 50))
        if task.code not in self._planned:  # made on demand: somebody waits for it
            return self.soon(opened, task.code, 60, 100)
        return max(self._slot(task, self._day(task)), self.soon(opened, task.code, 20, 50))

    def vote(self, task: Task, *, requested: datetime, version: int, seat: str) -> datetime:
        """When a seat votes: on the due day, or soon when it is asked again."""
        soon = self.soon(requested, f"{task.code}/{seat}/{version}", 20, 50)
        late = self._late(max(task.due, requested), self.cast.delay(task.code, f"{seat}/{version}"))
        return max(soon, late) if version > 1 else max(self._slot(task, self._date(task.due), seat), soon, late)

    def score(self, task: Task, *, opened: datetime, number: int, reviewer: str) -> datetime:
        """When a reviewer scores."""
        soon = self.soon(opened, f"{task.code}/{reviewer}/{number}", 15, 50)
        late = self._late(max(task.due, opened), self.cast.delay(task.code, f"{reviewer}/{number}"))
        return max(soon, late) if number > 1 else max(self._slot(task, self._date(task.due), reviewer), soon, late)

    def meeting(self, task: Task, at: datetime) -> datetime:
        """When a meeting is held: at its hour, or as soon as it can be when it slipped."""
        opened = task.opened_at or task.start
        return at if opened < at else self.soon(opened, task.code, 20, 50)

    def answer(self, due: date, question: str) -> datetime:
        """When an open question is answered: in the morning of its day."""
        return instant(due, MORNING, self.cast.zone) + timedelta(minutes=self._minute(question, 60, 110))

    def record(self, task: Task, times: Sequence[datetime]) -> datetime:
        """When a live task is recorded: in the evening of the day it came round, or next morning; the last time on the
        spot, for that is when the task is due.
        """
        first = min(times)
        day = self._date(first)
        late = first >= instant(day, EVENING, self.cast.zone)
        hour, on = (MORNING, day + timedelta(days=1)) if late else (EVENING, day)
        usual = instant(on, hour, self.cast.zone) + timedelta(minutes=self._minute(task.code, 10, 50))
        return max(first, min(usual, task.due))

    def soon(self, after: datetime, what: str, least: int, most: int) -> datetime:
        """Some minutes of working time after an instant."""
        return self._working(self._later(after, what, least, most))

    def _late(self, due: datetime, hours: int) -> datetime:
        """So many working hours after an instant; for none, an instant before anything that is rehearsed."""
        if not hours:
            return LONG_AGO
        cast = self.cast
        return add_working_hours(due, hours, zone=cast.zone, calendar=cast.calendar, spans=cast.spans)

    def _later(self, after: datetime, what: str, least: int, most: int) -> datetime:
        return after + timedelta(minutes=self._minute(what, least, most))

    def _working(self, at: datetime) -> datetime:
        return next_working_time(at, zone=self.cast.zone, calendar=self.cast.calendar, spans=self.cast.spans)

    def _minute(self, what: str, least: int, most: int) -> int:
        return chance(self.cast.seed, self.cast.plan.campaign, what, "minute").randrange(least, most)

    def _date(self, at: datetime) -> date:
        return local_date(at, self.cast.zone)

    def _day(self, task: Task) -> date:
        due = self._date(task.due)
        if task.days < AHEAD_FROM_DAYS or chance(self.cast.seed, task.code, "ahead").random() > AHEAD_SHARE:
            return due
        return self.cast.calendar.shift(due, -1)

    def _slot(self, task: Task, day: date, who: str = "") -> datetime:
        hours = self._same_day(task, self._date(task.due)) + self._again(task)
        hour = time(max(FIRST_HOUR, LAST_HOUR - hours))
        minutes = self._minute(f"{task.code}/{who}", 5, 55)
        return self._working(instant(day, hour, self.cast.zone) + timedelta(minutes=minutes))

    def _again(self, task: Task) -> int:
        weak = task.kind is TaskKind.SELF_CHECK and self.cast.script.weak is not None
        return AGAIN if weak or self.cast.times_refused(task.code) else 0

    def _same_day(self, task: Task, day: date) -> int:
        """Hours that those who follow on the same day need."""
        rest = [
            1 + self._again(other) + self._same_day(other, day)
            for other in self._followers.get(task.code, ())
            if other.status is not TaskStatus.DONE and self._date(other.due) == day
        ]
        return max(rest, default=0)
