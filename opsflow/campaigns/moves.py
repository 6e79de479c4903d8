"""What other working days do to a plan: which days change, and which tasks move. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.livetimes import window_of
from opsflow.campaigns.plan import Infeasible, Plan, PlannedTask
from opsflow.campaigns.planner import plan
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation
from opsflow.workdays.model import WorkCalendar

USUAL = Text("working day", "工作日")
UNHURRIED = timedelta(days=400)
"""So long before its launch today pushes no task of a campaign."""


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that one calendar works and the other does not."""

    day: date
    before: Text
    after: Text
    works: bool
    """Afterwards. What a house calls a day does not always tell."""


@dataclass(frozen=True, slots=True)
class Move:
    """A task whose dates or people change."""

    before: PlannedTask
    after: PlannedTask


@dataclass(frozen=True, slots=True)
class Comparison:
    """One campaign planned on two sets of working days."""

    before: Plan | Infeasible
    after: Plan | Infeasible
    unhurried: bool
    """It does not fit from today on; compared is how it was laid out when there was time."""

    @property
    def moves(self) -> tuple[Move, ...]:
        """The tasks that move, in the order they had."""
        if not isinstance(self.before, Plan) or not isinstance(self.after, Plan):
            return ()
        new = {task.id: task for task in self.after.tasks}
        pairs = (Move(task, new[task.id]) for task in self.before.tasks)
        return tuple(pair for pair in pairs if _placed(pair.before) != _placed(pair.after))


def _placed(task: PlannedTask) -> tuple[object, ...]:
    return task.start, task.due, task.owner, task.approvers


def changed_days(before: WorkCalendar, after: WorkCalendar, years: Iterable[int]) -> Iterator[ChangedDay]:
    """Every day of some years that is worked in one calendar and not in the other."""
    for year in years:
        first = date(year, 1, 1)
        for day in (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)):
            if before.is_working_day(day) != after.is_working_day(day):
                reasons = before.reason(day) or USUAL, after.reason(day) or USUAL
                yield ChangedDay(day, *reasons, works=after.is_working_day(day))


def compare(loaded: Loaded, adopted: Organisation, today: date) -> Comparison:
    """A campaign on the working days that it has, and on those of the organisation as it would be."""
    found = _both(loaded, adopted, today, unhurried=False)
    if isinstance(found.before, Plan):
        return found
    return _both(loaded, adopted, window_of(loaded.campaign).first_day - UNHURRIED, unhurried=True)


def _both(loaded: Loaded, adopted: Organisation, today: date, *, unhurried: bool) -> Comparison:
    before, after = (
        plan(loaded.campaign, organisation, loaded.sop, working_days(organisation), today)
        for organisation in (loaded.organisation, adopted)
    )
    return Comparison(before, after, unhurried)
