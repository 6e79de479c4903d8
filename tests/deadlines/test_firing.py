"""Each due step is told once, if what it speaks of is still open; ticks may come as they like."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from opsflow.context import Context
from opsflow.db.tables import CampaignRow
from opsflow.deadlines.model import Rung, Step
from opsflow.deadlines.service import fire_due
from opsflow.deadlines.store import next_rung, set_rungs, told
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox import store as outbox
from opsflow.outbox.matters import close_matter, open_matter, raise_matter
from opsflow.outbox.model import Listed
from opsflow.outbox.service import deliver
from tests.outbox.people import EVERYBODY, LIN, WANG, ZHAO

ELEVEN, CO12 = CampaignKey("double-eleven"), TaskCode("CO12")
MATTER = "task/double-eleven/CO12"
DUE = datetime(2026, 8, 6, 10, tzinfo=UTC)
"""Thursday 18:00 in Shanghai; the clock of the tests starts on Monday at 09:00."""
LADDER = (
    (Step("remind-1", DUE - timedelta(hours=33), None, days_left=1), LIN),
    (Step("remind-0", DUE - timedelta(hours=9), None, days_left=0), LIN),
    (Step("overdue-head", DUE, Role.DEPARTMENT_HEAD, hours_late=0), WANG),
    (Step("overdue-leader", DUE + timedelta(hours=23), Role.LEADER, hours_late=8), ZHAO),
)


@pytest.fixture
def started(ctx: Context) -> Context:
    """A campaign whose task CO12 is open."""
    with ctx.transaction() as session:
        session.add(
            CampaignRow(
                key=ELEVEN, title=Text.both("Double 11"), level="S", status="active", zone="Asia/Shanghai",
                language="en", launch=DUE, ends=DUE, sop_name="campaign", sop_version=1, file={}, organisation={},
                warnings=[], provisional=False, plan_revision=1, created_at=DUE,
            )
        )  # fmt: skip
        open_matter(session, MATTER)
    return ctx


def rung(step: Step, person: PersonKey, *, task: TaskCode = CO12, revision: int = 1, version: int = 1) -> Rung:
    return Rung(
        campaign=ELEVEN, task=task, plan_revision=revision, step=step, person=person, matter=MATTER,
        matter_version=version,
        data={
            "campaign_title": Text.both("Double 11"), "task": Text("Draft the proposal", "起草提案"), "code": task,
            "due": DUE, "owner_name": "Lin Tao", "role_title": Text("sponsor", "活动发起人"),
        },
    )  # fmt: skip


def set_ladder(ctx: Context, *, revision: int = 1, version: int = 1, later: timedelta = timedelta(0)) -> int:
    with ctx.transaction() as session:
        return set_rungs(
            session,
            [
                rung(replace(step, at=step.at + later), person, revision=revision, version=version)
                for step, person in LADDER
            ],
        )


def fates(ctx: Context) -> dict[str, str]:
    with ctx.transaction() as session:
        return {name: str(status) for _, name, status in told(session, ELEVEN)}


def tick(ctx: Context, clock: VirtualClock, hours: Sequence[float]) -> list[int]:
    """How many were told at each tick, so many hours after due."""
    found = []
    for hour in hours:
        clock.move_to(DUE + timedelta(hours=hour))
        found.append(fire_due(ctx))
    return found


def test_setting_the_same_rungs_again_changes_nothing(started: Context) -> None:
    assert (set_ladder(started), set_ladder(started)) == (4, 0)


def test_each_step_is_told_to_its_person_once(started: Context, clock: VirtualClock) -> None:
    """F03: unique by campaign, task, step, person and plan revision."""
    set_ladder(started)
    assert tick(started, clock, [-40, -33, -33, -9, 0, 23, 23]) == [0, 1, 0, 1, 1, 1, 0]
    assert set(fates(started).values()) == {"fired"}


TICKS = {
    "every hour": [float(hour) for hour in range(-40, 30)],
    "irregular": [-40, -31.7, -31.6, -8.2, 0.01, 0.02, 22.9, 23.5, 29],
    "each twice": [-33, -33, -9, -9, 0, 0, 23, 23],
    "late by five hours": [-28, -4, 5, 28],
}


@pytest.mark.parametrize("ticks", TICKS.values(), ids=TICKS.keys())
def test_however_ticks_come_the_same_is_told(started: Context, clock: VirtualClock, ticks: list[float]) -> None:
    """F07, F08: a reminder is due only if a tick falls in the exact hour, or fires twice."""
    set_ladder(started)
    assert sum(tick(started, clock, ticks)) == 4
    assert set(fates(started).values()) == {"fired"}


def test_after_an_outage_the_past_reminders_are_superseded(started: Context, clock: VirtualClock) -> None:
    """F32: after downtime a timer fires once per missed interval."""
    set_ladder(started)
    assert tick(started, clock, [1]) == [1]
    assert fates(started) == {
        "remind-1": "superseded",
        "remind-0": "superseded",
        "overdue-head": "fired",
        "overdue-leader": "waiting",
    }


def test_nothing_is_told_about_a_task_that_is_done(started: Context, clock: VirtualClock) -> None:
    """F01, F04: finished early, the reminder still goes out."""
    set_ladder(started)
    with started.transaction() as session:
        close_matter(session, MATTER)
    assert tick(started, clock, [30]) == [0]
    assert set(fates(started).values()) == {"killed"}


def test_a_move_kills_the_old_rungs_and_the_new_ones_fire_once(started: Context, clock: VirtualClock) -> None:
    """F02: moved by twelve days, the old reminder still fires."""
    set_ladder(started)
    with started.transaction() as session:
        version = raise_matter(session, MATTER)
    set_ladder(started, revision=2, version=version, later=timedelta(days=12))
    assert tick(started, clock, [-33, 0, 23]) == [0, 0, 0]
    assert tick(started, clock, [12 * 24 - 33, 12 * 24 - 33]) == [1, 0]


def test_a_raised_matter_repeats_no_step_to_somebody_who_was_told(started: Context, clock: VirtualClock) -> None:
    """F03: told again after the fix. A new owner gets the whole ladder, the head not the same step twice."""
    set_ladder(started)
    assert tick(started, clock, [-33, -9, 0]) == [1, 1, 1]
    with started.transaction() as session:
        version = raise_matter(session, MATTER)
        assert set_rungs(session, [rung(LADDER[2][0], WANG, version=version)]) == 1
    assert fire_due(started) == 0


def test_a_task_that_closes_between_firing_and_delivery_stays_unsaid(started: Context, clock: VirtualClock) -> None:
    """F13: re-checked when it is sent. Due at 18:00, the head would be told next morning."""
    set_ladder(started)
    tick(started, clock, [0])
    assert deliver(started, EVERYBODY).held == 1
    with started.transaction() as session:
        close_matter(session, MATTER)
    clock.move_to(DUE + timedelta(hours=15))
    assert deliver(started, EVERYBODY).dropped == 1


def test_the_messages_say_what_is_late_and_for_how_long(started: Context, clock: VirtualClock) -> None:
    set_ladder(started)
    for hour in (-33, -9, 0, 15, 23, 39):
        tick(started, clock, [hour])
        deliver(started, EVERYBODY)
    with started.transaction() as session:
        titles = [sent.text.splitlines()[0] for sent in outbox.sent(session, ELEVEN)]
        texts = [sent.text for sent in outbox.sent(session, ELEVEN)]
    assert titles == [
        "CO12 Draft the proposal: due tomorrow, 2026-08-06 Thu 18:00",
        "CO12 Draft the proposal: due today, 2026-08-06 Thu 18:00",
        "CO12 Draft the proposal: overdue since 2026-08-06 Thu 18:00 (Lin Tao)",
        "Escalated to you: CO12 Draft the proposal, overdue since 2026-08-06 Thu 18:00",
    ]
    assert "8 working hours later" in texts[-1]
    assert "as sponsor" in texts[-1]


def test_the_next_rung_is_known(started: Context, clock: VirtualClock) -> None:
    set_ladder(started)
    with started.transaction() as session:
        assert next_rung(session) == DUE - timedelta(hours=33)
    tick(started, clock, [23])
    with started.transaction() as session:
        assert next_rung(session) is None


def notices(ctx: Context) -> list[Listed]:
    with ctx.transaction() as session:
        return sorted(outbox.ledger(session), key=lambda each: (each.person, each.template, str(each.data["code"])))


def test_what_the_database_tells_is_what_the_rules_tell(started: Context, clock: VirtualClock) -> None:
    """Every step of every kind, word for word; and what is dead is told by neither (F01)."""
    names = ("remind-1", "overdue-head", "overdue-leader", "incident-leader", "handover-x", "digest-2026-08-06")
    steps = [Step(name, DUE, None) for name in names]

    def fire(prefix: str, few: int) -> list[tuple[object, ...]]:
        with started.transaction() as session:
            set_rungs(session, [rung(step, LIN, task=TaskCode(f"{prefix}{n}")) for n, step in enumerate(steps)])
            set_rungs(session, [rung(steps[0], LIN, task=TaskCode(f"{prefix}9"), version=7)])
        assert fire_due(started, few=few) == len(names)
        found = [each for each in notices(started) if str(each.data["code"]).startswith(prefix)]
        return [
            (
                each.template,
                {**each.data, "code": str(each.data["code"])[1:]},
                each.urgent,
                each.not_before,
                each.status,
            )
            for each in found
        ]

    clock.move_to(DUE)
    assert fire("A", 100) == fire("B", 0)
    with started.transaction() as session:  # F03: raised, and so set again, nothing is told anew
        version = raise_matter(session, MATTER)
        codes = [TaskCode(f"A{n}") for n in range(len(steps))]
        set_rungs(
            session, [rung(step, LIN, task=code, version=version) for step, code in zip(steps, codes, strict=True)]
        )
    assert fire_due(started, few=0) == 0


def test_two_ticks_at_once_tell_everything_once(started: Context, clock: VirtualClock) -> None:
    """F08: overlapping windows of two ticks fire twice."""
    tasks = [TaskCode(f"EX{n}") for n in range(240)]  # so many that the database tells most of them itself
    with started.transaction() as session:
        set_rungs(session, [rung(LADDER[0][0], LIN, task=task) for task in tasks])
    clock.move_to(DUE)
    barrier, counts = threading.Barrier(2, timeout=10), list[int]()

    def fire() -> None:
        barrier.wait()
        counts.append(fire_due(started))

    threads = [threading.Thread(target=fire) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == len(tasks)
