"""A campaign that does not fit: by how much, why, the earliest launch, and what would make it fit."""

from datetime import date, timedelta

import pytest

from opsflow.campaigns.plan import Infeasible, Plan
from opsflow.kernel.terms import TaskCode
from opsflow.sop.model import Sop
from tests.campaigns.planning import answer, campaign, refused, standard_sop


def launching(day: date, level: str = "S") -> dict[str, object]:
    return {"level": level, "live": {"start": f"{day}T00:00", "end": f"{day + timedelta(days=20)}T00:00"}}


@pytest.mark.parametrize(
    ("level", "today", "short"),
    [
        ("S", "2026-08-11", 1),
        ("S", "2026-08-17", 5),
        ("A", "2026-09-10", 6),
        ("B", "2026-09-25", 3),
        ("C", "2026-10-16", 3),
    ],
)
def test_a_refusal_says_by_how_many_working_days(level: str, today: str, short: int) -> None:
    found = refused(campaign(level=level), today)
    assert found.short_by_working_days == short
    assert found.level.value == level


@pytest.mark.parametrize("level", ["S", "A", "B", "C"])
@pytest.mark.parametrize("today", ["2026-09-24", "2026-09-28", "2026-10-09", "2026-10-16", "2026-10-19"])
def test_the_earliest_launch_works_and_the_day_before_it_does_not(level: str, today: str) -> None:
    found = answer(campaign(level=level), today)
    if isinstance(found, Plan):
        return
    earliest = found.earliest_launch
    assert isinstance(answer(campaign(**launching(earliest, level)), today), Plan)
    assert isinstance(answer(campaign(**launching(earliest - timedelta(days=1), level)), today), Infeasible)


def test_the_reasons_name_the_longest_chain_its_tasks_and_the_days_skipped() -> None:
    reasons = [reason.en for reason in refused(campaign(), "2026-08-17").reasons]
    assert reasons[0] == (
        "The longest chain before the launch needs 47 working days; from Mon 2026-08-17 to the launch on Tue 2026-10-20 "
        "there are 42."
    )
    assert reasons[1].startswith("Its tasks (working days): IP01 Register the campaign")
    assert "EX04 Front end (6) > EX07" in reasons[1]
    assert reasons[1].endswith("EX28 Go-live check and decision (1).")
    assert reasons[2] == "The first task had to start on Mon 2026-08-10 at the latest."
    assert "National Day" in reasons[3]


def test_the_changes_are_later_shorter_or_smaller() -> None:
    changes = [change.en for change in refused(campaign(), "2026-08-17").changes]
    shorter = "EX02 Key visual and page design by 2, EX04 Front end by 3, EX05 Back end, prize pool, limits by 3"
    assert changes == [
        "Launch 5 working days later: on Tue 2026-10-27 at the earliest.",
        f"Or shorten, in working days: {shorter}.",
        "Or run it at level A, whose longest chain needs 30 working days.",
    ]


def test_the_tasks_to_be_shortened_make_it_fit_by_just_that() -> None:
    """EX02 by 2, EX04 and EX05 by 3 win the five days; a day less on any of them does not."""
    cuts = {"EX02": 2, "EX04": 3, "EX05": 3}
    assert isinstance(answer(campaign(), "2026-08-17", sop=shortened(cuts)), Plan)
    for code, days in cuts.items():
        less = {**cuts, code: days - 1}
        assert isinstance(answer(campaign(), "2026-08-17", sop=shortened(less)), Infeasible), code


def shortened(cuts: dict[str, int]) -> Sop:
    sop = standard_sop()
    tasks = [
        task.model_copy(update={"days": {level: days - cuts.get(task.id, 0) for level, days in task.days.items()}})
        for task in sop.tasks
    ]
    return sop.model_copy(update={"tasks": tuple(tasks)})


def test_only_what_would_help_is_proposed() -> None:
    """Nine working days before an S launch no lower level but C fits, and shortening does not."""
    changes = [change.en for change in refused(campaign(), "2026-10-09").changes]
    assert [change.split(":", maxsplit=1)[0] for change in changes] == [
        "Launch 39 working days later",
        "Or run it at level C, whose longest chain needs 5 working days.",
    ]


def test_a_pin_that_the_chain_reaches_too_late_is_a_reason_as_well() -> None:
    """F31: warm-up is held on its day, so what leads to it must be done by then."""
    sop = standard_sop()
    long = [
        task.model_copy(update={"days": {**task.days, **dict.fromkeys(task.days, 30)}})
        if task.id == TaskCode("EX21")
        else task
        for task in sop.tasks
    ]
    found = refused(campaign(), "2026-08-10", sop=sop.model_copy(update={"tasks": tuple(long)}))
    chain = found.reasons[1].en
    assert chain.endswith("EX25 Warm-up goes out (1).")


def test_a_refusal_is_said_in_both_languages() -> None:
    found = refused(campaign(), "2026-08-17")
    assert all(text.en != text.zh for text in (*found.reasons, *found.changes))
    assert found.changes[0].zh == "上线推迟 5 个工作日：最早 2026-10-27（周二）。"
