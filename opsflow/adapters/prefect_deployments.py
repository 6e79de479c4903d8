"""The deployments that `prefect.yaml` describes: read, registered with Prefect, and held against what Prefect has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import yaml
from prefect._internal.versioning import VersionType
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, WorkerStatus
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import load_flow_from_entrypoint
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, ConfigDict, TypeAdapter

from opsflow.adapters.prefect_launcher import UNREACHABLE, quick_client, why
from opsflow.kernel.errors import NotFound
from opsflow.ports import Unreachable

FILE = "prefect.yaml"


class _Part(BaseModel):
    """A key that we do not know would be deployed by `prefect deploy` and forgotten by us: it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(_Part):
    """When a deployment runs by itself."""

    slug: str
    interval: int
    """Seconds."""
    anchor_date: datetime
    timezone: str
    active: bool


class Limit(_Part):
    """How many runs at a time, and what becomes of one too many."""

    limit: int
    collision_strategy: Literal["ENQUEUE", "CANCEL_NEW"]


class Described(_Part):
    """One deployment as `prefect.yaml` has it."""

    name: str
    entrypoint: str
    description: str
    tags: tuple[str, ...] = ()
    paused: bool = False
    concurrency_limit: Limit | None = None
    schedules: tuple[Schedule, ...] = ()
    work_pool: Mapping[str, str] = {}
    """Where `prefect deploy` sends it; who serves a deployment needs no pool."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What Prefect has otherwise than it should."""

    deployment: str
    what: str


def file() -> Path:
    """`prefect.yaml`: the wheel carries it among the flows, a checkout beside them."""
    found = find_spec("flows")
    if found is None or found.origin is None:
        raise NotFound("The package flows is not installed beside opsflow: install opsflow again.")
    flows = Path(found.origin).parent
    return next((place for place in (flows / FILE, flows.parent / FILE) if place.is_file()), flows / FILE)


def described() -> tuple[Described, ...]:
    """Every deployment, in the order of the file."""
    content = yaml.safe_load(file().read_text("utf-8"))
    return TypeAdapter(tuple[Described, ...]).validate_python(content["deployments"])


async def servable(deployment: Described) -> RunnerDeployment:
    """The same for Prefect's runner: the flow is found by its module, wherever a run starts."""
    return await load_flow_from_entrypoint(deployment.entrypoint).ato_deployment(
        name=deployment.name,
        description=deployment.description,
        tags=list(deployment.tags),
        paused=deployment.paused,
        schedules=[_schedule(schedule) for schedule in deployment.schedules],
        concurrency_limit=_limit(deployment.concurrency_limit),
        entrypoint_type=EntrypointType.MODULE_PATH,
        version_type=VersionType.SIMPLE,  # else the commit of the folder that we happen to stand in
    )


def _limit(limit: Limit | None) -> ConcurrencyLimitConfig | None:
    if limit is None:
        return None
    return ConcurrencyLimitConfig(
        limit=limit.limit, collision_strategy=ConcurrencyLimitStrategy(limit.collision_strategy)
    )


def _schedule(schedule: Schedule) -> DeploymentScheduleCreate:
    every = IntervalSchedule(
        interval=timedelta(seconds=schedule.interval), anchor_date=schedule.anchor_date, timezone=schedule.timezone
    )
    return DeploymentScheduleCreate(schedule=every, active=schedule.active, slug=schedule.slug)


def named(wanted: Sequence[Described]) -> DeploymentFilter:
    """Asks Prefect for these."""
    return DeploymentFilter(name=DeploymentFilterName(any_=[deployment.name for deployment in wanted]))


def differences(wanted: Sequence[Described], found: Sequence[DeploymentResponse]) -> tuple[Difference, ...]:
    """What is missing, paused, or not as described."""
    known = {deployment.name: deployment for deployment in found}
    return tuple(
        Difference(deployment.name, what)
        for deployment in wanted
        for what in _otherwise(deployment, known.get(deployment.name))
    )


def _otherwise(wanted: Described, found: DeploymentResponse | None) -> Iterator[str]:
    if found is None:
        yield "is missing"
        return
    if found.paused and not wanted.paused:
        yield "is paused"
    if found.entrypoint != wanted.entrypoint:
        yield f"runs {found.entrypoint} instead of {wanted.entrypoint}"
    if _periods(found) != {(schedule.interval, schedule.timezone) for schedule in wanted.schedules if schedule.active}:
        yield "has another schedule, or one that is switched off" if wanted.schedules else "has a schedule of its own"
    limit = found.global_concurrency_limit.limit if found.global_concurrency_limit else None
    if limit != (wanted.concurrency_limit and wanted.concurrency_limit.limit):
        yield f"may run {limit or 'any number of'} times at once"


def _periods(found: DeploymentResponse) -> set[tuple[Any, str | None]]:
    return {
        (each.schedule.interval.total_seconds(), each.schedule.timezone)
        if isinstance(each.schedule, IntervalSchedule)
        else (None, str(each.schedule))
        for each in found.schedules
        if each.active
    }


def compared() -> tuple[Difference, ...]:
    """What Prefect has otherwise than described, asked now. Unreachable: its API does not answer."""
    wanted = described()
    try:
        with quick_client() as client:
            found = client.read_deployments(deployment_filter=named(wanted), limit=200)
    except UNREACHABLE as error:
        raise Unreachable(f"Prefect does not answer: {why(error)}") from error
    return differences(wanted, found)


def workers_of(pool: str) -> int:
    """How many workers of a pool have been heard of lately; 0 where there is no such pool."""
    try:
        with quick_client() as client:
            workers = client.read_workers_for_work_pool(pool)
    except UNREACHABLE:
        return 0
    return sum(worker.status is WorkerStatus.ONLINE for worker in workers)
