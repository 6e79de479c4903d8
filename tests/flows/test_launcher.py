"""Prefect's launcher: what it starts, what stops it, and that the state of a run is evidence of nothing."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from uuid import UUID, uuid4

import pytest
from prefect import get_client
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE, temporary_settings
from prefect.states import Completed, Crashed, Failed

import opsflow.adapters.prefect_launcher as launching
from opsflow.adapters.prefect_launcher import PrefectLauncher
from opsflow.campaigns.files import Loaded
from opsflow.context import Context
from opsflow.engine.advance import advance
from opsflow.engine.launch import launch_due
from opsflow.engine.record import record
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.settings import SILENT
from tests.flows.servers import Api, deploy_unscheduled
from tests.flows.underway import begin, runs_tagged

pytestmark = pytest.mark.slow

ELEVEN = CampaignKey("double-eleven")


@pytest.fixture(scope="module")
def deployments(api: Api) -> None:
    with temporary_settings({PREFECT_API_URL: api.url}):
        deploy_unscheduled(stage for stage in Stage if stage is not Stage.REVIEW)


@pytest.fixture
def motor(prefect: Api, deployments: None, under_way: Context) -> Context:
    """The context of a campaign whose stages are launched through the real API."""
    return replace(under_way, launcher=PrefectLauncher())


@pytest.fixture
def silence() -> Iterator[str]:
    """An API that takes calls and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"


def fails(said: str) -> float:
    """Launch, which must fail saying so; how many seconds it took."""
    began = monotonic()
    with pytest.raises(PortFailed, match=said):
        PrefectLauncher().launch(ELEVEN, Stage.DECISION, level=Level.S, key=f"double-eleven/decision/{uuid4()}/1")
    return monotonic() - began


def force(run: UUID, state: State) -> None:
    """What anybody can do who reaches Prefect's API."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, state, force=True)


def test_a_run_carries_its_campaign_and_nothing_else(motor: Context) -> None:
    key = CampaignKey("carries-nothing")
    motor.launcher.launch(key, Stage.DECISION, level=Level.S, key=f"{key}/decision/1/1")
    (run,) = runs_tagged(f"campaign:{key}")
    assert run.parameters == {"campaign": key}
    assert run.name == f"{key}/decision"
    assert set(run.tags) == {f"campaign:{key}", "level:S", "stage:decision"}
    assert run.parent_task_run_id is None


def test_a_missing_deployment_is_named_with_the_way_out(motor: Context) -> None:
    with pytest.raises(PortFailed, match=r"no deployment review/review.*prefect deploy --all"):
        motor.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key="double-eleven/review/1/1")


def test_an_api_that_does_not_answer_is_left_before_the_next_tick(silence: str) -> None:
    with temporary_settings({PREFECT_API_URL: silence}):
        assert launching.ANSWER_SECONDS <= fails("did not start") < 2 * launching.ANSWER_SECONDS


def test_without_an_address_nothing_is_started(prefect: Api) -> None:
    """Prefect would start a server of its own, which nobody watches and which ends with the process."""
    with temporary_settings({PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: True}, restore_defaults={PREFECT_API_URL}):
        assert fails("PREFECT_API_URL") < 5


def test_a_run_whose_api_does_not_answer_counts_as_under_way(silence: str) -> None:
    """Nobody launches a second one because the first cannot be asked after."""
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert not PrefectLauncher().is_final(str(uuid4()))


@pytest.mark.parametrize("state", [Failed, Crashed, Completed])
def test_a_run_forced_to_a_state_moves_nothing_and_its_wake_is_launched_again(
    motor: Context, double_eleven: Loaded, state: Callable[[], State]
) -> None:
    """I4 of reliability.md: the run never did anything, whatever Prefect says of it."""
    key = begin(motor, double_eleven, f"forced-{state.__name__.lower()}")
    assert launch_due(motor) == 1
    before = record(motor, key)
    (first,) = runs_tagged(f"campaign:{key}")
    force(first.id, state())
    after = record(motor, key)
    assert (after.entries, after.messages, after.snapshot.tasks) == (
        before.entries,
        before.messages,
        before.snapshot.tasks,
    )
    assert launch_due(motor) == 1
    attempts = {run.idempotency_key for run in runs_tagged(f"campaign:{key}")}
    assert {(attempt or "").rpartition("/")[2] for attempt in attempts} == {"1", "2"}


def test_a_run_under_way_is_not_launched_again_until_it_has_been_silent(
    motor: Context, double_eleven: Loaded, clock: VirtualClock
) -> None:
    key = begin(motor, double_eleven, "silent")
    assert launch_due(motor) == 1
    clock.move_to(clock.now() + SILENT - timedelta(seconds=1))
    assert launch_due(motor) == 0
    clock.move_to(clock.now() + timedelta(seconds=1))
    assert launch_due(motor) == 1
    assert len(runs_tagged(f"campaign:{key}")) == 2


def test_a_run_that_is_called_running_for_ever_holds_nothing_up(motor: Context, double_eleven: Loaded) -> None:
    """F34: the work is done by whoever comes; the run that Prefect still shows finds nothing to do."""
    key = begin(motor, double_eleven, "for-ever")
    assert launch_due(motor) == 1
    assert advance(motor, key, Stage.INITIAL_PLANNING).did
    assert launch_due(motor) == 0
    assert not advance(motor, key, Stage.INITIAL_PLANNING).did


def test_while_the_api_is_down_wakes_wait_and_then_are_launched_once(motor: Context, double_eleven: Loaded) -> None:
    key = begin(motor, double_eleven, "down-and-up")
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert launch_due(motor) == 0
    assert (launch_due(motor), launch_due(motor)) == (1, 0)
    (run,) = runs_tagged(f"campaign:{key}")
    assert (run.idempotency_key or "").endswith("/1")
