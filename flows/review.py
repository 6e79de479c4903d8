"""The review stage: debrief, matured figures, causes, review meeting, lessons, archive."""

from prefect import flow
from prefect.client.schemas.objects import State

from flows.stage_run import run_stage
from opsflow.kernel.terms import Stage


@flow(name="review", retries=0)
def review(campaign: str) -> State:
    """Do what the stage can do now, and end; waiting is a row in our database, never a sleeping run."""
    return run_stage(campaign, Stage.REVIEW)
