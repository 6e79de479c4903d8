"""What may start, and which stage is woken when, once something is finished."""

from dataclasses import replace
from datetime import datetime

import pytest

from opsflow.kernel.terms import Stage, TaskCode
from opsflow.stages.model import Task, TaskStatus, base_code
from opsflow.stages.network import finished_codes, wakes_after, wakes_at_opening
from tests.engine.scene import at, base_tasks

CO, DE, IP, EX = Stage.COORDINATION, Stage.DECISION, Stage.INITIAL_PLANNING, Stage.EXECUTION


def standing(done: str = "", *, open: str = "", cancelled: str = "") -> tuple[Task, ...]:  # noqa: A002  their status
    """The small campaign's tasks, these done, these open."""
    states = dict.fromkeys(done.split(), TaskStatus.DONE)
    states |= dict.fromkeys(open.split(), TaskStatus.OPEN)
    states |= dict.fromkeys(cancelled.split(), TaskStatus.CANCELLED)
    return tuple(replace(task, status=states.get(task.code, TaskStatus.PLANNED)) for task in base_tasks())


@pytest.mark.parametrize(
    ("done", "finished", "now", "wakes"),
    [
        ("P1", "P1", at("5", 17), {(IP, at("6"))}),
        ("P1 P2", "P2", at("6", 11), {(CO, at("7")), (IP, at("6", 11))}),
        ("P1 P2 C1", "C1", at("8"), set()),
        ("P1 P2 C1 C2", "C2", at("10", 17), {(CO, at("11"))}),
        ("P1 P2 C1 C2", "C2", at("12", 17), {(CO, at("12", 17))}),
        ("P1 P2 C1 C2 C3 C4 D1 D2 D4 D5 D6 E1 E2", "E2", at("21", 17), {(EX, at("21", 17)), (EX, at("24", 0))}),
        ("P1 P2 C1 C2 C3 C4", "C4", at("11", 17), {(CO, at("11", 17)), (DE, at("12"))}),
    ],
)
def test_what_follows_is_woken_when_nothing_else_holds_it_up_and_not_before_its_day(
    done: str, finished: str, now: datetime, wakes: set[tuple[Stage, datetime]]
) -> None:
    assert wakes_after(standing(done), TaskCode(finished), now=now) == wakes


def test_what_moves_its_stage_wakes_it_though_nothing_can_start_yet() -> None:
    """P2 is a meeting: its stage is at its gate now, whatever follows tomorrow."""
    woken = wakes_after(standing("P1 P2", open="C9"), TaskCode("P2"), now=at("6", 11))
    assert (IP, at("6", 11)) in woken


def test_what_nothing_follows_wakes_its_own_stage() -> None:
    tasks = standing("P1 P2 C1 C2 C3 C4", open="L1 L2")
    assert wakes_after(tasks, TaskCode("L2"), now=at("25")) == {(EX, at("25"))}


def test_at_its_opening_a_stage_is_woken_for_each_task_that_nothing_holds_up() -> None:
    assert wakes_at_opening(standing("P1 P2"), CO, now=at("6")) == {(CO, at("7"))}
    assert wakes_at_opening(standing("P1 P2"), CO, now=at("9")) == {(CO, at("9"))}
    assert wakes_at_opening(standing("P1"), CO, now=at("6")) == set()


def test_done_cancelled_and_missing_tasks_hold_nothing_up() -> None:
    tasks = tuple(task for task in standing("P1", cancelled="P2", open="C1") if task.code != "C2")
    assert finished_codes(tasks) == {"P1", "P2", "C2"}


@pytest.mark.parametrize(("code", "base"), [("CO12", "CO12"), ("CO12.r2", "CO12"), ("CO12.r10", "CO12")])
def test_a_rework_task_is_of_the_task_it_does_anew(code: str, base: str) -> None:
    assert base_code(TaskCode(code)) == base
