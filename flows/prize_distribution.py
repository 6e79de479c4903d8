"""Paying prizes: every period what is due in every campaign; several runs at once share the work."""

from uuid import UUID

from prefect import flow, get_run_logger
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from opsflow.bootstrap import open_context
from opsflow.engine.distribution import Progress, distribute
from opsflow.kernel.terms import CampaignKey


@flow(name="prize_distribution", flow_run_name="prize_distribution", retries=0)
def prize_distribution() -> State:
    """Take back what nobody claimed, pay what is approved, ask about what is unknown; whoever is killed leaves nothing that the next does not take up."""
    shown = _Shown()
    with open_context() as ctx:
        done = distribute(ctx, shown)
    logger = get_run_logger()
    for campaign, reason in done.failures.items():
        logger.error("%s: %s", campaign, reason)
    moved = ", ".join(f"{count} {status}" for status, count in done.moved.items()) or "nothing was due"
    failed = f"; {len(done.failures)} of them could not go on" if done.failures else ""
    lapsed = f"; {done.lapsed} prizes were not claimed in time" if done.lapsed else ""
    message = f"{done.campaigns} campaigns: {moved}{failed}{lapsed}"
    logger.info("%s", message)
    return Completed(name="Distributed", message=message)


class _Shown:
    """A progress artifact for each campaign in which something moves."""

    def __init__(self) -> None:
        self._artifacts: dict[CampaignKey, UUID] = {}

    def __call__(self, progress: Progress) -> None:
        per_cent = round(100 * progress.settled / progress.total, 2) if progress.total else 100.0
        words = f"{progress.settled:,} of {progress.total:,} payouts of {progress.campaign} are settled"
        if progress.campaign in self._artifacts:
            update_progress_artifact(self._artifacts[progress.campaign], progress=per_cent, description=words)
            return
        made = create_progress_artifact(progress=per_cent, key=f"payouts-{progress.campaign}", description=words)
        assert isinstance(made, UUID)  # a coroutine only where an event loop runs, and no sync flow has one
        self._artifacts[progress.campaign] = made
