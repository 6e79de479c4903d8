"""The deadline tracker: every period it fires the deadlines that have come and launches the wakes that are due."""

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from opsflow.bootstrap import open_context
from opsflow.engine.tick import tick


@flow(name="deadline_tracking", flow_run_name="deadline_tracking", retries=0)
def deadline_tracking() -> State:
    """Ask the database what is due; a late, doubled or missed run changes nothing of the result."""
    with open_context() as ctx:
        report = tick(ctx)
    message = (
        f"{report.campaigns} campaigns under way, {report.rungs} notices made, {report.launched} stage runs launched"
    )
    get_run_logger().info("%s", message)
    if report.unsigned:
        get_run_logger().error("%s", report.unsigned)
    return Completed(name="Ticked", message=message)
