"""The decision stage: plan, self-check, approvals, release, decision meeting, record."""

from prefect import flow
from prefect.client.schemas.objects import State

from flows.stage_run import run_stage
from opsflow.kernel.terms import Stage


@flow(name="decision", retries=0)
def decision(campaign: str) -> State:
    """Do what the stage can do now, and end; waiting is a row in our database, never a sleeping run."""
    return run_stage(campaign, Stage.DECISION)
