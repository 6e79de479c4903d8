"""The ladder of a deadline, and which of its due steps are told: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import instant, local_date
from opsflow.sop.model import LevelPolicy
from opsflow.workdays.hours import USUAL_SPANS, Span, add_working_hours, day_start
from opsflow.workdays.model import WorkCalendar

REMINDER, SNOOZED, HEAD = "remind-", "remind-snoozed-", "overdue-head"
INCIDENT, HANDOVER = "incident-", "handover-"
DIGEST = "digest-"
TEMPLATES = (
    (INCIDENT, "incident_escalated"),
    (HANDOVER, "incident_handover"),
    (DIGEST, "task_in_digest"),
    (REMINDER, "task_reminder"),
    (HEAD, "task_overdue"),
)
"""How the name of a step begins, and its message; any other one escalates."""
ESCALATED = "task_escalated"
MIDNIGHT, ONE_DAY = time(0), timedelta(days=1)
HEAD_START = 4
"""Working hours. What begins after its due date has these before its first step, where that comes at once when late."""


class RungStatus(StrEnum):
    """Where a step of somebody's ladder stands."""

    WAITING = "waiting"
    FIRED = "fired"
    SUPERSEDED = "superseded"
    """A later step was due by the time it could be told."""
    KILLED = "killed"
    """What it was about is closed or has moved."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: when, and who is told."""

    name: str
    """`remind-3`, `remind-0`, `overdue-head`, `overdue-coordination_post`, `overdue-leader`."""
    at: datetime
    to: Role | None
    """None: the task's owner."""
    days_left: int | None = None
    """Reminders: working days before due."""
    hours_late: int | None = None
    """Escalations: working hours after due; of what began after that, since it began."""
    minutes_late: int | None = None
    """Incidents: clock minutes after they were opened."""

    @property
    def figures(self) -> dict[str, Value]:
        """What the step adds to its message."""
        figures: dict[str, Value] = {
            "days_left": self.days_left,
            "hours_late": self.hours_late,
            "minutes_late": self.minutes_late,
        }
        return {name: value for name, value in figures.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A step for one person, as it is stored. The caller says who fills the step's role."""

    campaign: CampaignKey
    task: TaskCode
    plan_revision: int
    step: Step
    person: PersonKey
    matter: str
    matter_version: int
    data: Mapping[str, Value] = field(default_factory=dict)
    """Of the message: campaign_title, task, code, due, and for escalations owner_name and role_title."""
    hours: str | None = None
    """Of its notice, when that is urgent."""

    @property
    def key(self) -> str:
        """The key of the row; a raised matter (a new owner, say) gets rungs of its own."""
        return key(
            "rung", self.campaign, self.task, self.plan_revision, self.step.name, self.person, self.matter_version
        )


@dataclass(frozen=True, slots=True)
class Due:
    """A stored rung whose time has come."""

    key: str
    campaign: CampaignKey
    task: TaskCode
    name: str
    at: datetime
    person: PersonKey
    matter: str
    matter_version: int
    data: Mapping[str, Any]
    hours: str | None
    role: str
    """Whom it goes to: a role, or `owner`."""
    alive: bool
    """Its matter is open, in the version the rung was set for."""

    @property
    def told(self) -> str:
        """The key of what the person is told: once per step and revision of the plan, whatever was raised (F03)."""
        return self.key.rpartition("/")[0]

    @property
    def reminds(self) -> bool:
        """Whether it comes before the deadline."""
        return self.name.startswith(REMINDER)

    @property
    def digests(self) -> bool:
        """Whether it is a line of the daily digest."""
        return self.name.startswith(DIGEST)

    @property
    def urgent(self) -> bool:
        """Whether it is about an incident."""
        return self.name.startswith((INCIDENT, HANDOVER))

    @property
    def template(self) -> str:
        """The message of this step."""
        return next((template for begins, template in TEMPLATES if self.name.startswith(begins)), ESCALATED)


@dataclass(frozen=True, slots=True)
class Turn:
    """When the lines of a campaign's digest come round: at the beginning of the last working day, and of the next."""

    day: date
    at: datetime
    next_day: date
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of due rungs."""

    fire: tuple[Due, ...]
    superseded: tuple[Due, ...]
    killed: tuple[Due, ...]


def ladder(
    *,
    opens: datetime,
    due: datetime,
    days: int,
    weighty: bool,
    policy: LevelPolicy,
    zone: ZoneInfo,
    calendar: WorkCalendar,
    spans: Sequence[Span] = USUAL_SPANS,
    begun: datetime | None = None,
) -> tuple[Step, ...]:
    """The steps of one deadline, in the order of their instants.

    `opens`: when the task opened (or is to open). `days`: its length in working days. `weighty`: critical, or a gate
    hangs on it. Reminders come in the morning, and only after the task has opened: its opening says the date already.
    `begun`: when it was first asked of anybody, where that was somebody else. What begins after it was due is counted
    from then: nobody hears that somebody is late in the minute in which they are asked.
    """
    # Two reminders that fall on one morning are one (F09): the later of the two counts.
    mornings = {_morning(due, before, zone, calendar): before for before in _days_before(policy, days)}
    reminders = [
        Step(f"{REMINDER}{before}", at, None, days_left=before) for at, before in mornings.items() if opens < at < due
    ]
    steps = policy.escalation_critical if weighty else policy.escalation_other
    began = begun or opens
    since = max(due, began)
    lead = HEAD_START if began >= due and any(step.after_hours == 0 for step in steps) else 0
    escalations = [
        Step(
            HEAD if step.to is Role.DEPARTMENT_HEAD else f"overdue-{step.to}",
            add_working_hours(since, lead + step.after_hours, zone=zone, calendar=calendar, spans=spans),
            step.to,
            hours_late=lead + step.after_hours,
        )
        for step in steps
    ]
    found = [*reminders, *escalations]
    if policy.other_in_digest and not weighty:
        found += _in_digest(since, escalations, zone, calendar)
    return tuple(sorted(found, key=lambda step: step.at))


def _in_digest(since: datetime, escalations: Sequence[Step], zone: ZoneInfo, calendar: WorkCalendar) -> Iterator[Step]:
    """From the working day after the last step on the task stands in the digest of those who heard of it; where nobody
    did, in that of the head. The later days follow one by one, as long as it is overdue.
    """
    last = max((step.at for step in escalations), default=since)
    day = calendar.shift(local_date(last, zone) + ONE_DAY, 0)
    for role in [step.to for step in escalations] or [Role.DEPARTMENT_HEAD]:
        yield Step(f"{DIGEST}{day}", instant(day, MIDNIGHT, zone), role)


def turn_of(now: datetime, *, zone: ZoneInfo, calendar: WorkCalendar) -> Turn:
    """The working day that has begun last, and the one after it."""
    today = local_date(now, zone)
    day = today if calendar.is_working_day(today) else calendar.shift(today, -1)
    after = calendar.shift(day, 1)
    return Turn(day, instant(day, MIDNIGHT, zone), after, instant(after, MIDNIGHT, zone))


def snoozed(number: int, until: datetime) -> Step:
    """The reminder that comes instead of those a snooze has silenced."""
    return Step(f"{SNOOZED}{number}", until, None)


def _days_before(policy: LevelPolicy, days: int) -> tuple[int, ...]:
    return next((rule.days_before for rule in policy.reminders if days >= rule.length_from), ())


def _morning(due: datetime, before: int, zone: ZoneInfo, calendar: WorkCalendar) -> datetime:
    day = local_date(due, zone)
    # Nobody is told anything on a day off: what is due then is remembered on the last working day before it.
    back = max(before, 0 if calendar.is_working_day(day) else 1)
    return day_start(calendar.shift(day, -back), zone)


def settle(due: Sequence[Due]) -> Settled:
    """Sort due rungs: a dead one is killed, and nobody is told two steps of one task at once (F32).

    After an outage each person is told the highest step that is theirs; a reminder is not told when any later step of
    its task is due, because the date it reminds of is past.
    """
    alive = sorted((rung for rung in due if rung.alive), key=lambda rung: (rung.at, rung.name))
    highest = {(rung.campaign, rung.task, rung.person): rung for rung in alive}
    last = {(rung.campaign, rung.task): rung.at for rung in alive}
    fire = tuple(rung for rung in highest.values() if not rung.reminds or rung.at == last[rung.campaign, rung.task])
    told = {rung.key for rung in fire}
    return Settled(
        fire=fire,
        superseded=tuple(rung for rung in alive if rung.key not in told),
        killed=tuple(rung for rung in due if not rung.alive),
    )
