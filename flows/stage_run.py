"""What the six stage flows share: advance the stage, show what was done, end with a state that says what comes next."""

from prefect import get_client, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from opsflow.bootstrap import open_context
from opsflow.engine.advance import Advanced, advance
from opsflow.kernel.terms import CampaignKey, Stage


def run_stage(campaign: str, stage: Stage) -> State:
    """Advance one stage of one campaign; the state's name and message say what it waits for."""
    with open_context() as ctx:
        advanced = advance(ctx, CampaignKey(campaign), stage)
    _name(advanced)
    _show(advanced)
    return Completed(name=advanced.outlook.name, message=advanced.outlook.message)


def _name(advanced: Advanced) -> None:
    """However the run was started (a wake, a press in Prefect's UI, a rehearsal), it is found by the same name and tags.

    Here and in one call, because Prefect makes two of a `flow_run_name`.
    """
    name = f"{advanced.campaign}/{advanced.stage}"
    tags = {f"campaign:{advanced.campaign}", f"level:{advanced.level}", f"stage:{advanced.stage}"}
    if flow_run.name == name and tags.issubset(flow_run.tags):
        return
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=name, tags=sorted(tags.union(flow_run.tags)))


def _show(advanced: Advanced) -> None:
    """Everybody who sees Prefect reads this: task and document ids, no document, no name."""
    logger = get_run_logger()
    for line in advanced.did:
        logger.info("%s", line)
    logger.info("%s: %s", advanced.outlook.name, advanced.outlook.message)
    rows = [{"what": "did", "detail": line} for line in advanced.did]
    rows.append({"what": advanced.outlook.name, "detail": advanced.outlook.message})
    key = f"{advanced.campaign}-{advanced.stage}".replace("_", "-")
    create_table_artifact(key=key, table=rows, description=f"Stage {advanced.stage} of {advanced.campaign}")
