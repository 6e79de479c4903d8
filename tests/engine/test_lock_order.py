"""Many at one moment in one campaign, on PostgreSQL: they wait for each other in one order, and nobody for ever."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.approvals import store as approvals
from opsflow.approvals.model import ApprovalId, Verdict, approval_id
from opsflow.approvals.service import vote
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.failures import DatabaseFailed
from opsflow.db.session import Database
from opsflow.engine.advance import advance
from opsflow.engine.confirm import confirm
from opsflow.engine.handover import hand_over
from opsflow.engine.lifecycle import cancel
from opsflow.engine.reassign import reassign
from opsflow.engine.replan import preview, replan
from opsflow.engine.replanning.change import Change
from opsflow.engine.waive import waive
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict, NotFound, Refused
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.settings import Settings
from opsflow.stages.model import StageStatus
from opsflow.stages.service import replace_evidence
from tests.conftest import empty
from tests.engine.driving import People, live, stage_of
from tests.engine.small import KEY, LEGAL, MANAGER, OPERATIONS, PLANNER, PMO, SPONSOR, begin, in_workspace
from tests.engine.together import errors, together

DUTY, D1, C1 = PersonKey("duty"), TaskCode("D1"), TaskCode("C1")
ROUNDS = 6


@pytest.fixture
def asked(migrated_postgres: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """The sponsor and the head of legal are asked for the proposal."""
    settings = Settings(workspace=None, database_url=migrated_postgres.url)
    ports = MemoryLauncher(), {"memory": MemoryChannel()}
    here = in_workspace(Context(settings, migrated_postgres, clock, *ports), tmp_path)
    begin(here)
    people = People(here, KEY, idle=frozenset({"C3"}))
    live(people, until=lambda: stage_of(here, KEY, Stage.COORDINATION) == StageStatus.AWAITING_APPROVAL)
    yield here
    empty(migrated_postgres)


def test_votes_runs_handovers_and_changes_at_one_moment_never_block_each_other(asked: Context) -> None:
    """F40: what is handed in changes in every round, so that the run voids the vote which the others hold."""
    for number in range(1, ROUNDS + 1):
        was, to = (PLANNER, DUTY) if number % 2 else (DUTY, PLANNER)
        with asked.transaction() as session:
            add_wakes(session, KEY, [(Stage.COORDINATION, asked.clock.now())])
        outcomes = together(
            partial(advance, asked, KEY, Stage.COORDINATION),
            partial(replace_evidence, asked, KEY, C1, by=OPERATIONS, evidence=f"{number}.pdf"),
            partial(vote, asked, approval_id(KEY, "proposal", number), by=LEGAL, verdict=Verdict.APPROVE),
            partial(hand_over, asked, was, to, by=PMO),
            partial(reassign, asked, KEY, D1, to=MANAGER if number % 2 else OPERATIONS, by=OPERATIONS),
            partial(confirm, asked, KEY, TaskCode("E1"), by=OPERATIONS),
            partial(waive, asked, KEY, TaskCode("L2"), by=MANAGER, reason=Text.both("Not this time")),
            partial(plan_anew, asked, number),
            *([partial(cancel, asked, KEY, by=SPONSOR, reason=Text.both("No supplier"))] if number == ROUNDS else []),
        )
        advance(asked, KEY, Stage.COORDINATION)
        assert not [error for error in errors(outcomes) if isinstance(error, DatabaseFailed)]
        assert not [error for error in errors(outcomes) if not isinstance(error, Conflict | NotFound | Refused)]
    with asked.transaction() as session:
        held = load_campaign(session, KEY)
    assert (held.status, held.plan_revision > 1) == (CampaignStatus.CANCELLED, True), "each was in it"


def plan_anew(ctx: Context, number: int) -> None:
    """The launch moves on by a day in every round."""
    change = Change(launch=date(2026, 8, 24) + timedelta(days=number))
    replan(ctx, KEY, change, by=SPONSOR, revision=preview(ctx, KEY, change).campaign.plan_revision)


def test_two_that_take_the_same_in_another_order_fail_by_name(asked: Context) -> None:
    """The control: one takes the request before its campaign; the database ends one of the two, which says so."""
    both, asked_for = Barrier(2, timeout=20), approval_id(KEY, "proposal", 1)
    outcomes = together(
        partial(_campaign_first, asked, asked_for, both), partial(_request_first, asked, asked_for, both)
    )
    (failed,) = errors(outcomes)
    assert isinstance(failed, DatabaseFailed)
    assert "two steps waited for each other. Do it again" in str(failed)


def _campaign_first(ctx: Context, asked_for: ApprovalId, both: Barrier) -> None:
    with ctx.transaction() as session:
        hold_campaign(session, KEY)
        both.wait()
        approvals.lock_open(session, asked_for)


def _request_first(ctx: Context, asked_for: ApprovalId, both: Barrier) -> None:
    with ctx.transaction() as session:
        approvals.lock_open(session, asked_for)
        both.wait()
        hold_campaign(session, KEY)
