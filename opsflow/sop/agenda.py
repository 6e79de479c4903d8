"""How long meetings are: the minutes of a topic at S, and their share at the other levels."""

from decimal import Decimal

from opsflow.kernel.terms import Level
from opsflow.sop.model import AgendaTopic, Meeting

SHARE = {Level.S: Decimal(1), Level.A: Decimal(2) / 3, Level.B: Decimal(1) / 2, Level.C: Decimal(1) / 2}
"""How long a topic takes at a level, of its minutes at S (sop-outline section 2)."""


def topics_of(meeting: Meeting, *, written: bool) -> list[AgendaTopic]:
    """The topics of a meeting that is held, or of its written form."""
    return [topic for topic in meeting.topics if (topic.minutes is None) == written] or list(meeting.topics)


def topic_minutes(topic: AgendaTopic, level: Level) -> int | None:
    """A topic's minutes at a level, rounded to five: an agenda that says 6.67 minutes is not believed."""
    return None if topic.minutes is None else max(5, int((topic.minutes * SHARE[level] + Decimal("2.5")) // 5 * 5))


def meeting_minutes(meeting: Meeting, level: Level) -> int:
    """How long a meeting is at a level; 0 when it is held in writing."""
    topics = topics_of(meeting, written=level in meeting.written_levels)
    return sum(topic_minutes(topic, level) or 0 for topic in topics)
