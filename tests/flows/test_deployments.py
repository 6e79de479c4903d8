"""One description of the deployments: what `opsflow up` registers is what prefect.yaml says, and what differs is told."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Pending, Running
from pydantic import TypeAdapter, ValidationError

from opsflow.adapters.prefect_deployments import Described, compared, described, file, servable
from opsflow.cli.commands import run
from opsflow.doctor.motor import DATABASES, POOL, look
from opsflow.engine.health import SWEEPS
from opsflow.kernel.terms import Stage
from opsflow.ports import Unreachable
from opsflow.running.motor import forget_former_lives
from tests.architecture.sources import ROOT
from tests.flows.servers import Api

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]
Told = pytest.CaptureFixture[str]


@pytest.fixture
def registered(prefect: Api) -> Iterator[SyncPrefectClient]:
    """Everything as `up` registers it; gone afterwards, because other tests have deployments of their own."""

    async def register() -> None:
        for deployment in described():
            await (await servable(deployment)).aapply()

    asyncio.run(register())
    with get_client(sync_client=True) as client:
        yield client
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)


def test_every_stage_and_every_sweep_is_described() -> None:
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))
    assert file() == ROOT / "prefect.yaml"
    assert [deployment.name for deployment in described()] == [*Stage, *SWEEPS]
    assert [each["name"] for each in content["deployments"]] == [*Stage, *SWEEPS]


def test_what_up_does_not_know_how_to_register_is_an_error() -> None:
    """A key that `prefect deploy` obeys and `up` passes over would make two different things of one description."""
    known = {"name": "x", "entrypoint": "flows.review.review", "description": "x"}
    TypeAdapter(Described).validate_python(known)
    with pytest.raises(ValidationError, match="parameters"):
        TypeAdapter(Described).validate_python(known | {"parameters": {"campaign": "x"}})


def test_what_is_registered_is_what_is_described_also_the_second_time(registered: SyncPrefectClient) -> None:
    """F18: the schedules keep their ids, or a minute would run twice."""
    assert compared() == ()
    found = {name: registered.read_deployment_by_name(f"{name}/{name}") for name in (*Stage, *SWEEPS)}
    assert {deployment.entrypoint for deployment in found.values()} == {f"flows.{name}.{name}" for name in found}
    assert not any(deployment.pull_steps or deployment.path for deployment in found.values())
    asyncio.run(_again())
    for name in SWEEPS:
        after = registered.read_deployment_by_name(f"{name}/{name}")
        assert [each.id for each in after.schedules] == [each.id for each in found[name].schedules]


async def _again() -> None:
    for deployment in described():
        await (await servable(deployment)).aapply()


def _switch_off(client: SyncPrefectClient, name: str) -> None:
    found = client.read_deployment_by_name(f"{name}/{name}")
    place = {"id": found.id, "schedule_id": found.schedules[0].id}
    client.request("PATCH", "/deployments/{id}/schedules/{schedule_id}", path_params=place, json={"active": False})


def _widen(client: SyncPrefectClient, name: str) -> None:
    found = client.read_deployment_by_name(f"{name}/{name}")
    client.update_deployment(found.id, DeploymentUpdate(concurrency_limit=5))


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (lambda client, name: client.pause_deployment(_id(client, name)), "is paused"),
        (lambda client, name: client.delete_deployment(_id(client, name)), "is missing"),
        (_switch_off, "has another schedule, or one that is switched off"),
        (_widen, "may run 5 times at once"),
    ],
    ids=["paused", "deleted", "schedule off", "limit"],
)
def test_the_doctor_names_a_deployment_that_somebody_changed(
    registered: SyncPrefectClient,
    prefect: Api,
    hurt: Callable[[SyncPrefectClient, str], None],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Told,
) -> None:
    hurt(registered, "deadline_tracking")
    assert [(each.deployment, each.what) for each in compared()] == [("deadline_tracking", said)]
    monkeypatch.setenv("PREFECT_API_URL", prefect.url)
    monkeypatch.chdir(tmp_path)
    assert run(["doctor", "--format", "json"]) == 1
    told = [each for each in json.loads(capsys.readouterr().out) if each["check"] == "deployments"]
    assert [(each["state"], each["text"]) for each in told] == [("wrong", f"deadline_tracking {said}")]
    assert "opsflow up" in told[0]["cure"]


@pytest.mark.parametrize(
    ("heard_of", "environment", "ours", "told"),
    [
        (1, {}, True, []),
        (2, {}, True, ["2 workers ask a server that keeps its state in SQLite, which answers 503 to many at once"]),
        (2, {DATABASES[0]: "postgresql+asyncpg://127.0.0.1/prefect"}, True, []),
        (2, {}, False, []),
    ],
    ids=["one", "two", "PostgreSQL", "somebody else's server"],
)
def test_the_doctor_says_when_many_workers_ask_a_server_on_sqlite(
    registered: SyncPrefectClient, prefect: Api, heard_of: int, environment: dict[str, str], ours: bool, told: list[str]
) -> None:
    registered.request("POST", "/work_pools/", json={"name": POOL, "type": "process"})
    try:
        for number in range(heard_of):
            registered.request(
                "POST",
                "/work_pools/{work_pool_name}/workers/heartbeat",
                path_params={"work_pool_name": POOL},
                json={"name": f"worker {number}"},
            )
        found = list(look(environment, api=prefect.url, is_up=ours))
    finally:
        registered.request("DELETE", "/work_pools/{name}", path_params={"name": POOL})
    assert [finding.text for finding in found if finding.check == "workers"] == told
    assert all("PostgreSQL" in finding.cure for finding in found if finding.check == "workers")


def _id(client: SyncPrefectClient, name: str) -> object:
    return client.read_deployment_by_name(f"{name}/{name}").id


def test_an_api_that_is_not_there_is_unreachable(prefect: Api) -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}), pytest.raises(Unreachable):
        compared()


def test_runs_of_a_killed_motor_are_over_and_their_sweeps_slot_is_free(registered: SyncPrefectClient) -> None:
    """F40: a run that nobody works on would be called running for ever, and keep out every later sweep."""
    sweep = registered.read_deployment_by_name("deadline_tracking/deadline_tracking")
    left = [registered.create_flow_run_from_deployment(sweep.id) for _ in range(2)]
    registered.set_flow_run_state(left[0].id, Pending())
    registered.set_flow_run_state(left[0].id, Running())
    registered.set_flow_run_state(left[1].id, Pending())
    assert registered.read_flow_run(left[1].id).state_type == "CANCELLED", "the slot is taken"
    asyncio.run(forget_former_lives(described()))
    assert registered.read_flow_run(left[0].id).state_type == "CRASHED"
    following = registered.create_flow_run_from_deployment(sweep.id)
    registered.set_flow_run_state(following.id, Pending())
    assert registered.read_flow_run(following.id).state_type == "PENDING"
