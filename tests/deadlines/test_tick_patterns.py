"""Whatever the ticks, the same is told.

What "the same" means: a step is told at the first tick that comes when its time has. Of the steps that fall between two
ticks each person is told the highest of a task, and a reminder only where no later step of the task has come. So where no
two fall between ticks everything is told that a tick in every minute would tell, and after an outage the highest alone.
"""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database, Session
from opsflow.db.tables import CampaignRow
from opsflow.deadlines.model import Rung, Step, Turn, turn_of
from opsflow.deadlines.service import FEW, fire_due
from opsflow.deadlines.store import set_rungs, steps
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.matters import close_matter, open_matter
from opsflow.settings import Settings
from opsflow.workdays.service import calendar_for

ELEVEN, CO12 = CampaignKey("double-eleven"), TaskCode("CO12")
ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 8, 6, 10, tzinfo=UTC)
"""Thursday 18:00 in Shanghai."""
OWNER, HEAD = PersonKey("lin"), PersonKey("wang")
LADDER: tuple[tuple[Step, PersonKey], ...] = (
    (Step("remind-1", DUE - timedelta(hours=33), None), OWNER),
    (Step("remind-0", DUE - timedelta(hours=9), None), OWNER),
    (Step("overdue-head", DUE + timedelta(hours=20), Role.DEPARTMENT_HEAD), HEAD),
    (Step("overdue-coordination_post", DUE + timedelta(hours=21), Role.COORDINATION_POST), HEAD),
    (Step("digest-2026-08-10", datetime(2026, 8, 9, 16, tzinfo=UTC), Role.DEPARTMENT_HEAD), HEAD),
)
LATER = tuple(
    (Step(f"digest-{day}", datetime(day.year, day.month, day.day, tzinfo=ZONE), Role.DEPARTMENT_HEAD), HEAD)
    for day in (date(2026, 8, 11), date(2026, 8, 12), date(2026, 8, 13), date(2026, 8, 14), date(2026, 8, 17))
)
"""The digest of the following working days; a weekend lies between the last two."""
FIRST, LAST = DUE - timedelta(hours=40), datetime(2026, 8, 17, 12, tzinfo=UTC)


def turns(_session: Session, _campaign: CampaignKey, now: datetime) -> Turn:
    return turn_of(now, zone=ZONE, calendar=calendar_for("CN"))


def told(migrated: Path, ticks: Sequence[datetime], *, closed: datetime | None = None) -> set[str]:
    """The steps that are told when the sweep runs at these instants; the same by the rules and by the database."""
    by_rules, by_database = (_told(migrated, ticks, closed, few=few) for few in (FEW, 0))
    assert by_rules == by_database
    return by_rules


def _told(migrated: Path, ticks: Sequence[datetime], closed: datetime | None, *, few: int) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "ticks.db")
        shutil.copy(migrated, file)
        database, clock = Database(f"sqlite:///{file}", lasting=False), VirtualClock(FIRST)
        ctx = Context(Settings(workspace=None, database_url=database.url), database, clock, MemoryLauncher(), {})
        _set(ctx)
        for at in ticks:
            if closed is not None and at >= closed:
                with ctx.transaction() as session:
                    close_matter(session, "task/co12")
            clock.move_to(at)
            fire_due(ctx, turns, few=few)
        with ctx.transaction() as session:
            found = {name for name, _, _ in steps(session, ELEVEN, CO12)}
        database.close()
        return found


def _set(ctx: Context) -> None:
    with ctx.transaction() as session:
        session.add(
            CampaignRow(
                key=ELEVEN, title=Text.both("Double 11"), level="S", status="active", zone=ZONE.key, language="en",
                launch=DUE, ends=DUE, sop_name="campaign", sop_version=1, file={}, organisation={}, warnings=[],
                provisional=False, plan_revision=1, created_at=DUE,
            )
        )  # fmt: skip
        session.flush()
        version = open_matter(session, "task/co12")
        set_rungs(
            session,
            [
                Rung(
                    campaign=ELEVEN, task=CO12, plan_revision=1, step=step, person=person, matter="task/co12",
                    matter_version=version,
                )
                for step, person in LADDER
            ],
        )  # fmt: skip


def expected(ticks: Sequence[datetime]) -> set[str]:
    """What is told, worked out from the rule above alone."""
    found, since = set(), datetime.min.replace(tzinfo=UTC)
    for tick in ticks:
        fallen = [(step, person) for step, person in (*LADDER, *LATER) if since < step.at <= tick]
        for person in (OWNER, HEAD):
            own = [step for step, whose in fallen if whose == person]
            last = max((step.at for step, _ in fallen), default=None)
            found |= {step.name for step in own[-1:] if not step.name.startswith("remind") or step.at == last}
        since = tick
    return found


HOURS = int((LAST - FIRST).total_seconds() // 3600)
EVERY_STEP = tuple(sorted({step.at for step, _ in (*LADDER, *LATER)}))
patterns = st.lists(st.integers(0, HOURS * 60), min_size=1, max_size=12).map(
    lambda minutes: [FIRST + timedelta(minutes=minute) for minute in sorted(minutes)]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ticks=patterns)
@example(ticks=[LAST])
@example(ticks=[FIRST, FIRST, LAST, LAST])
def test_of_what_falls_between_two_ticks_the_highest_is_told(migrated_file: Path, ticks: list[datetime]) -> None:
    """F07, F08, F32: early, late, doubled, missed and irregular ticks."""
    assert told(migrated_file, ticks) == expected(ticks)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(late=st.lists(st.integers(0, 50), min_size=len(EVERY_STEP), max_size=len(EVERY_STEP)))
def test_where_no_two_steps_fall_between_ticks_everything_is_told(migrated_file: Path, late: list[int]) -> None:
    """F07, F34: each step is told by the tick that comes after it, be it up to an hour later."""
    ticks = [at + timedelta(minutes=minutes) for at, minutes in zip(EVERY_STEP, late, strict=True)]
    assert told(migrated_file, ticks) == {step.name for step, _ in (*LADDER, *LATER)}


def test_a_tick_that_comes_a_second_early_tells_nothing_early(migrated_file: Path) -> None:
    """Prefect starts runs up to a second before their time (reliability.md section c)."""
    early = [at - timedelta(seconds=1) for at in EVERY_STEP]
    assert told(migrated_file, early[:1]) == set()
    assert told(migrated_file, sorted([*early, *EVERY_STEP])) == {step.name for step, _ in (*LADDER, *LATER)}


def test_a_task_that_is_done_is_in_no_digest_any_more(migrated_file: Path) -> None:
    """F01, F04"""
    done = datetime(2026, 8, 12, 1, tzinfo=UTC)
    found = told(migrated_file, EVERY_STEP, closed=done)
    assert {name for name in found if name > "digest-2026-08-12"} == {name for name in found if "digest" not in name}
