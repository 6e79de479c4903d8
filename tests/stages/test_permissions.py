"""Who may act on a task, through every door."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsflow.campaigns.permissions import NotAllowed
from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages import store
from opsflow.stages.meetings import answer_opinions, decide_go_live, record_meeting
from opsflow.stages.model import Minute, MinuteKind, Outcome, TaskStatus
from opsflow.stages.service import complete_task, record_repeats, replace_evidence
from tests.campaigns.planning import organisation
from tests.engine.scene import at
from tests.engine.small import KEY, LEGAL, MANAGER, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace

STRANGER, DEPUTY, DATA = PersonKey("data-head"), PersonKey("operations-deputy"), PersonKey("data-head")


@pytest.fixture
def small(ctx: Context, tmp_path: Path) -> Context:
    here = in_workspace(ctx, tmp_path)
    begin(here)
    return here


def opened(ctx: Context, *codes: str) -> None:
    with ctx.transaction() as session:
        store.open_tasks(session, KEY, [TaskCode(code) for code in codes], now=ctx.clock.now())


def status(ctx: Context, code: str) -> TaskStatus:
    with ctx.transaction() as session:
        return store.task(session, KEY, TaskCode(code)).status


def complete(ctx: Context, code: str, by: str, *, evidence: str | None = "x.pdf", note: Text | None = None) -> None:
    complete_task(ctx, KEY, TaskCode(code), by=PersonKey(by), evidence=evidence, note=note)


@pytest.mark.parametrize("by", [PLANNER, OPERATIONS, DEPUTY])
def test_owner_head_and_deputy_may_finish_a_task(small: Context, by: PersonKey) -> None:
    opened(small, "P1")
    complete(small, "P1", by)
    with small.transaction() as session:
        task = store.task(session, KEY, TaskCode("P1"))
    assert (task.status, task.done_by, task.evidence) == (TaskStatus.DONE, by, "x.pdf")


@pytest.mark.parametrize("by", [STRANGER, SPONSOR, PMO, MANAGER])
def test_nobody_else_may(small: Context, by: PersonKey) -> None:
    opened(small, "P1")
    with pytest.raises(NotAllowed, match=f"{by} cannot finish a task: P1"):
        complete(small, "P1", by)
    assert status(small, "P1") is TaskStatus.OPEN


def test_somebody_whom_the_organisation_does_not_know_may_nothing(small: Context) -> None:
    opened(small, "P1")
    with pytest.raises(Refused, match="nobody in Company"):
        complete(small, "P1", "mallory")


def test_who_is_away_and_who_stands_in_may_both_act(ctx: Context, tmp_path: Path) -> None:
    """F47: the task is with the deputy from the plan on, with both names."""
    people = organisation().model_dump(mode="json")["people"]
    people["legal-head"]["absent"] = [{"first": "2026-08-01", "last": "2026-08-31"}]
    small = in_workspace(ctx, tmp_path)
    begin(small, org=organisation(people=people))
    opened(small, "C2")
    with small.transaction() as session:
        task = store.task(session, KEY, TaskCode("C2"))
    assert (task.owner, task.deputy_for) == ("legal-deputy", LEGAL)
    complete(small, "C2", LEGAL)
    assert status(small, "C2") is TaskStatus.DONE


def test_a_task_with_a_deliverable_is_done_with_it_and_one_without_with_a_note(small: Context) -> None:
    opened(small, "P1", "C2")
    with pytest.raises(BadInput, match="done with its deliverable"):
        complete(small, "P1", PLANNER, evidence=None, note=Text.both("Done."))
    with pytest.raises(BadInput, match="done with a note"):
        complete(small, "C2", LEGAL, evidence=None)
    complete(small, "C2", LEGAL, evidence=None, note=Text.both("Nothing to change."))


def test_a_task_that_is_not_open_is_a_conflict(small: Context) -> None:
    with pytest.raises(Conflict, match="is planned"):
        complete(small, "P1", PLANNER)
    opened(small, "P1")
    complete(small, "P1", PLANNER)
    with pytest.raises(Conflict, match="is done"):
        complete(small, "P1", PLANNER)
    with pytest.raises(NotFound, match="no task XX"):
        complete(small, "XX", PLANNER)


@pytest.mark.parametrize(
    ("code", "by", "why"),
    [("C3", SPONSOR, "approvers have voted"), ("D2", PMO, "scores pass"), ("P2", MANAGER, "recording the meeting"),
     ("E2", MANAGER, "go-live decision"), ("L1", DATA, "each time it came round")],
)  # fmt: skip
def test_what_has_a_door_of_its_own_cannot_be_marked_done(small: Context, code: str, by: str, why: str) -> None:
    """F43: no second door leads past votes, scores, minutes or the sponsor."""
    opened(small, code)
    with pytest.raises(Refused, match=why):
        complete(small, code, by)


def test_the_go_live_check_is_not_passed_by_recording_it_as_a_meeting(small: Context) -> None:
    """F43: the campaign manager owns the check, the sponsor decides it."""
    opened(small, "E2")
    with pytest.raises(Refused, match="go-live decision"):
        record_meeting(small, KEY, "go_live_check", by=MANAGER, attendees=[MANAGER], minutes=[])
    assert status(small, "E2") is TaskStatus.OPEN


def test_what_was_handed_in_is_replaced_only_when_it_is_done_and_by_who_may(small: Context) -> None:
    opened(small, "P1")
    with pytest.raises(Conflict, match="is open"):
        replace_evidence(small, KEY, TaskCode("P1"), by=PLANNER, evidence="new.pdf")
    complete(small, "P1", PLANNER)
    with pytest.raises(NotAllowed):
        replace_evidence(small, KEY, TaskCode("P1"), by=STRANGER, evidence="new.pdf")
    replace_evidence(small, KEY, TaskCode("P1"), by=PLANNER, evidence="new.pdf")
    with small.transaction() as session:
        assert store.task(session, KEY, TaskCode("P1")).evidence == "new.pdf"


def _go(ctx: Context, by: PersonKey, *, go: bool = True, reason: str | None = "Not ready.") -> None:
    decide_go_live(ctx, KEY, by=by, go=go, reason=Text.both(reason) if reason else None)


def test_go_live_is_the_sponsors_decision_where_the_level_has_one(small: Context) -> None:
    opened(small, "E2")
    for other in (MANAGER, OPERATIONS, PMO):
        with pytest.raises(Refused, match="decided by sponsor"):
            _go(small, other)
    with pytest.raises(BadInput, match="needs a reason"):
        _go(small, SPONSOR, go=False, reason=None)
    _go(small, SPONSOR, go=False)
    assert status(small, "E2") is TaskStatus.OPEN
    _go(small, SPONSOR)
    assert status(small, "E2") is TaskStatus.DONE
    with pytest.raises(Conflict, match="is done"):
        _go(small, SPONSOR)


def test_what_was_held_until_its_live_window_was_over_cannot_go_live(small: Context, clock: VirtualClock) -> None:
    opened(small, "E2")
    clock.move_to(at("26", 23, 59))
    _go(small, SPONSOR, go=False)
    clock.move_to(at("27", 0))
    with pytest.raises(
        Refused, match=r"was to be live until 2026-08-27 00:00, and that is past.*replan.*campaign cancel"
    ):
        _go(small, SPONSOR)
    assert status(small, "E2") is TaskStatus.OPEN
    _go(small, SPONSOR, go=False)


def test_go_live_is_the_first_approvers_decision_elsewhere(ctx: Context, tmp_path: Path) -> None:
    small = in_workspace(ctx, tmp_path)
    begin(small, level="C")
    opened(small, "E2")
    with pytest.raises(Refused, match="decided by operations-head"):
        _go(small, SPONSOR)
    _go(small, OPERATIONS)
    assert status(small, "E2") is TaskStatus.DONE


def _minute(kind: MinuteKind, **more: Any) -> Minute:
    return Minute(kind, Text.both("Something."), **more)


def _hold(ctx: Context, meeting: str = "decision", **changes: Any) -> None:
    given = {"by": MANAGER, "attendees": [MANAGER, PLANNER], "minutes": [], "outcome": Outcome.GO} | changes
    record_meeting(ctx, KEY, meeting, **given)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"outcome": None}, "no outcome"),
        ({"outcome": Outcome.HOLD}, "no outcome"),
        ({"attendees": []}, "nobody attended"),
        ({"minutes": [_minute(MinuteKind.QUESTION, owner=PLANNER)]}, "no owner or date for the question"),
        ({"minutes": [_minute(MinuteKind.LESSON)]}, "no owner or date for the lesson"),
    ],
)
def test_minutes_that_are_not_complete_are_not_taken(small: Context, changes: dict[str, Any], why: str) -> None:
    opened(small, "D6")
    with pytest.raises(BadInput, match=why):
        _hold(small, **changes)
    assert status(small, "D6") is TaskStatus.OPEN


def test_a_meeting_is_recorded_once_by_who_may_and_finishes_its_task(small: Context) -> None:
    opened(small, "D6")
    with pytest.raises(NotAllowed):
        _hold(small, by=STRANGER)
    with pytest.raises(NotFound, match="Its meetings: kick_off, decision"):
        _hold(small, "picnic")
    _hold(small)
    with pytest.raises(Conflict, match="is done"):
        _hold(small)
    with small.transaction() as session:
        (held,) = store.meetings(session, KEY)
        assert (held.id, held.outcome, held.attendees) == ("decision", Outcome.GO, (MANAGER, PLANNER))
    assert status(small, "D6") is TaskStatus.DONE


def test_opinions_are_answered_with_a_reason_when_they_are_not_taken(small: Context) -> None:
    opened(small, "P2")
    minutes = [_minute(MinuteKind.OPINION, person=MANAGER)]
    _hold(small, "kick_off", minutes=minutes, outcome=None, attendees=[MANAGER])
    with pytest.raises(BadInput, match="say why"):
        _answer(small, PLANNER, 0, taken=False)
    with pytest.raises(NotFound, match="no opinion at place 7"):
        _answer(small, PLANNER, 7, taken=True)
    with pytest.raises(Refused, match="Who can: whoever drafts"):
        _answer(small, SPONSOR, 0, taken=True)
    _answer(small, PLANNER, 0, taken=False, reply="Too dear.")
    with small.transaction() as session:
        (held,) = store.meetings(session, KEY)
    assert (held.minutes[0].taken, held.minutes[0].reply) == (False, Text.both("Too dear."))


def _answer(ctx: Context, by: PersonKey, place: int, *, taken: bool, reply: str | None = None) -> None:
    said = (taken, Text.both(reply) if reply else None)
    answer_opinions(ctx, KEY, "kick_off", by=by, answers={place: said})


def _record(ctx: Context, until: datetime, by: PersonKey = DATA) -> int:
    return record_repeats(ctx, KEY, TaskCode("L1"), by=by, until=until)


def test_a_live_task_is_recorded_once_for_each_time_that_has_come(small: Context, clock: VirtualClock) -> None:
    opened(small, "L1", "P1", "E2")
    clock.move_to(at("21"))
    decide_go_live(small, KEY, by=SPONSOR, go=True)
    clock.move_to(at("25", 10))
    with pytest.raises(BadInput, match="still to come"):
        _record(small, at("26"))
    with pytest.raises(NotAllowed):
        _record(small, at("25"), PLANNER)
    with pytest.raises(Refused, match="does not come round"):
        record_repeats(small, KEY, TaskCode("P1"), by=PLANNER, until=at("25"))
    assert [_record(small, at("24", 10)), _record(small, at("25", 10)), _record(small, at("25", 10))] == [1, 1, 0]
    clock.move_to(at("25", 10) + timedelta(days=1))
    assert _record(small, at("26", 10)) == 1
