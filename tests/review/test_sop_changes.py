"""Changing an SOP: who may, in which order, and what a campaign under way never notices."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import TaskRow
from opsflow.engine.need_help import need_help
from opsflow.engine.replan import preview, replan
from opsflow.engine.replanning.change import Change
from opsflow.incidents.service import close_incident, open_incident
from opsflow.journal.service import read
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.faultpoints import watched
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.yamlfile import BadFile
from opsflow.outbox.store import ledger
from opsflow.review.changes.service import accept, attach, listing, propose, reject, shown
from opsflow.settings import Settings
from opsflow.sop.changes.model import Proposal, ProposalStatus, Seat, Source
from opsflow.sop.files import load_sop
from opsflow.stages.meetings import record_meeting
from opsflow.stages.model import Minute, MinuteKind
from opsflow.stages.store import tasks
from tests.conftest import START
from tests.engine.driving import People, live
from tests.engine.small import KEY, PLANNER, PMO, SPONSOR, begin, content
from tests.review.desk import FIVE, edited, workspace

WHY = Text.both("The build never fits")
EXECUTOR = PersonKey("executor")


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Context:
    return workspace(sqlite_database, clock, tmp_path)


@pytest.fixture
def anywhere(database: Database, clock: VirtualClock, tmp_path: Path) -> Context:
    """The same on each kind of database."""
    return workspace(database, clock, tmp_path)


def home(ctx: Context) -> Path:
    assert ctx.settings.workspace is not None
    return ctx.settings.workspace


def lengthen(ctx: Context, by: PersonKey = PLANNER, why: Text = WHY) -> int:
    file = edited(home(ctx), E1=FIVE)
    return propose(ctx, sop="small", reason=why, by=by, file=file)[0].number


def newest(ctx: Context) -> int:
    return load_sop(ctx.settings.template_folders, "small").version


def files(ctx: Context) -> list[str]:
    return sorted(path.name for path in (home(ctx) / "sop_templates/sop/small").iterdir())


def story(ctx: Context) -> list[tuple[str, str, str]]:
    with ctx.reading() as session:
        return [(entry.action, entry.actor, entry.object) for entry in read(session, None)]


def test_of_many_who_accept_at_once_one_makes_the_next_version(anywhere: Context) -> None:
    """Two proposals of one version, each accepted by two people of the post at the same time."""
    numbers = [lengthen(anywhere), lengthen(anywhere, why=Text.both("Another reason"))]
    barrier = Barrier(4)

    def attempt(number: int) -> int | str:
        barrier.wait(10)
        try:
            return accept(anywhere, number, Seat.COORDINATION, by=PMO).version or 0
        except (Refused, Conflict) as refused:
            return type(refused).__name__

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(attempt, numbers * 2))
    assert [each for each in found if isinstance(each, int)] == [2], found
    assert files(anywhere) == ["v1.yaml", "v2.yaml"]
    assert sorted(each.status for each in listing(anywhere, every=True)) == ["accepted", "open"]


def test_an_accepted_change_is_the_next_version_with_its_changelog(anywhere: Context) -> None:
    here = anywhere
    before = (home(here) / "sop_templates/sop/small/v1.yaml").read_bytes()
    number = lengthen(here)
    answer = accept(here, number, Seat.COORDINATION, by=PMO)
    assert (answer.version, answer.waits_for) == (2, ())
    assert (home(here) / "sop_templates/sop/small/v1.yaml").read_bytes() == before
    text = (home(here) / "sop_templates/sop/small/v2.yaml").read_text(encoding="utf-8")
    assert text.startswith(
        "# Changelog\n# Version 2, 2026-08-03: proposal 1 by planner, accepted by pmo.\n#   Why: The build never fits\n"
        "#   - E1 Task E1 takes 5 working days at level S, 3 before.\n"
    )
    found = load_sop(here.settings.template_folders, "small")
    assert (found.version, {task.id: task.days for task in found.tasks}[TaskCode("E1")]) == (2, FIVE)
    assert story(here) == [
        ("sop.proposed", "planner", "1"),
        ("sop.agreed", "pmo", "1"),
        ("sop.accepted", "pmo", "1"),
    ]
    assert listing(here) == ()
    (done,) = listing(here, every=True)
    assert (done.status, done.version, done.decided_by) == (ProposalStatus.ACCEPTED, 2, "pmo")


def test_the_second_change_keeps_the_changelog_of_the_first(here: Context) -> None:
    accept(here, lengthen(here), Seat.COORDINATION, by=PMO)
    copy = home(here) / "copy.yaml"
    text = (home(here) / "sop_templates/sop/small/v2.yaml").read_text(encoding="utf-8")
    copy.write_text(text.replace('"title": "Task W1"', '"title": "Take it down"'), encoding="utf-8")
    number = propose(here, sop="small", reason=Text.both("Clearer"), by=PLANNER, file=copy)[0].number
    assert accept(here, number, Seat.COORDINATION, by=PMO).version == 3
    text = (home(here) / "sop_templates/sop/small/v3.yaml").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("# Version")] == [
        "# Version 3, 2026-08-03: proposal 2 by planner, accepted by pmo.",
        "# Version 2, 2026-08-03: proposal 1 by planner, accepted by pmo.",
    ]


def test_a_campaign_under_way_keeps_its_version_and_its_plan(here: Context) -> None:
    begin(here)
    with here.reading() as session:
        stored = tasks(session, KEY)
    before = preview(here, KEY, Change())
    accept(here, lengthen(here), Seat.COORDINATION, by=PMO)
    with here.reading() as session:
        assert tasks(session, KEY) == stored
    assert preview(here, KEY, Change()) == before
    moved = replan(here, KEY, Change(launch=date(2026, 9, 7)), by=SPONSOR, revision=1)
    assert {move.was.code for move in moved.moves} >= {"E1"}
    with here.reading() as session:
        assert {task.code: task.days for task in tasks(session, KEY)} == {task.code: task.days for task in stored}


@pytest.mark.parametrize(
    ("by", "seat", "says"),
    [
        ("planner", Seat.COORDINATION, "planner cannot accept a change of the SOP"),
        ("sponsor", Seat.COORDINATION, "Who can: the coordination post, or an administrator"),
        ("sponsor", Seat.SPONSOR, "needs no agreement of the sponsor"),
        ("who", Seat.COORDINATION, "who is nobody"),
    ],
)
def test_only_the_coordination_post_accepts(here: Context, by: str, seat: Seat, says: str) -> None:
    number = lengthen(here)
    with pytest.raises(Refused, match=says):
        accept(here, number, seat, by=PersonKey(by))
    assert files(here) == ["v1.yaml"]


def test_nobody_accepts_what_they_wrote(here: Context) -> None:
    with pytest.raises(Refused, match="pmo wrote the change of proposal 1"):
        accept(here, lengthen(here, by=PMO), Seat.COORDINATION, by=PMO)


def test_a_change_of_approvals_waits_for_the_sponsor_too(here: Context) -> None:
    levels = content()["levels"]
    levels["S"] = levels["S"] | {"approvers": ["leader"]}
    file = edited(home(here), levels=levels)
    number = propose(here, sop="small", reason=WHY, by=PLANNER, file=file)[0].number
    assert accept(here, number, Seat.COORDINATION, by=PMO).waits_for == (Seat.SPONSOR,)
    assert files(here) == ["v1.yaml"]
    with pytest.raises(Conflict, match="pmo has agreed to proposal 1 already; it waits for the sponsor"):
        accept(here, number, Seat.COORDINATION, by=PMO)
    assert accept(here, number, Seat.SPONSOR, by=SPONSOR).version == 2


def test_another_change_is_agreed_to_anew(here: Context) -> None:
    levels = content()["levels"]
    levels["S"] = levels["S"] | {"approvers": ["leader"]}
    number = propose(here, sop="small", reason=WHY, by=PLANNER, file=edited(home(here), levels=levels))[0].number
    accept(here, number, Seat.COORDINATION, by=PMO)
    levels["S"] = levels["S"] | {"approvers": ["head:legal"]}
    attach(here, number, edited(home(here), levels=levels), by=PLANNER)
    assert accept(here, number, Seat.SPONSOR, by=SPONSOR).waits_for == (Seat.COORDINATION,)


def test_a_proposal_of_an_older_version_is_not_accepted(here: Context) -> None:
    first, second = lengthen(here), lengthen(here, why=Text.both("Another reason"))
    accept(here, first, Seat.COORDINATION, by=PMO)
    with pytest.raises(Refused, match=r"changes version 1 of small, and version 2 has come since"):
        accept(here, second, Seat.COORDINATION, by=PMO)
    assert shown(here, second).newest == 2
    assert newest(here) == 2


def test_the_whole_lint_runs_before_anything_is_kept(here: Context) -> None:
    file = edited(home(here), documents=[{"id": "new", "stage": "decision", "task": "X1", "title": "New"}])
    with pytest.raises(BadFile) as bad:
        propose(here, sop="small", reason=WHY, by=PLANNER, file=file)
    assert "X1" in str(bad.value)
    assert "has no template in zh" in str(bad.value)
    assert listing(here, every=True) == ()


def test_a_version_that_no_campaign_could_be_planned_with_is_refused(here: Context) -> None:
    pinned = [
        task | ({"pin": {"anchor": "launch", "days": dict.fromkeys("SABC", -1)}} if task["id"] == "E1" else {})
        for task in content()["tasks"]
    ]
    file = edited(home(here), tasks=pinned)
    with pytest.raises(
        BadInput, match="No campaign of level S could be planned with this version: E1 is held 1 working"
    ):
        propose(here, sop="small", reason=WHY, by=PLANNER, file=file)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text, "says the same as version 1"),
        (lambda text: text.replace("version: 1", "version: 4"), "says small v4, and the newest version is small v1"),
        (lambda text: text.replace('name: "small"', 'name: "other"'), "says other v2"),
    ],
)
def test_a_file_that_is_no_change_is_refused(here: Context, change: Callable[[str], str], says: str) -> None:
    file = edited(home(here))
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        propose(here, sop="small", reason=WHY, by=PLANNER, file=file)


def test_the_same_is_proposed_once(here: Context) -> None:
    assert lengthen(here) == lengthen(here) == 1
    assert len(story(here)) == 1


def test_a_rejected_proposal_is_over_and_says_why(here: Context) -> None:
    number = lengthen(here)
    with pytest.raises(Refused, match="planner cannot reject"):
        reject(here, number, by=PLANNER, reason=WHY)
    reject(here, number, by=SPONSOR, reason=Text.both("One case is no pattern"))
    with pytest.raises(Conflict, match="was rejected by sponsor already"):
        accept(here, number, Seat.COORDINATION, by=PMO)
    (done,) = listing(here, every=True)
    assert done.decision == Text.both("One case is no pattern")


def test_an_executors_problem_becomes_a_draft_that_waits_for_its_change(here: Context) -> None:
    begin(here)
    live(People(here, KEY, idle=frozenset({"P1"})), until=lambda: True)
    for _ in range(2):
        proposal = Text.both("Three days for P1")
        need_help(here, KEY, TaskCode("P1"), by=PLANNER, text=Text.both("Too short"), sop_proposal=proposal)
    (draft,) = listing(here)
    assert (draft.source, draft.status, draft.task, draft.base) == (Source.PROBLEM, ProposalStatus.DRAFT, "P1", 1)
    assert (draft.reason.en, [each.en for each in draft.evidence]) == ("Three days for P1", ["Too short"])
    with pytest.raises(Refused, match=r"opsflow sop propose --of 1 --file"):
        accept(here, draft.number, Seat.COORDINATION, by=PMO)
    attach(here, draft.number, edited(home(here), P1={"S": 3, "A": 3, "B": 1, "C": 1}), by=EXECUTOR)
    assert accept(here, draft.number, Seat.COORDINATION, by=PMO).version == 2
    text = (home(here) / "sop_templates/sop/small/v2.yaml").read_text(encoding="utf-8")
    assert "#   Evidence: campaign small-campaign, task P1\n#   Evidence: Too short\n" in text
    with here.reading() as session:
        actions = [entry.action for entry in read(session, KEY) if entry.action.startswith("sop.")]
        told = [(each.person, each.template) for each in ledger(session, campaign=KEY) if "sop_" in each.template]
    assert actions == ["sop.proposed", "sop.changed", "sop.agreed", "sop.accepted"]
    assert sorted(told) == [("planner", "sop_decided"), ("pmo", "sop_proposed")]


def test_an_incident_becomes_a_draft(here: Context) -> None:
    begin(here)
    number = open_incident(here, KEY, by=PLANNER, title=Text.both("Page down"))
    close_incident(here, KEY, number, by=PersonKey("duty"), cause=Text.both("Cache"), done=WHY, sop_proposal=WHY)
    (draft,) = listing(here, campaign=KEY)
    assert (draft.source, draft.reason, draft.evidence[0].en) == (Source.INCIDENT, WHY, "Incident 1, Page down: Cache")


def test_each_lesson_of_a_review_becomes_a_draft_and_the_same_lesson_one(
    sqlite_database: Database, clock: VirtualClock, tmp_path: Path
) -> None:
    sop = content()
    sop["tasks"] = [task | {"kind": "meeting"} if task["id"] in ("V1", "V2") else task for task in sop["tasks"]]
    sop["meetings"] += [
        {"id": name, "title": title, "stage": "review", "task": task, "levels": list("SABC"), "topics": []}
        for name, title, task in (("hot_debrief", "Hot debrief", "V1"), ("review", "Review", "V2"))
    ]
    for level in sop["levels"].values():
        level["meetings"] = [*level["meetings"], "hot_debrief", "review"]
    here = workspace(sqlite_database, clock, tmp_path, sop)
    begin(here, given=sop)
    day = date(2026, 9, 30)
    lesson = Minute(MinuteKind.LESSON, Text.both("Book the test bench early"), owner=EXECUTOR, due=day)
    cause = Minute(MinuteKind.CAUSE, Text.both("No bench was free"), cause="planning")
    for meeting, code, by in (("hot_debrief", "V1", "planner"), ("review", "V2", "pmo")):
        with here.transaction() as session:
            session.execute(sa.update(TaskRow).where(TaskRow.code == code).values(status="open"))
        record_meeting(here, KEY, meeting, by=PersonKey(by), attendees=[PLANNER], minutes=[lesson, cause])
    (draft,) = listing(here)
    assert (draft.source, draft.author, draft.reason) == (Source.LESSON, EXECUTOR, lesson.text)
    assert [each.en for each in draft.evidence] == ["Lesson of the Hot debrief", "No bench was free"]


def test_what_is_not_there_is_said(here: Context) -> None:
    with pytest.raises(NotFound, match="There is no proposal 9"):
        shown(here, 9)
    with pytest.raises(NotFound, match="No SOP nope"):
        propose(here, sop="nope", reason=WHY, by=PLANNER)
    bare = replace(here, settings=here.settings.model_copy(update={"workspace": None}))
    with pytest.raises(Refused, match="An SOP is changed in a workspace"):
        propose(bare, sop="campaign", reason=WHY, by=PLANNER)


POINTS = ("sop.announced", "sop.writing", "sop.written")


def accept_and_die(url: str, folder: str, point: str) -> None:
    """In a process of its own: accept proposal 1, and be killed at a place."""
    database = Database(url)
    settings = Settings(workspace=Path(folder), database_url=url)
    ctx = Context(settings, database, VirtualClock(START), MemoryLauncher(), {})

    def hook(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    with watched(hook):
        accept(ctx, 1, Seat.COORDINATION, by=PMO)


def states(ctx: Context) -> tuple[int, list[str], Proposal]:
    return newest(ctx), files(ctx), listing(ctx, every=True)[0]


def test_killed_anywhere_it_leaves_none_or_all(here: Context) -> None:
    lengthen(here)
    found = {}
    for point in POINTS:
        process = get_context("fork").Process(
            target=accept_and_die, args=(here.database.url, str(home(here)), point), daemon=True
        )
        process.start()
        process.join(20)
        assert process.exitcode == -signal.SIGKILL, point
        _, names, proposal = states(here)
        found[point] = (names, proposal.status)
    nothing, everything = (["v1.yaml"], ProposalStatus.OPEN), (["v1.yaml", "v2.yaml"], ProposalStatus.ACCEPTED)
    assert found == {
        "sop.announced": nothing,
        "sop.writing": nothing,
        "sop.written": everything,
    }
    assert [action for action, _, _ in story(here)].count("sop.accepted") == 1
