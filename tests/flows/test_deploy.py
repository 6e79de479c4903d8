"""The issue's own proof: `prefect deploy --all`, and a worker that has only the wheel completes a run of each stage."""

import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from prefect import get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import IntervalSchedule

from opsflow.adapters.memory import MemoryChannel
from opsflow.adapters.prefect_launcher import PrefectLauncher
from opsflow.campaigns.files import Loaded
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.engine.health import SWEEPS
from opsflow.engine.launch import launch_due
from opsflow.engine.record import record
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.terms import CampaignKey, Stage
from opsflow.settings import Settings
from opsflow.stages.model import TaskStatus
from tests.architecture.sources import ROOT
from tests.flows.servers import Api, pointed_at, team_api
from tests.flows.underway import begin, runs_tagged, until
from tests.wheel import call

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WORKED_OFF_WITHIN = 240
"""Seconds for eight runs of about four seconds each, two at a time, on two busy cores."""


@dataclass(frozen=True)
class Team:
    """A deployment as a team has it: API, pool, an environment with the wheel, a database and a workspace."""

    api: Api
    scripts: Path
    deployer: Path
    """The folder that `prefect deploy` was called in."""
    ctx: Context


def prefect_cli(team_scripts: Path, folder: Path, api: Api, *arguments: str | Path) -> str:
    """`prefect ...` of the wheel's environment, in a folder, against the API."""
    place = (f"PREFECT_API_URL={api.url}", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
    return call(folder, "env", *place, team_scripts / "python", "-m", "prefect", *arguments)


@pytest.fixture(scope="module")
def team(scripts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    home = tmp_path_factory.mktemp("team 团队")
    deployer, workspace = home / "deployer", home / "workspace"
    deployer.mkdir()
    workspace.mkdir()
    url = f"sqlite:///{home / 'opsflow.db'}"
    with team_api() as api, pointed_at(api):
        _make_pool(scripts, deployer, api, {"OPSFLOW_WORKSPACE": str(workspace), "OPSFLOW_DATABASE_URL": url})
        shutil.copy(ROOT / "prefect.yaml", deployer)
        prefect_cli(scripts, deployer, api, "--no-prompt", "deploy", "--all")
        database = Database(url)
        upgrade(database)
        settings = Settings(workspace=workspace, database_url=url)
        yield Team(
            api,
            scripts,
            deployer,
            Context(settings, database, SystemClock(), PrefectLauncher(), {"memory": MemoryChannel()}),
        )
        database.close()


def _make_pool(team_scripts: Path, folder: Path, api: Api, variables: Mapping[str, str]) -> None:
    shown = prefect_cli(team_scripts, folder, api, "work-pool", "get-default-base-job-template", "--type", "process")
    template = json.loads(shown)
    template["variables"]["properties"]["env"]["default"] = {**variables, "PREFECT_API_URL": api.url}
    file = folder / "pool.json"
    file.write_text(json.dumps(template), "utf-8")
    prefect_cli(
        team_scripts, folder, api, "work-pool", "create", "opsflow", "--type", "process", "--base-job-template", file
    )
    file.unlink()


def deployments() -> dict[str, DeploymentResponse]:
    with get_client(sync_client=True) as client:
        return {deployment.name: deployment for deployment in client.read_deployments()}


@contextmanager
def worker(team: Team, folder: Path) -> Iterator[Path]:
    """A worker in an empty folder, in an environment that has only the wheel; yields its log."""
    hidden = ("PYTHON", "OPSFLOW_", "PREFECT_", "VIRTUAL_ENV")
    place = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    place |= {"PREFECT_API_URL": team.api.url, "PREFECT_HOME": str(team.api.folder / "worker"), "DO_NOT_TRACK": "1"}
    place |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PREFECT_WORKER_QUERY_SECONDS": "1"}
    empty, log = folder / "empty", folder / "worker.log"
    empty.mkdir()
    options = ("--pool", "opsflow", "--type", "process", "--limit", "2")
    command: list[str | Path] = [team.scripts / "python", "-m", "prefect", "worker", "start", *options]
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, cwd=empty, env=place, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield log
        assert list(empty.iterdir()) == []
    finally:
        # The worker and the runs that it has begun are one group, which nothing of ours outlives.
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def test_every_flow_is_deployed_and_none_is_paused(team: Team) -> None:
    found = deployments()
    assert set(found) == {*Stage, *SWEEPS}
    assert {name: deployment.entrypoint for name, deployment in found.items()} == {
        name: f"flows.{name}.{name}" for name in found
    }
    assert [name for name, deployment in found.items() if deployment.paused] == []


def test_the_sweeps_run_in_utc_as_often_as_doctor_expects_and_the_stages_on_no_schedule(team: Team) -> None:
    for name, deployment in deployments().items():
        schedules = [(each.schedule, each.active) for each in deployment.schedules]
        if name not in SWEEPS:
            assert schedules == []
            continue
        ((schedule, active),) = schedules
        assert isinstance(schedule, IntervalSchedule)
        assert (schedule.interval, schedule.timezone, active) == (SWEEPS[name], "UTC", True)
        assert deployment.global_concurrency_limit is not None
        assert deployment.global_concurrency_limit.limit == (2 if name == "prize_distribution" else 1)


def test_the_server_makes_the_runs_of_the_sweeps(team: Team) -> None:
    """F51: with SQLAlchemy 2.1 the scheduler of Prefect 3.8 dies at every insert, and nothing is ever scheduled."""
    made = until(
        lambda: [run for run in _runs_of(SWEEPS) if run.auto_scheduled],
        lambda runs: {run.deployment_id for run in runs} == {deployments()[name].id for name in SWEEPS},
        seconds=30,
        every=1,
    )
    begun = Counter(run.expected_start_time for run in made)
    assert set(begun.values()) == {1}, "two sweeps begin in the same second"


def test_no_folder_of_the_deployer_is_stored(team: Team) -> None:
    for deployment in deployments().values():
        stored = deployment.model_dump_json()
        assert str(team.deployer) not in stored
        assert str(team.deployer.parent.name) not in stored
        assert not deployment.pull_steps
        assert not (deployment.path or "").startswith("/")


def test_deploying_again_changes_no_schedule(team: Team) -> None:
    """F18, F40: the key of a scheduled run holds the schedule's id; a new id would run the same minute twice."""
    before = {name: deployment.schedules for name, deployment in deployments().items()}
    prefect_cli(team.scripts, team.deployer, team.api, "--no-prompt", "deploy", "--all")
    after = {name: deployment.schedules for name, deployment in deployments().items()}
    shown = [
        {name: [(each.id, each.schedule) for each in schedules] for name, schedules in side.items()}
        for side in (before, after)
    ]
    assert shown[0] == shown[1]


def test_a_worker_with_only_the_wheel_completes_a_run_of_each_stage(
    team: Team, double_eleven: Loaded, tmp_path: Path
) -> None:
    key = begin(team.ctx, double_eleven, "deployed")
    launched = 0
    for _ in range(10):  # a busy API may leave one for the next tick
        launched += launch_due(team.ctx)
    assert launched == len(Stage)
    for name, every in SWEEPS.items():
        if every > timedelta(minutes=1):  # the others come by themselves meanwhile
            _run_now(name)
    with worker(team, tmp_path) as log:
        stages = until(lambda: runs_tagged(f"campaign:{key}"), _over, seconds=WORKED_OFF_WITHIN, every=1)
        swept = until(lambda: _runs_of(SWEEPS, BEGUN), _one_completed_of_each, seconds=WORKED_OFF_WITHIN, every=1)
    said = log.read_text("utf-8", "replace")
    assert {run.name: run.state_type for run in stages} == {f"{key}/{stage}": "COMPLETED" for stage in Stage}, said
    assert all({f"campaign:{key}", "level:S", f"stage:{run.name.partition('/')[2]}"} <= set(run.tags) for run in stages)
    assert all(run.state and run.state.message for run in stages)
    _first_stage_is_open(team.ctx, key, stages)
    assert [run.name for run in swept if run.state_type in {"FAILED", "CRASHED"}] == [], said


def _run_now(name: str) -> None:
    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(client.read_deployment_by_name(f"{name}/{name}").id)


BEGUN = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(not_any_=[StateType.SCHEDULED])))


def _runs_of(names: Iterable[str], which: FlowRunFilter | None = None) -> list[FlowRun]:
    """By flow, one after the other: an answer holds 200 runs, and each sweep has an hour of them ahead."""
    with get_client(sync_client=True) as client:
        filters = [FlowFilter(name=FlowFilterName(any_=[name])) for name in names]
        return [run for each in filters for run in client.read_flow_runs(flow_filter=each, flow_run_filter=which)]


def _over(runs: list[FlowRun]) -> bool:
    return bool(runs) and all(run.state is not None and run.state.is_final() for run in runs)


def _one_completed_of_each(runs: list[FlowRun]) -> bool:
    return {run.name for run in runs if run.state_type == "COMPLETED"} == set(SWEEPS)


def _first_stage_is_open(ctx: Context, key: CampaignKey, runs: list[FlowRun]) -> None:
    """The run whose time had come did its work in the database, and said so."""
    states = {run.name: run.state.name for run in runs if run.state}
    assert states[f"{key}/initial_planning"] == "Working"
    assert states[f"{key}/review"] == "NotYetOpen"
    opened = [task.code for task in record(ctx, key).snapshot.tasks if task.status is TaskStatus.OPEN]
    assert "IP01" in opened
