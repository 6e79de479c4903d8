"""Starts stage flows as Prefect runs of their deployments."""

from typing import cast
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound, PrefectException

from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, Stage


class PrefectLauncher:
    """Launches a run of `<stage>/<stage>`, the deployment that `prefect.yaml` describes, and does not wait for it."""

    def launch(self, campaign: CampaignKey, stage: Stage, *, key: str) -> str:
        """Start one run and return its id; Prefect's idempotency key makes the same key one run.

        PortFailed: the API does not answer, or the deployment does not exist.
        """
        try:
            run = run_deployment(
                name=f"{stage}/{stage}",
                parameters={"campaign": campaign},
                tags=[f"campaign:{campaign}", f"stage:{stage}"],
                idempotency_key=key,
                as_subflow=False,
                timeout=0,
            )
        except ObjectNotFound as error:
            raise PortFailed(
                f"Prefect has no deployment {stage}/{stage}: run `prefect deploy --all` in the folder of prefect.yaml."
            ) from error
        except (httpx.HTTPError, PrefectException, RuntimeError, OSError, ValueError) as error:
            raise PortFailed(f"Prefect did not start {key}: {error}. Its wake stays and is launched again.") from error
        return str(cast(FlowRun, run).id)

    def is_final(self, run: str) -> bool:
        """Whether the run is over or unknown; a motor that does not answer says neither, so it counts as under way."""
        try:
            with get_client(sync_client=True) as client:
                state = client.read_flow_run(UUID(run)).state
        except ObjectNotFound:
            return True
        except (httpx.HTTPError, PrefectException, RuntimeError, OSError):
            return False
        return state is not None and state.is_final()
