"""Starts stage flows as Prefect runs of their deployments."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.settings import (
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    temporary_settings,
)

from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.ports import Unreachable

ANSWER_SECONDS = 10
"""How long one answer of the API is waited for. The next tick asks again; the client's own retries would take a minute."""
UNREACHABLE = (httpx.HTTPError, httpx.InvalidURL, PrefectException, RuntimeError, OSError, ValueError)
"""What the client raises when the API is down, answers with an error or with something else, or has no address."""


class PrefectLauncher:
    """Launches a run of `<stage>/<stage>`, the deployment that `prefect.yaml` describes, and does not wait for it."""

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
        """Start one run and return its id; Prefect's idempotency key makes the same key one run.

        Unreachable: the API does not answer. PortFailed: the deployment does not exist.
        """
        try:
            with quick_client() as client:
                deployment = client.read_deployment_by_name(f"{stage}/{stage}")
                run = client.create_flow_run_from_deployment(
                    deployment.id,
                    name=f"{campaign}/{stage}",
                    parameters={"campaign": campaign},
                    tags=[f"campaign:{campaign}", f"level:{level}", f"stage:{stage}"],
                    idempotency_key=key,
                )
        except ObjectNotFound as error:
            raise PortFailed(
                f"Prefect has no deployment {stage}/{stage}, so {key} was not started: run `prefect deploy --all` in the "
                "folder of prefect.yaml. Its wake stays and is launched again."
            ) from error
        except UNREACHABLE as error:
            raise Unreachable(
                f"Prefect did not start {key}: {why(error)} Its wake stays and is launched again."
            ) from error
        return str(run.id)

    def is_final(self, run: str) -> bool:
        """Whether the run is over or unknown; a motor that does not answer says neither, so it counts as under way."""
        try:
            identity = UUID(run)
        except ValueError:
            return True  # no run of Prefect's has such an id
        try:
            with quick_client() as client:
                state = client.read_flow_run(identity).state
        except ObjectNotFound:
            return True
        except UNREACHABLE:
            return False
        return state is not None and state.is_final()


@contextmanager
def quick_client() -> Iterator[SyncPrefectClient]:
    """A client of its own, not the one of the flow that may be around it: it neither retries nor waits long.

    Without PREFECT_API_URL it fails instead of starting a server that nobody watches.
    """
    with (
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}),
        get_client(httpx_settings={"timeout": ANSWER_SECONDS}, sync_client=True) as client,
    ):
        yield client


def why(error: Exception) -> str:
    """The first line of an error, or its kind."""
    lines = str(error).strip().splitlines()
    return f"{lines[0].rstrip('.') if lines else type(error).__name__}."
