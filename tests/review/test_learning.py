"""What past campaigns teach: how days are counted, what is concluded from them, and what becomes of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import CampaignRow, TaskRow
from opsflow.journal.service import write
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Refused
from opsflow.kernel.terms import CampaignKey, DepartmentId, Level, TaskCode
from opsflow.kernel.text import Text
from opsflow.review.changes.service import accept, listing, shown
from opsflow.review.learning.edit import with_lengths
from opsflow.review.learning.measure import days_between
from opsflow.review.learning.model import Case, LeftOut, Past, Verdict, learn, quantile
from opsflow.review.learning.sample import CAMPAIGNS, sample
from opsflow.review.learning.service import lessons, propose
from opsflow.settings import SHIPPED
from opsflow.sop.changes.diff import Area, differences
from opsflow.sop.changes.model import Seat, Source
from opsflow.sop.model import Sop
from tests.campaigns.planning import standard_sop
from tests.cli.desk import Told, said
from tests.engine.scene import at
from tests.engine.small import PLANNER, PMO, begin, sop
from tests.review.desk import workspace

SHANGHAI = ZoneInfo("Asia/Shanghai")
E1 = TaskCode("E1")
STANDARD = (SHIPPED / "sop/campaign/v1.yaml").read_text(encoding="utf-8")


@given(days=st.lists(st.integers(0, 40), min_size=1, max_size=60), percent=st.integers(1, 100))
@settings(max_examples=150, deadline=None)
def test_a_quantile_is_the_fewest_days_within_which_so_many_were_done(days: list[int], percent: int) -> None:
    """The other way round: count up day by day until enough of them are done."""
    limit = 0
    while sum(100 for day in days if day <= limit) < percent * len(days):
        limit += 1
    assert quantile(days, percent) == limit
    assert quantile(days, percent) in days


def weekdays(first: date, last: date) -> int:
    return sum((first + timedelta(days=n)).weekday() < 5 for n in range((last - first).days + 1))


@pytest.mark.parametrize(
    ("opened", "done", "at_least", "expected"),
    [
        ((10, 9), (10, 17), 1, 1),  # Monday to Monday
        ((10, 9), (12, 17), 1, 3),
        ((10, 15), (12, 17), 1, 2),  # opened after noon: the next day is its first
        ((10, 15), (10, 17), 1, 1),  # never less than a day
        ((14, 9), (17, 12), 1, 2),  # a weekend between
        ((10, 9), (10, 17), 0, 0),  # planned for the day it opens
        ((10, 9), (11, 17), 0, 1),
        ((15, 9), (17, 10), 1, 1),  # opened on a Saturday
    ],
)
def test_days_are_counted_as_the_plan_counts_them(
    opened: tuple[int, int], done: tuple[int, int], at_least: int, expected: int
) -> None:
    begun, over = (datetime(2026, 8, *when, tzinfo=SHANGHAI).astimezone(UTC) for when in (opened, done))
    assert days_between(begun, over, (), SHANGHAI, weekdays, at_least=at_least) == expected


def test_a_pause_is_no_work() -> None:
    opened, done = at("10"), at("20", 17)
    paused = (at("11", 18), at("17", 9))  # Wednesday to Friday are whole days of it
    assert days_between(opened, done, (), SHANGHAI, weekdays, at_least=1) == 9
    assert days_between(opened, done, (paused,), SHANGHAI, weekdays, at_least=1) == 6


def cases(*days: int, planned: int = 3, left_out: LeftOut | None = None) -> tuple[Case, ...]:
    made = enumerate(days)
    return tuple(
        Case(CampaignKey(f"past-{n}"), Level.S, E1, Text.both("E1"), DepartmentId("operations"), planned, day, left_out)
        for n, day in made
    )


@pytest.mark.parametrize(
    ("days", "verdict", "quantiles", "proposed"),
    [
        ((9,) * 7, Verdict.FEW, (None, None), None),
        ((4, 4, 4, 4, 4, 4, 3, 6), Verdict.LONGER, (4, 4), 4),
        ((3, 3, 9, 9, 9, 9, 9, 9), Verdict.FITS, (9, 9), None),  # six of eight may be chance
        ((3, 3, 3, 3, 9, 9, 9, 9), Verdict.FITS, (3, 9), None),
        ((2, 2, 2, 2, 1, 1, 2, 5), Verdict.SHORTER, (2, 2), 2),
        ((3,) * 8, Verdict.FITS, (3, 3), None),
    ],
)
def test_from_eight_campaigns_on_a_length_is_judged(
    days: tuple[int, ...], verdict: Verdict, quantiles: tuple[int | None, int | None], proposed: int | None
) -> None:
    (found,) = learn(Past(cases(*days)), sop()).lengths
    assert (found.verdict, (found.p50, found.p80), found.proposed) == (verdict, quantiles, proposed)
    assert sorted(case.actual for case in found.cases) == sorted(days)


def test_what_was_replanned_while_open_is_left_out_and_counted() -> None:
    (found,) = learn(Past((*cases(*(3,) * 8), *cases(30, 30, left_out=LeftOut.REPLANNED))), sop()).lengths
    assert (found.p80, found.left_out, len(found.cases)) == (3, 2, 8)


@pytest.mark.parametrize("seed", range(12))
def test_a_task_that_is_really_longer_is_found_and_no_other(seed: int) -> None:
    made = sample(standard_sop(), seed=seed)
    assert len({case.campaign for case in made.past.cases}) == CAMPAIGNS
    found = learn(made.past, standard_sop())
    longer = {each.task for each in found.lengths if each.verdict is Verdict.LONGER}
    enough = {each.task for each in found.lengths if each.task in made.longer and each.verdict is not Verdict.FEW}
    assert longer == enough
    assert enough
    assert all(each.verdict is not Verdict.FITS for each in found.lengths if each.task in made.longer and each.now >= 2)


def test_the_same_seed_gives_the_same_past() -> None:
    assert sample(standard_sop(), seed=3) == sample(standard_sop(), seed=3)
    assert sample(standard_sop(), seed=3) != sample(standard_sop(), seed=4)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_lengths_alone_are_written_into_the_file(data: st.DataObject) -> None:
    places = [(task.id, level) for task in standard_sop().tasks for level in task.days]
    chosen = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=5, unique=True))
    lengths = {place: data.draw(st.integers(0, 120)) for place in chosen}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    after = Sop.model_validate(yaml.load(with_lengths(STANDARD, lengths), Loader=loader))
    assert {(task.id, level): task.days[level] for task in after.tasks for level in task.days} == {
        (task.id, level): lengths.get((task.id, level), task.days[level])
        for task in standard_sop().tasks
        for level in task.days
    }
    assert {each.area for each in differences(standard_sop(), after)} <= {Area.LENGTHS}


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    ctx = workspace(sqlite_database, clock, tmp_path)
    with use_context(ctx):
        yield ctx


def past(ctx: Context, *days: int, status: str = "archived") -> None:
    """Campaigns whose E1 (planned: 3 days) took so many."""
    for number, taken in enumerate(days):
        key = CampaignKey(f"{status}-{number}")
        begin(ctx, key=key)
        opened = at("10")
        done = datetime.combine(_nth(taken), datetime.min.time(), SHANGHAI) + timedelta(hours=16)
        with ctx.transaction() as session:
            session.execute(sa.update(CampaignRow).where(CampaignRow.key == key).values(status=status))
            values = {"status": "done", "opened_at": opened, "done_at": done, "evidence": "x"}
            session.execute(sa.update(TaskRow).where(TaskRow.campaign == key, TaskRow.code == "E1").values(**values))


def _nth(days: int) -> date:
    day = date(2026, 8, 10)
    while weekdays(date(2026, 8, 10), day) < days:
        day += timedelta(days=1)
    return day


def test_archived_campaigns_are_learned_from_and_others_are_not(
    database: Database, clock: VirtualClock, tmp_path: Path
) -> None:
    here = workspace(database, clock, tmp_path)
    past(here, 5, 4, 6, 5, 3, 5, 4, 7)
    past(here, 1, 1, status="cancelled")
    past(here, 1, status="active")
    (found,) = lessons(here, "small").lengths
    assert (found.task, found.p50, found.p80, found.proposed, len(found.cases)) == ("E1", 5, 6, 6, 8)
    (share,) = lessons(here, "small", level=Level.S).departments
    assert (share.department, share.cases, share.kept, share.planned, share.actual) == ("operations", 8, 1, 24, 39)
    assert lessons(here, "small", level=Level.C).lengths == ()


def test_a_case_that_was_moved_while_it_was_open_is_no_case(here: Context) -> None:
    past(here, 5, 5)
    with here.transaction() as session:
        for key, when in (("archived-0", at("11")), ("archived-1", at("9"))):
            write(session, at=when, actor="pmo", action="task.moved", campaign=CampaignKey(key), object="E1")
    (found,) = lessons(here, "small").lengths
    assert ([case.campaign for case in found.cases], found.left_out) == (["archived-1"], 1)


def test_what_was_learned_is_proposed_once_and_not_again_when_it_is_accepted(here: Context) -> None:
    past(here, *(5,) * 8)
    made = [propose(here, lessons(here, "small"), by=PLANNER) for _ in range(2)]
    assert [found and (found[0].number, found[1]) for found in made] == [(1, True), (1, False)]
    (proposal,) = listing(here)
    assert proposal.source is Source.LEARNING
    assert proposal.evidence[0].en.startswith(
        "E1 Task E1 at S: planned 3, P50 5, P80 5 working days in 8 campaigns, more than half took longer (archived-0 5,"
    )
    assert accept(here, 1, Seat.COORDINATION, by=PMO).version == 2
    assert propose(here, lessons(here, "small"), by=PLANNER) is None


def test_a_generated_past_says_so_wherever_it_shows(here: Context, capsys: Told) -> None:
    out = said(capsys, "learn", "small", "--sample", "--seed", 2, "--propose", "--by", "planner")
    assert out.startswith("GENERATED SAMPLE (seed 2)")
    shown = json.loads(said(capsys, "learn", "small", "--sample", "--format", "json"))
    assert (shown["generated"], shown["seed"]) == (True, 1)
    assert all(case["campaign"].startswith("generated-") for each in shown["lengths"] for case in each["cases"])
    for proposal in listing(here):
        assert all("Generated sample, not measured" in each.en for each in (proposal.reason, *proposal.evidence))
        assert all("并非实测" in each.zh for each in (proposal.reason, *proposal.evidence))


def test_cases_are_shown_where_there_are_few(here: Context, capsys: Told) -> None:
    past(here, 5, 4)
    out = said(capsys, "learn", "small")
    assert "Fewer than 8 campaigns, so only the cases (1):\n  E1 Task E1, S, planned 3: 4, 5\n" in out
    assert "archived-1 4, archived-0 5" in said(capsys, "learn", "small", "--task", "E1")
    nothing = said(capsys, "learn", "small", "--propose", "--by", "planner")
    assert nothing.endswith("no length is contradicted by enough of eight campaigns or more.\n")
    assert "has no task X9" in said(capsys, "learn", "small", "--task", "X9", code=4)
    assert "there is nothing to learn from yet" in said(capsys, "learn", "small", "--level", "C")


def test_a_table_from_before_opsflow_counts_with_what_was_measured(here: Context, capsys: Told, tmp_path: Path) -> None:
    past(here, 5, 5)
    file = tmp_path / "past.csv"
    lines = [f"old-{n},S,E1,{days},4" for n, days in enumerate((6, 5, 7, 5, 6, 4))]
    file.write_text("\n".join(["Campaign,Level,Task,Days,Planned", *lines]), encoding="utf-8")
    (found,) = lessons(here, "small", file=file).lengths
    assert (len(found.cases), found.p50, found.verdict) == (8, 5, Verdict.LONGER)
    out = said(capsys, "learn", "small", "--cases", file, "--propose", "--by", "planner")
    assert "Of these, 6 cases were not measured by opsflow, but read from a table.\n" in out
    (proposal,) = listing(here)
    assert "old-5 4 [past.csv]" in proposal.evidence[0].en
    assert "archived-0 5," in proposal.evidence[0].en


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a,S,E1,x", "days is `x`: write whole working days"),
        ("a,S,E1,-3", "days is `-3`"),
        ("a,S,E1,401", "days is `401`"),
        ("a,S,E9,3", "has no task E9"),
        ("a,Q,E1,3", "there is no level Q"),
        ("a,B,C1,3", "C1 has no length at level B"),
        ("a,S,E1,", "nothing is written under days"),
        ("=cmd(),S,E1,3", "a campaign is named by letters"),
        ("b,S,E1,3", "b S E1 stands there already"),
        ("a,S,E1,3,3,3,3", "it has 7 values for 4 columns"),
    ],
)
def test_a_table_with_a_mistake_is_not_taken_at_all(
    here: Context, capsys: Told, tmp_path: Path, row: str, says: str
) -> None:
    file = tmp_path / "past.csv"
    file.write_text(f"campaign,level,task,days\nb,S,E1,3\n{row}\n", encoding="utf-8")
    told = said(capsys, "learn", "small", "--cases", file, code=2)
    assert "past.csv, line 3: " in told
    assert says in told


def learned(task: str, days: int) -> Past:
    return Past(tuple(replace(case, task=TaskCode(task), actual=days) for case in cases(*(0,) * 8)))


def test_a_length_that_the_sop_has_no_room_for_is_left_out_and_told(here: Context) -> None:
    """EX25 is held on a day: so much after it, and no campaign of level S could be planned."""
    both = Past((*learned("EX28", 14).cases, *learned("EX05", 14).cases))
    made = propose(here, learn(both, standard_sop()), by=PLANNER)
    assert made is not None
    evidence = [each.en for each in made[0].evidence]
    assert [each[:4] for each in evidence] == ["EX05", "Not "]
    assert (
        "No campaign of level S could be planned with this version: EX25 is held 7 working days before" in evidence[1]
    )
    found = shown(here, made[0].number).differences
    assert [each.text.en for each in found if each.area is Area.LEVELS] == [
        "At level S the longest chain before the launch is 51 working days; it was 47."
    ]
    with pytest.raises(Refused, match=r"EX28 at S is not proposed\. No campaign of level S"):
        propose(here, learn(learned("EX28", 14), standard_sop()), by=PLANNER)
