"""Who is away until something is due: work and votes go to who stands in, and nothing is asked of who cannot answer."""

import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.approvals.model import ApprovalStatus, Verdict, approval_id
from opsflow.approvals.service import vote
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.absences import report_absence
from opsflow.engine.effects import HandOver, MoveSeat
from opsflow.engine.handing import handed_over
from opsflow.engine.record import journal
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.worklist import worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, NotFound, OpsflowError, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.org.model import Absence, Organisation
from opsflow.settings import Settings
from opsflow.stages.model import StageStatus
from tests.campaigns.planning import organisation
from tests.engine.driving import People, live, run_due
from tests.engine.scene import Scene, approval, at
from tests.engine.small import KEY, LEGAL, MANAGER, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace
from tests.engine.test_deadlines_told import pass_hours

P1 = TaskCode("P1")
DEPUTY, LEGAL_DEPUTY = PersonKey("operations-deputy"), PersonKey("legal-deputy")
Days = dict[PersonKey, tuple[str, str]]


def with_days_off(days: Days) -> Organisation:
    """Days of August 2026 on which somebody is away, both included."""
    org = organisation()
    people = dict(org.people)
    for person, (first, last) in days.items():
        absence = Absence(first=date(2026, 8, int(first)), last=date(2026, 8, int(last)))
        people[person] = people[person].model_copy(update={"absent": (absence,)})
    return org.model_copy(update={"people": people})


def seen(scene: Scene, days: Days) -> Snapshot:
    snapshot = scene.snapshot()
    return replace(snapshot, campaign=replace(snapshot.campaign, organisation=with_days_off(days)))


WORKING = Scene(Stage.INITIAL_PLANNING, at("11", 10), open="P1")
"""P1 is the planner's, and due on Tuesday 11 August."""
ASKED = Scene(
    Stage.COORDINATION,
    at("11", 10),
    status=StageStatus.AWAITING_APPROVAL,
    done="P1 P2 C1 C2",
    open="C3",
    approvals=(approval("C3", "proposal", ApprovalStatus.OPEN),),
)
"""The sponsor and the head of legal are asked until 18:00 of Tuesday 11 August."""
REQUEST = approval_id(KEY, "proposal", 1)


@pytest.mark.parametrize(
    ("days", "holder"),
    [
        ({PLANNER: ("11", "14")}, DEPUTY),
        ({PLANNER: ("11", "14"), DEPUTY: ("11", "11")}, OPERATIONS),
        ({PLANNER: ("11", "14"), DEPUTY: ("11", "11"), OPERATIONS: ("11", "11")}, None),
        ({PLANNER: ("10", "10")}, None),
        ({PLANNER: ("12", "20")}, None),
        ({DEPUTY: ("11", "14")}, None),
    ],
    ids=["the deputy", "the head", "nobody is left", "back again", "not yet away", "somebody else"],
)
def test_open_work_of_who_is_away_until_it_is_due_goes_to_who_is_there(days: Days, holder: PersonKey | None) -> None:
    """F47"""
    expected = () if holder is None else (HandOver(P1, holder, PLANNER),)
    assert handed_over(seen(WORKING, days)) == expected


def test_work_of_who_is_back_before_it_is_due_stays_theirs() -> None:
    snapshot = seen(WORKING, {PLANNER: ("11", "12")})
    (task,) = (task for task in snapshot.tasks if task.code == P1)
    later = replace(task, due=at("13", 18))
    assert handed_over(replace(snapshot, tasks=(later,))) == ()
    assert handed_over(replace(snapshot, tasks=(replace(later, due=at("12", 18)),))) != ()


def test_work_that_is_not_open_or_of_another_stage_is_left_alone() -> None:
    days: Days = {PLANNER: ("11", "14")}
    assert handed_over(seen(replace(WORKING, open="", done="P1"), days)) == ()
    assert handed_over(seen(replace(WORKING, open=""), days)) == ()
    assert handed_over(seen(replace(WORKING, stage=Stage.COORDINATION), days)) == ()


@pytest.mark.parametrize(
    ("days", "moves"),
    [
        ({LEGAL: ("11", "14")}, [("head:legal", LEGAL_DEPUTY, LEGAL)]),
        ({LEGAL: ("11", "14"), LEGAL_DEPUTY: ("11", "14")}, []),
        ({LEGAL: ("10", "10")}, []),
        ({LEGAL: ("11", "12"), SPONSOR: ("11", "12")}, [
            ("leader", PersonKey("coordination-deputy"), SPONSOR), ("head:legal", LEGAL_DEPUTY, LEGAL),
        ]),
    ],
    ids=["the deputy", "nobody is left", "back again", "both seats"],
)  # fmt: skip
def test_a_vote_of_who_is_away_until_it_is_due_is_asked_of_who_stands_in(
    days: Days, moves: list[tuple[str, PersonKey, PersonKey]]
) -> None:
    """F47"""
    assert handed_over(seen(ASKED, days)) == tuple(MoveSeat(REQUEST, *move) for move in moves)


def test_a_vote_that_was_given_or_is_not_asked_for_any_more_is_left_alone() -> None:
    days: Days = {LEGAL: ("11", "14")}
    (asked,) = ASKED.approvals
    given = replace(asked, seats=tuple(replace(seat, verdict=Verdict.APPROVE) for seat in asked.seats))
    for left in (given, replace(asked, status=ApprovalStatus.SUPERSEDED), replace(asked, stage=Stage.DECISION)):
        assert handed_over(seen(replace(ASKED, approvals=(left,)), days)) == ()


def test_a_vote_never_goes_to_who_wrote_what_is_voted_on() -> None:
    (asked,) = ASKED.approvals
    by_the_deputy = replace(ASKED, approvals=(replace(asked, author=LEGAL_DEPUTY),))
    assert handed_over(seen(by_the_deputy, {LEGAL: ("11", "14")})) == ()


@dataclass(frozen=True)
class Moment:
    """A campaign at an instant, kept to be copied: living up to it takes a second."""

    file: Path
    workspace: Path
    at: datetime


@pytest.fixture(scope="module")
def asking(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """The proposal waits for the sponsor and the head of legal, who have been told."""
    folder = tmp_path_factory.mktemp("asking")
    file = Path(shutil.copy(migrated_file, folder / "opsflow.db"))
    database = Database(f"sqlite:///{file}", lasting=False)
    clock = VirtualClock(at("3"))
    channel = MemoryChannel()
    plain = Context(
        Settings(workspace=None, database_url=database.url), database, clock, MemoryLauncher(), {channel.name: channel}
    )
    here = in_workspace(plain, folder)
    begin(here)
    live(People(here, KEY, idle=frozenset({"C3"})), until=lambda: bool(worklist(here, KEY).approvals))
    database.close()  # or the last rows are still in the -wal file beside it, which is not copied
    return Moment(file, folder, clock.now())


@pytest.fixture
def asked(
    asking: Moment, clock: VirtualClock, launcher: MemoryLauncher, channel: MemoryChannel, tmp_path: Path
) -> Context:
    """The same, for one test."""
    clock.move_to(asking.at)
    database = Database(f"sqlite:///{shutil.copy(asking.file, tmp_path / 'opsflow.db')}", lasting=False)
    settings = Settings(workspace=asking.workspace, database_url=database.url)
    return Context(settings, database, clock, launcher, {channel.name: channel})


def away(ctx: Context, person: PersonKey, days: int = 5, *, by: PersonKey | None = None) -> None:
    today = ctx.clock.now().date()
    report_absence(ctx, KEY, person, first=today, last=today + timedelta(days), by=by or person, reason="ill")


def waiting(ctx: Context) -> set[PersonKey]:
    """Who is asked for a vote."""
    return {person for request in worklist(ctx, KEY).approvals for person in request.waiting_for}


def test_the_stand_in_is_asked_and_votes_and_the_one_who_is_away_cannot(asked: Context, channel: MemoryChannel) -> None:
    """F47: the request moves, its reminders with it, and the vote counts for the seat."""
    assert waiting(asked) == {SPONSOR, LEGAL}
    away(asked, LEGAL)
    run_due(asked)
    assert waiting(asked) == {SPONSOR, LEGAL_DEPUTY}
    pass_hours(asked, at("11", 17))
    assert "You vote for Head of legal, who is away." in channel.sent_to(LEGAL_DEPUTY)[0].body
    assert not channel.sent_to(LEGAL)
    (request,) = worklist(asked, KEY).approvals
    with pytest.raises(OpsflowError):
        vote(asked, request.id, by=LEGAL, verdict=Verdict.APPROVE)
    vote(asked, request.id, by=LEGAL_DEPUTY, verdict=Verdict.APPROVE)
    vote(asked, request.id, by=SPONSOR, verdict=Verdict.APPROVE)
    run_due(asked)
    assert waiting(asked) == set()
    told = [(entry.action, entry.actor) for entry in journal(asked, KEY) if entry.object == request.id]
    assert [action for action, _ in told] == [
        "approval.requested", "approval.handed_over", "approval.approved", "approval.approved",
    ]  # fmt: skip
    assert told[2][1] == LEGAL_DEPUTY


def test_without_the_absence_the_request_stays_where_it_is(asked: Context, channel: MemoryChannel) -> None:
    """The control of the test above: then it is the head who is told that it is late."""
    run_due(asked)
    pass_hours(asked, at("12", 17))
    assert waiting(asked) == {SPONSOR, LEGAL}
    assert channel.sent_to(LEGAL)
    assert not channel.sent_to(LEGAL_DEPUTY)


def test_who_is_away_with_deputy_and_head_keeps_the_request(asked: Context) -> None:
    away(asked, LEGAL)
    away(asked, LEGAL_DEPUTY)
    run_due(asked)
    assert waiting(asked) == {SPONSOR, LEGAL}


def test_a_vote_that_was_handed_over_is_handed_on_when_the_stand_in_leaves_too(asked: Context) -> None:
    coordination = {PersonKey("coordination-deputy"), PersonKey("coordination-head")}
    away(asked, SPONSOR, by=PMO)
    run_due(asked)
    (first,) = waiting(asked) & coordination
    away(asked, first)
    run_due(asked)
    assert waiting(asked) & coordination == coordination - {first}


def test_an_absence_is_said_once_and_wakes_the_stages_that_are_not_over(asked: Context) -> None:
    away(asked, LEGAL)
    away(asked, LEGAL)
    told = [entry for entry in journal(asked, KEY) if entry.action == "person.absent"]
    assert [(entry.actor, entry.object, entry.data["reason"]) for entry in told] == [(LEGAL, LEGAL, "ill")]
    assert {ran.stage for ran in run_due(asked)} >= {Stage.COORDINATION, Stage.DECISION}


def test_an_absence_that_begins_later_is_acted_on_when_it_begins(asked: Context, clock: VirtualClock) -> None:
    """Nobody says it a second time: the wake was written when it was said."""
    tomorrow = clock.now().date() + timedelta(1)
    report_absence(asked, KEY, LEGAL, first=tomorrow, last=date(2026, 8, 31), by=LEGAL)
    run_due(asked)
    assert waiting(asked) == {SPONSOR, LEGAL}
    clock.move_to(at(f"{tomorrow:%d}", 9))
    run_due(asked)
    assert waiting(asked) == {SPONSOR, LEGAL_DEPUTY}


@pytest.mark.parametrize("by", [LEGAL, LEGAL_DEPUTY, MANAGER, PMO])
def test_whoever_may_say_it_is_heard(asked: Context, by: PersonKey) -> None:
    away(asked, LEGAL, by=by)
    assert [entry.actor for entry in journal(asked, KEY) if entry.action == "person.absent"] == [by]


@pytest.mark.parametrize(
    ("person", "by", "days", "error", "said"),
    [
        (LEGAL, PLANNER, 1, Refused, "planner cannot say that somebody is away: this is about legal-head"),
        (LEGAL, "nobody", 1, OpsflowError, "nobody"),
        ("nobody", MANAGER, 1, OpsflowError, "nobody"),
        (LEGAL, LEGAL, -1, BadInput, "before it begins"),
    ],
)
def test_whoever_may_not_say_it_is_refused_and_nothing_is_written(
    asked: Context, person: PersonKey, by: PersonKey, days: int, error: type[OpsflowError], said: str
) -> None:
    before = journal(asked, KEY)
    with pytest.raises(error, match=said):
        away(asked, person, days, by=by)
    assert journal(asked, KEY) == before
    assert run_due(asked) == []


def test_an_absence_in_a_campaign_that_is_not_there_is_not_found(asked: Context) -> None:
    with pytest.raises(NotFound):
        report_absence(asked, CampaignKey("no-such"), LEGAL, first=date(2026, 8, 1), last=date(2026, 8, 2), by=LEGAL)
