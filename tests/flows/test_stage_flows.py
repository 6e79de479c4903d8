"""A stage flow moves its stage once, ends in seconds, and says in Prefect what it did and what it waits for."""

import re
from collections.abc import Mapping

import pytest
from prefect.client.schemas.objects import State

from opsflow.campaigns.files import Loaded
from opsflow.context import Context
from opsflow.engine.record import record
from opsflow.engine.upcoming import upcoming
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import Stage
from opsflow.rehearsal.driver import STAGE_FLOWS
from opsflow.stages.model import TaskStatus
from tests.flows.underway import artifacts_of, begin, lines_of, personal, run_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect")]

WAITS: Mapping[Stage, tuple[str, str]] = {
    Stage.INITIAL_PLANNING: ("Working", r"\d+ tasks? open; next due is IP\d\d, 2026-\d\d-\d\d 18:00 \+08:00"),
    Stage.COORDINATION: ("NotYetOpen", r"opens 2026-08-\d\d .* \+08:00"),
    Stage.DECISION: ("NotYetOpen", r"opens 2026-\d\d-\d\d .* \+08:00"),
    Stage.EXECUTION: ("NotYetOpen", r"opens 2026-\d\d-\d\d .* \+08:00"),
    Stage.CLOSING: ("NotYetOpen", r"opens 2026-\d\d-\d\d .* \+08:00"),
    Stage.REVIEW: ("NotYetOpen", r"opens 2026-\d\d-\d\d .* \+08:00"),
}


def run(stage: Stage, campaign: str) -> State:
    """One run in this process."""
    return STAGE_FLOWS[stage](campaign, return_state=True)


@pytest.mark.parametrize("stage", Stage)
def test_a_run_ends_completed_and_says_what_its_stage_waits_for(
    under_way: Context, double_eleven: Loaded, stage: Stage
) -> None:
    key = begin(under_way, double_eleven, f"waits-{stage.replace('_', '-')}")
    state = run(stage, key)
    assert state.is_completed()
    name, message = WAITS[stage]
    assert (state.name, re.fullmatch(message, state.message or "") is not None) == (name, True), state.message


@pytest.mark.parametrize("stage", Stage)
def test_a_run_is_found_by_campaign_level_and_stage(under_way: Context, double_eleven: Loaded, stage: Stage) -> None:
    key = begin(under_way, double_eleven, f"found-{stage.replace('_', '-')}")
    found = run_of(run(stage, key))
    assert found.name == f"{key}/{stage}"
    assert set(found.tags) == {f"campaign:{key}", "level:S", f"stage:{stage}"}
    assert found.parameters == {"campaign": key}


def test_a_run_leaves_one_table_and_lines_that_say_the_same(under_way: Context, double_eleven: Loaded) -> None:
    key = begin(under_way, double_eleven, "a-campaign-key-of-the-greatest-length-40")
    state = run(Stage.INITIAL_PLANNING, key)
    found = run_of(state)
    (table,) = artifacts_of(found.id)
    assert table.type == "table"
    assert re.fullmatch(r"[a-z0-9-]+", table.key or "")
    assert "task.opened IP01" in str(table.data)
    assert (state.message or "nothing") in str(table.data)
    lines = lines_of(found.id, wanted=f"{state.name}: {state.message}")
    assert "task.opened IP01" in lines


def test_a_run_opens_the_stage_whose_time_has_come(under_way: Context, double_eleven: Loaded) -> None:
    key = begin(under_way, double_eleven, "opens")
    run(Stage.INITIAL_PLANNING, key)
    after = record(under_way, key)
    opened = [task.code for task in after.snapshot.tasks if task.status is TaskStatus.OPEN]
    assert opened
    assert {code[:2] for code in opened} == {"IP"}
    wake = upcoming(under_way, key).wake
    assert wake is not None
    assert wake > under_way.clock.now()


def test_a_second_run_does_nothing_over_again(under_way: Context, double_eleven: Loaded) -> None:
    """F38, F40: two runs for one slot."""
    key = begin(under_way, double_eleven, "twice")
    run(Stage.INITIAL_PLANNING, key)
    before = record(under_way, key)
    state = run(Stage.INITIAL_PLANNING, key)
    after = record(under_way, key)
    assert (after.entries, after.messages) == (before.entries, before.messages)
    (table,) = artifacts_of(run_of(state).id)
    assert "did" not in str(table.data)


def test_an_unknown_campaign_fails_the_run_with_the_way_out(under_way: Context, double_eleven: Loaded) -> None:
    begin(under_way, double_eleven, "the-known-one")
    state = run(Stage.REVIEW, "nobody-started-this")
    assert state.is_failed()
    assert "There is no campaign nobody-started-this. Known: the-known-one." in (state.message or "")
    with pytest.raises(NotFound):
        state.result()


def test_what_a_run_shows_names_no_person(under_way: Context, double_eleven: Loaded) -> None:
    key = begin(under_way, double_eleven, "nobody-is-named")
    state = run(Stage.INITIAL_PLANNING, key)
    found = run_of(state)
    lines = lines_of(found.id, wanted=f"{state.name}: {state.message}")
    shown = "\n".join(
        [str(found.parameters), str(found.tags), state.message or "", *lines, str(artifacts_of(found.id))]
    )
    assert [text for text in personal(double_eleven) if text in shown] == []
