"""Monitoring: every period the figures of every campaign under way are compared with their targets."""

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from opsflow.bootstrap import open_context
from opsflow.engine.monitoring import monitor


@flow(name="monitoring", flow_run_name="monitoring", retries=0)
def monitoring() -> State:
    """Ask the database which KPI went off track or is back; each is told once, however many runs look."""
    with open_context() as ctx:
        done = monitor(ctx)
    logger = get_run_logger()
    for campaign, reason in done.failures.items():
        logger.error("%s: %s", campaign, reason)
    failed = f"; {len(done.failures)} of them could not be looked at whole" if done.failures else ""
    message = f"{done.campaigns} campaigns: {done.raised} KPIs off track, {done.recovered} recovered{failed}"
    logger.info("%s", message)
    return Completed(name="Monitored", message=message)
