"""Delivery: every period it sends the notices whose time has come. Only delivery sends."""

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from opsflow.bootstrap import open_context
from opsflow.engine.tick import deliver_due


@flow(name="notification_delivery", flow_run_name="notification_delivery", retries=0)
def notification_delivery() -> State:
    """Send what is due; what nobody could be told stays in the outbox with its next attempt."""
    with open_context() as ctx:
        report = deliver_due(ctx)
    message = (
        f"{report.messages} messages sent, {report.held} notices held, {report.dropped} dropped, {report.failed} failed"
    )
    get_run_logger().info("%s", message)
    return Completed(name="Delivered", message=message)
