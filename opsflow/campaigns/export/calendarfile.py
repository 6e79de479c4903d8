"""A plan as an iCalendar file: an event per task, the same bytes for the same plan of the same day."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event

from opsflow.campaigns.export.model import Export
from opsflow.campaigns.plan import PlannedTask
from opsflow.kernel.text import Text
from opsflow.sop.agenda import meeting_minutes

PRODUCER = "-//opsflow//campaign plan//EN"
TURN = timedelta(minutes=30)
"""What a turn of a live task is shown as: it has no length of its own."""
_OWNER, _DEPARTMENT, _DELIVERABLE = Text("Owner", "负责人"), Text("Department", "部门"), Text("Deliverable", "交付物")
_CRITICAL = Text("critical", "关键")


def plan_ics(export: Export) -> bytes:
    """The whole plan.

    An event's UID is made of campaign and task, and its SEQUENCE of the day, so that a calendar which has read the plan of
    an earlier day moves its events. Tasks leave their days free; meetings do not.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", export.title[export.language])
    calendar.add("x-wr-timezone", export.zone.key)
    for event in _events(export):
        calendar.add_component(event)
    tasks = export.plan.tasks
    first, last = (min(task.start for task in tasks), max(task.due for task in tasks))
    calendar.add_missing_timezones(first_date=first.date() - timedelta(days=366), last_date=last.date())
    content: bytes = calendar.to_ical()
    return content


def _events(export: Export) -> Iterator[Event]:
    for task in export.plan.tasks:
        held = _meeting(export, task)
        if held:
            yield _event(export, task, "", *held, busy=True)
        elif task.repeats:
            for number, at in enumerate(task.repeats, start=1):
                yield _event(export, task, f"/{number}", at, at + TURN)
        else:
            yield _event(export, task, "", task.start, task.due)


def _meeting(export: Export, task: PlannedTask) -> tuple[datetime, datetime] | None:
    """When the meeting that is this task begins and ends; None for what is no meeting, or one in writing."""
    spec = export.meetings.get(task.id)
    planned = {stage.meeting.id: stage.meeting for stage in export.plan.stages if stage.meeting}
    length = meeting_minutes(spec, export.plan.level) if spec else 0
    if spec is None or spec.id not in planned or not length:
        return None
    begin = planned[spec.id].at
    return begin, begin + timedelta(minutes=length)


def _event(
    export: Export, task: PlannedTask, turn: str, start: datetime, end: datetime, *, busy: bool = False
) -> Event:
    event = Event()
    event.add("uid", f"{export.plan.campaign}/{task.id}{turn}@opsflow")
    # What a calendar goes by to tell the newer of two events with one UID (RFC 5546, 2.1.5), as fine as a plan knows the
    # time it was made. Two plans of one day are equally new to it; a clock would make the same plan another file each time.
    made = datetime.combine(export.made_on, time(), UTC)
    event.add("dtstamp", made)
    event.add("last-modified", made)
    event.add("sequence", export.made_on.toordinal())
    event.add("dtstart", start.astimezone(export.zone))
    event.add("dtend", end.astimezone(export.zone))
    event.add("summary", f"{task.id} {export.say(task.title)} ({export.owner(task)})")
    event.add("description", _description(export, task))
    event.add("categories", _categories(export, task))
    event.add("transp", "OPAQUE" if busy else "TRANSPARENT")
    return event


def _description(export: Export, task: PlannedTask) -> str:
    facts = [
        (_OWNER, export.owner(task)),
        (_DEPARTMENT, export.say(export.departments[task.department])),
        (_DELIVERABLE, export.say(task.deliverable)),
    ]
    lines = [f"{name[export.language]}: {fact}" for name, fact in facts if fact]
    return "\n".join([*lines, *export.because(task)])


def _categories(export: Export, task: PlannedTask) -> list[str]:
    critical = [_CRITICAL[export.language]] if task.critical else []
    return [export.title[export.language], export.say(export.stages[task.stage]), *critical]
