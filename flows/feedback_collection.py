"""Feedback: every period surveys open and close on time, and participants are asked and reminded."""

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from opsflow.bootstrap import open_context
from opsflow.engine.collection import collect
from opsflow.feedback.collecting.model import REMINDER, SURVEY


@flow(name="feedback_collection", flow_run_name="feedback_collection", retries=0)
def feedback_collection() -> State:
    """Ask the database who has not answered; whoever is killed leaves nothing that the next run does not take up."""
    with open_context() as ctx:
        done = collect(ctx)
    logger = get_run_logger()
    for campaign, reason in done.failures.items():
        logger.error("%s: %s", campaign, reason)
    failed = f"; {len(done.failures)} of them could not go on" if done.failures else ""
    waiting = f"; {done.waiting:,} letters wait for somebody to send them" if done.waiting else ""
    message = (
        f"{done.campaigns} campaigns: {done.opened} surveys opened, {done.closed} closed, {done.invited:,} people asked, "
        f"{done.letters[SURVEY]:,} invitations and {done.letters[REMINDER]:,} reminders sent{failed}{waiting}"
    )
    logger.info("%s", message)
    return Completed(name="Collected", message=message)
