"""What moved tasks do to their stages: when they open and close, and when their meeting is held. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from opsflow.campaigns.planner import MEETING_AT
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.zoned import instant, local_date
from opsflow.stages.model import FINAL, StageStatus, Stored, Task, TaskStatus


def stages_of(snapshot: Snapshot, tasks: Sequence[Task], zone: ZoneInfo) -> tuple[Stored, ...]:
    """Every stage as it is with these tasks; a stage none of whose tasks moves stays as it is."""
    return tuple(_stage(snapshot, stage, tasks, zone) for stage in snapshot.stages)


def _stage(snapshot: Snapshot, stage: Stored, tasks: Sequence[Task], zone: ZoneInfo) -> Stored:
    was = [task for task in snapshot.tasks if task.stage == stage.name]
    own = [task for task in tasks if task.stage == stage.name]
    moved = [(one.start, one.due) for one in was] != [(other.start, other.due) for other in own]
    if stage.status in FINAL or not moved:
        return stage
    counted = [task for task in own if task.status not in (TaskStatus.CANCELLED, TaskStatus.WAIVED)]
    opens = min(task.start for task in counted) if stage.status is StageStatus.PLANNED else stage.opens
    closes = max(task.due for task in counted)
    return replace(stage, opens=opens, closes=closes, meeting_at=_meeting_at(snapshot, stage, was, own, zone))


def _meeting_at(
    snapshot: Snapshot, stage: Stored, was: Sequence[Task], own: Sequence[Task], zone: ZoneInfo
) -> datetime | None:
    """At its hour of the day its task starts; when that is open and somebody named another day, on that."""
    spec = next((each for each in snapshot.sop.meetings if each.id == stage.meeting), None)
    pairs = [pair for pair in zip(was, own, strict=True) if spec is not None and pair[0].code == spec.task]
    for before, after in pairs:
        if after.finished or (before.start, before.due) == (after.start, after.due):
            continue
        day = local_date(after.due if after.status is TaskStatus.OPEN else after.start, zone)
        return instant(day, MEETING_AT, zone)
    return stage.meeting_at
