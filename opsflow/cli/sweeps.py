"""`opsflow tick` and `opsflow deliver`: the scheduled sweeps, here and now."""

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.acting import acting_context, counted, workspace_settings
from opsflow.cli.address import prefect_address
from opsflow.kernel.characters import printable
from opsflow.kernel.errors import OpsflowError

if TYPE_CHECKING:
    from opsflow.context import Context
    from opsflow.engine.tick import TickReport

MOST_ROUNDS = 100
"""Stages wake each other, six of them in a row at most; more than this is two that never come to rest."""


def tick(
    here: Annotated[
        bool, typer.Option("--here", help="Run due stages in this process; needs no Prefect server.")
    ] = False,
) -> None:
    """Fire the deadlines that have come, and run every stage that may move now.

    Without --here the stages run as Prefect flows of their deployments (`opsflow up`, PREFECT_API_URL); what cannot be launched stays
    for the next tick. `opsflow deliver` then tells people.

    Example: opsflow tick --here
    """
    if here:
        with acting_context() as ctx:
            _tick_here(ctx)
        return
    # Prefect and SQLAlchemy take more than a second to import.
    from opsflow.bootstrap import open_context
    from opsflow.engine.tick import tick as sweep
    from opsflow.engine.tick import waiting_wakes

    settings = workspace_settings()
    prefect_address(settings)  # where `opsflow up` runs, its server is found
    with open_context(settings) as ctx:
        report = sweep(ctx)
        left = waiting_wakes(ctx)
    print(f"{_swept(report)}, {counted(report.launched, 'run')} launched.")
    if left:
        waits = counted(left, "stage waits", "stages wait")
        print(f"{waits} to be launched; is Prefect up? `opsflow tick --here` runs what waits without it.")
    _tell_unsigned(report)


def _swept(report: "TickReport") -> str:
    return f"{counted(report.campaigns, 'campaign')} under way, {counted(report.rungs, 'deadline step')} told"


def _tick_here(ctx: "Context") -> None:
    # SQLAlchemy, as above.
    from opsflow.adapters.here import HereLauncher
    from opsflow.engine.advance import advance
    from opsflow.engine.launch import launch_due
    from opsflow.engine.tick import tick as sweep

    motor = HereLauncher(partial(advance, ctx))
    moved = replace(ctx, launcher=motor)
    report = sweep(moved)
    ran = report.launched
    for _ in range(MOST_ROUNDS if report.launched else 0):
        more = launch_due(moved)  # a stage that closed has woken the next one
        ran += more
        if not more:
            break
    print(f"{_swept(report)}, {counted(ran, 'stage')} run here.")
    _tell_unsigned(report)
    if motor.failures:
        raise OpsflowError("\n".join(dict.fromkeys(str(failure) for failure in motor.failures)))


def _tell_unsigned(report: "TickReport") -> None:
    if report.unsigned:
        print(printable(report.unsigned), file=sys.stderr)


def deliver() -> None:
    """Tell people what is due: merged, in their working hours, never about closed work.

    Without a messaging account the messages go to this terminal and to .opsflow/messages.jsonl in the workspace.

    Example: opsflow deliver
    """
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.engine.tick import deliver_due

        report = deliver_due(ctx)
    print(
        f"{report.messages} messages sent with {report.sent} notices; {report.held} kept for a better hour, "
        f"{report.dropped} dropped because they were over, {report.failed} failed."
    )
