"""What is said in a rehearsed review: of what went wrong the causes first, by name, and a lesson to each."""

from dataclasses import fields, replace
from datetime import timedelta

from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.rehearsal.speech import TROUBLES, Speech
from opsflow.stages.model import Minute, MinuteKind, Task, TaskStatus
from tests.rehearsal.troupe import S, cast_of, planned


def done(code: str, late: int) -> Task:
    """A task of the plan, done so many days after it was due."""
    given = next(task for task in planned(S).tasks if task.id == code)
    names = {field.name for field in fields(Task)} & {field.name for field in fields(given)}
    at = given.due + timedelta(days=late, hours=-1)
    return Task(
        **{name: getattr(given, name) for name in names}, code=given.id, status=TaskStatus.DONE, opened_at=given.start,
        done_at=at, done_by=given.owner, evidence="x", note=None,
    )  # fmt: skip


def said(*tasks: Task, meeting: str = "review") -> tuple[Minute, ...]:
    cast = cast_of(S)
    now = max(task.due for task in planned(S).tasks)
    return Speech(cast, meeting, Stage.REVIEW, now, PersonKey("lin-yue"), (), tasks).minutes()


def test_what_came_late_is_named_with_its_days_and_has_a_lesson() -> None:
    minutes = said(done("EX02", 7), done("EX05", 0))
    cause, lesson = (
        next(each for each in minutes if each.kind is kind) for kind in (MinuteKind.CAUSE, MinuteKind.LESSON)
    )
    assert (cause.task, cause.cause) == ("EX02", "process")
    assert "working days late" in cause.text.en
    assert "Key visual" in cause.text.en
    assert (lesson.owner, lesson.due is not None, "Key visual" in lesson.text.en) == (cause.person, True, True)


def test_the_worst_are_named_and_not_everything() -> None:
    late = [done(code, days) for code, days in (("EX02", 3), ("EX03", 14), ("EX04", 9), ("EX05", 4))]
    named = [each.task for each in said(*late) if each.kind is MinuteKind.CAUSE and each.task]
    assert named == ["EX03", "EX04"]
    assert len(named) == TROUBLES


def test_what_was_done_again_is_called_by_its_own_name() -> None:
    again = replace(done("EX02", 0), code=TaskCode("EX02.r2"), title=Text("Rework: Key visual", "返工：主视觉"))
    (cause,) = [each for each in said(again) if each.kind is MinuteKind.CAUSE and each.task]
    assert (cause.cause, cause.text.en[:12], cause.text.zh[:5]) == ("planning", '"Key visual"', "“主视觉”")


def test_where_all_went_well_nothing_is_blamed() -> None:
    assert [each.task for each in said(done("EX02", 0)) if each.task] == []
    assert [each for each in said(done("EX02", 9), meeting="hot_debrief") if each.kind is MinuteKind.CAUSE] == []
