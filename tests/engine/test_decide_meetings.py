"""What a decision makes of meetings: go, revise or stop, and the go-live check."""

from dataclasses import replace
from datetime import datetime

import pytest

from opsflow.engine.decide import decide
from opsflow.engine.effects import Effect, FinishTask, MoveStage, OpenTask, Rework, StopCampaign
from opsflow.kernel.terms import Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.model import Minute, MinuteKind, Outcome, StageStatus, TaskStatus
from tests.engine.scene import Scene, at, held, task

S = StageStatus
PLANNED = "P1 P2 C1 C2 C3 C4 D1 D2 D4 D5"
MEETING = Scene(Stage.DECISION, at("17", 15), S.RELEASED, done=f"{PLANNED} D6")
CHECK = Scene(Stage.EXECUTION, at("21", 17), S.GO_LIVE_GATE, done=f"{PLANNED} D6 E1", open="E2")
HELD = held("go_live_check", Stage.EXECUTION, Outcome.HOLD, Minute(MinuteKind.DECISION, Text.both("Stock is short.")))


def decided(scene: Scene) -> tuple[Effect, ...]:
    return decide(scene.snapshot())


def test_go_lets_the_stage_go_to_its_gate() -> None:
    go = held("decision", Stage.DECISION, Outcome.GO)
    assert decided(replace(MEETING, meetings=(go,))) == (MoveStage(S.GATE),)


def test_revise_has_the_plan_done_anew_and_the_meeting_wait_for_plan_and_approval() -> None:
    revise = held("decision", Stage.DECISION, Outcome.REVISE)
    (effect,) = decided(replace(MEETING, meetings=(revise,)))
    assert isinstance(effect, Rework)
    assert (effect.origin, effect.code, effect.also_after) == ("D6", "D1.r2", ("D4",))


def test_revise_is_answered_once() -> None:
    """The record says revise until the second meeting; the task that waits for it is not done any more."""
    revise = held("decision", Stage.DECISION, Outcome.REVISE)
    again = task("D1.r2", like="D1", status=TaskStatus.OPEN)
    waiting = replace(MEETING, done=PLANNED, meetings=(revise,), extra=(again,), status=S.DRAFTING)
    assert not any(isinstance(effect, Rework) for effect in decided(waiting))


def test_while_a_revised_plan_is_written_the_stage_is_drafting() -> None:
    revise = held("decision", Stage.DECISION, Outcome.REVISE)
    again = task("D1.r2", like="D1", status=TaskStatus.OPEN)
    meeting = replace(task("D6", like="D6", status=TaskStatus.PLANNED), after=(TaskCode("D1.r2"), TaskCode("D4")))
    scene = replace(MEETING, done=PLANNED, without="D6", meetings=(revise,), extra=(again, meeting))
    assert decided(scene) == (MoveStage(S.DRAFTING),)


def test_stop_stops_the_campaign_with_what_was_decided() -> None:
    said = Minute(MinuteKind.DECISION, Text.both("The market is gone."))
    stop = held("decision", Stage.DECISION, Outcome.STOP, said)
    assert decided(replace(MEETING, meetings=(stop,))) == (StopCampaign(Text.both("The market is gone.")),)


def test_at_c_the_written_decision_stands_for_release_and_meeting() -> None:
    done = "P1 D1 D2 D4"
    waiting = Scene(Stage.DECISION, at("19", 12), S.DRAFTING, level="C", done=done)
    assert decided(waiting) == (OpenTask(TaskCode("D6")),)
    go = held("decision", Stage.DECISION, Outcome.GO)
    assert decided(replace(waiting, done=f"{done} D6", meetings=(go,))) == (MoveStage(S.GATE),)


def test_a_go_live_check_that_is_late_holds_the_stage_and_the_reason_names_what_is_not_done() -> None:
    early = replace(CHECK, now=at("21", 17, 59))
    assert decided(early) == ()
    for now in (at("21", 18), at("21", 18, 1)):
        (effect,) = decided(replace(CHECK, now=now))
        assert isinstance(effect, MoveStage)
        assert (effect.to, effect.reason) == (S.HOLD, Text("Not done in time: E2.", "未按时完成：E2。"))


def test_a_task_that_is_late_past_the_check_holds_the_stage_as_well() -> None:
    building = replace(CHECK, status=S.BUILDING, done=f"{PLANNED} D6", open="E1", now=at("21", 18))
    (effect,) = decided(building)
    assert isinstance(effect, MoveStage)
    assert effect.reason == Text("Not done in time: E1, E2.", "未按时完成：E1、E2。")


def test_the_reason_of_a_hold_names_nothing_that_comes_after_going_live() -> None:
    """However long it is held: the launch, the live time and the closing are late because of it, not the other way."""
    building = replace(CHECK, status=S.BUILDING, done=f"{PLANNED} D6", open="E1", now=at("31", 18))
    (effect,) = decided(building)
    assert isinstance(effect, MoveStage)
    assert effect.reason == Text("Not done in time: E1, E2.", "未按时完成：E1、E2。")


@pytest.mark.parametrize(
    ("decided_at", "recorded", "note"),
    [
        (at("23"), "24 25 26", Text("Recorded 3 of 3 times.", "应记录 3 次，已记录 3 次。")),
        (at("25"), "25 26", Text("Recorded 2 of 2 times.", "应记录 2 次，已记录 2 次。")),
        (at("26", 12), "", Text(
            "The campaign went live later than it would have come round.", "活动上线晚于应执行的时间。"
        )),
    ],
)  # fmt: skip
def test_what_would_have_come_round_before_it_was_live_is_not_waited_for(
    decided_at: datetime, recorded: str, note: Text
) -> None:
    times = {TaskCode("L1"): tuple(at(day) for day in recorded.split())}
    scene = Scene(
        Stage.EXECUTION, at("26", 13), S.LIVE, done=f"{PLANNED} D6 E1 E2 E3", open="L1 L2", repeats=times,
        done_at={"E2": decided_at},
    )  # fmt: skip
    assert [(each.code, each.note) for each in decided(scene) if isinstance(each, FinishTask)] == [("L1", note)]
    missed = replace(scene, repeats={TaskCode("L1"): times[TaskCode("L1")][:-1]})
    assert not times[TaskCode("L1")] or decided(missed) == ()


def test_the_sponsors_hold_holds_the_stage_with_the_sponsors_reason() -> None:
    assert decided(replace(CHECK, meetings=(HELD,))) == (MoveStage(S.HOLD, Text.both("Stock is short.")),)


@pytest.mark.parametrize(("now", "to"), [(at("22"), S.GO_LIVE_GATE), (at("24", 0), S.LIVE), (at("25"), S.LIVE)])
def test_a_release_after_a_hold_leads_on_to_the_launch(now: object, to: StageStatus) -> None:
    done = f"{CHECK.done} E2 E3"
    scene = replace(CHECK, status=S.HOLD, now=now, open="L1 L2", done=done)  # type: ignore[arg-type]
    assert decided(scene) == (MoveStage(to),)


def test_live_tasks_end_when_their_last_time_is_recorded_or_the_window_is_over() -> None:
    live = Scene(Stage.EXECUTION, at("26", 9), S.LIVE, done=f"{PLANNED} D6 E1 E2 E3", open="L1 L2")
    times = {TaskCode("L1"): (at("24"), at("25"), at("26"))}
    assert decided(live) == (), "what came round is recorded by people, not by the clock"
    (daily,) = decided(replace(live, repeats=times))
    assert isinstance(daily, FinishTask)
    assert daily.code == "L1"
    (on_event,) = decided(replace(live, now=at("27", 0)))
    assert isinstance(on_event, FinishTask)
    assert on_event.code == "L2"
