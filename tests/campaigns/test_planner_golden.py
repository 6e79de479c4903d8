"""The figures of the outline's section 6 and the plan of Double 11 2026, both checked by hand."""

from dataclasses import dataclass
from datetime import date

import pytest

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.network import exists, follows_end, in_order, leads_to_launch, part, predecessors
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.schedule import runway
from opsflow.kernel.terms import Level, Stage, TaskCode
from opsflow.sop.model import TaskKind
from tests.campaigns.planning import campaign, everything, first_day, organisation, planned, standard_sop


@dataclass(frozen=True)
class Figures:
    """One column of the outline's section 6."""

    base: int
    live: int
    added: int
    before_first_meeting: int
    first_meeting_to_launch: int
    after_decision_record: int
    winners_told: int
    review: int
    closing_check: int


GOLDEN = {
    Level.S: Figures(125, 15, 28, 7, 40, 22, 9, 18, 29),
    Level.A: Figures(122, 15, 28, 5, 25, 15, 9, 17, 24),
    Level.B: Figures(80, 13, 24, 3, 12, 7, 7, 9, 17),
    Level.C: Figures(41, 7, 7, 0, 5, 3, 2, 3, 7),
}


def figures(level: Level) -> Figures:
    """Count the standard SOP with every added task present; a window that ends on a Wednesday, no holiday after it."""
    sop = everything(standard_sop())
    follows = predecessors(sop, lambda task: exists(task, level, frozenset()))
    ordered = in_order(sop.tasks)
    before = runway(part(ordered, level, follows, leads_to_launch), sop, level)
    position = before.network.position(TaskCode("DE19"))
    assert position is not None
    head = 0 if before.meeting is None else before.heads[before.meeting]
    after = part(ordered, level, follows, follows_end)
    heads = after.forward([0] * len(after.tasks))
    finish = {task.id: heads[n] + after.days[n] for n, task in enumerate(after.tasks)}
    base = [code for code in follows if not code.startswith("X")]
    return Figures(
        base=len(base),
        live=sum(code.startswith("LV") for code in base),
        added=len(follows) - len(base),
        before_first_meeting=head,
        first_meeting_to_launch=before.need - head,
        after_decision_record=before.need - before.heads[position] - before.network.days[position],
        winners_told=finish[TaskCode("CL07")],
        review=days_to_review(level),
        closing_check=finish[TaskCode("CL21")],
    )


def days_to_review(level: Level) -> int:
    found = planned(campaign(level=level), sop=everything(standard_sop()))
    report = found.task(TaskCode("RV07" if level is Level.C else "RV09"))
    return working_days(organisation()).count(date(2026, 11, 12), report.earliest_finish)


@pytest.mark.parametrize("level", list(Level))
def test_the_standard_sop_has_the_figures_of_the_outline(level: Level) -> None:
    assert figures(level) == GOLDEN[level]


@pytest.fixture(scope="module")
def double_eleven() -> Plan:
    return planned(campaign())


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("IP01", "Fri 2026-07-31"),
        ("IP11", "Tue 2026-08-11"),
        ("CO16", "Mon 2026-08-24"),
        ("DE18", "Wed 2026-09-02"),
        ("EX01", "Wed 2026-09-09"),
        ("EX25", "Sat 2026-10-10"),
        ("EX27", "Fri 2026-10-16"),
        ("EX28", "Mon 2026-10-19"),
        ("EX29", "Tue 2026-10-20"),
        ("CL01", "Thu 2026-11-12"),
        ("CL07", "Tue 2026-11-24"),
        ("RV01", "Mon 2026-11-16"),
        ("RV02", "Thu 2026-11-26"),
        ("RV09", "Mon 2026-12-07"),
        ("RV14", "Wed 2026-12-16"),
    ],
)
def test_double_eleven_2026_falls_on_the_days_counted_by_hand(double_eleven: Plan, code: str, day: str) -> None:
    """F28: the build crosses the National Day week with its make-up days."""
    assert first_day(double_eleven)(code) == day


def test_the_leads_of_double_eleven_are_warned_of_nothing(double_eleven: Plan) -> None:
    assert double_eleven.warnings == ()
    assert not double_eleven.provisional


def test_a_task_that_crosses_a_make_up_sunday_works_on_it(double_eleven: Plan) -> None:
    """F28."""
    back_end = double_eleven.task(TaskCode("EX05"))
    assert (back_end.earliest_start, back_end.earliest_finish) == (date(2026, 9, 10), date(2026, 9, 20))


@pytest.mark.parametrize(
    ("stage", "meeting", "at"),
    [
        (Stage.INITIAL_PLANNING, "initial_planning", "2026-08-11T02:00:00+00:00"),
        (Stage.COORDINATION, "coordination", "2026-08-24T02:00:00+00:00"),
        (Stage.DECISION, "decision", "2026-09-02T02:00:00+00:00"),
        (Stage.REVIEW, "review", "2026-12-07T02:00:00+00:00"),
    ],
)
def test_each_meeting_is_at_ten_on_its_day(double_eleven: Plan, stage: Stage, meeting: str, at: str) -> None:
    held = next(found for found in double_eleven.stages if found.name is stage).meeting
    assert held is not None
    assert (held.id, held.at.isoformat(), held.mode) == (meeting, at, "meeting")


def test_a_stage_lasts_from_its_first_start_to_its_last_due(double_eleven: Plan) -> None:
    for stage in double_eleven.stages:
        assert stage.opens == min(task.start for task in stage.tasks)
        assert stage.closes == max(task.due for task in stage.tasks)


def test_float_of_double_eleven_is_what_the_leads_leave_over_the_chain(double_eleven: Plan) -> None:
    """F31: 46 working days of lead over a chain of 40, 25 of build over 22."""
    floats = {code: double_eleven.task(TaskCode(code)).float_days for code in ("IP01", "DE19", "EX01", "EX04", "EX28")}
    assert floats == {"IP01": 6, "DE19": 6, "EX01": 3, "EX04": 3, "EX28": 0}


def test_the_critical_tasks_of_double_eleven_form_the_chains_counted_by_hand(double_eleven: Plan) -> None:
    critical = {task.id for task in double_eleven.tasks if task.critical and task.stage is Stage.EXECUTION}
    assert critical == {
        "EX01", "EX02", "EX04", "EX07", "EX10", "EX13", "EX14", "EX15", "EX16", "EX27", "EX28", "EX29",
    }  # fmt: skip


def test_a_c_campaign_decides_in_writing_and_skips_coordination() -> None:
    found = planned(campaign(level="C"))
    stages = {stage.name: stage for stage in found.stages}
    skipped = stages[Stage.COORDINATION]
    assert (skipped.opens, skipped.closes, skipped.tasks, skipped.meeting) == (None, None, (), None)
    assert stages[Stage.INITIAL_PLANNING].meeting is None
    decision = stages[Stage.DECISION].meeting
    assert decision is not None
    assert decision.mode == "writing"
    assert first_day(found)("IP01") == "Sat 2026-10-10"  # 7 working days before the launch, on a make-up day


def test_every_task_of_every_level_keeps_the_rules_of_planning() -> None:
    for level in Level:
        found = planned(campaign(level=level), sop=everything(standard_sop()))
        tasks = {task.id: task for task in found.tasks}
        for task in found.tasks:
            assert task.start < task.due or task.kind is TaskKind.LIVE, task.id
            assert task.earliest_start <= task.latest_start, task.id
            assert task.earliest_finish <= task.latest_finish, task.id
            assert task.float_days >= 0, task.id
            for before in task.after:
                gap = (task.earliest_start - tasks[before].earliest_finish).days
                assert gap > 0 if task.days and tasks[before].days else gap >= 0, (task.id, before)
