"""What every launcher owes: the double and Prefect's are held to the same."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from uuid import UUID, uuid4

import pytest
from prefect import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelled

from opsflow.adapters.memory import MemoryLauncher
from opsflow.adapters.prefect_launcher import PrefectLauncher
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.ports import Launcher
from tests.flows.servers import deploy_unscheduled, pointed_at, running_api

pytestmark = pytest.mark.slow

ELEVEN = CampaignKey("double-eleven")
NOBODY_LISTENS = "http://127.0.0.1:9/api"
AT_ONCE = 15
"""Seconds: the tick that launches must be over before the next one."""


@dataclass(frozen=True)
class Bench:
    """A launcher, a way to end one of its runs, and a way to take its motor down for the rest of the test."""

    launcher: Launcher
    end: Callable[[str], object]
    take_down: Callable[[], object]


@contextmanager
def memory() -> Iterator[Bench]:
    launcher = MemoryLauncher()
    yield Bench(launcher, launcher.final.add, lambda: setattr(launcher, "down", True))


@contextmanager
def prefect() -> Iterator[Bench]:
    def end(run: str) -> None:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(UUID(run), Cancelled(), force=True)

    with ExitStack() as settings:
        elsewhere = temporary_settings({PREFECT_API_URL: NOBODY_LISTENS})
        yield Bench(PrefectLauncher(), end, lambda: settings.enter_context(elsewhere))


@pytest.fixture(scope="module")
def _deployments() -> Iterator[None]:
    with running_api() as api, pointed_at(api):
        deploy_unscheduled(Stage)
        yield


@pytest.fixture(params=["memory", "prefect"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        with memory() as made:
            yield made
        return
    request.getfixturevalue("_deployments")
    with prefect() as made:
        yield made


def key() -> str:
    """A key that no other test uses: one key is one run for ever."""
    return f"double-eleven/review/{uuid4()}/1"


def test_the_same_key_is_one_run(bench: Bench) -> None:
    """F40: two runs for one slot."""
    one = key()
    first = bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=one)
    assert bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=one) == first


def test_another_key_is_another_run(bench: Bench) -> None:
    first = bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=key())
    assert bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=key()) != first


def test_the_same_key_is_the_same_run_after_its_end(bench: Bench) -> None:
    """Which is why the attempt is in the key (design, 1)."""
    one = key()
    first = bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=one)
    bench.end(first)
    assert bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=one) == first


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_can_be_launched(bench: Bench, stage: Stage) -> None:
    assert bench.launcher.launch(ELEVEN, stage, level=Level.S, key=key())


def test_a_run_is_under_way_until_it_has_ended(bench: Bench) -> None:
    run = bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=key())
    assert not bench.launcher.is_final(run)
    bench.end(run)
    assert bench.launcher.is_final(run)


@pytest.mark.parametrize("run", ["nobody", str(UUID(int=7))])
def test_a_run_that_nobody_knows_is_final(bench: Bench, run: str) -> None:
    """Prefect's database was lost: what waits for that run must not wait for ever."""
    assert bench.launcher.is_final(run)


def test_a_motor_that_is_down_is_a_port_failure_that_names_the_run_and_comes_at_once(bench: Bench) -> None:
    bench.take_down()
    began = monotonic()
    one = key()
    with pytest.raises(PortFailed, match=one):
        bench.launcher.launch(ELEVEN, Stage.REVIEW, level=Level.S, key=one)
    assert monotonic() - began < AT_ONCE
