"""The scheduled flows: late, doubled and missed ticks give the same result."""

import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_LOGGING_LOG_PRINTS, temporary_settings

from flows.deadline_tracking import deadline_tracking
from flows.feedback_collection import feedback_collection
from flows.initial_planning import initial_planning
from flows.monitoring import monitoring
from flows.notification_delivery import notification_delivery
from opsflow.adapters.console import ConsoleChannel
from opsflow.adapters.memory import MemoryChannel
from opsflow.bootstrap import use_context
from opsflow.campaigns.files import Loaded
from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from tests.flows.underway import artifacts_of, begin, lines_of, personal, run_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect")]

DAYS = range(0, 4 * 24 + 1, 6)
"""Hours, from the first task's opening until its escalation has gone up every step."""


def sweep(clock: VirtualClock, hours: Sequence[int]) -> None:
    """Both flows at each of these hours after the start."""
    began = clock.now()
    for hour in hours:
        clock.move_to(began + timedelta(hours=hour))
        for flow in (deadline_tracking, notification_delivery):
            assert run(flow).is_completed()


def run(flow: "Flow[[], State]") -> State:
    return flow(return_state=True)


def told(channel: MemoryChannel) -> list[tuple[str, str]]:
    return [(message.person, message.title) for message in channel.sent]


@pytest.fixture
def opened(under_way: Context, double_eleven: Loaded) -> Context:
    """The first stage is open, and nobody does anything."""
    key = begin(under_way, double_eleven, "sweeps")
    assert initial_planning(key, return_state=True).is_completed()
    return under_way


def test_what_is_due_is_told_once_however_often_the_flows_run(
    opened: Context, clock: VirtualClock, channel: MemoryChannel
) -> None:
    """F07, F08, F32: the flows ask what is due; nothing hangs on a tick of its own."""
    sweep(clock, [hour for hour in DAYS for _ in range(2)])
    keys = [message.key for message in channel.sent]
    assert len(keys) == len(set(keys)) > 3
    before = told(channel)
    sweep(clock, [0, 0])
    assert told(channel) == before


def test_whoever_was_told_step_by_step_is_told_the_last_step_after_an_outage(
    opened: Context, clock: VirtualClock, channel: MemoryChannel
) -> None:
    """F32, F33: one late tick tells what counts now, and not the backlog."""
    sweep(clock, [DAYS[-1]])
    late = channel.sent
    assert len({message.key for message in late}) == len(late) > 0
    assert len(late) <= len({message.person for message in late})


def test_a_sweep_says_what_it_did_and_names_nobody(
    opened: Context, clock: VirtualClock, channel: MemoryChannel, double_eleven: Loaded
) -> None:
    clock.move_to(clock.now() + timedelta(hours=DAYS[-1]))
    for flow in (deadline_tracking, notification_delivery):
        state = run(flow)
        found = run_of(state)
        assert (found.name, found.parameters) == (flow.name, {})
        assert state.name in {"Ticked", "Delivered"}
        lines = lines_of(found.id, wanted=state.message or "")
        shown = "\n".join([*lines, str(artifacts_of(found.id))])
        assert [text for text in personal(double_eleven) if text in shown] == []
    assert channel.sent


def test_a_message_that_cannot_be_sent_fails_no_run(
    opened: Context, clock: VirtualClock, channel: MemoryChannel, double_eleven: Loaded
) -> None:
    """F05, F06: it stays in the outbox, and is sent when it can be."""
    channel.unreachable |= set(double_eleven.organisation.people)
    assert re.search(r"[1-9]\d* failed", run(notification_delivery).message or "")
    assert channel.sent == []
    channel.unreachable.clear()
    sweep(clock, [6, 12, 24])
    assert channel.sent


def test_messages_shown_on_the_console_do_not_become_log_lines(
    opened: Context, clock: VirtualClock, double_eleven: Loaded, tmp_path: Path
) -> None:
    """Not even where a team has told Prefect to log what is printed."""
    out = io.StringIO()
    console = replace(opened, channels={"console": ConsoleChannel(tmp_path / "messages.jsonl")})
    with temporary_settings({PREFECT_LOGGING_LOG_PRINTS: True}), use_context(console), redirect_stdout(out):
        state = run(notification_delivery)
    assert [text for text in personal(double_eleven) if text in out.getvalue()]
    lines = lines_of(run_of(state).id, wanted=state.message or "")
    assert [text for text in personal(double_eleven) if text in str(lines)] == []


def test_feedback_collection_asks_for_every_campaign_and_says_so(opened: Context) -> None:
    state = feedback_collection(return_state=True)
    assert (state.name, state.message) == (
        "Collected",
        "1 campaigns: 0 surveys opened, 0 closed, 0 people asked, 0 invitations and 0 reminders sent",
    )


def test_monitoring_looks_at_every_campaign_and_says_so(opened: Context) -> None:
    state = monitoring(return_state=True)
    assert (state.name, state.message) == ("Monitored", "1 campaigns: 0 KPIs off track, 0 recovered")
