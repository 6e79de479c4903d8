"""Two people at one moment, on both databases: what one does, the other sees, and nothing is lost or told twice."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from opsflow.approvals.model import Verdict, approval_id
from opsflow.approvals.service import vote
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.deadlines.service import fire_due
from opsflow.engine.absences import report_absence
from opsflow.engine.handover import hand_over
from opsflow.engine.record import journal
from opsflow.engine.snooze import snooze
from opsflow.engine.waive import waive
from opsflow.engine.worklist import one_task, worklist
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.store import ledger
from opsflow.stages import store as stages
from opsflow.stages.service import complete_task
from tests.engine.driving import People, live
from tests.engine.opened import p1_opened
from tests.engine.scene import at
from tests.engine.small import KEY, LEGAL, PLANNER, PMO, SPONSOR, begin, in_workspace
from tests.engine.together import errors, together

P1, LEGAL_DEPUTY = TaskCode("P1"), PersonKey("legal-deputy")
MOMENT = 0.6
"""Seconds that somebody is waited for: finishing a task takes a tenth of that."""


@pytest.fixture
def opened(ctx: Context, tmp_path: Path) -> Context:
    """P1 is open since 10:00 of Tuesday the 4th, due on Wednesday at 18:00."""
    return p1_opened(ctx, tmp_path)


def reminders(ctx: Context) -> int:
    with ctx.transaction() as session:
        return sum(each.template == "task_reminder" for each in ledger(session, person=PLANNER))


def test_a_snooze_that_races_the_sweep_reminds_once_that_morning(opened: Context) -> None:
    """F10: the sweep has read the regular reminder when the owner snoozes; one of the two is told, never both."""
    opened.clock.move_to(at("5", 9))  # type: ignore[attr-defined]
    outcomes = together(
        partial(snooze, opened, KEY, P1, until=at("5", 11), by=PLANNER), *[partial(fire_due, opened)] * 3
    )
    assert not errors(outcomes)
    told = [each for each in outcomes[1:] if each]
    with opened.transaction() as session:
        pending = [each for each in ledger(session, person=PLANNER) if each.template == "task_reminder"]
    assert len(pending) == sum(int(str(each)) for each in told) <= 1
    assert all(each.status == "dropped" for each in pending)


class Interrupted(VirtualClock):
    """A clock that lets somebody else act while whoever asks it has read what they go by, and waits a moment for them."""

    def __init__(self, start: datetime, *, at_look: int, act: Callable[[], object]) -> None:
        super().__init__(start)
        self._looks, self._at_look, self._act = 0, at_look, act
        self.overtaken = False
        """The other was through before whoever was interrupted went on."""
        self.outcome: object = None

    def now(self) -> datetime:
        self._looks += 1
        if self._looks == self._at_look:
            self._thread = threading.Thread(target=self._run)
            self._thread.start()
            self._thread.join(timeout=MOMENT)
            self.overtaken = not self._thread.is_alive()
        return super().now()

    def _run(self) -> None:
        (self.outcome,) = together(self._act)

    def both(self, verb: Callable[[], object]) -> tuple[object, object]:
        """What the interrupted verb and the other returned or raised."""
        (outcome,) = together(verb)
        self._thread.join(timeout=20)
        return outcome, self.outcome


def finish(ctx: Context) -> None:
    complete_task(ctx, KEY, P1, by=PLANNER, evidence="p1.pdf")


def interrupted(
    ctx: Context, verb: Callable[[Context], object], act: Callable[[Context], object], *, at_look: int
) -> tuple[Interrupted, object, object]:
    clock = Interrupted(ctx.clock.now(), at_look=at_look, act=partial(act, ctx))
    return clock, *clock.both(partial(verb, replace(ctx, clock=clock)))


def actions(ctx: Context) -> list[str]:
    """What was done, in order, that these tests are about."""
    wanted = ("task.snoozed", "task.done", "task.waived", "approval.approved", "approval.handed_over")
    return [entry.action for entry in journal(ctx, KEY) if entry.action in wanted]


def test_who_finishes_while_the_owner_snoozes_comes_after_it_and_nobody_is_reminded(opened: Context) -> None:
    """F01, F10."""
    clock, *outcomes = interrupted(
        opened, lambda ctx: snooze(ctx, KEY, P1, until=at("5", 11), by=PLANNER), finish, at_look=2
    )
    assert not errors(outcomes)
    assert (clock.overtaken, actions(opened)) == (False, ["task.snoozed", "task.done"])
    for hour in (9, 11, 12):
        opened.clock.move_to(at("5", hour))  # type: ignore[attr-defined]
        fire_due(opened)
    assert reminders(opened) == 0


def test_who_finishes_while_somebody_waives_comes_too_late(opened: Context) -> None:
    """The task is done or waived, never both, and the other is told so."""
    clock, waived, finished = interrupted(
        opened, lambda ctx: waive(ctx, KEY, P1, by=PMO, reason=Text.both("Not this time")), finish, at_look=1
    )
    assert (clock.overtaken, waived) == (False, None)
    assert isinstance(finished, Conflict)
    assert actions(opened) == ["task.waived"]


def test_who_votes_while_the_vote_is_handed_over_is_refused(ctx: Context, clock: VirtualClock, tmp_path: Path) -> None:
    """A vote counts for its seat or the seat passes, never both: nobody votes in a seat that is somebody else's."""
    here = in_workspace(ctx, tmp_path)
    begin(here)
    live(People(here, KEY, idle=frozenset({"C3"})), until=lambda: bool(worklist(here, KEY).approvals))
    stopped, handed, voted = interrupted(
        here,
        lambda ctx: hand_over(ctx, LEGAL, LEGAL_DEPUTY, by=LEGAL),
        lambda ctx: vote(ctx, approval_id(KEY, "proposal", 1), by=LEGAL, verdict=Verdict.APPROVE),
        at_look=1,
    )
    assert (stopped.overtaken, isinstance(handed, Exception)) == (False, False)
    assert isinstance(voted, Refused)
    assert actions(here)[-1:] == ["approval.handed_over"]
    (asked,) = worklist(here, KEY).approvals
    assert set(asked.waiting_for) == {SPONSOR, LEGAL_DEPUTY}


def test_who_holds_nothing_is_overtaken(opened: Context) -> None:
    """The control of the three above: who only looks has read what is not so any more, and the other did not wait."""

    def look(ctx: Context) -> str:
        with ctx.reading() as session:
            read = stages.task(session, KEY, P1)
            ctx.clock.now()
            return read.status

    clock, read, finished = interrupted(opened, look, finish, at_look=1)
    assert (clock.overtaken, read, finished) == (True, "open", None)
    assert one_task(opened, KEY, P1)[1].status == "done"


def test_absences_that_are_reported_at_one_moment_are_all_known(opened: Context) -> None:
    people = (PLANNER, LEGAL, SPONSOR)
    for number in range(5):
        day = date(2026, 8, 10) + timedelta(days=number * 2)
        outcomes = together(*(partial(report_absence, opened, KEY, who, first=day, last=day, by=who) for who in people))
        assert errors(outcomes) == []
    with opened.transaction() as session:
        known = load_campaign(session, KEY).organisation.people
    assert {who: len(known[who].absent) for who in people} == dict.fromkeys(people, 5)
