"""A campaign that is under way comes to opsflow: what lies behind it is taken as given, and the rest lives on."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.permissions import NotAllowed
from opsflow.campaigns.store import active_campaigns
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.overview import overview
from opsflow.engine.record import journal, record
from opsflow.engine.start import LaunchIsPast, Since, start
from opsflow.engine.tick import tick
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, OpsflowError, Refused
from opsflow.kernel.terms import LANGUAGES, CampaignKey, PersonKey, Stage
from opsflow.outbox.store import ledger
from opsflow.review.comparing.service import year
from opsflow.settings import SHIPPED, Settings
from opsflow.stages.model import OUTSIDE, StageStatus, TaskStatus
from opsflow.stages.store import stages, tasks
from tests.campaigns.planning import organisation
from tests.engine.driving import People, live, run_due
from tests.engine.scene import at
from tests.engine.small import KEY, MANAGER, PMO, SPONSOR, file, in_workspace, sop
from tests.engine.together import errors, together

TODAY = {Stage.COORDINATION: "12", Stage.DECISION: "14", Stage.EXECUTION: "20"}
EXECUTION = Since(Stage.EXECUTION, PMO)


@pytest.fixture
def here(sqlite_ctx: Context, tmp_path: Path) -> Context:
    return in_workspace(sqlite_ctx, tmp_path)


def begin(ctx: Context, since: Since, day: str, **changes: object) -> None:
    clock = ctx.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(at(day, 10))
    start(ctx, Loaded(file(**changes), organisation(), sop()), today=date(2026, 8, int(day)), since=since)


@pytest.mark.parametrize(
    ("level", "since"),
    [
        ("S", Stage.COORDINATION),
        ("S", Stage.DECISION),
        ("S", Stage.EXECUTION),
        ("C", Stage.DECISION),
        ("C", Stage.EXECUTION),
    ],
)
def test_it_lives_from_its_stage_to_its_archive(here: Context, level: str, since: Stage) -> None:
    begin(here, Since(since, PMO), TODAY[since], level=level)
    live(People(here, KEY))
    kept = record(here, KEY)
    assert {stage.status for stage in kept.snapshot.stages} <= {StageStatus.CLOSED, StageStatus.SKIPPED}
    assert {task.status for task in kept.snapshot.tasks} == {TaskStatus.DONE}
    behind = [task for task in kept.dossiers["en"]["tasks"] if task["note"] == "Done outside opsflow."]
    assert {task["late_days"] for task in behind} == {0}
    assert {task["evidence"] for task in behind} == {"Done outside opsflow."}
    (told,) = year(here, 2026)
    counted = [line["total"] for line in kept.dossiers["en"]["records"]]
    assert behind
    assert sum(counted) == told.tasks == len(kept.snapshot.tasks) - len(behind)


def test_what_lies_behind_is_closed_with_its_reason_and_journaled(here: Context) -> None:
    begin(here, EXECUTION, "20")
    with here.transaction() as session:
        found = {stage.name: stage for stage in stages(session, KEY)}
        done = [task for task in tasks(session, KEY) if task.status is TaskStatus.DONE]
    behind = (Stage.INITIAL_PLANNING, Stage.COORDINATION, Stage.DECISION)
    assert [found[name].status for name in behind] == [StageStatus.CLOSED] * 3
    assert {task.stage for task in done} == set(behind)
    assert {(task.evidence, task.done_by) for task in done} == {(OUTSIDE, PMO)}
    entries = [(entry.action, entry.actor) for entry in journal(here, KEY)]
    assert entries == [("stage.given", PMO)] * 3 + [("campaign.started", PMO)]


def test_nobody_is_told_of_lateness_before_they_could_say_that_it_is_done(here: Context) -> None:
    """E1 should have been done on the 20th; it is due at the end of the next working day."""
    begin(here, EXECUTION, "21")
    run_due(here)
    tick(here)
    with here.transaction() as session:
        late = [each for each in ledger(session, campaign=KEY) if each.template in ("task_overdue", "task_escalated")]
    assert late == []
    assert overview(here, KEY).late == ()


def test_starting_it_twice_or_at_once_is_starting_it_once(here: Context) -> None:
    clock = here.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(at("20", 10))
    loaded = Loaded(file(), organisation(), sop())
    outcomes = together(*[partial(start, here, loaded, today=date(2026, 8, 20), since=EXECUTION)] * 3)
    assert outcomes == [KEY] * 3, errors(outcomes)
    assert start(here, loaded, today=date(2026, 8, 20)) == KEY
    assert sum(entry.action == "stage.given" for entry in journal(here, KEY)) == 3


REFUSED: dict[str, tuple[Since, str, str, type[OpsflowError], str]] = {
    "by the manager": (
        Since(Stage.EXECUTION, MANAGER),
        "S",
        "20",
        NotAllowed,
        "cannot start a campaign that is under way",
    ),
    "by nobody we know": (Since(Stage.EXECUTION, PersonKey("who")), "S", "20", Refused, "who is nobody"),
    "from a stage it does not hold": (
        Since(Stage.COORDINATION, SPONSOR),
        "C",
        "20",
        BadInput,
        "holds no stage coordination",
    ),
    "after its launch": (Since(Stage.CLOSING, SPONSOR), "S", "28", LaunchIsPast, "is past"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_why_and_leaves_nothing(here: Context, case: str) -> None:
    since, level, day, kind, text = REFUSED[case]
    with pytest.raises(kind, match=text):
        begin(here, since, day, level=level)
    with here.transaction() as session:
        assert active_campaigns(session) == ()


@pytest.mark.parametrize(
    ("name", "since", "day"),
    [
        ("double-eleven-2026", Stage.COORDINATION, date(2026, 9, 1)),
        ("double-eleven-2026", Stage.DECISION, date(2026, 9, 10)),
        ("double-eleven-2026", Stage.EXECUTION, date(2026, 10, 12)),
        ("member-day-2026", Stage.DECISION, date(2026, 9, 1)),
        ("member-day-2026", Stage.EXECUTION, date(2026, 9, 1)),
    ],
)
def test_the_samples_come_in_at_each_stage_with_all_that_later_papers_need(
    sqlite_database: Database, clock: VirtualClock, name: str, since: Stage, day: date
) -> None:
    loaded = load(SHIPPED / "samples" / "campaigns" / f"{name}.yaml", (SHIPPED,))
    day = day if name.startswith("double") else date.fromordinal(loaded.campaign.live.start.date().toordinal() - 4)
    clock.move_to(at("3").replace(year=day.year, month=day.month, day=day.day))
    ctx = Context(
        Settings(workspace=None, database_url=sqlite_database.url), sqlite_database, clock, MemoryLauncher(),
        {"memory": MemoryChannel()},
    )  # fmt: skip
    key = start(ctx, loaded, today=day, since=Since(since, PersonKey("gu-ping")))
    ran = run_due(ctx)
    assert any(each.stage is since and each.did for each in ran)
    kept = record(ctx, CampaignKey(key))
    assert kept.snapshot.other(since).status not in (StageStatus.PLANNED, StageStatus.CLOSED)
    assert set(kept.dossiers) == set(LANGUAGES)
    assert overview(ctx, key).late == ()
