"""The execution stage: build, freeze, go-live check, launch, live window."""

from prefect import flow
from prefect.client.schemas.objects import State

from flows.stage_run import run_stage
from opsflow.kernel.terms import Stage


@flow(name="execution", retries=0)
def execution(campaign: str) -> State:
    """Do what the stage can do now, and end; waiting is a row in our database, never a sleeping run."""
    return run_stage(campaign, Stage.EXECUTION)
