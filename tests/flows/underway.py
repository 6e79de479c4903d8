"""A campaign under way for tests of flows, and what Prefect's API shows of its runs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from time import monotonic, sleep
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterTags,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import Artifact, FlowRun, State

from opsflow.campaigns.files import Loaded
from opsflow.context import Context
from opsflow.engine.start import start
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey
from opsflow.workdays.hours import day_start

FIRST_DAY = date(2026, 7, 31)
"""On which the S sample's first task opens."""
T = TypeVar("T")


def begin(ctx: Context, loaded: Loaded, key: str) -> CampaignKey:
    """Start a campaign as it stands in its file, under a key of the test's own, in time: whatever the machine's day is."""
    file = loaded.campaign.model_copy(update={"key": key})
    clock = VirtualClock(day_start(FIRST_DAY, ZoneInfo(file.zone)))
    return start(replace(ctx, clock=clock), Loaded(file, loaded.organisation, loaded.sop), today=FIRST_DAY)


def run_of(state: State) -> FlowRun:
    """The run that ended with this state, as the API knows it."""
    identity = state.state_details.flow_run_id
    assert identity is not None
    with get_client(sync_client=True) as client:
        return client.read_flow_run(identity)


def runs_tagged(tag: str) -> list[FlowRun]:
    """The runs that carry a tag."""
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[tag])))


def artifacts_of(run: UUID) -> list[Artifact]:
    """The artifacts that a run left."""
    with get_client(sync_client=True) as client:
        return client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run])),
            flow_run_filter=FlowRunFilter(),
            task_run_filter=None,
        )


def lines_of(run: UUID, *, wanted: str) -> list[str]:
    """The log lines of a run, up to the one that is wanted: they are shipped a moment after they were written."""
    of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run]))

    def lines() -> list[str]:
        with get_client(sync_client=True) as client:
            return [log.message for log in client.read_logs(log_filter=of_run)]

    return until(lines, lambda found: wanted in found, seconds=20)


def until(ask: Callable[[], T], enough: Callable[[T], bool], *, seconds: float, every: float = 0.1) -> T:
    """Ask again and again until the answer is enough; fails with the last answer when the time is over."""
    ends = monotonic() + seconds
    while not enough(answer := ask()):
        assert monotonic() < ends, f"not within {seconds} s; the last answer: {answer}"
        sleep(every)
    return answer


def personal(loaded: Loaded) -> Sequence[str]:
    """Everything that tells who somebody is: keys, names in both languages, addresses."""
    found: list[str] = []
    for key, person in loaded.organisation.people.items():
        found += [key, person.name.en, person.name.zh, person.email, person.slack]
    return [text for text in found if text]
