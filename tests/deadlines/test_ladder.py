"""The ladder of a deadline, as the level table says."""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import yaml

from opsflow.deadlines.model import Due, Step, ladder, settle
from opsflow.kernel.terms import CampaignKey, Level, PersonKey, Role, TaskCode
from opsflow.settings import SHIPPED
from opsflow.sop.model import LevelPolicy
from opsflow.workdays.service import calendar_for

SHANGHAI = ZoneInfo("Asia/Shanghai")


@cache
def policy(level: Level) -> LevelPolicy:
    """The policy of the standard SOP."""
    text = (SHIPPED / "sop" / "campaign" / "v1.yaml").read_text(encoding="utf-8")
    return LevelPolicy.model_validate(yaml.safe_load(text)["levels"][level])


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def steps(level: Level, *, days: int, weighty: bool = True, opens: str = "2026-08-03T09:00") -> list[tuple[str, str]]:
    """Name and local instant of each step; due Thursday 2026-08-20 18:00."""
    found = ladder(
        opens=local(opens), due=local("2026-08-20T18:00"), days=days, weighty=weighty, policy=policy(level),
        zone=SHANGHAI, calendar=calendar_for("CN"),
    )  # fmt: skip
    return [(step.name, f"{step.at.astimezone(SHANGHAI):%m-%d %H:%M}") for step in found]


LONG = [("remind-3", "08-17 09:00"), ("remind-1", "08-19 09:00"), ("remind-0", "08-20 09:00")]
CRITICAL_S = [
    ("overdue-head", "08-20 18:00"),
    ("overdue-coordination_post", "08-21 14:00"),
    ("overdue-leader", "08-21 18:00"),
]


@pytest.mark.parametrize(
    ("level", "days", "weighty", "expected"),
    [
        (Level.S, 5, True, LONG + CRITICAL_S),
        (Level.S, 4, True, LONG[1:] + CRITICAL_S),
        (Level.S, 2, True, LONG[2:] + CRITICAL_S),
        (
            Level.S,
            5,
            False,
            [*LONG, ("overdue-head", "08-21 14:00"), ("overdue-coordination_post", "08-24 14:00")]
            + [("digest-2026-08-25", "08-25 00:00")] * 2,
        ),
        (Level.B, 5, True, [*LONG[1:], ("overdue-head", "08-21 18:00"), ("overdue-coordination_post", "08-24 18:00")]),
        (Level.B, 5, False, [*LONG[1:], ("digest-2026-08-21", "08-21 00:00")]),
        (Level.C, 5, False, [*LONG[2:], ("digest-2026-08-21", "08-21 00:00")]),
        (Level.C, 1, True, [*LONG[2:], ("overdue-head", "08-24 18:00")]),
    ],
)
def test_steps_follow_the_level_table(level: Level, days: int, weighty: bool, expected: list[tuple[str, str]]) -> None:
    """F25, F26: working hours after due, over a night and a weekend."""
    assert steps(level, days=days, weighty=weighty) == expected


def test_no_reminder_comes_before_the_task_opens() -> None:
    assert steps(Level.S, days=5, opens="2026-08-18T09:00")[0] == LONG[1]


def test_a_task_that_opens_on_its_due_morning_is_not_reminded_as_well() -> None:
    """F09: two messages that say the same."""
    assert steps(Level.S, days=1, opens="2026-08-20T09:00") == CRITICAL_S


def test_what_is_due_on_a_day_off_is_remembered_once_on_the_last_working_day() -> None:
    """F09: the day before and the same day fall on one morning."""
    found = ladder(
        opens=local("2026-09-01T09:00"), due=local("2026-10-03T18:00"), days=5, weighty=False,
        policy=policy(Level.S), zone=SHANGHAI, calendar=calendar_for("CN"),
    )  # fmt: skip
    reminders = [(step.name, step.at.astimezone(SHANGHAI).date()) for step in found if step.to is None]
    assert reminders == [("remind-3", date(2026, 9, 28)), ("remind-0", date(2026, 9, 30))]


@pytest.mark.parametrize(
    ("level", "weighty", "expected"),
    [
        # At level S the head hears at once of what is late: what only begins then has half a working day before.
        (Level.S, True, [("head", "08-24 15:00", 4), ("coordination_post", "08-25 10:00", 8), ("leader", "08-25 15:00", 12)]),
        (Level.S, False, [("head", "08-24 15:00", 4), ("coordination_post", "08-25 15:00", 12)]),
        (Level.A, True, [("head", "08-24 15:00", 4), ("coordination_post", "08-25 10:00", 8), ("leader", "08-26 10:00", 16)]),
        (Level.C, True, [("head", "08-26 10:00", 16)]),
    ],
)  # fmt: skip
def test_what_begins_after_it_was_due_is_late_from_when_it_began(
    level: Level, weighty: bool, expected: list[tuple[str, str, int]]
) -> None:
    """Due Thursday the 20th, asked for on Monday the 24th at 10:00: nobody hears of it in that very minute."""
    found = late_steps(level, weighty=weighty, opens="2026-08-24T10:00")
    assert found == expected


def test_what_is_handed_over_when_late_begins_no_new_ladder() -> None:
    """Begun in time by somebody else: who hears of it hears as if nothing had been handed over."""
    begun = late_steps(Level.S, weighty=True, opens="2026-08-24T10:00", begun="2026-08-18T09:00")
    assert begun == [("head", "08-20 18:00", 0), ("coordination_post", "08-21 14:00", 4), ("leader", "08-21 18:00", 8)]


def test_what_opens_in_the_minute_it_is_due_has_its_head_start() -> None:
    assert late_steps(Level.S, weighty=True, opens="2026-08-20T18:00")[0] == ("head", "08-21 14:00", 4)


def test_the_digest_has_what_began_late_on_the_day_after() -> None:
    found = ladder(
        opens=local("2026-08-24T10:00"), due=local("2026-08-20T18:00"), days=1, weighty=False, policy=policy(Level.B),
        zone=SHANGHAI, calendar=calendar_for("CN"),
    )  # fmt: skip
    assert [step.name for step in found] == ["digest-2026-08-25"]


def late_steps(
    level: Level, *, weighty: bool, opens: str, begun: str | None = None
) -> list[tuple[str, str, int | None]]:
    """Whom, when and how many hours late, of what was due on Thursday 2026-08-20 18:00."""
    found = ladder(
        opens=local(opens), due=local("2026-08-20T18:00"), days=1, weighty=weighty, policy=policy(level),
        zone=SHANGHAI, calendar=calendar_for("CN"), begun=local(begun) if begun else None,
    )  # fmt: skip
    names = [(step.name.removeprefix("overdue-"), step) for step in found if step.name.startswith("overdue")]
    return [(name, f"{step.at.astimezone(SHANGHAI):%m-%d %H:%M}", step.hours_late) for name, step in names]


def test_escalations_name_who_is_told() -> None:
    found = ladder(
        opens=local("2026-08-03T09:00"), due=local("2026-08-20T18:00"), days=1, weighty=True,
        policy=policy(Level.S), zone=SHANGHAI, calendar=calendar_for("CN"),
    )  # fmt: skip
    assert [(step.to, step.hours_late) for step in found[1:]] == [
        (Role.DEPARTMENT_HEAD, 0),
        (Role.COORDINATION_POST, 4),
        (Role.LEADER, 8),
    ]


def due(name: str, at: str, person: str, *, task: str = "CO12", alive: bool = True) -> Due:
    return Due(
        key=f"rung/c/{task}/1/{name}/{person}/1", campaign=CampaignKey("c"), task=TaskCode(task), name=name,
        at=local(at), person=PersonKey(person), matter=f"task/c/{task}", matter_version=1, data={}, hours=None, role="owner",
        alive=alive,
    )  # fmt: skip


def test_after_an_outage_each_person_is_told_their_highest_step_only() -> None:
    """F32: a timer fires once per missed interval."""
    settled = settle(
        (
            due("remind-3", "2026-08-17T09:00", "lin"),
            due("remind-1", "2026-08-19T09:00", "lin"),
            due("overdue-head", "2026-08-20T18:00", "wang"),
            due("overdue-coordination_post", "2026-08-21T14:00", "zhao"),
            due("overdue-leader", "2026-08-21T18:00", "wang"),
            due("remind-3", "2026-08-17T09:00", "lin", task="CO13"),
        )
    )
    assert {(rung.task, rung.name) for rung in settled.fire} == {
        ("CO12", "overdue-coordination_post"),
        ("CO12", "overdue-leader"),
        ("CO13", "remind-3"),
    }
    assert {rung.name for rung in settled.superseded} == {"remind-3", "remind-1", "overdue-head"}


def test_what_is_dead_is_killed_and_supersedes_nothing() -> None:
    """F02: a dead rung of the old date does not silence the new one."""
    old, new = due("overdue-leader", "2026-08-21T18:00", "lin", alive=False), due("remind-1", "2026-08-19T09:00", "lin")
    settled = settle((new, old))
    assert (settled.fire, settled.killed, settled.superseded) == ((new,), (old,), ())


def test_a_step_carries_its_figure_into_the_message() -> None:
    assert Step("remind-3", local("2026-08-17T09:00"), None, days_left=3).figures == {"days_left": 3}
    assert Step("overdue-head", local("2026-08-20T18:00"), Role.DEPARTMENT_HEAD, hours_late=0).figures == {
        "hours_late": 0
    }
