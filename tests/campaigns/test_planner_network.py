"""Which tasks exist, what they follow, and how long chains are: small SOPs, by hand."""

import random
from time import process_time

import pytest

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.network import exists, in_order, leads_to_launch, part, predecessors
from opsflow.campaigns.plan import Infeasible, Plan
from opsflow.campaigns.planner import plan
from opsflow.campaigns.schedule import runway
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Level, TaskCode
from opsflow.sop.model import Sop, Task
from tests.campaigns.planning import answer, campaign, everything, organisation, planned, standard_sop


def task(code: str, *after: str, days: int = 1, level: str = "S", **more: object) -> Task:
    content = {
        "id": code,
        "stage": "decision",
        "title": code,
        "owner": {"department": "operations"},
        "days": {level: days},
        "after": after,
    }
    return Task.model_validate(content | more)


def sop_of(*tasks: Task) -> Sop:
    return standard_sop().model_copy(update={"tasks": tasks, "meetings": ()})


def follows(
    *tasks: Task, level: Level = Level.S, conditions: frozenset[str] = frozenset()
) -> dict[str, tuple[str, ...]]:
    found = predecessors(sop_of(*tasks), lambda one: exists(one, level, conditions))
    return {str(code): tuple(map(str, codes)) for code, codes in found.items()}


def test_a_predecessor_that_does_not_exist_at_the_level_is_replaced_by_its_own() -> None:
    assert follows(task("A"), task("B", "A", level="C"), task("C", "B", level="C"), task("D", "C")) == {
        "A": (),
        "D": ("A",),
    }


def test_a_predecessor_whose_condition_does_not_hold_is_replaced_by_its_own() -> None:
    tasks = task("A"), task("B", "A", when=["presale"]), task("C", "B")
    assert follows(*tasks)["C"] == ("A",)
    assert follows(*tasks, conditions=frozenset({"presale"}))["C"] == ("B",)


def test_a_before_task_that_does_not_exist_is_replaced_by_its_successors() -> None:
    tasks = (
        task("A"),
        task("B", "A", level="C"),
        task("C", "B", level="C"),
        task("D", "C"),
        task("X", "A", before=["B"]),
    )
    assert follows(*tasks)["D"] == ("A", "X")


def test_an_added_task_that_does_not_exist_stands_before_nothing() -> None:
    """It would otherwise hand its own predecessors to the task it stands before."""
    tasks = task("A"), task("B"), task("X", "B", before=["A"], when=["presale"])
    assert follows(*tasks)["A"] == ()


def test_an_on_demand_task_is_not_part_of_the_base_plan() -> None:
    assert follows(task("A"), task("B", "A", on_demand=True), task("C", "B")) == {"A": (), "C": ("A",)}


@pytest.mark.parametrize(
    ("when", "conditions", "there"),
    [
        ((), set(), True),
        (("presale",), set(), False),
        (("goal:sharing", "presale"), {"presale"}, True),
        (("goal:sharing+presale",), {"presale"}, False),
        (("goal:sharing+presale",), {"presale", "goal:sharing"}, True),
    ],
)
def test_any_condition_lets_a_task_exist_and_a_plus_asks_for_both(
    when: tuple[str, ...], conditions: set[str], there: bool
) -> None:
    assert exists(task("A", when=when), Level.S, frozenset(conditions)) is there


def test_a_circle_is_an_error_that_names_it_in_full_and_nobody_who_only_waits_for_it() -> None:
    waiting = task("A0", "A", "C"), task("D"), task("E", "D", "A0")
    with pytest.raises(BadInput, match=r"each other: A after C after B after A\. Remove"):
        in_order([*waiting, task("A", "C"), task("B", "A", "D"), task("C", "B")])


def test_a_task_that_waits_for_itself_is_a_circle_of_one() -> None:
    with pytest.raises(BadInput, match=r"each other: A after A\. Remove"):
        in_order([task("A", "A"), task("B")])


def test_a_circle_made_by_before_is_found_as_well_and_a_long_one_named_whole() -> None:
    many = [task(f"T{n:04}", f"T{n - 1:04}") for n in range(1, 3000)]
    with pytest.raises(BadInput) as refusal:
        in_order([task("T0000", before=["T0001"]), *many, task("X", "T2999", before=["T0000"])])
    assert str(refusal.value).count(" after ") == 3001


def test_an_unknown_task_is_an_error_that_names_both() -> None:
    with pytest.raises(BadInput, match="A names Z"):
        in_order([task("A", "Z")])


def need(*tasks: Task) -> int:
    sop = sop_of(*tasks)
    edges = predecessors(sop, lambda one: exists(one, Level.S, frozenset()))
    return runway(part(in_order(sop.tasks), Level.S, edges, leads_to_launch), sop, Level.S).need


def test_the_longest_chain_counts_working_days_and_not_tasks() -> None:
    assert need(task("A", days=2), task("B", "A", days=0), task("C", "A", days=3), task("D", "B", "C")) == 6


def test_a_pin_before_the_launch_lengthens_its_chain() -> None:
    pinned = task("B", "A", pin={"anchor": "launch", "days": {"S": -7}})
    assert need(task("A", days=2), pinned, task("C", "B")) == 9


def test_the_plan_does_not_depend_on_the_order_of_tasks_in_the_file() -> None:
    sop = everything(standard_sop())
    for seed, level in enumerate(Level):
        tasks = list(sop.tasks)
        random.Random(seed).shuffle(tasks)
        shuffled = sop.model_copy(update={"tasks": tuple(tasks)})
        assert planned(campaign(level=level), sop=shuffled) == planned(campaign(level=level), sop=sop)


def test_ten_thousand_tasks_in_one_chain_are_planned_without_recursion_and_in_seconds() -> None:
    tasks = [task(f"T{n:05}", *([f"T{n - 1:05}"] if n else []), days=int(n % 10 == 0)) for n in range(10_000)]
    org = organisation()
    started = process_time()
    found = plan(
        campaign(level="S"), org, sop_of(*tasks), working_days(org), campaign().live.start.date().replace(year=2020)
    )
    assert process_time() - started < 5
    assert found.level is Level.S


def test_a_task_of_no_days_is_on_the_day_of_its_last_predecessor_and_its_successor_on_the_next() -> None:
    found = planned(campaign(), sop=sop_of(task("A", days=2), task("B", "A", days=0), task("C", "B")))
    days = [found.task(TaskCode(code)).earliest_start for code in "ABC"]
    assert found.task(TaskCode("A")).earliest_finish == days[1] < days[2]


def test_a_task_of_no_days_without_predecessor_is_on_the_anchors_day() -> None:
    closing = task("E", days=0, stage="closing", after_end=True)
    found = planned(campaign(), sop=sop_of(task("A", days=0), task("B", "A"), closing))
    days = [found.task(TaskCode(code)).earliest_start.isoformat() for code in "ABE"]
    assert days == ["2026-08-11", "2026-08-11", "2026-11-12"]


def held(code: str, day: int, *after: str, days: int = 1) -> Task:
    return task(code, *after, days=days, stage="execution", pin={"anchor": "launch", "days": {"S": day}})


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        (
            (held("A", -1, days=2),),
            "A is held 1 working day before the launch, but with what follows it it needs to start",
        ),
        ((held("A", -3), task("B", "A", days=4)), "start 5 working days before the launch at the latest"),
        ((held("A", -3), held("B", -5, "A")), "A is held 3 working days before the launch"),
        ((held("A", 0, days=2),), "A is held on the launch day"),
        ((held("A", -2, days=0), task("B", "A", days=2)), "A is held 2 working days before the launch"),
    ],
)
def test_a_day_that_leaves_no_room_for_what_follows_is_refused_whatever_the_launch(
    tasks: tuple[Task, ...], told: str
) -> None:
    """F31: it was planned past the launch without a word."""
    with pytest.raises(BadInput) as refusal:
        planned(campaign(), sop=sop_of(*tasks))
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    "tasks",
    [
        (held("A", -2, days=2),),
        (held("A", -3), task("B", "A", days=2)),
        (held("A", -5), held("B", -4, "A")),
        (held("A", 0),),
        (held("A", -2, days=0), task("B", "A", days=1)),
    ],
)
def test_a_day_that_leaves_just_enough_room_is_planned(tasks: tuple[Task, ...]) -> None:
    assert {one.float_days for one in planned(campaign(), sop=sop_of(*tasks)).tasks} == {0}


@pytest.mark.parametrize(("today", "short"), [("2026-10-17", 0), ("2026-10-19", 0), ("2026-10-20", 1)])
def test_a_task_of_no_days_that_is_held_has_a_day_that_must_still_come(today: str, short: int) -> None:
    """F31: held the day before the launch, on launch day it is too late."""
    found = answer(campaign(), today, sop=sop_of(held("A", -1, days=0)))
    assert (found.short_by_working_days if isinstance(found, Infeasible) else 0) == short
    if isinstance(found, Plan):
        assert found.task(TaskCode("A")).earliest_start.isoformat() == "2026-10-19"
